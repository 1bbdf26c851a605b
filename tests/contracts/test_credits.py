"""Credits: issuing and cancelling, which only the Desk does. The unit is the gram."""

from __future__ import annotations

import pytest

from registry.domain.rules import AccountStatus, FilingStatus
from registry.services.calls import GuardedCall
from tests.contracts.ledger import cancel, held, issue, retire, set_status, totals, transfer
from tests.contracts.parties import APPROVER, NOBODY, OUTSIDER, PLATFORM, REGISTRAR, REGULATOR
from tests.contracts.refusals import REASON, refused
from tests.world import BATCH, DEFINITION, ORACLES, PROJECT, SHANGHAI, WUHAN, World, project_filing

GRAMS = 10_000_000
DISPUTE_SECONDS = 600


def reported(world: World) -> World:
    """With a final report of ten million grams that is not issued yet."""
    world.submit(world.report())
    return world


# issue


def test_issue__not_through_the_desk__reverts(world: World) -> None:
    # Invariant 7
    with refused("NotThroughDesk", caller=REGISTRAR.address):
        world.send(REGISTRAR, "Credits", "issue", *issue([world.account(1)], [GRAMS]).args)


def test_issue__by_another_jurisdiction__reverts_with_both(world: World) -> None:
    reported(world)
    with refused("WrongJurisdiction", objectJurisdiction=SHANGHAI, jurisdiction=WUHAN):
        world.decide(issue([world.account(1)], [GRAMS], jurisdiction=WUHAN))


def test_issue__without_report__reverts(world: World) -> None:
    # Invariant 5
    with refused("ReportNotFinal", projectId=PROJECT, seq=1):
        world.decide(issue([world.account(1)], [GRAMS]))


def test_issue__report_after_the_last__reverts(issued: World) -> None:
    # Invariant 4
    with refused("ReportNotFinal", projectId=PROJECT, seq=2):
        issued.decide(issue([issued.account(1)], [GRAMS], seq=2))


def test_issue__before_the_dispute_window_is_over__reverts_and_then_issues(world: World) -> None:
    # Invariant 5
    world.next_committee(SHANGHAI, [oracle.address for oracle in ORACLES], DISPUTE_SECONDS)
    world.clock.advance(100)
    world.submit(world.report(epoch=2))
    final_at = world.clock.now + DISPUTE_SECONDS
    request = world.propose(REGISTRAR, issue([world.account(1)], [GRAMS]))
    world.clock.now = final_at - 1
    with refused("ReportNotFinal", projectId=PROJECT, seq=1):
        world.send(APPROVER, "Desk", "approve", *request)
    world.clock.now = final_at
    world.send(APPROVER, "Desk", "approve", *request)
    assert held(world, world.account(1)) == GRAMS


def test_issue__a_second_time__reverts(issued: World) -> None:
    with refused("AlreadyIssued", batchId=BATCH):
        issued.decide(issue([issued.account(1)], [GRAMS]))
    assert totals(issued) == (GRAMS, 0, 0, 0)


@pytest.mark.parametrize(
    ("accounts", "grams"),
    [
        pytest.param(0, [], id="empty"),
        pytest.param(21, [1] * 20 + [GRAMS - 20], id="21 lines"),
        pytest.param(2, [GRAMS], id="more accounts than lines"),
        pytest.param(1, [GRAMS - 1, 1], id="fewer accounts than lines"),
        pytest.param(2, [GRAMS, 0], id="a line of zero"),
    ],
)
def test_issue__impossible_allocation__reverts_with_both_lengths(world: World, accounts: int, grams: list[int]) -> None:
    reported(world)
    with refused("InvalidAllocation", accounts=accounts, lines=len(grams)):
        world.decide(issue([world.account(1)] * accounts, grams))


@pytest.mark.parametrize("grams", [[GRAMS - 1], [GRAMS, 1], [2**64 - 1, 2**64 - 1]], ids=["less", "more", "far more"])
def test_issue__wrong_sum__reverts_with_both_amounts(world: World, grams: list[int]) -> None:
    reported(world)
    with refused("AllocationSumWrong", reportGrams=GRAMS, allocatedGrams=sum(grams)):
        world.decide(issue([world.account(1)] * len(grams), grams))


