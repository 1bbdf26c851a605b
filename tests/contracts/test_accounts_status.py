"""Accounts: changes of status. What a status forbids on the ledger is in test_credits_status.py."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.rules import AccountKind, AccountStatus, Role
from registry.services.calls import GuardedCall
from registry.services.membership import grant_roles
from registry.services.policies import emergency_seconds
from tests.contracts.ledger import retire, transfer
from tests.contracts.parties import (
    ENTERPRISE,
    OUTSIDER,
    PLATFORM,
    REGISTRAR,
    REGULATOR,
    WUHAN_REGISTRAR,
    name_of,
)
from tests.contracts.refusals import REASON, refused
from tests.world import SHANGHAI, WUHAN, World


def status_call(account: str, status: int, jurisdiction: int = SHANGHAI) -> GuardedCall:
    return GuardedCall("Accounts", "setStatus", (jurisdiction, account, int(status), REASON))


# setStatus


def test_set_status__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=REGULATOR.address):
        world.send(REGULATOR, "Accounts", "setStatus", *status_call(world.account(1), AccountStatus.FROZEN).args)


def test_set_status__unknown_account__reverts(world: World) -> None:
    with refused("UnknownAccount", account=OUTSIDER.address):
        world.decide(status_call(OUTSIDER.address, AccountStatus.FROZEN))


def test_set_status__by_another_jurisdiction__reverts_with_both(world: World) -> None:
    account = world.account(1)
    with refused("WrongJurisdiction", account=account, accountJurisdiction=SHANGHAI, jurisdiction=WUHAN):
        world.decide(status_call(account, AccountStatus.FROZEN, jurisdiction=WUHAN))


def test_set_status__as_it_is__reverts(world: World) -> None:
    with refused("StatusUnchanged", account=world.account(1), status=AccountStatus.OPEN):
        world.decide(status_call(world.account(1), AccountStatus.OPEN))


def test_set_status__none__reverts(world: World) -> None:
    values = {"current": AccountStatus.OPEN, "wanted": AccountStatus.NONE}
    with refused("InvalidStatus", account=world.account(1), **values):
        world.decide(status_call(world.account(1), AccountStatus.NONE))


def test_set_status__number_that_is_no_status__reverts(world: World) -> None:
    with refused("FailedCall"):
        world.decide(status_call(world.account(1), len(AccountStatus)))


def test_set_status__closing_an_account_that_holds_one_gram__reverts(issued: World) -> None:
    platform, enterprise = issued.account(1), issued.account(2)
    transfer(issued, PLATFORM, platform, enterprise, 1)
    with refused("AccountNotEmpty", account=enterprise, positions=1):
        issued.decide(status_call(enterprise, AccountStatus.CLOSED))


def test_set_status__closing_before_the_ledger_is_wired__reverts(world: World) -> None:
    fresh = world.beside("Accounts", world.register.address("Authority"), world.register.address("Desk"), 60)
    target = fresh.register.address("Accounts")
    opening = (SHANGHAI, 7, int(AccountKind.ENTERPRISE), b"\x11" * 32, [])
    account = fresh.account(7)
    assert account != world.account(7)
    calls = [GuardedCall("Accounts", "openAccount", opening), status_call(account, AccountStatus.CLOSED)]
    for call in calls:
        selector = fresh.register.encode(call.contract, call.function, *call.args)[:4]
        policy = (int(Role.REGISTRAR), int(Role.APPROVER), 0, 60, 0)
        world.decide(GuardedCall("Desk", "setPolicy", (SHANGHAI, target, selector, policy)))
    fresh.decide(calls[0])
    with refused("LedgerNotWired"):
        fresh.decide(calls[1])


@pytest.mark.parametrize("wanted", [AccountStatus.OPEN, AccountStatus.RESTRICTED, AccountStatus.FROZEN])
def test_set_status__closed__stays_closed(world: World, wanted: AccountStatus) -> None:
    account = world.account(2)
    world.decide(status_call(account, AccountStatus.CLOSED))
    with refused("InvalidStatus", account=account, current=AccountStatus.CLOSED, wanted=wanted):
        world.decide(status_call(account, wanted))


def test_set_status__emptied_account__closes(issued: World) -> None:
    platform, enterprise = issued.account(1), issued.account(2)
    transfer(issued, PLATFORM, platform, enterprise, 5)
    retire(issued, ENTERPRISE, enterprise, 5)
    issued.decide(status_call(enterprise, AccountStatus.CLOSED))
    assert issued.call("Accounts", "statusOf", enterprise) == AccountStatus.CLOSED


@pytest.mark.parametrize("first", [AccountStatus.RESTRICTED, AccountStatus.FROZEN])
def test_set_status__there_and_back__is_announced_with_reason_and_desk(world: World, first: AccountStatus) -> None:
    account = world.account(2)
    previous = AccountStatus.OPEN
    for status in (first, AccountStatus.OPEN):
        receipt = world.decide(status_call(account, status))
        assert world.event(receipt, "StatusChanged") == {
            "account": account,
            "previousStatus": previous,
            "status": status,
            "frozenUntil": 0,
            "reasonHash": REASON,
            "by": world.register.address("Desk"),
        }
        assert world.call("Accounts", "statusOf", account) == status
        previous = status


# freeze


def test_freeze__unknown_account__reverts(world: World) -> None:
    with refused("UnknownAccount", account=OUTSIDER.address):
        world.send(REGULATOR, "Accounts", "freeze", OUTSIDER.address, REASON)


@pytest.mark.parametrize("caller", [OUTSIDER, REGISTRAR, PLATFORM, WUHAN_REGISTRAR], ids=name_of)
def test_freeze__by_another_than_a_regulator_there__reverts(world: World, caller: Any) -> None:
    with refused("RoleMissing", jurisdiction=SHANGHAI, role=Role.REGULATOR, caller=caller.address):
        world.send(caller, "Accounts", "freeze", world.account(1), REASON)


def test_freeze__by_the_regulator_of_another_jurisdiction__reverts(world: World) -> None:
    world.decide(grant_roles(WUHAN, [(Role.AUDITOR, REGULATOR.address)]))
    account = world.account(1, WUHAN)
    with refused("RoleMissing", jurisdiction=WUHAN, role=Role.REGULATOR, caller=REGULATOR.address):
        world.send(REGULATOR, "Accounts", "freeze", account, REASON)


def test_freeze__twice__reverts(world: World) -> None:
    world.send(REGULATOR, "Accounts", "freeze", world.account(1), REASON)
    with refused("StatusUnchanged", account=world.account(1), status=AccountStatus.FROZEN):
        world.send(REGULATOR, "Accounts", "freeze", world.account(1), REASON)


def test_freeze__closed_account__reverts(world: World) -> None:
    account = world.account(2)
    world.decide(status_call(account, AccountStatus.CLOSED))
    values = {"current": AccountStatus.CLOSED, "wanted": AccountStatus.FROZEN}
    with refused("InvalidStatus", account=account, **values):
        world.send(REGULATOR, "Accounts", "freeze", account, REASON)


def test_freeze__by_one_regulator__is_at_once(world: World) -> None:
    account = world.account(1)
    receipt = world.send(REGULATOR, "Accounts", "freeze", account, REASON)
    assert world.event(receipt, "StatusChanged") == {
        "account": account,
        "previousStatus": AccountStatus.OPEN,
        "status": AccountStatus.FROZEN,
        "frozenUntil": world.clock.now + emergency_seconds(demo=True),
        "reasonHash": REASON,
        "by": REGULATOR.address,
    }
    assert world.call("Accounts", "statusOf", account) == AccountStatus.FROZEN
