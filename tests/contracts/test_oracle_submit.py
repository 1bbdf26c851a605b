"""OracleCommittee.submit: what a report must be, and that f stolen keys issue nothing (invariant 6)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from itertools import combinations

import pytest
from eth_account.signers.local import LocalAccount

from registry.domain.report import Report
from registry.domain.rules import FilingStatus, ReportStatus
from registry.services.calls import GuardedCall
from tests.contracts.parties import OUTSIDER, REGULATOR
from tests.contracts.refusals import REASON, refused
from tests.world import (
    DEFINITION,
    ORACLES,
    PERIOD,
    PROJECT,
    SHANGHAI,
    WUHAN,
    World,
    actor,
    project_filing,
)

FIRST, SECOND, THIRD, FOURTH = ORACLES


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def accepted(world: World) -> int:
    return int(world.call("OracleCommittee", "lastSeq", PROJECT))


# The report by itself


def test_submit__period_reversed__reverts_with_both_days(world: World) -> None:
    with refused("PeriodReversed", periodStart=PERIOD[0] + 1, periodEnd=PERIOD[0]):
        world.submit(world.report(period_start=PERIOD[0] + 1, period_end=PERIOD[0]))


def test_submit__period_across_years__reverts_with_both_days(world: World) -> None:
    first, last = day("2016-12-31"), day("2017-01-01")
    with refused("PeriodAcrossYears", periodStart=first, periodEnd=last):
        world.submit(world.report(period_start=first, period_end=last))


def test_submit__period_past_24_bits__reverts_with_the_last_day(world: World) -> None:
    with refused("PeriodTooLate", periodEnd=2**24, lastDay=2**24 - 1):
        world.submit(world.report(period_end=2**24))


def test_submit__one_second_after_its_validity__reverts_with_both_times(world: World) -> None:
    report = world.report(valid_until=world.clock.now + 50)
    world.clock.advance(51)
    with refused("ReportExpired", validUntil=report.valid_until, currentTime=world.clock.now):
        world.submit(report)


def test_submit__in_the_last_second_of_its_validity__is_accepted(world: World) -> None:
    report = world.report(valid_until=world.clock.now + 50)
    world.clock.advance(50)
    world.submit(report)
    assert accepted(world) == 1


def test_submit__before_the_last_day_is_over__reverts_and_is_accepted_at_midnight_in_china(world: World) -> None:
    today = world.clock.now // 86_400
    filing = project_filing(world.account(1), crediting_end=today)
    world.decide(GuardedCall("Filings", "fileProject", (SHANGHAI, filing)))
    midnight = today * 86_400 + 16 * 3600
    fields = {"project_id": PROJECT + 1, "period_start": today, "period_end": today, "valid_until": midnight}
    report = Report(**{**asdict(world.report(project_id=PROJECT + 1)), **fields})
    assert world.clock.now < midnight - 10
    world.clock.now = midnight - 1
    with refused("PeriodNotOver", periodEnd=today, currentTime=midnight - 1):
        world.submit(report)
    world.clock.now = midnight
    world.submit(report)


# Its committee


def test_submit__jurisdiction_without_committee__reverts(world: World) -> None:
    with refused("NoCommittee", jurisdiction=WUHAN):
        world.submit(world.report(project_id=WUHAN << 32 | 1))


@pytest.mark.parametrize("epoch", [0, 2])
def test_submit__epoch_before_or_after__reverts_with_both(world: World, epoch: int) -> None:
    # Invariant 5
    with refused("WrongEpoch", expected=1, given=epoch):
        world.submit(world.report(epoch=epoch))


def test_submit__signed_by_a_replaced_committee__reverts(world: World) -> None:
    # Invariant 5
    report = world.report()
    signatures = world.sign(report)
    successors = sorted((actor(f"SUCCESSOR_{n}").address for n in range(4)), key=lambda text: int(text, 16))
    world.next_committee(SHANGHAI, successors)
    with refused("WrongEpoch", expected=2, given=1):
        world.submit(report, signatures)
    again = replace(report, epoch=2)
    with refused("NotASigner", recovered=FIRST.address, jurisdiction=SHANGHAI, epoch=2):
        world.submit(again)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_submit__more_or_fewer_signatures_than_the_quorum__reverts_with_both(world: World, count: int) -> None:
    report = world.report()
    with refused("WrongSignatureCount", quorum=3, given=count):
        world.submit(report, world.sign(report, ORACLES[:count]))


def test_submit__without_signatures__reverts(world: World) -> None:
    with refused("WrongSignatureCount", quorum=3, given=0):
        world.send(OUTSIDER, "OracleCommittee", "submit", world.report().as_tuple(), [])


# The report before it


@pytest.mark.parametrize("seq", [0, 2])
def test_submit__first_report_not_number_one__reverts(world: World, seq: int) -> None:
    with refused("WrongSeq", projectId=PROJECT, expected=1, given=seq):
        world.submit(world.report(seq=seq))


def test_submit__first_report_with_a_digest_before_it__reverts(world: World) -> None:
    with refused("WrongPrevDigest", projectId=PROJECT, expected=bytes(32), given=REASON):
        world.submit(world.report(prev_digest=REASON))


def test_submit__replayed__reverts(world: World) -> None:
    report = world.report()
    signatures = world.sign(report)
    world.submit(report, signatures)
    with refused("WrongSeq", projectId=PROJECT, expected=2, given=1):
        world.submit(report, signatures)


@pytest.mark.parametrize("seq", [1, 3])
def test_submit__number_repeated_or_left_out__reverts(issued: World, seq: int) -> None:
    with refused("WrongSeq", projectId=PROJECT, expected=2, given=seq):
        issued.submit(issued.report(seq=seq))


@pytest.mark.parametrize("digest", [bytes(32), REASON], ids=["none", "another"])
def test_submit__not_chained_to_the_last__reverts_with_both_digests(issued: World, digest: bytes) -> None:
    last = issued.call("OracleCommittee", "reportOf", PROJECT, 1)["digest"]
    with refused("WrongPrevDigest", projectId=PROJECT, expected=last, given=digest):
        issued.submit(issued.report(prev_digest=digest))


@pytest.mark.parametrize("start", [PERIOD[0], PERIOD[1]], ids=["whole", "by a day"])
def test_submit__period_overlapping_the_last__reverts(issued: World, start: int) -> None:
    with refused("PeriodOverlaps", periodStart=start, lastPeriodEnd=PERIOD[1]):
        issued.submit(issued.report(period_start=start))


@pytest.mark.parametrize("difference", [0, -1])
def test_submit__line_not_forward__reverts_with_both_ends(issued: World, difference: int) -> None:
    end = 10_000_000 + difference
    with refused("LineNotForward", lastSerialEnd=10_000_000, serialEnd=end):
        issued.submit(issued.report(serial_end=end))


@pytest.mark.parametrize("difference", [0, -1])
def test_submit__log_not_forward__reverts_with_both_sizes(issued: World, difference: int) -> None:
    with refused("LogNotForward", lastLogSize=100, logSize=100 + difference):
        issued.submit(issued.report(log_size=100 + difference))


def test_submit__first_report_of_no_gram_or_no_leaf__reverts(world: World) -> None:
    with refused("LineNotForward", lastSerialEnd=0, serialEnd=0):
        world.submit(world.report(serial_end=0))
    with refused("LogNotForward", lastLogSize=0, logSize=0):
        world.submit(world.report(log_size=0))


@pytest.mark.parametrize("field", ["serial_end", "log_size"])
def test_submit__line_or_log_past_56_bits__reverts_with_both(world: World, field: str) -> None:
    usual = world.report()
    report = replace(usual, **{field: 2**56})
    with refused("LineTooLong", serialEnd=report.serial_end, logSize=report.log_size):
        world.submit(report)
    world.submit(replace(usual, **{field: 2**56 - 1}))


# The filing


def test_submit__unknown_project__reverts(world: World) -> None:
    with refused("UnknownProject", projectId=PROJECT + 1):
        world.submit(world.report(project_id=PROJECT + 1))


def test_submit__project_suspended_or_withdrawn__reverts(world: World) -> None:
    world.send(REGULATOR, "Filings", "suspendProject", PROJECT, REASON)
    with refused("ProjectNotInForce", projectId=PROJECT):
        world.submit(world.report())
    withdrawn = (SHANGHAI, PROJECT, int(FilingStatus.WITHDRAWN), REASON)
    world.decide(GuardedCall("Filings", "setProjectStatus", withdrawn))
    with refused("ProjectNotInForce", projectId=PROJECT):
        world.submit(world.report())


def test_submit__methodology_suspended__reverts_until_it_is_restored(world: World) -> None:
    world.send(REGULATOR, "Filings", "suspendMethodology", DEFINITION, REASON)
    with refused("MethodologyNotInForce", methodologyHash=DEFINITION):
        world.submit(world.report())
    restored = (SHANGHAI, DEFINITION, int(FilingStatus.FILED), REASON)
    world.decide(GuardedCall("Filings", "setMethodologyStatus", restored))
    world.submit(world.report())


def test_submit__another_methodology_than_filed__reverts_with_both(world: World) -> None:
    with refused("WrongMethodology", expected=DEFINITION, given=REASON):
        world.submit(world.report(methodology_hash=REASON))


@pytest.mark.parametrize(("before", "after"), [(1, 0), (0, 1)], ids=["begins a day early", "ends a day late"])
def test_submit__period_outside_the_crediting_period__reverts_with_both(world: World, before: int, after: int) -> None:
    credited = {"crediting_start": PERIOD[0], "crediting_end": PERIOD[1]}
    filing = project_filing(world.account(1), **credited)
    world.decide(GuardedCall("Filings", "fileProject", (SHANGHAI, filing)))
    first, last = PERIOD[0] - before, PERIOD[1] + after
    crediting = {"creditingStart": PERIOD[0], "creditingEnd": PERIOD[1]}
    with refused("PeriodOutsideCrediting", periodStart=first, periodEnd=last, **crediting):
        world.submit(world.report(project_id=PROJECT + 1, period_start=first, period_end=last))
    world.submit(world.report(project_id=PROJECT + 1))


# Its signatures; see also test_oracle_signatures.py


def ascending(keys: list[LocalAccount]) -> list[LocalAccount]:
    return sorted(keys, key=lambda key: int(key.address, 16))


def test_submit__f_stolen_keys__get_no_report_accepted_and_nothing_issued(world: World) -> None:
    # Invariant 6: f = 1 of 4. Neither one nor two stolen keys, with what help they like from strangers, make a quorum.
    report = world.report()
    for stolen in [*combinations(ORACLES, 1), *combinations(ORACLES, 2)]:
        thieves = [actor(f"THIEF_{number}") for number in range(3 - len(stolen))]
        with refused("WrongSignatureCount", quorum=3, given=len(stolen)):
            world.submit(report, world.sign(report, stolen))
        helped = ascending([*stolen, *thieves])
        first_thief = next(key for key in helped if key in thieves)
        with refused("NotASigner", recovered=first_thief.address, jurisdiction=SHANGHAI, epoch=1):
            world.submit(report, world.sign(report, helped))
        repeated = ascending([*stolen, stolen[0], stolen[0]][:3])
        with refused("SignersNotAscending", previous=stolen[0].address, next=stolen[0].address):
            world.submit(report, world.sign(report, repeated))
    issue = (SHANGHAI, PROJECT, 1, [world.account(1)], [report.serial_end])
    with refused("ReportNotFinal", projectId=PROJECT, seq=1):
        world.decide(GuardedCall("Credits", "issue", issue))
    assert accepted(world) == 0


# Accepted


@pytest.mark.parametrize("signers", list(combinations(range(4), 3)))
def test_submit__any_three_of_four__are_a_quorum(world: World, signers: tuple[int, ...]) -> None:
    report = world.report()
    chosen = [ORACLES[index] for index in signers]
    receipt = world.submit(report, world.sign(report, chosen))
    assert world.event(receipt, "ReportAccepted")["signers"] == [oracle.address for oracle in chosen]


def test_submit__the_next_report__is_stored_announced_and_returned(issued: World) -> None:
    report = issued.report()
    digest = issued.call("OracleCommittee", "digestOf", report.as_tuple())
    args = ("OracleCommittee", "submit", report.as_tuple(), issued.sign(report))
    assert issued.answer(OUTSIDER, *args) == digest
    receipt = issued.submit(report)
    now = issued.gateway.block(receipt.block_number).timestamp
    assert issued.event(receipt, "ReportAccepted") == {
        "projectId": PROJECT,
        "seq": 2,
        "digest": digest,
        "report": report.message(),
        "serialStart": 10_000_000,
        "vintage": 2016,
        "finalAt": now,
        "signers": [oracle.address for oracle in ORACLES[:3]],
    }
    assert issued.call("OracleCommittee", "reportOf", PROJECT, 2) == {
        "digest": digest,
        "serialStart": 10_000_000,
        "serialEnd": 20_000_000,
        "logSize": 200,
        "periodEnd": report.period_end,
        "finalAt": now,
        "status": ReportStatus.ACCEPTED,
        "epoch": 1,
    }
    assert accepted(issued) == 2


def test_submit__day_after_the_last_period__is_accepted(issued: World) -> None:
    next_day = PERIOD[1] + 1
    issued.submit(issued.report(period_start=next_day, period_end=next_day, serial_end=10_000_001, log_size=101))
    assert issued.call("OracleCommittee", "finalStretchOf", PROJECT, 2) == {
        "serialStart": 10_000_000,
        "serialEnd": 10_000_001,
        "vintage": 2016,
    }