@pytest.mark.parametrize("what", ["Project", "Methodology"])
def test_issue__project_or_methodology_suspended_after_the_report__reverts(world: World, what: str) -> None:
    reported(world)
    key = PROJECT if what == "Project" else DEFINITION
    world.send(REGULATOR, "Filings", f"suspend{what}", key, REASON)
    with refused("ProjectNotInForce", projectId=PROJECT):
        world.decide(issue([world.account(1)], [GRAMS]))
    world.decide(GuardedCall("Filings", f"set{what}Status", (SHANGHAI, key, int(FilingStatus.FILED), REASON)))
    world.decide(issue([world.account(1)], [GRAMS]))


def test_issue__up_to_the_ceiling__is_issued_and_one_gram_more_reverts(world: World) -> None:
    filing = project_filing(world.account(1), ceiling_grams=GRAMS)
    world.decide(GuardedCall("Filings", "fileProject", (SHANGHAI, filing)))
    second = PROJECT + 1
    world.issue_batch(project_id=second)
    world.submit(world.report(project_id=second, serial_end=GRAMS + 1))
    with refused("CeilingExceeded", projectId=second, ceilingGrams=GRAMS, totalGrams=GRAMS + 1):
        world.decide(issue([world.account(1)], [1], seq=2, project_id=second))
    assert world.call("Credits", "totalsOf", second)["issued"] == GRAMS


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_issue__to_a_frozen_or_closed_account__reverts(world: World, status: AccountStatus) -> None:
    # Invariant 8
    reported(world)
    set_status(world, world.account(2), status)
    with refused("AccountNotUsable", account=world.account(2), status=status):
        world.decide(issue([world.account(1), world.account(2)], [GRAMS - 1, 1]))
    assert held(world, world.account(1)) == 0


def test_issue__to_an_address_that_is_no_account__reverts(world: World) -> None:
    reported(world)
    for address in (OUTSIDER.address, PLATFORM.address, world.register.address("Desk")):
        with refused("AccountNotUsable", account=address, status=AccountStatus.NONE):
            world.decide(issue([address], [GRAMS]))


def test_issue__to_a_restricted_account__is_issued(world: World) -> None:
    reported(world)
    set_status(world, world.account(2), AccountStatus.RESTRICTED)
    world.decide(issue([world.account(2)], [GRAMS]))
    assert held(world, world.account(2)) == GRAMS


def test_issue__to_several__is_announced_and_held_by_each(world: World) -> None:
    # Invariant 1
    reported(world)
    platform, enterprise, wuhan = world.account(1), world.account(2), world.account(1, WUHAN)
    assert world.call("Credits", "usableOf", platform, BATCH).vintage == 0
    accounts, grams = [platform, enterprise, wuhan, platform], [GRAMS - 6, 1, 2, 3]
    receipt = world.decide(issue(accounts, grams))
    assert world.event(receipt, "Issued") == {
        "batchId": BATCH,
        "projectId": PROJECT,
        "seq": 1,
        "grams": GRAMS,
        "serialStart": 0,
        "serialEnd": GRAMS,
        "vintage": 2016,
        "accounts": accounts,
        "allocation": grams,
    }
    moves = [tuple(event.values())[1:] for event in world.events(receipt, "TransferSingle")]
    assert moves == [(NOBODY, account, BATCH, amount) for account, amount in zip(accounts, grams, strict=True)]
    assert [held(world, account) for account in (platform, enterprise, wuhan)] == [GRAMS - 3, 1, 2]
    assert world.call("Credits", "positionsOf", platform) == 1
    assert totals(world) == (GRAMS, 0, 0, 0)
    assert world.call("Credits", "totalsOf", PROJECT)["issued"] == GRAMS
    assert tuple(world.call("Credits", "usableOf", platform, BATCH)) == (2016, False, GRAMS - 3)
    assert world.call("Credits", "vintageOf", BATCH) == 2016


