"""What an oracle signs it signs once, and what was accepted it keeps: after a crash, late, and in the next report."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account

from oracles.committee import Computation, run_round, signer_of
from oracles.committee.terms import VALID_WINDOW_SECONDS
from oracles.errors import AlreadySigned, OracleBehind, OracleRefuses, PackageRefused
from oracles.packing import sign_package
from oracles.screens import ReportKey
from registry.domain.days import Period
from registry.domain.errors import Conflict, IntegrityError, InvalidEvidence, InvalidInput, NotFound
from registry.domain.methodology import definition_hash
from registry.domain.reasons import Reason
from registry.services.calls import GuardedCall
from tests.oracles.conftest import NETWORK, Committee
from tests.oracles.factory import (
    AUGUST,
    CHAIN_ID,
    PROJECT,
    Ride,
    cycling,
    month,
    packed,
    read_back,
    rewrite,
    signed,
)
from tests.world import ACTORS, ORACLES, SHANGHAI, project_filing

SEPTEMBER = Period.parse("2016-09-01..2016-09-30")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return signed(tmp_path / "packages" / "august", month())


@pytest.fixture(autouse=True)
def packages_folder(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()


def computed(committee: Committee, package: Path, number: int = 0) -> Computation:
    member = committee.member(number, package)
    member.propose()
    assert member.computation is not None
    return member.computation


def accept(committee: Committee, package: Path) -> Computation:
    """Lets the committee report a package and every oracle keep it."""
    members = committee.members(package)
    view = committee.view()
    collected = run_round(members, view.committee(SHANGHAI), view)
    committee.world.send(ACTORS["OUTSIDER"], "OracleCommittee", "submit", *collected.submit_args())
    for member in members:
        member.keep(collected.report, committee.view())
    assert members[0].computation is not None
    return members[0].computation


def second_project(committee: Committee) -> int:
    """Files another project like the first and returns its id."""
    filing = project_filing(committee.world.account(1), definition_hash=definition_hash(cycling()))
    committee.world.decide(GuardedCall("Filings", "fileProject", (SHANGHAI, filing)))
    return SHANGHAI << 32 | int(committee.world.call("Filings", "projectCount", SHANGHAI))


def september(number: int) -> Ride:
    return Ride(bike=str(1 + number), user=str(number), start="2016-09-05 08:00")


# Signing once


def test_sign__again__gives_the_same_signature_also_after_a_restart(committee: Committee, package: Path) -> None:
    own, view = computed(committee, package), committee.view()
    first = committee.oracles[0].sign(own, view)
    assert committee.oracles[0].sign(own, view) == first
    assert committee.open(0).sign(own, view) == first
    (kept,) = committee.open(0).signed(PROJECT, 1)
    assert (kept.report, kept.signature) == (own.report, first)


def test_sign__another_report_under_the_number__is_refused_also_after_a_restart(
    committee: Committee, package: Path
) -> None:
    own, view = computed(committee, package), committee.view()
    committee.oracles[0].sign(own, view)
    other = replace(own, report=replace(own.report, valid_until=own.report.valid_until + 1))
    with pytest.raises(AlreadySigned, match="never signs another"):
        committee.open(0).sign(other, view)


def test_sign__signature_is_on_disk_before_it_is_out(committee: Committee, package: Path) -> None:
    own, view = computed(committee, package), committee.view()
    folder = committee.root / "0" / "signed"
    folder.write_text("no folder can be made here")
    with pytest.raises(OSError, match=r"exists|Not a directory"):
        committee.oracles[0].sign(own, view)


def test_sign__file_is_damaged__is_told_and_nothing_is_signed(committee: Committee, package: Path) -> None:
    own, view = computed(committee, package), committee.view()
    committee.oracles[0].sign(own, view)
    path = committee.root / "0" / "signed" / f"{PROJECT}-1-{'00' * 8}-1.json"
    for content in ("", "{}", json.dumps({"report": {}, "digest": "00", "signature": "00"})):
        path.write_text(content)
        with pytest.raises((IntegrityError, InvalidInput)):
            committee.oracles[0].sign(own, view)


def test_sign__restarted_later__proposes_the_terms_it_signed(committee: Committee, package: Path) -> None:
    first = computed(committee, package)
    committee.oracles[0].sign(first, committee.view())
    committee.pass_time(VALID_WINDOW_SECONDS)
    assert committee.oracles[1].terms(PROJECT, committee.view()).valid_until > first.report.valid_until
    assert computed(committee, package).report == first.report


def test_terms__a_chain_without_a_block_for_long__are_not_expired_when_it_has_one(
    committee: Committee, package: Path
) -> None:
    committee.world.clock.advance(10 * VALID_WINDOW_SECONDS)
    members = committee.members(package)
    view = committee.view()
    collected = run_round(members, view.committee(SHANGHAI), view)
    committee.world.send(ACTORS["OUTSIDER"], "OracleCommittee", "submit", *collected.submit_args())


def test_terms__within_one_window__are_the_same_for_all(committee: Committee, package: Path) -> None:
    first = committee.oracles[0].terms(PROJECT, committee.view())
    committee.pass_time(60)
    assert committee.oracles[1].terms(PROJECT, committee.view()) == first


def test_sign__committee_was_replaced_before_acceptance__signs_once_in_each_epoch(
    committee: Committee, package: Path
) -> None:
    committee.oracles[0].sign(computed(committee, package), committee.view())
    signers = [oracle.address for oracle in ORACLES]
    committee.world.next_committee(SHANGHAI, signers)
    again = computed(committee, package)
    committee.oracles[0].sign(again, committee.view())
    assert [signed.report.epoch for signed in committee.oracles[0].signed(PROJECT, 1)] == [1, 2]
    other = replace(again, report=replace(again.report, valid_until=again.report.valid_until + 1))
    with pytest.raises(AlreadySigned):
        committee.oracles[0].sign(other, committee.view())


def test_oracle_without_a_key__computes_and_does_not_sign(committee: Committee, package: Path) -> None:
    view = committee.view()
    oracle = type(committee.oracles[0])(committee.root / "check", None, NETWORK)
    own = oracle.compute(package, view)
    with pytest.raises(NotFound, match="key of oracle"):
        oracle.sign(own, view)
    oracle.close()


# After acceptance


def test_commit__before_acceptance__is_refused(committee: Committee, package: Path) -> None:
    own = computed(committee, package)
    with pytest.raises(Conflict, match="no report"):
        committee.oracles[0].commit(own, committee.view())
    assert committee.oracles[0].log(PROJECT).size == 0


def test_commit__accepted__is_kept_once_however_often(committee: Committee, package: Path) -> None:
    own = accept(committee, package)
    oracle = committee.oracles[0]
    for _ in range(2):
        oracle.commit(own, committee.view())
    assert (oracle.log(PROJECT).size, oracle.log(PROJECT).root()) == (40, own.report.log_root)
    assert oracle.log(PROJECT).serial_end == own.report.serial_end


def test_commit__crashed_between_log_and_claims__is_finished_by_the_next(committee: Committee, package: Path) -> None:
    own = accept(committee, package)
    for name in ("claims.sqlite", "claims.sqlite-wal", "claims.sqlite-shm"):
        (committee.root / "0" / name).unlink(missing_ok=True)
    again = committee.open(0)
    assert again.follow(package, committee.view(), own.report).report == own.report
    second = signed(package.parent / "again", month(), period=AUGUST)
    assert second.exists()
    with pytest.raises(InvalidEvidence, match="report 1 reaches to day"):
        again.compute(second, committee.view())


def test_compute__claims_lost__computes_nothing_until_it_has_followed(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    own = accept(committee, package)
    for path in (committee.root / "0").glob("claims.sqlite*"):
        path.unlink()
    again = committee.open(0)
    later = [replace(ride, start=ride.start.replace("2016", "2017")) for ride in month()]
    copied = signed(tmp_path / "packages" / "copied", later, period=Period.parse("2017-08-01..2017-08-31"))
    with pytest.raises(OracleBehind, match=f"claims lack report 1 of project {PROJECT}"):
        again.compute(copied, committee.view())
    again.follow(package, committee.view(), own.report)
    with pytest.raises(PackageRefused, match="relabelled_copy"):
        again.compute(copied, committee.view())


def test_compute__killed_between_log_and_claims__is_behind(committee: Committee, package: Path, tmp_path: Path) -> None:
    own = accept(committee, package)
    (committee.root / "9").mkdir()
    shutil.copytree(committee.root / "0" / "logs", committee.root / "9" / "logs")
    half = type(committee.oracles[0])(committee.root / "9", ORACLES[0], NETWORK)
    assert half.log(PROJECT).size == own.report.log_size
    second = signed(tmp_path / "packages" / "september", [september(1)], period=SEPTEMBER)
    with pytest.raises(OracleBehind, match="claims lack report 1"):
        half.compute(second, committee.view())
    half.close()


def test_compute__claims_of_a_neighbour_project_lack__is_behind(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    accept(committee, package)
    other = second_project(committee)
    copied = signed(tmp_path / "packages" / "copied", month(), project_id=other)
    with pytest.raises(PackageRefused, match="claimed_before"):
        committee.member(1, copied).propose()
    new = type(committee.oracles[0])(committee.root / "new", ORACLES[0], NETWORK)
    with pytest.raises(OracleBehind, match=f"claims lack report 1 of project {PROJECT}"):
        new.compute(copied, committee.view())
    new.close()


def test_sign__same_acts_for_two_projects__only_one_is_signed(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    other = second_project(committee)
    copied = signed(tmp_path / "packages" / "copied", month(), project_id=other)
    first, second = computed(committee, package), computed(committee, copied)
    oracle, view = committee.oracles[0], committee.view()
    signature = oracle.sign(first, view)
    with pytest.raises(OracleRefuses, match=f"40 act.* in report {PROJECT}/1"):
        oracle.sign(second, view)
    assert oracle.signed(other, 1) == []
    assert oracle.sign(first, view) == signature


def test_sign__refused_as_signed_already__keeps_the_reservation_of_what_was_signed(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    other = second_project(committee)
    copied = signed(tmp_path / "packages" / "copied", month(), project_id=other)
    first, second = computed(committee, package), computed(committee, copied)
    oracle, view = committee.oracles[0], committee.view()
    oracle.sign(first, view)
    changed = replace(
        first, report=replace(first.report, valid_until=first.report.valid_until + 1), claims=first.claims.slice(0, 0)
    )
    with pytest.raises(AlreadySigned):
        oracle.sign(changed, view)
    with pytest.raises(OracleRefuses, match="40 act"):
        oracle.sign(second, view)


def test_round__one_claim_file_is_damaged__the_others_go_on(committee: Committee, package: Path) -> None:
    for path in (committee.root / "0").glob("claims.sqlite*"):
        path.unlink()
    (committee.root / "0").mkdir(parents=True, exist_ok=True)
    (committee.root / "0" / "claims.sqlite").write_bytes(b"no database at all, but long enough to look at " * 20)
    members, view = committee.members(package), committee.view()
    collected = run_round(members, view.committee(SHANGHAI), view)
    assert ORACLES[0].address not in collected.signers
    assert "not intact" in collected.answers[ORACLES[0].address]


def test_examine__altered_copy_without_the_verifiers_signature__is_not_looked_into(
    committee: Committee, package: Path
) -> None:
    proposal = computed(committee, package).proposal()
    member = committee.member(1, package)
    own = committee.root / "1" / "evidence" / proposal.report.evidence_hash.hex()
    records = read_back(own)
    rewrite(own, [records[0]._replace(quantity=1), *records[1:]], sign=False)
    sign_package(own, ACTORS["OUTSIDER"], CHAIN_ID)
    with pytest.raises(InvalidEvidence, match="no verifier"):
        member.sign(proposal)


def test_follow__project_suspended_and_verifier_dismissed_since__is_kept(committee: Committee, package: Path) -> None:
    own = accept(committee, package)
    world = committee.world
    world.send(ACTORS["REGULATOR"], "Filings", "suspendProject", PROJECT, b"r" * 32)
    world.send(ACTORS["REGULATOR"], "Filings", "suspendMethodology", own.report.methodology_hash, b"r" * 32)
    sign_package(package, ACTORS["OUTSIDER"], CHAIN_ID)
    shutil.rmtree(committee.root / "3")
    late = committee.open(3)
    assert late.follow(package, committee.view(), own.report).report == own.report
    assert late.log(PROJECT).size == 40


def test_follow__an_oracle_that_was_down__catches_up(committee: Committee, package: Path, tmp_path: Path) -> None:
    own = accept(committee, package)
    shutil.rmtree(committee.root / "3")
    late = committee.open(3)
    next_package = signed(tmp_path / "packages" / "september", [september(1)], period=SEPTEMBER)
    with pytest.raises(OracleBehind, match="claims lack report 1 of project"):
        late.compute(next_package, committee.view())
    late.follow(package, committee.view(), own.report)
    assert late.compute(next_package, committee.view()).report.seq == 2


def test_follow__other_evidence_than_was_accepted__keeps_nothing(committee: Committee, package: Path) -> None:
    own = accept(committee, package)
    shutil.rmtree(committee.root / "3")
    late = committee.open(3)
    rewrite(package, read_back(package)[1:])
    with pytest.raises(OracleRefuses, match="its package has manifest"):
        late.follow(package, committee.view(), own.report)
    assert late.log(PROJECT).size == 0


def test_next_report__continues_line_log_and_chain(committee: Committee, package: Path, tmp_path: Path) -> None:
    first = accept(committee, package)
    second = signed(tmp_path / "packages" / "september", [september(n) for n in range(1, 8)], period=SEPTEMBER)
    report = accept(committee, second).report
    assert (report.seq, report.log_size) == (2, 47)
    assert report.serial_end == first.report.serial_end + 7 * (1500 * 953 // 10_000)
    assert report.prev_digest == committee.world.call("OracleCommittee", "reportOf", PROJECT, 1)["digest"]
    assert committee.oracles[2].log(PROJECT).verify().root == report.log_root


def test_next_report__log_holds_other_acts__is_told(committee: Committee, package: Path, tmp_path: Path) -> None:
    accept(committee, package)
    other = signed(tmp_path / "packages" / "other", [september(1)], period=SEPTEMBER)
    own = computed(committee, other)
    committee.oracles[0].log(PROJECT).append(own.leaves)
    foreign = signed(tmp_path / "packages" / "foreign", [september(2)], period=SEPTEMBER)
    with pytest.raises(IntegrityError, match="does not hold the acts of report 2"):
        computed(committee, foreign)


def test_relabelled__as_another_year__refuses_the_whole_package(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    accept(committee, package)
    later = [replace(ride, start=ride.start.replace("2016", "2020")) for ride in month()]
    copied = signed(tmp_path / "packages" / "copied", later, period=Period.parse("2020-08-01..2020-08-31"))
    with pytest.raises(PackageRefused, match=f"40 of 40 records are '{Reason.RELABELLED_COPY}'"):
        committee.member(0, copied).propose()


def test_learned__acts_of_another_committee__cannot_be_claimed_again(committee: Committee, package: Path) -> None:
    own = computed(committee, package)
    committee.oracles[1].learn(ReportKey(PROJECT + 1, 1), b"d" * 32, own.leaves)
    with pytest.raises(PackageRefused, match="claimed_before"):
        committee.member(1, package).sign(own.proposal())


def test_signer_of__rubbish__is_refused(committee: Committee, package: Path) -> None:
    report, contract = computed(committee, package).report, committee.view().committee_contract
    good = committee.oracles[0].sign(computed(committee, package), committee.view())
    high_s = good[:32] + b"\xff" * 32 + good[64:]
    for signature in (b"", good[:64], good + b"\0", high_s, good[:64] + b"\x05", b"\0" * 64 + b"\x1b"):
        with pytest.raises(InvalidInput):
            signer_of(report, signature, CHAIN_ID, contract)
    assert signer_of(report, good, CHAIN_ID, contract) == Account.from_key(ORACLES[0].key).address


def test_packed__unsigned__is_not_examined(committee: Committee, tmp_path: Path) -> None:
    package = packed(tmp_path / "packages" / "unsigned", month(3)).folder
    with pytest.raises(InvalidEvidence, match=r"signature\.json"):
        committee.member(0, package)
