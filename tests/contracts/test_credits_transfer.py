"""Credits: transfers, by agents of the sending account only. Statuses are in test_credits_status.py."""

from __future__ import annotations

from typing import Any

import pytest

from registry.chain.gateway import Receipt
from registry.domain.rules import Right
from registry.services.accounts import set_agents
from tests.contracts.ledger import held, totals, transfer
from tests.contracts.parties import (
    CLERK,
    ENTERPRISE,
    NOBODY,
    OUTSIDER,
    PLATFORM,
    READER,
    REGISTRAR,
    WUHAN_ENTERPRISE,
    name_of,
)
from tests.contracts.refusals import refused
from tests.world import BATCH, SHANGHAI, WUHAN, World

GRAMS = 10_000_000
SECOND_BATCH = BATCH + 1


def batch_transfer(world: World, batches: list[int], grams: list[int], who: Any = PLATFORM) -> Receipt:
    args = (world.account(1), world.account(2), batches, grams, b"")
    return world.send(who, "Credits", "safeBatchTransferFrom", *args)


# safeTransferFrom


@pytest.mark.parametrize("caller", [OUTSIDER, ENTERPRISE, WUHAN_ENTERPRISE, REGISTRAR], ids=name_of)
def test_transfer__by_nobody_of_the_accounts_agents__reverts(issued: World, caller: Any) -> None:
    with refused("NotAgent", account=issued.account(1), caller=caller.address):
        transfer(issued, caller, issued.account(1), issued.account(2), 1)


def test_transfer__by_an_agent_without_the_right_to_initiate__reverts(issued: World) -> None:
    rights = Right.APPROVE | Right.READ
    issued.decide(set_agents(SHANGHAI, issued.account(1), [(READER.address, rights)]))
    with refused("NotAgent", account=issued.account(1), caller=READER.address):
        transfer(issued, READER, issued.account(1), issued.account(2), 1)


def test_transfer__by_an_agent_who_was_removed__reverts_and_the_new_one_may(issued: World) -> None:
    agents = [(PLATFORM.address, Right(0)), (CLERK.address, Right.INITIATE)]
    issued.decide(set_agents(SHANGHAI, issued.account(1), agents))
    with refused("NotAgent", account=issued.account(1), caller=PLATFORM.address):
        transfer(issued, PLATFORM, issued.account(1), issued.account(2), 1)
    transfer(issued, CLERK, issued.account(1), issued.account(2), 1)
    assert held(issued, issued.account(2)) == 1


@pytest.mark.parametrize("sender", [NOBODY, PLATFORM.address], ids=["zero address", "own key"])
def test_transfer__from_an_address_that_is_no_account__reverts(issued: World, sender: str) -> None:
    with refused("NotAgent", account=sender, caller=PLATFORM.address):
        transfer(issued, PLATFORM, sender, issued.account(2), 1)


def test_transfer__to_the_zero_address__reverts(issued: World) -> None:
    with refused("AccountNotUsable", account=NOBODY, status=0):
        transfer(issued, PLATFORM, issued.account(1), NOBODY, 1)


def test_transfer__to_an_address_that_is_no_account__reverts(issued: World) -> None:
    for address in (OUTSIDER.address, issued.register.address("Credits"), issued.account(99)):
        with refused("AccountNotUsable", account=address, status=0):
            transfer(issued, PLATFORM, issued.account(1), address, 1)


def test_transfer__to_itself__reverts(issued: World) -> None:
    with refused("SelfTransfer", account=issued.account(1)):
        transfer(issued, PLATFORM, issued.account(1), issued.account(1), 1)


def test_transfer__zero__reverts(issued: World) -> None:
    with refused("ZeroGrams"):
        transfer(issued, PLATFORM, issued.account(1), issued.account(2), 0)


@pytest.mark.parametrize("wanted", [GRAMS + 1, 2**256 - 1])
def test_transfer__more_than_held__reverts_with_both_amounts(issued: World, wanted: int) -> None:
    account = issued.account(1)
    with refused("InsufficientGrams", account=account, batchId=BATCH, heldGrams=GRAMS, wantedGrams=wanted):
        transfer(issued, PLATFORM, account, issued.account(2), wanted)
    assert held(issued, account) == GRAMS


def test_transfer__batch_never_issued__reverts(issued: World) -> None:
    with refused("UnknownBatch", batchId=SECOND_BATCH):
        transfer(issued, PLATFORM, issued.account(1), issued.account(2), 1, batch=SECOND_BATCH)


@pytest.mark.parametrize("grams", [1, GRAMS - 1, GRAMS], ids=["one", "all but one", "all"])
def test_transfer__up_to_what_is_held__moves_it_and_nothing_else(issued: World, grams: int) -> None:
    # Invariant 1
    platform, wuhan = issued.account(1), issued.account(1, WUHAN)
    receipt = transfer(issued, PLATFORM, platform, wuhan, grams)
    assert issued.event(receipt, "TransferSingle") == {
        "operator": PLATFORM.address,
        "from": platform,
        "to": wuhan,
        "id": BATCH,
        "value": grams,
    }
    assert (held(issued, platform), held(issued, wuhan)) == (GRAMS - grams, grams)
    assert issued.call("Credits", "positionsOf", platform) == (0 if grams == GRAMS else 1)
    assert issued.call("Credits", "positionsOf", wuhan) == 1
    assert totals(issued) == (GRAMS, 0, 0, 0)