def test_issue__twenty_lines__are_allowed(world: World) -> None:
    reported(world)
    receipt = world.decide(issue([world.account(1)] * 20, [1] * 19 + [GRAMS - 19]))
    assert len(world.events(receipt, "TransferSingle")) == 20


def test_issue__later_report_first__never_passes_the_line(world: World) -> None:
    # Invariant 4: issued is at most the end of the line of the last final report, and each stretch once.
    world.submit(world.report())
    world.submit(world.report())
    world.decide(issue([world.account(1)], [GRAMS], seq=2))
    assert totals(world, BATCH + 1) == (GRAMS, 0, 0, GRAMS)
    world.decide(issue([world.account(1)], [GRAMS], seq=1))
    end = world.call("OracleCommittee", "finalStretchOf", PROJECT, 2)["serialEnd"]
    assert world.call("Credits", "totalsOf", PROJECT)["issued"] == end == 2 * GRAMS
    assert world.call("Credits", "positionsOf", world.account(1)) == 2


# cancel


def test_cancel__not_through_the_desk__reverts(issued: World) -> None:
    # Invariant 7
    with refused("NotThroughDesk", caller=REGULATOR.address):
        issued.send(REGULATOR, "Credits", "cancel", *cancel(issued.account(1), 1).args)


def test_cancel__by_another_jurisdiction__reverts_with_both(issued: World) -> None:
    # The project decides, not the holder: the account may be Wuhan's.
    transfer(issued, PLATFORM, issued.account(1), issued.account(1, WUHAN), 5)
    with refused("WrongJurisdiction", objectJurisdiction=SHANGHAI, jurisdiction=WUHAN):
        issued.decide(cancel(issued.account(1, WUHAN), 5, jurisdiction=WUHAN))


def test_cancel__without_reason__reverts(issued: World) -> None:
    with refused("MissingReason"):
        issued.decide(cancel(issued.account(1), 1, reason=bytes(32)))


def test_cancel__of_an_address_that_is_no_account__reverts(issued: World) -> None:
    for address in (OUTSIDER.address, NOBODY):
        with refused("AccountNotUsable", account=address, status=AccountStatus.NONE):
            issued.decide(cancel(address, 1))


@pytest.mark.parametrize("batch", [BATCH + 1, BATCH | 1 << 200], ids=["not issued", "bits above the id"])
def test_cancel__unknown_batch__reverts(issued: World, batch: int) -> None:
    with refused("UnknownBatch", batchId=batch):
        issued.decide(cancel(issued.account(1), 1, batch_id=batch))


def test_cancel__zero__reverts(issued: World) -> None:
    with refused("ZeroGrams"):
        issued.decide(cancel(issued.account(1), 0))


def test_cancel__more_than_held__reverts_with_both_amounts(issued: World) -> None:
    amounts = {"heldGrams": GRAMS, "wantedGrams": GRAMS + 1}
    with refused("InsufficientGrams", account=issued.account(1), batchId=BATCH, **amounts):
        issued.decide(cancel(issued.account(1), GRAMS + 1))


def test_cancel__twice__takes_serials_from_the_end_of_the_batch(issued: World) -> None:
    # Invariant 1, Invariant 2, Invariant 3
    account = issued.account(1)
    first = issued.event(issued.decide(cancel(account, 1000)), "Cancelled")
    assert first == {
        "batchId": BATCH,
        "account": account,
        "grams": 1000,
        "serialStart": GRAMS - 1000,
        "serialEnd": GRAMS,
        "reasonHash": REASON,
    }
    second = issued.event(issued.decide(cancel(account, 1)), "Cancelled")
    assert (second["serialStart"], second["serialEnd"]) == (GRAMS - 1001, GRAMS - 1000)
    assert totals(issued) == (GRAMS, 0, 1001, 0)
    assert held(issued, account) == issued.call("Credits", "availableOf", account, BATCH) == GRAMS - 1001


