"""Credits: retiring, for ever. Serials are consumed in order; for an offset only a policy module retires."""

from __future__ import annotations

from typing import Any

import pytest

from registry.chain.gateway import Receipt
from registry.domain.rules import Purpose, Role
from tests.contracts.ledger import BENEFICIARY, STATEMENT, cancel, held, retire, totals, transfer
from tests.contracts.modules import Module
from tests.contracts.parties import ENTERPRISE, NOBODY, OUTSIDER, PLATFORM, REGISTRAR, REGULATOR, name_of
from tests.contracts.refusals import REASON, refused
from tests.world import BATCH, PROJECT, World

GRAMS = 10_000_000


# retire


@pytest.mark.parametrize("caller", [OUTSIDER, ENTERPRISE, REGISTRAR, REGULATOR], ids=name_of)
def test_retire__by_nobody_of_the_accounts_agents__reverts(issued: World, caller: Any) -> None:
    with refused("NotAgent", account=issued.account(1), caller=caller.address):
        retire(issued, caller, issued.account(1), 1)


@pytest.mark.parametrize("purpose", [Purpose.NONE, Purpose.COMPLIANCE_OFFSET])
def test_retire__for_no_purpose_or_for_an_offset__reverts(issued: World, purpose: Purpose) -> None:
    with refused("InvalidPurpose", purpose=purpose):
        retire(issued, PLATFORM, issued.account(1), 1, purpose)


def test_retire__number_that_is_no_purpose__reverts(issued: World) -> None:
    with refused("RevertedWithoutReason"):
        retire(issued, PLATFORM, issued.account(1), 1, len(Purpose))


@pytest.mark.parametrize("batch", [BATCH + 1, BATCH | 1 << 200], ids=["not issued", "bits above the id"])
def test_retire__unknown_batch__reverts(issued: World, batch: int) -> None:
    with refused("UnknownBatch", batchId=batch):
        retire(issued, PLATFORM, issued.account(1), 1, batch=batch)


def test_retire__zero__reverts(issued: World) -> None:
    with refused("ZeroGrams"):
        retire(issued, PLATFORM, issued.account(1), 0)
    assert issued.call("Credits", "retirementCount") == 0


@pytest.mark.parametrize("wanted", [GRAMS + 1, 2**64 - 1])
def test_retire__more_than_held__reverts_with_both_amounts(issued: World, wanted: int) -> None:
    account = issued.account(1)
    with refused("InsufficientGrams", account=account, batchId=BATCH, heldGrams=GRAMS, wantedGrams=wanted):
        retire(issued, PLATFORM, account, wanted)
    assert totals(issued) == (GRAMS, 0, 0, 0)


def test_retire__what_another_account_holds__reverts(issued: World) -> None:
    with refused("InsufficientGrams", account=issued.account(2), batchId=BATCH, heldGrams=0, wantedGrams=1):
        retire(issued, ENTERPRISE, issued.account(2), 1)


@pytest.mark.parametrize("grams", [1, GRAMS - 1, GRAMS], ids=["one", "all but one", "all"])
def test_retire__up_to_what_is_held__is_stored_announced_and_returned(issued: World, grams: int) -> None:
    # Invariant 1, Invariant 2
    account = issued.account(1)
    issued.clock.advance(100)
    args = (BATCH, account, grams, int(Purpose.EVENT_NEUTRALITY), BENEFICIARY, STATEMENT)
    assert issued.answer(PLATFORM, "Credits", "retire", *args) == 1
    receipt = retire(issued, PLATFORM, account, grams, Purpose.EVENT_NEUTRALITY)
    assert issued.event(receipt, "Retired") == {
        "retirementId": 1,
        "batchId": BATCH,
        "account": account,
        "serialStart": 0,
        "grams": grams,
        "purpose": Purpose.EVENT_NEUTRALITY,
        "beneficiary": BENEFICIARY,
        "statementHash": STATEMENT,
        "by": PLATFORM.address,
    }
    moved = issued.event(receipt, "TransferSingle")
    assert (moved["from"], moved["to"], moved["value"]) == (account, NOBODY, grams)
    assert issued.call("Credits", "retirementOf", BATCH, 0) == {
        "account": account,
        "retiredAt": issued.clock.now,
        "grams": grams,
        "purpose": Purpose.EVENT_NEUTRALITY,
    }
    assert held(issued, account) == issued.call("Credits", "availableOf", account, BATCH) == GRAMS - grams
    assert totals(issued) == (GRAMS, grams, 0, 0)


@pytest.mark.parametrize("purpose", [p for p in Purpose if p not in (Purpose.NONE, Purpose.COMPLIANCE_OFFSET)])
def test_retire__for_each_purpose_of_a_holder__is_stored(issued: World, purpose: Purpose) -> None:
    retire(issued, PLATFORM, issued.account(1), 1, purpose)
    assert issued.call("Credits", "retirementOf", BATCH, 0)["purpose"] == purpose


def test_retire__by_two_holders_in_turn__consumes_the_serials_in_order(issued: World) -> None:
    # Invariant 3
    platform, enterprise = issued.account(1), issued.account(2)
    transfer(issued, PLATFORM, platform, enterprise, 1000)
    ranges = []
    for who, account, grams in ((PLATFORM, platform, 7), (ENTERPRISE, enterprise, 1000), (PLATFORM, platform, 1)):
        event = issued.event(retire(issued, who, account, grams), "Retired")
        ranges.append((event["serialStart"], event["serialStart"] + event["grams"]))
    assert ranges == [(0, 7), (7, 1007), (1007, 1008)]


