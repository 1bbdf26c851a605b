"""Reports that can still be disputed, are, or were overturned: what oracles keep of them and what they sign next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oracles.committee import Collected, run_round
from oracles.committee.terms import VALID_WINDOW_SECONDS
from oracles.errors import AlreadySigned, OracleRefuses, QuorumNotReached
from registry.db.session import open_database
from registry.domain.committee import Resolution
from registry.domain.errors import Conflict
from registry.log.store import LogStore
from registry.services.indexing import Indexer
from registry.services.membership import set_committee
from registry.services.publication import publish
from tests.oracles.conftest import Committee
from tests.oracles.factory import PROJECT, month, signed
from tests.world import ACTORS, ARBITERS, ORACLES, SHANGHAI

WINDOW_SECONDS = 3_600
EVIDENCE = b"e" * 32


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return signed(tmp_path / "packages" / "august", month())


@pytest.fixture(autouse=True)
def packages_folder(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()


def report_it(committee: Committee, package: Path) -> Collected:
    """Has the committee report a package; nobody keeps it yet."""
    view = committee.view()
    collected = run_round(committee.members(package), view.committee(SHANGHAI), view)
    committee.world.send(ACTORS["OUTSIDER"], "OracleCommittee", "submit", *collected.submit_args())
    return collected


def with_window(committee: Committee) -> None:
    world = committee.world
    world.decide(set_committee(0, [arbiter.address for arbiter in ARBITERS], 0))
    world.next_committee(SHANGHAI, [oracle.address for oracle in ORACLES], WINDOW_SECONDS)


def overturn(committee: Committee, digest: bytes) -> None:
    world = committee.world
    world.send(ACTORS["REGULATOR"], "OracleCommittee", "dispute", PROJECT, 1, EVIDENCE)
    decided = Resolution(PROJECT, 1, digest, False, EVIDENCE, world.clock.now + 60, 1)
    signatures = world.sign(decided, ARBITERS[:3])
    world.send(ACTORS["OUTSIDER"], "OracleCommittee", "resolve", decided.as_tuple(), signatures)


def test_report__in_its_window__is_neither_kept_nor_published_nor_followed(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    with_window(committee)
    collected = report_it(committee, package)
    member = committee.member(0, package)
    with pytest.raises(Conflict, match="can be disputed until"):
        member.keep(collected.report, committee.view())
    with pytest.raises(Conflict, match="can be disputed until"):
        member.propose()
    world = committee.world
    database = open_database(tmp_path / "registry.db")
    Indexer(database, world.gateway, world.register).run_to_head()
    leaves = [b"\0" * 96] * 40
    world.send(ACTORS["REGULATOR"], "OracleCommittee", "dispute", PROJECT, 1, EVIDENCE)
    Indexer(database, world.gateway, world.register).run_to_head()
    with pytest.raises(Conflict, match=r"it is disputed.*only final reports are published"):
        publish(database, LogStore(tmp_path / "log"), PROJECT, 1, leaves, [])
    database.close()
    with pytest.raises(Conflict, match="the arbiters have to decide"):
        member.keep(collected.report, committee.view())
    assert committee.oracles[0].log(PROJECT).size == 0


def test_report__when_its_window_is_over__is_kept(committee: Committee, package: Path) -> None:
    with_window(committee)
    collected = report_it(committee, package)
    committee.pass_time(WINDOW_SECONDS + 60)
    assert committee.member(0, package).keep(collected.report, committee.view()).report == collected.report
    assert committee.oracles[0].log(PROJECT).size == 40


def test_overturned__the_same_is_never_signed_again_and_another_takes_its_place(
    committee: Committee, package: Path, tmp_path: Path
) -> None:
    with_window(committee)
    collected = report_it(committee, package)
    overturn(committee, collected.digest)
    view = committee.view()
    with pytest.raises(QuorumNotReached, match="was overturned"):
        run_round(committee.members(package), view.committee(SHANGHAI), view)
    corrected = signed(tmp_path / "packages" / "corrected", month(30))
    superseding = report_it(committee, corrected)
    assert (superseding.report.seq, superseding.report.prev_digest) == (1, collected.digest)
    assert superseding.report.log_size == 30
    committee.pass_time(WINDOW_SECONDS + 60)
    late = committee.member(3, corrected)
    assert late.keep(superseding.report, committee.view()).report == superseding.report
    assert committee.oracles[3].log(PROJECT).size == 30


def test_sign__other_content_for_one_place__is_refused_in_every_epoch(committee: Committee, package: Path) -> None:
    member = committee.member(0, package)
    member.propose()
    assert member.computation is not None
    oracle, own = committee.oracles[0], member.computation
    oracle.sign(own, committee.view())
    for changes in ({"serial_end": own.report.serial_end + 1}, {"evidence_hash": EVIDENCE, "epoch": 2}):
        lie = replace(own, report=replace(own.report, **changes))
        with pytest.raises(AlreadySigned, match="never signs another"):
            oracle.sign(lie, committee.view())
    # A window later the same may be signed once more, and nothing between.
    for ahead, may in ((1, False), (VALID_WINDOW_SECONDS - 1, False), (VALID_WINDOW_SECONDS, True)):
        again = replace(own, report=replace(own.report, valid_until=own.report.valid_until + ahead))
        if may:
            oracle.sign(again, committee.view())
            assert oracle.sign(again, committee.view()) == oracle.sign(again, committee.view())
        else:
            with pytest.raises(AlreadySigned):
                oracle.sign(again, committee.view())
    assert [signed.report.valid_until for signed in oracle.signed(PROJECT, 1)] == [
        own.report.valid_until,
        own.report.valid_until + VALID_WINDOW_SECONDS,
    ]
    # Elsewhere in the chain it is another report; in another epoch the same may be signed again.
    oracle.sign(replace(own, report=replace(own.report, epoch=2)), committee.view())
    again = replace(own, report=replace(own.report, prev_digest=oracle.signed(PROJECT, 1)[0].digest))
    with pytest.raises(OracleRefuses, match="was overturned"):
        oracle.sign(again, committee.view())


def test_round__a_signer_is_suspended__the_others_are_a_quorum(committee: Committee, package: Path) -> None:
    liar, world = committee.oracles[0], committee.world
    report = world.report(project_id=PROJECT)
    lie = replace(report, serial_end=report.serial_end + 1)
    both = [part for each in (report, lie) for part in (each.as_tuple(), *world.sign(each, [ORACLES[0]]))]
    world.send(ACTORS["OUTSIDER"], "OracleCommittee", "proveEquivocation", *both)
    view = committee.view()
    collected = run_round(committee.members(package), view.signing_committee(SHANGHAI), view)
    assert liar.address not in collected.signers
    assert "no signer" in collected.answers[liar.address]
    world.send(ACTORS["OUTSIDER"], "OracleCommittee", "submit", *collected.submit_args())