def test_cancel__all_that_is_left_after_retiring__meets_the_retired_serials(issued: World) -> None:
    # Invariant 3
    account = issued.account(1)
    retire(issued, PLATFORM, account, 400)
    event = issued.event(issued.decide(cancel(account, GRAMS - 400)), "Cancelled")
    assert (event["serialStart"], event["serialEnd"]) == (400, GRAMS)
    assert totals(issued) == (GRAMS, 400, GRAMS - 400, 0)
    assert held(issued, account) == 0


@pytest.mark.parametrize("status", [AccountStatus.RESTRICTED, AccountStatus.FROZEN])
def test_cancel__on_a_restricted_or_frozen_account__cancels(issued: World, status: AccountStatus) -> None:
    # What is invalid must be cancellable wherever it lies.
    set_status(issued, issued.account(1), status)
    issued.decide(cancel(issued.account(1), 7))
    assert held(issued, issued.account(1)) == GRAMS - 7


def test_cancel__on_a_closed_account__finds_nothing(issued: World) -> None:
    set_status(issued, issued.account(2), AccountStatus.CLOSED)
    with refused("InsufficientGrams", account=issued.account(2), batchId=BATCH, heldGrams=0, wantedGrams=1):
        issued.decide(cancel(issued.account(2), 1))


def test_cancel__of_a_withdrawn_project__cancels(issued: World) -> None:
    withdrawn = (SHANGHAI, PROJECT, int(FilingStatus.WITHDRAWN), REASON)
    issued.decide(GuardedCall("Filings", "setProjectStatus", withdrawn))
    issued.decide(cancel(issued.account(1), GRAMS))
    assert totals(issued) == (GRAMS, 0, GRAMS, 0)


# views


@pytest.mark.parametrize("batch", [0, BATCH + 1, BATCH | 1 << 128])
def test_views__unknown_batch__revert_or_say_no(issued: World, batch: int) -> None:
    for view in ("batchOf", "vintageOf"):
        with refused("UnknownBatch", batchId=batch):
            issued.call("Credits", view, batch)
    assert tuple(issued.call("Credits", "usableOf", issued.account(1), batch)) == (0, False, 0)
    assert held(issued, issued.account(1), batch) == 0


def test_batch_id_of__is_project_and_seq_side_by_side(world: World) -> None:
    assert world.call("Credits", "batchIdOf", PROJECT, 1) == BATCH == (SHANGHAI << 96) | (1 << 64) | 1
    assert world.call("Credits", "batchIdOf", 2**64 - 1, 2**64 - 1) == 2**128 - 1


def test_balance_of_batch__is_the_balances_in_a_row(issued: World) -> None:
    transfer(issued, PLATFORM, issued.account(1), issued.account(2), 3)
    accounts = [issued.account(1), issued.account(2), OUTSIDER.address]
    assert issued.call("Credits", "balanceOfBatch", accounts, [BATCH] * 3) == [GRAMS - 3, 3, 0]
    with refused("ERC1155InvalidArrayLength", idsLength=1, valuesLength=3):
        issued.call("Credits", "balanceOfBatch", accounts, [BATCH])


def test_contracts__name_each_other_for_ever(world: World) -> None:
    wiring = {
        "AUTHORITY": ("Authority", ("Desk", "Accounts", "Filings", "OracleCommittee", "Credits", "Compliance")),
        "DESK": ("Desk", ("Accounts", "Filings", "OracleCommittee", "Credits", "Compliance")),
        "ACCOUNTS": ("Accounts", ("TransferRules", "Transfers", "Filings", "Credits", "Compliance")),
        "FILINGS": ("Filings", ("OracleCommittee", "Credits", "Compliance")),
        "RECOGNITION": ("Recognition", ("Filings",)),
        "COMMITTEE": ("OracleCommittee", ("Credits", "Emissions")),
        "CREDITS": ("Credits", ("Transfers", "Pledges", "Enforcement", "Invalidations", "Compliance")),
    }
    for view, (named, contracts) in wiring.items():
        for contract in contracts:
            assert world.call(contract, view) == world.register.address(named), (contract, view)
