"""What each status of an account allows on the ledger (invariant 8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry.chain.gateway import Receipt
from registry.domain.rules import AccountStatus, Purpose
from tests.contracts.ledger import BENEFICIARY, STATEMENT, cancel, held, issue, retire, set_status, totals, transfer
from tests.contracts.modules import Module
from tests.contracts.parties import ENTERPRISE, PLATFORM, REGULATOR
from tests.contracts.refusals import REASON, refused
from tests.world import BATCH, World

GRAMS = 10_000_000
HELD = 1000
RESTRICTED, FROZEN, CLOSED = AccountStatus.RESTRICTED, AccountStatus.FROZEN, AccountStatus.CLOSED


def send_out(world: World) -> Receipt:
    return transfer(world, ENTERPRISE, world.account(2), world.account(1), 1)


def send_out_in_a_batch(world: World) -> Receipt:
    args = (world.account(2), world.account(1), [BATCH], [1], b"")
    return world.send(ENTERPRISE, "Credits", "safeBatchTransferFrom", *args)


def receive(world: World) -> Receipt:
    return transfer(world, PLATFORM, world.account(1), world.account(2), 1)


def receive_in_a_batch(world: World) -> Receipt:
    args = (world.account(1), world.account(2), [BATCH], [1], b"")
    return world.send(PLATFORM, "Credits", "safeBatchTransferFrom", *args)


def receive_an_issue(world: World) -> Receipt:
    world.submit(world.report())
    return world.decide(issue([world.account(2)], [GRAMS], seq=2))


def retire_some(world: World) -> Receipt:
    return retire(world, ENTERPRISE, world.account(2), 1)


def retire_for_offset(world: World) -> Receipt:
    retiree = (world.account(2), int(Purpose.COMPLIANCE_OFFSET), BENEFICIARY, STATEMENT, ENTERPRISE.address, False)
    return Module.deployed(world).granted().send(ENTERPRISE, "Credits", "retireFor", retiree, [(BATCH, 1)])


def have_some_cancelled(world: World) -> Receipt:
    return world.decide(cancel(world.account(2), 1))


SENDING = (send_out, send_out_in_a_batch)
RECEIVING = (receive, receive_in_a_batch, receive_an_issue)
RETIRING = (retire_some, retire_for_offset)
# What a status forbids, and what it still allows.
FORBIDDEN: dict[AccountStatus, tuple[Callable[[World], Receipt], ...]] = {
    RESTRICTED: SENDING,
    FROZEN: (*SENDING, *RECEIVING, *RETIRING),
    CLOSED: (*SENDING, *RECEIVING, *RETIRING),
}
ALLOWED: dict[AccountStatus, tuple[Callable[[World], Receipt], ...]] = {
    AccountStatus.OPEN: (*SENDING, *RECEIVING, *RETIRING, have_some_cancelled),
    RESTRICTED: (*RECEIVING, *RETIRING, have_some_cancelled),
    FROZEN: (have_some_cancelled,),
}


def with_status(world: World, status: AccountStatus) -> World:
    """Account 2 holds 1,000 g of the batch (a closed one none) and has this status."""
    if status is not CLOSED:
        transfer(world, PLATFORM, world.account(1), world.account(2), HELD)
    if status is not AccountStatus.OPEN:
        set_status(world, world.account(2), status)
    return world


def everything_held(world: World) -> list[int]:
    return [held(world, world.account(2), batch) for batch in (BATCH, BATCH + 1)]


def cases(table: dict[AccountStatus, tuple[Callable[[World], Receipt], ...]]) -> list[Any]:
    return [
        pytest.param(status, action, id=f"{status.name.lower()} {action.__name__}")
        for status, actions in table.items()
        for action in actions
    ]


@pytest.mark.parametrize(("status", "action"), cases(FORBIDDEN))
def test_status__that_forbids_it__reverts_and_moves_nothing(
    issued: World, status: AccountStatus, action: Callable[[World], Receipt]
) -> None:
    # Invariant 8
    with_status(issued, status)
    before = held(issued, issued.account(2))
    with refused("AccountNotUsable", account=issued.account(2), status=status):
        action(issued)
    assert held(issued, issued.account(2)) == before
    assert totals(issued) == (GRAMS, 0, 0, 0)


@pytest.mark.parametrize(("status", "action"), cases(ALLOWED))
def test_status__that_allows_it__does_not_hinder(
    issued: World, status: AccountStatus, action: Callable[[World], Receipt]
) -> None:
    with_status(issued, status)
    before = everything_held(issued)
    action(issued)
    assert everything_held(issued) != before


def test_status__frozen_and_opened_again__does_everything_again(issued: World) -> None:
    with_status(issued, AccountStatus.OPEN)
    issued.send(REGULATOR, "Accounts", "freeze", issued.account(2), REASON)
    with refused("AccountNotUsable", account=issued.account(2), status=FROZEN):
        send_out(issued)
    set_status(issued, issued.account(2), AccountStatus.OPEN)
    send_out(issued)
    retire_some(issued)
    assert held(issued, issued.account(2)) == HELD - 2
