"""Accounts: commitments, agents, status, and a regulator who freezes at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from registry.chain import errors
from registry.domain.errors import ContractRefused, InvalidInput
from registry.domain.rules import AccountKind, AccountStatus, Right
from registry.services import accounts, desk
from registry.services.accounts import Commitment
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from tests.world import ACTORS, SHANGHAI, World

REGISTRAR, APPROVER, REGULATOR = ACTORS["REGISTRAR"], ACTORS["APPROVER"], ACTORS["REGULATOR"]
OUTSIDER = ACTORS["OUTSIDER"]
BOTH = Right.INITIATE | Right.APPROVE


def status(registry: Registry, address: str) -> AccountStatus:
    return AccountStatus(registry.call("Accounts", "accountOf", address)["status"])


def test_commitment__opens_with_its_text_and_salt_alone() -> None:
    first = Commitment.of("The host")
    assert first.digest == hashlib.sha256(first.salt + b"The host").digest()
    assert Commitment.of("The host").digest != first.digest
    assert Commitment.of("The host", first.salt).digest == first.digest
    assert len(first.salt) == 32


@pytest.mark.parametrize("text", ["", "  \n"])
def test_commitment__to_nothing__is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="must not be empty"):
        Commitment.of(text)


def test_open_account__by_two__is_open_with_its_agent(registry: Registry) -> None:
    address = accounts.account_address(registry, SHANGHAI, 50)
    with pytest.raises(errors.UnknownAccount):
        status(registry, address)
    identity = Commitment.of("The holder")
    agents = [(OUTSIDER.address, BOTH)]
    call = accounts.open_account(SHANGHAI, 50, AccountKind.INSTITUTION, identity.digest, agents)
    desk.decide(registry, REGISTRAR, APPROVER, call, key="open")
    facts = registry.call("Accounts", "accountOf", address)
    assert (facts["number"], facts["kind"], facts["identityCommitment"]) == (
        50,
        int(AccountKind.INSTITUTION),
        identity.digest,
    )
    call = accounts.open_account(SHANGHAI, 50, AccountKind.INSTITUTION, identity.digest, agents)
    with pytest.raises(ContractRefused):
        desk.decide(registry, REGISTRAR, APPROVER, call, key="open again")


def test_freeze__by_a_regulator__is_at_once_and_two_open_it_again(registry: Registry, story_world: World) -> None:
    address = story_world.account(1)
    with pytest.raises(ContractRefused, match="does not hold the role"):
        accounts.freeze(registry, REGISTRAR, address, "fraud", key="freeze")
    accounts.freeze(registry, REGULATOR, address, "fraud", key="freeze")
    assert status(registry, address) is AccountStatus.FROZEN
    call = accounts.set_status(SHANGHAI, address, AccountStatus.OPEN, "cleared")
    desk.decide(registry, REGISTRAR, APPROVER, call, key="open")
    assert status(registry, address) is AccountStatus.OPEN


def test_set_status__closed_with_credits__is_refused(registry: Registry, story_world: World) -> None:
    call = accounts.set_status(SHANGHAI, story_world.account(1), AccountStatus.CLOSED, "leaving")
    with pytest.raises(ContractRefused):
        desk.decide(registry, REGISTRAR, APPROVER, call, key="close")


def test_open_account__of_no_kind__is_refused() -> None:
    with pytest.raises(InvalidInput, match="account kind"):
        accounts.open_account(SHANGHAI, 1, AccountKind.NONE, bytes(32), [])


BAD_CALLS: dict[str, Callable[[], GuardedCall]] = {
    "identity too short": lambda: accounts.open_account(SHANGHAI, 60, AccountKind.BUFFER, b"short", []),
    "negative number": lambda: accounts.open_account(SHANGHAI, -1, AccountKind.BUFFER, bytes(32), []),
    "enormous number": lambda: accounts.open_account(SHANGHAI, 2**64, AccountKind.BUFFER, bytes(32), []),
    "malformed agent": lambda: accounts.set_agents(SHANGHAI, OUTSIDER.address, [("0x12", BOTH)]),
    "malformed account": lambda: accounts.set_status(SHANGHAI, "310000/1", AccountStatus.OPEN, "x"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_call__that_does_not_fit_the_contract__is_refused_before_it_is_sent(registry: Registry, name: str) -> None:
    before = registry.gateway.nonce(REGISTRAR.address)
    with pytest.raises(InvalidInput):
        desk.propose(registry, REGISTRAR, BAD_CALLS[name](), key="bad")
    assert registry.gateway.nonce(REGISTRAR.address) == before
