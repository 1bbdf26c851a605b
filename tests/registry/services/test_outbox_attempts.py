"""What is meant under a key takes effect once, and a failed attempt does not block it for ever."""

from __future__ import annotations

import threading

import pytest

from registry.chain import errors
from registry.domain.errors import InvalidInput
from registry.domain.rules import Role
from registry.services.membership import grant_roles, revoke_roles
from registry.services.outbox import Outbox
from tests.registry.services.faulty import Crash, crash_at
from tests.registry.services.sending import CRASHES, Sender
from tests.world import ACTORS, SHANGHAI

ADMIN, OUTSIDER = ACTORS["ADMIN"], ACTORS["OUTSIDER"]
SECOND_ADMIN = [(Role.ADMIN, OUTSIDER.address)]


def refused_once(sender: Sender) -> None:
    """An attempt that is taken by the chain and reverts there: between trial and mining its sender loses his office."""

    def revoke_first(moment: str) -> None:
        if moment == "before send_raw":
            sender.gateway.hook = lambda _moment: None
            sender.world.decide(revoke_roles(SHANGHAI, SECOND_ADMIN))

    sender.world.decide(grant_roles(SHANGHAI, SECOND_ADMIN))
    sender.gateway.hook = revoke_first
    with pytest.raises(errors.RoleMissing):
        sender.attempt(who="OUTSIDER")
    assert sender.state("key/1") == "reverted"


def test_attempt__nothing_failed__is_sent_once_however_often_it_is_asked(sender: Sender) -> None:
    before = sender.requests()
    first = sender.attempt()
    assert sender.attempt() == first
    # Written differently, as one report is with the signatures of others: the same thing is meant.
    assert sender.attempt(number=1) == first
    assert sender.attempt(who="OUTSIDER") == first
    assert sender.requests() == before + 1
    assert (sender.state("key/1"), sender.state("key/2")) == ("mined", None)


def test_attempt__reverted_before__is_sent_anew_when_the_contract_would_take_it(sender: Sender) -> None:
    refused_once(sender)
    with pytest.raises(errors.RoleMissing):
        sender.attempt(who="OUTSIDER")
    assert sender.state("key/2") is None, "what the contract would refuse is not sent"
    sender.world.decide(grant_roles(SHANGHAI, SECOND_ADMIN))
    before = sender.requests()
    receipt = sender.attempt(who="OUTSIDER")
    assert receipt.succeeded
    assert sender.attempt(who="OUTSIDER") == receipt
    assert sender.requests() == before + 1
    assert [sender.state(f"key/{number}") for number in (1, 2, 3)] == ["reverted", "mined", None]


@pytest.mark.parametrize("recovered", [True, False])
def test_attempt__displaced_before__is_sent_anew_at_once(sender: Sender, recovered: bool) -> None:
    sender.gateway.hook = crash_at("before send_raw")
    with pytest.raises(Crash):
        sender.attempt()
    sender.gateway.hook = lambda _moment: None
    sender.world.deploy(ADMIN, sender.desk, sender.data(5))
    before = sender.requests()
    if recovered:
        assert Outbox(sender.database, sender.gateway).recover() == 1
    receipt = sender.attempt()
    assert sender.attempt() == receipt
    assert sender.requests() == before + 1
    assert [sender.state(f"key/{number}") for number in (1, 2, 3)] == ["displaced", "mined", None]


@pytest.mark.parametrize("moment", CRASHES)
def test_attempt__crash_at_any_point_then_written_differently__happens_once(sender: Sender, moment: str) -> None:
    before = sender.requests()
    sender.gateway.hook = crash_at(moment)
    with pytest.raises(Crash):
        sender.attempt()
    stored = sender.row("key/1")
    sender.gateway.hook = lambda _moment: None
    receipt = sender.attempt(number=1)
    assert receipt.succeeded
    assert sender.requests() == before + 1
    assert sender.state("key/2") is None
    if stored is not None:
        assert receipt.tx_hash == stored.tx_hash


def test_attempt__many_threads__happens_once(sender: Sender) -> None:
    before = sender.requests()
    threads = [threading.Thread(target=sender.attempt, kwargs={"number": number % 3}) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sender.requests() == before + 1
    assert sender.state("key/2") is None


def test_attempt__key_without_room_for_a_number__is_refused(sender: Sender) -> None:
    with pytest.raises(InvalidInput, match="key"):
        sender.attempt(key="k" * 193)
    assert not sender.gateway.seen