def test_retire__second_batch__begins_where_the_project_stood(issued: World) -> None:
    # Invariant 3: batches of a project are stretches of one line, so ranges of different batches cannot meet either.
    batch = issued.issue_batch()
    retire(issued, PLATFORM, issued.account(1), GRAMS)
    event = issued.event(retire(issued, PLATFORM, issued.account(1), 5, batch=batch), "Retired")
    assert (event["serialStart"], event["retirementId"]) == (GRAMS, 2)
    assert totals(issued, batch) == (GRAMS, 5, 0, GRAMS)


def test_retire__after_a_cancellation__ends_where_the_cancelled_serials_begin(issued: World) -> None:
    # Invariant 3
    account = issued.account(1)
    cancelled = issued.event(issued.decide(cancel(account, 300)), "Cancelled")
    event = issued.event(retire(issued, PLATFORM, account, GRAMS - 300), "Retired")
    assert event["serialStart"] + event["grams"] == cancelled["serialStart"]
    with refused("InsufficientGrams", account=account, batchId=BATCH, heldGrams=0, wantedGrams=1):
        retire(issued, PLATFORM, account, 1)


def test_retire__suspended_project__does_not_hinder(issued: World) -> None:
    issued.send(REGULATOR, "Filings", "suspendProject", PROJECT, REASON)
    retire(issued, PLATFORM, issued.account(1), 1)
    assert totals(issued) == (GRAMS, 1, 0, 0)


# retireFor


def retire_for(world: World, module: Module, lines: list[tuple[int, int]], **changed: Any) -> Receipt:
    """Retires for the platform by a module."""
    fields = {
        "account": world.account(1),
        "purpose": int(Purpose.COMPLIANCE_OFFSET),
        "beneficiary": BENEFICIARY,
        "statementHash": STATEMENT,
        "by": PLATFORM.address,
        "locked": False,
    }
    return module.send(OUTSIDER, "Credits", "retireFor", tuple({**fields, **changed}.values()), lines)


def test_retire_for__by_a_contract_before_and_after_it_is_a_retirer__reverts(issued: World) -> None:
    module = Module.deployed(issued)
    with refused("NotModule", role=Role.RETIRER, caller=module.address):
        retire_for(issued, module, [(BATCH, 1)])
    retire_for(issued, module.granted(), [(BATCH, 1)])
    with refused("NotModule", role=Role.RETIRER, caller=module.address):
        retire_for(issued, module.revoked(), [(BATCH, 1)])
    assert totals(issued) == (GRAMS, 1, 0, 0)


def test_retire_for__address_that_is_no_account__reverts(issued: World) -> None:
    with refused("AccountNotUsable", account=OUTSIDER.address, status=0):
        retire_for(issued, Module.deployed(issued).granted(), [(BATCH, 1)], account=OUTSIDER.address)


def test_retire_for__several_lines__keep_the_purpose_and_name_the_agent(issued: World) -> None:
    retire(issued, PLATFORM, issued.account(1), 10)
    receipt = retire_for(issued, Module.deployed(issued).granted(), [(BATCH, 25), (BATCH, 5)])
    first, second = issued.events(receipt, "Retired")
    assert (first["retirementId"], first["serialStart"], first["grams"]) == (2, 10, 25)
    assert (second["retirementId"], second["serialStart"], second["grams"]) == (3, 35, 5)
    assert (second["purpose"], second["by"]) == (Purpose.COMPLIANCE_OFFSET, PLATFORM.address)
    for serial_start in (10, 35):
        assert issued.call("Credits", "retirementOf", BATCH, serial_start)["purpose"] == Purpose.COMPLIANCE_OFFSET
    assert issued.call("Credits", "retirementCount") == 3


# retireMany


def retire_many(world: World, lines: list[tuple[int, int]]) -> Receipt:
    args = (world.account(1), lines, int(Purpose.EVENT_NEUTRALITY), BENEFICIARY, STATEMENT)
    return world.send(PLATFORM, "Credits", "retireMany", *args)


def test_retire_many__one_line_too_large__retires_none(issued: World) -> None:
    issued.issue_batch()
    short = {"account": issued.account(1), "batchId": BATCH, "heldGrams": GRAMS, "wantedGrams": GRAMS + 1}
    with refused("InsufficientGrams", **short):
        retire_many(issued, [(BATCH + 1, 1), (BATCH, GRAMS + 1)])
    assert issued.call("Credits", "retirementCount") == 0


def test_retire_many__lines_of_two_batches__are_retirements_of_their_own(issued: World) -> None:
    issued.issue_batch()
    receipt = retire_many(issued, [(BATCH + 1, 3), (BATCH, 5)])
    assert issued.event(receipt, "TransferBatch")["values"] == [3, 5]
    told = [
        (event["retirementId"], event["batchId"], event["serialStart"]) for event in issued.events(receipt, "Retired")
    ]
    assert told == [(1, BATCH + 1, GRAMS), (2, BATCH, 0)]
    stored = issued.call("Credits", "retirementOf", BATCH, 0)
    assert (stored["account"], stored["grams"]) == (issued.account(1), 5)
    assert stored["purpose"] == Purpose.EVENT_NEUTRALITY
    assert issued.call("Credits", "totalsOf", PROJECT) == {"issued": 2 * GRAMS, "retired": 8, "cancelled": 0}


# views


@pytest.mark.parametrize(
    ("batch", "serial_start"),
    [(BATCH, 1), (BATCH, 2), (BATCH, 2**56 - 1), (BATCH + 1, 0)],
    ids=["inside", "next", "last", "another batch"],
)
def test_retirement_of__unknown__reverts(issued: World, batch: int, serial_start: int) -> None:
    retire(issued, PLATFORM, issued.account(1), 2)
    with refused("UnknownRetirement", batchId=batch, serialStart=serial_start):
        issued.call("Credits", "retirementOf", batch, serial_start)