@pytest.mark.parametrize("data", [b"note", bytes(31), bytes(32), b"t" * 33])
def test_transfer__data_that_is_no_trades_hash__reverts(issued: World, data: bytes) -> None:
    with refused("InvalidReference", length=len(data)):
        issued.send(PLATFORM, "Credits", "safeTransferFrom", issued.account(1), issued.account(2), BATCH, 1, data)


def test_transfer__as_a_sale__names_the_trade(issued: World) -> None:
    trade = b"\x99" * 32
    args = (issued.account(1), issued.account(2), BATCH, 1, trade)
    receipt = issued.send(PLATFORM, "Credits", "safeTransferFrom", *args)
    assert issued.event(receipt, "Traded") == {"referenceHash": trade, "from": args[0], "to": args[1]}
    receipt = transfer(issued, PLATFORM, args[0], args[1], 1)
    assert issued.events(receipt, "Traded") == []


# safeBatchTransferFrom


def test_batch_transfer__by_nobody_of_the_accounts_agents__reverts(issued: World) -> None:
    with refused("NotAgent", account=issued.account(1), caller=ENTERPRISE.address):
        batch_transfer(issued, [BATCH], [1], ENTERPRISE)


@pytest.mark.parametrize(("batches", "amounts"), [(2, 1), (1, 2)])
def test_batch_transfer__lists_of_different_length__reverts(issued: World, batches: int, amounts: int) -> None:
    with refused("ERC1155InvalidArrayLength", idsLength=batches, valuesLength=amounts):
        batch_transfer(issued, [BATCH] * batches, [1] * amounts)


@pytest.mark.parametrize("lines", [0, 51])
def test_batch_transfer__no_line_or_over_fifty__reverts_with_the_number(issued: World, lines: int) -> None:
    with refused("InvalidLineCount", lines=lines):
        batch_transfer(issued, [BATCH] * lines, [1] * lines)


def test_batch_transfer__a_line_of_zero__reverts(issued: World) -> None:
    with refused("ZeroGrams"):
        batch_transfer(issued, [BATCH, BATCH], [1, 0])


def test_batch_transfer__one_line_too_large__moves_none(issued: World) -> None:
    issued.issue_batch()
    account = issued.account(1)
    with refused("InsufficientGrams", account=account, batchId=SECOND_BATCH, heldGrams=GRAMS, wantedGrams=GRAMS + 1):
        batch_transfer(issued, [BATCH, SECOND_BATCH], [1, GRAMS + 1])
    assert held(issued, issued.account(2)) == 0


def test_batch_transfer__one_batch_twice_for_more_than_held__reverts(issued: World) -> None:
    short = {"account": issued.account(1), "batchId": BATCH, "heldGrams": 1, "wantedGrams": 2}
    with refused("InsufficientGrams", **short):
        batch_transfer(issued, [BATCH, BATCH], [GRAMS - 1, 2])


def test_batch_transfer__one_batch_twice_for_all_that_is_held__moves_it(issued: World) -> None:
    batch_transfer(issued, [BATCH, BATCH], [GRAMS - 1, 1])
    assert (held(issued, issued.account(1)), held(issued, issued.account(2))) == (0, GRAMS)
    assert issued.call("Credits", "positionsOf", issued.account(1)) == 0


def test_batch_transfer__two_batches__moves_each(issued: World) -> None:
    # Invariant 1
    issued.issue_batch()
    receipt = batch_transfer(issued, [BATCH, SECOND_BATCH], [3, 5])
    assert issued.event(receipt, "TransferBatch") == {
        "operator": PLATFORM.address,
        "from": issued.account(1),
        "to": issued.account(2),
        "ids": [BATCH, SECOND_BATCH],
        "values": [3, 5],
    }
    for batch, grams in ((BATCH, 3), (SECOND_BATCH, 5)):
        assert held(issued, issued.account(1), batch) == GRAMS - grams
        assert held(issued, issued.account(2), batch) == grams
    assert issued.call("Credits", "positionsOf", issued.account(2)) == 2


def test_batch_transfer__fifty_lines__are_allowed(issued: World) -> None:
    batch_transfer(issued, [BATCH] * 50, [1] * 50)
    assert held(issued, issued.account(2)) == 50


# Approvals


@pytest.mark.parametrize("caller", [OUTSIDER, PLATFORM], ids=name_of)
def test_set_approval_for_all__nobody_may(issued: World, caller: Any) -> None:
    with refused("ApprovalsNotUsed"):
        issued.send(caller, "Credits", "setApprovalForAll", OUTSIDER.address, True)


def test_is_approved_for_all__is_the_right_to_initiate(issued: World) -> None:
    asked = {who: issued.call("Credits", "isApprovedForAll", issued.account(1), who) for who in _addresses()}
    assert asked == {PLATFORM.address: True, ENTERPRISE.address: False, OUTSIDER.address: False}


def _addresses() -> list[str]:
    return [PLATFORM.address, ENTERPRISE.address, OUTSIDER.address]
