"""The evidence of the story: the platform packs, the oracles pull, recompute and sign, the report is published."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Computation
from oracles.committee.member import LocalMember
from oracles.committee.oracle import Oracle, OracleNetwork
from oracles.committee.relay import run_round
from oracles.demo.cast import DEMO_PLATFORM_SECRET, ORACLES, SHANGHAI, Cast
from oracles.demo.setting import ILLUSTRATION, methodology
from oracles.errors import PackageRefused
from oracles.package_format import Manifest
from oracles.packing import load_mapping, pack, sign_package
from oracles.sources.folder import FolderSource
from registry.db.models import Report as ReportRow
from registry.domain.days import Period, to_day
from registry.domain.errors import NotFound
from registry.domain.methodology import definition_hash
from registry.domain.reasons import Reason
from registry.domain.report import Report
from registry.log.store import LogStore
from registry.services.publication import publish
from registry.services.registry import Registry

AUGUST_2016 = Period(to_day(date(2016, 8, 1)), to_day(date(2016, 8, 31)))
AUGUST_2020 = Period(to_day(date(2020, 8, 1)), to_day(date(2020, 8, 31)))


@dataclass(frozen=True, slots=True)
class Claim:
    """A month that a platform claims: its table, how to read it, and for which project and period."""

    package: str
    table: Path
    mapping: str
    project_id: int
    period: Period


def pack_month(registry: Registry, cast: Cast, claim: Claim) -> dict[str, Any]:
    """The platform packs its table and the verifier signs. A package that is there already is kept."""
    folder = registry.home.packages / claim.package
    if not folder.exists():
        pack(
            claim.table,
            load_mapping(claim.mapping),
            folder,
            project_id=claim.project_id,
            methodology=methodology(),
            period=claim.period,
            platform_secret=DEMO_PLATFORM_SECRET,
            label=ILLUSTRATION,
        )
    digest = sign_package(folder, cast.office("verifier", SHANGHAI), registry.gateway.chain_id)
    totals = Manifest.from_bytes((folder / "manifest.json").read_bytes()).totals
    return {
        "rows": totals.rows,
        "records": totals.records,
        "rejected": totals.rejected,
        "manifest": "0x" + digest.hex(),
    }


def report_month(registry: Registry, cast: Cast, claim: Claim) -> dict[str, Any]:
    """The oracles recompute and sign, the report goes on chain, its log is published. Repeatable after a crash."""
    with ExitStack() as stack:
        seats = _seats(registry, cast, claim, stack)
        view = ChainView.newest(registry.gateway, registry.register)
        members = [LocalMember(seat.oracle, seat.folder, view) for seat in seats]
        if view.last_seq(claim.project_id) == 0:
            committee = view.committee(SHANGHAI)
            collected = run_round(members, committee, view)
            key = f"demo/report/{claim.project_id}"
            registry.send(cast["deployer"], "OracleCommittee", "submit", collected.submit_args(), key=key)
        registry.indexer.run_to_head()
        row, accepted = _accepted(registry, claim.project_id, 1)
        newest = ChainView.newest(registry.gateway, registry.register)
        computations = [_keep(seat, member, accepted, newest) for seat, member in zip(seats, members, strict=True)]
    first = computations[0]
    log = LogStore(registry.home.log_folder(claim.project_id))
    quarantined = [(act.act_id, act.reason.value) for act in first.quarantined]
    publish(registry.database, log, claim.project_id, 1, first.leaves, quarantined)
    committee_now = newest.committee(SHANGHAI)
    return {
        "acts_counted": len(first.leaves),
        "acts_quarantined": {reason.value: count for reason, count in first.reasons.items()},
        "grams": first.grams,
        "log_root": "0x" + accepted.log_root.hex(),
        "log_size": accepted.log_size,
        "signers": row["signers"],
        "committee_size": len(committee_now.signers),
        "vintage": row["vintage"],
    }


def claim_again(registry: Registry, cast: Cast, claim: Claim) -> dict[str, Any]:
    """Puts a package before the oracles that should refuse it; nothing goes on chain. Says what they found."""
    with ExitStack() as stack:
        seats = _seats(registry, cast, claim, stack)
        view = ChainView.newest(registry.gateway, registry.register)
        members = [LocalMember(seat.oracle, seat.folder, view) for seat in seats]
        try:
            run_round(members, view.committee(SHANGHAI), view)
        except PackageRefused as refusal:
            findings = refusal.values["findings"]
            return _again(refusal.values["records"], findings, str(refusal))
    computation = members[0].computation
    assert computation is not None, "a round that ended has computations"
    findings = {reason.value: count for reason, count in computation.findings.items()}
    return _again(computation.records, findings, None)


def _again(records: int, findings: dict[str, int], refusal: str | None) -> dict[str, Any]:
    return {"records": records, "flagged": findings.get(Reason.RELABELLED_COPY.value, 0), "refusal": refusal}


@dataclass(frozen=True, slots=True)
class _Seat:
    """One oracle with its own copy of the package."""

    oracle: Oracle
    folder: Path


def _seats(registry: Registry, cast: Cast, claim: Claim, stack: ExitStack) -> list[_Seat]:
    """Four oracles, each with its own home and key, each having pulled the package."""
    definition = methodology()
    network = OracleNetwork(registry.network.pepper, {definition_hash(definition): definition})
    source = FolderSource(registry.home.packages)
    seats = []
    for name in ORACLES:
        oracle = Oracle(registry.home.oracles / name, cast[name], network)
        stack.callback(oracle.close)
        seats.append(_Seat(oracle, oracle.pull(source, claim.package)))
    return seats


def _keep(seat: _Seat, member: LocalMember, accepted: Report, view: ChainView) -> Computation:
    """Lets an oracle keep the accepted report: what it just computed, or, after a crash, computed once more."""
    own = member.computation
    if own is None or own.report != accepted:
        return seat.oracle.follow(seat.folder, view, accepted)
    seat.oracle.commit(own, view)
    return own


def _accepted(registry: Registry, project_id: int, seq: int) -> tuple[dict[str, Any], Report]:
    with registry.database.session() as session:
        row = session.get(ReportRow, (project_id, seq))
        if row is None:
            raise NotFound(kind="report", id=f"{seq} of project {project_id}")
        session.refresh(row, ["signers"])
        report = Report(
            project_id=row.project_id,
            seq=row.seq,
            period_start=row.period_start_day,
            period_end=row.period_end_day,
            methodology_hash=row.methodology_hash,
            evidence_hash=row.evidence_hash,
            log_root=row.log_root,
            log_size=row.log_size,
            serial_end=row.serial_end,
            prev_digest=row.prev_digest,
            valid_until=row.valid_until_seconds,
            epoch=row.epoch,
        )
        return {"signers": len(row.signers), "vintage": row.vintage}, report
