"""One oracle: it signs only what it recomputed, says which record differs, and never signs two reports of a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oracles.committee import ChainView, Computation, Proposal, Terms, report_digest, signer_of
from oracles.committee.terms import VALID_SECONDS_MAX, VALID_SECONDS_MIN
from oracles.errors import OracleRefuses, PackageRefused
from oracles.package_format import RECORDS_NAME
from oracles.packing import sign_package
from oracles.packing.sorting import write_records
from registry.domain.acts import act_id
from registry.domain.days import Period
from registry.domain.errors import Conflict, InvalidEvidence, NotFileable, NotFound
from registry.domain.methodology import definition_hash
from tests.oracles.conftest import NETWORK, Committee
from tests.oracles.factory import (
    AUGUST,
    CHAIN_ID,
    PEPPER,
    PROJECT,
    Ride,
    cycling,
    month,
    read_back,
    rewrite,
    signed,
)
from tests.world import ACTORS, ORACLES, SHANGHAI


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


# What the report says


def test_compute__report__holds_what_was_recomputed(committee: Committee, package: Path) -> None:
    own = computed(committee, package)
    report = own.report
    assert (report.project_id, report.seq, report.prev_digest, report.epoch) == (PROJECT, 1, bytes(32), 1)
    assert (report.period_start, report.period_end) == (AUGUST.start_day, AUGUST.end_day)
    assert report.methodology_hash == definition_hash(cycling())
    assert (report.log_size, report.serial_end, own.serial_start) == (40, own.grams, 0)
    assert 30 <= (report.valid_until - committee.view().timestamp) / 86_400 <= 60
    assert committee.world.call("OracleCommittee", "digestOf", report.message()) == report_digest(
        report, CHAIN_ID, committee.view().committee_contract
    )


def test_compute__all_four__agree_to_the_byte(committee: Committee, package: Path) -> None:
    proposals = [member.propose() for member in committee.members(package)]
    assert all(proposal == proposals[0] for proposal in proposals)


def test_compute__package_for_another_project__is_refused(committee: Committee, tmp_path: Path) -> None:
    # Project 1 is filed with another methodology.
    package = signed(tmp_path / "packages" / "other", month(3), project_id=SHANGHAI << 32 | 1)
    with pytest.raises(InvalidEvidence, match="definition_hash"):
        committee.member(0, package).propose()


def test_compute__project_does_not_exist__is_refused(committee: Committee, tmp_path: Path) -> None:
    package = signed(tmp_path / "packages" / "other", month(3), project_id=SHANGHAI << 32 | 99)
    with pytest.raises(Exception, match="99") as refusal:
        committee.member(0, package).propose()
    assert type(refusal.value).__name__ == "UnknownProject"


@pytest.mark.parametrize("period", ["2015-12-01..2015-12-31", "2021-01-01..2021-01-31"])
def test_compute__period_outside_the_filing__tells_both(committee: Committee, tmp_path: Path, period: str) -> None:
    package = signed(tmp_path / "packages" / "late", month(3), period=Period.parse(period))
    with pytest.raises(InvalidEvidence, match="outside the filed crediting period, days 16801 to 18627"):
        committee.member(0, package).propose()


def test_compute__period_not_over__is_refused_until_midnight_in_china(committee: Committee, tmp_path: Path) -> None:
    package = signed(tmp_path / "packages" / "today", month(3), period=Period.parse("2023-11-15..2023-11-15"))
    midnight = int(datetime(2023, 11, 15, 16, tzinfo=UTC).timestamp())
    # No block is made meanwhile: the oracle's own clock tells the time.
    committee.world.clock.now = midnight - 1
    with pytest.raises(InvalidEvidence, match=f"is not over: it ends at {midnight} s since 1970 UTC"):
        committee.member(0, package).propose()
    committee.world.clock.now = midnight
    with pytest.raises(InvalidEvidence, match="outside the filed crediting period"):
        committee.member(0, package).propose()


def test_compute__methodology_version_is_not_the_filed__is_refused(committee: Committee, package: Path) -> None:
    rewrite(package, read_back(package), methodology_version=2)
    with pytest.raises(InvalidEvidence, match="version 2, filed is travel-beijing-2024 version 1"):
        committee.member(0, package).propose()


def test_compute__grade_c_outside_a_demonstration__is_refused(committee: Committee, package: Path) -> None:
    class WorkingRegistry(ChainView):
        demonstration = False

    view = WorkingRegistry.newest(committee.world.gateway, committee.world.register)
    assert committee.view().demonstration
    with pytest.raises(NotFileable, match="grade C"):
        committee.member(0, package, view).propose()


def test_compute__verifier_of_nobody__is_refused(committee: Committee, package: Path) -> None:
    sign_package(package, ACTORS["PLATFORM"], CHAIN_ID)
    with pytest.raises(InvalidEvidence, match="no verifier of this jurisdiction"):
        committee.member(0, package).propose()


def test_compute__project_suspended__is_refused(committee: Committee, package: Path) -> None:
    committee.world.send(ACTORS["REGULATOR"], "Filings", "suspendProject", PROJECT, b"r" * 32)
    with pytest.raises(Conflict, match="suspended"):
        committee.member(0, package).propose()


def test_compute__methodology_suspended__is_refused(committee: Committee, package: Path) -> None:
    digest = definition_hash(cycling())
    committee.world.send(ACTORS["REGULATOR"], "Filings", "suspendMethodology", digest, b"r" * 32)
    with pytest.raises(Conflict, match="suspended"):
        committee.member(0, package).propose()


def test_compute__definition_unknown_to_the_oracle__is_refused(committee: Committee, package: Path) -> None:
    oracle = type(committee.oracles[0])(committee.root / "x", ORACLES[0], replace(NETWORK, methodologies={}))
    with pytest.raises(NotFound, match="methodology definition"):
        oracle.compute(package, committee.view())
    oracle.close()


def test_compute__nothing_counts__is_refused(committee: Committee, tmp_path: Path) -> None:
    package = signed(tmp_path / "packages" / "none", [Ride(metres="bad")])
    with pytest.raises(InvalidEvidence, match="none of 0"):
        committee.member(0, package).propose()


def test_compute__too_much_of_one_thing__refuses_the_package_with_all_counts(
    committee: Committee, tmp_path: Path
) -> None:
    rides = [*month(20), *(Ride(bike=str(1 + n), user=f"u{n}", metres="25000.0", minutes="60") for n in range(3))]
    package = signed(tmp_path / "packages" / "far", rides)
    with pytest.raises(PackageRefused, match=r"3 of 23 records are 'quantity_too_large'") as refusal:
        committee.member(0, package).propose()
    assert refusal.value.values["findings"] == {"quantity_too_large": 3}


# Examining what another proposes


def test_examine__same_evidence__agrees(committee: Committee, package: Path) -> None:
    proposal = computed(committee, package).proposal()
    member = committee.member(1, package)
    signature = member.sign(proposal)
    view = committee.view()
    assert signer_of(proposal.report, signature, CHAIN_ID, view.committee_contract) == ORACLES[1].address


def test_examine__one_record_altered_and_everything_resigned__names_it(committee: Committee, package: Path) -> None:
    proposal = computed(committee, package).proposal()
    records = read_back(package)
    records[17] = records[17]._replace(quantity=records[17].quantity + 1000)
    altered = rewrite(package, records)
    with pytest.raises(OracleRefuses, match=r"1 act\(s\) differ \(0 only here, 0 only there, 1 otherwise\)") as refusal:
        committee.member(1, altered).sign(proposal)
    values = refusal.value.values
    assert values["act_key"] == records[17].act_key
    assert values["record"] == act_id(PEPPER, records[17].act_key).hex()
    assert f"record 17, {records[17].act_key}" in str(refusal.value)
    assert f"quantity {records[17].quantity}" in str(refusal.value)
    assert f"quantity {records[17].quantity - 1000}" in str(refusal.value)
    assert committee.oracles[1].signed(PROJECT, 1) == []


def test_examine__one_record_altered_under_the_same_manifest__names_it(committee: Committee, package: Path) -> None:
    proposal = computed(committee, package).proposal()
    member = committee.member(1, package)
    own = committee.root / "1" / "evidence" / proposal.report.evidence_hash.hex()
    records = read_back(own)
    records[5] = records[5]._replace(quantity=1)
    write_records(own / RECORDS_NAME, records)
    with pytest.raises(OracleRefuses, match=r"the manifest says .* \(record 5, ") as refusal:
        member.sign(proposal)
    assert refusal.value.values["act_key"] == records[5].act_key


def test_examine__file_beyond_reading__is_refused_with_its_hash(committee: Committee, package: Path) -> None:
    proposal = computed(committee, package).proposal()
    member = committee.member(1, package)
    own = committee.root / "1" / "evidence" / proposal.report.evidence_hash.hex()
    (own / RECORDS_NAME).write_bytes(b"rubbish")
    with pytest.raises(InvalidEvidence, match="7 bytes, the manifest says"):
        member.sign(proposal)


def test_examine__a_record_more_or_less__is_named(committee: Committee, package: Path) -> None:
    proposal = computed(committee, package).proposal()
    records = read_back(package)
    gone = records.pop(3)
    with pytest.raises(OracleRefuses, match="own not counted, proposed") as refusal:
        committee.member(1, rewrite(package, records)).sign(proposal)
    assert refusal.value.values["record"] == act_id(PEPPER, gone.act_key).hex()
    twin = read_back(signed(package.parent / "twin", [Ride(bike="9999")]))
    with pytest.raises(OracleRefuses, match="1 only here, 0 only there") as refusal:
        committee.member(2, rewrite(package, sorted([*records, gone, *twin]))).sign(proposal)
    assert refusal.value.values["act_key"] == twin[0].act_key


def test_examine__a_record_set_aside_here__says_why(committee: Committee, package: Path) -> None:
    proposal = computed(committee, package).proposal()
    # Enough good records that one bad one does not refuse the package.
    records = read_back(package)
    records[0] = records[0]._replace(quantity=20_001)
    with pytest.raises((OracleRefuses, PackageRefused), match="quantity_too_large"):
        committee.member(1, rewrite(package, records)).sign(proposal)


def test_examine__another_label_same_records__is_refused_by_the_evidence_hash(
    committee: Committee, package: Path
) -> None:
    proposal = computed(committee, package).proposal()
    rewrite(package, read_back(package), label="issuable")
    with pytest.raises(OracleRefuses, match="evidenceHash is"):
        committee.member(1, package).sign(proposal)


@pytest.mark.parametrize(
    ("field", "value"),
    [("log_root", b"r" * 32), ("serial_end", 1), ("log_size", 41), ("prev_digest", b"p" * 32), ("seq", 2)],
)
def test_examine__one_field_is_another__is_named(
    committee: Committee, package: Path, field: str, value: object
) -> None:
    honest = computed(committee, package).proposal()
    lie = Proposal(replace(honest.report, **{field: value}), honest.leaves)
    with pytest.raises(OracleRefuses) as refusal:
        committee.member(1, package).sign(lie)
    assert field.replace("_", "").lower() in str(refusal.value).lower()


def test_examine__leaves_are_not_those_of_the_report__is_refused(committee: Committee, package: Path) -> None:
    honest = computed(committee, package).proposal()
    with pytest.raises(OracleRefuses, match="1 only here"):
        committee.member(1, package).sign(Proposal(honest.report, honest.leaves[1:]))


@pytest.mark.parametrize("ahead", [-10_000, 0, VALID_SECONDS_MIN - 1, VALID_SECONDS_MAX + 1])
def test_examine__expired_or_valid_for_ever__is_refused(committee: Committee, package: Path, ahead: int) -> None:
    view = committee.view()
    own = committee.oracles[0].compute(package, view, Terms(view.timestamp + ahead, 1))
    with pytest.raises(OracleRefuses, match="valid until"):
        committee.member(1, package, view).sign(own.proposal())


def test_examine__wrong_epoch__is_refused(committee: Committee, package: Path) -> None:
    view = committee.view()
    own = committee.oracles[0].compute(package, view, Terms(view.timestamp + VALID_SECONDS_MIN, 2))
    with pytest.raises(OracleRefuses, match="epoch 2, the committee in office is of epoch 1"):
        committee.member(1, package, view).sign(own.proposal())
