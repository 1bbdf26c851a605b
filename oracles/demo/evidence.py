"""The evidence of the story: the platform packs, the oracles pull, recompute and sign, the report is published."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from oracles.committee.chain_view import ChainView
from oracles.committee.member import LocalMember
from oracles.committee.oracle import Oracle, OracleNetwork
from oracles.committee.relay import run_round
from oracles.demo.cast import DEMO_PLATFORM_SECRET, ORACLES, SHANGHAI, Cast
from oracles.demo.setting import ILLUSTRATION, methodology
from oracles.errors import PackageRefused
from oracles.package_format import Manifest
from oracles.packing import load_mapping, pack, sign_package
from oracles.running import run_report
from oracles.sources.folder import FolderSource
from registry.db.models import Report as ReportRow
from registry.domain.days import Period, to_day
from registry.domain.errors import NotFound
from registry.domain.methodology import definition_hash
from registry.domain.reasons import Reason
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
        oracles = _oracles(registry, cast, stack)
        source = FolderSource(registry.home.packages)
        done = run_report(registry, oracles, source, claim.package, cast["deployer"])
    with registry.database.session() as session:
        accepted = session.get(ReportRow, (done.report.project_id, done.report.seq))
        if accepted is None:
            raise NotFound(kind="report", id=f"{done.report.seq} of project {done.report.project_id}")
        session.refresh(accepted, ["signers"])
    return {
        "acts_counted": len(done.computation.leaves),
        "acts_quarantined": {reason.value: count for reason, count in done.computation.reasons.items()},
        "grams": done.computation.grams,
        "log_root": "0x" + done.report.log_root.hex(),
        "log_size": done.report.log_size,
        "signers": len(accepted.signers),
        "committee_size": len(oracles),
        "vintage": accepted.vintage,
    }


def claim_again(registry: Registry, cast: Cast, claim: Claim) -> dict[str, Any]:
    """Puts a package before the oracles that should refuse it; nothing goes on chain. Says what they found."""
    with ExitStack() as stack:
        source = FolderSource(registry.home.packages)
        view = ChainView.newest(registry.gateway, registry.register)
        members = [
            LocalMember(oracle, oracle.pull(source, claim.package), view) for oracle in _oracles(registry, cast, stack)
        ]
        try:
            run_round(members, view.committee(SHANGHAI), view)
        except PackageRefused as refusal:
            return _again(refusal.values["records"], refusal.values["findings"], str(refusal))
    computation = members[0].computation
    assert computation is not None, "a round that ended has computations"
    findings = {reason.value: count for reason, count in computation.findings.items()}
    return _again(computation.records, findings, None)


def _again(records: int, findings: dict[str, int], refusal: str | None) -> dict[str, Any]:
    return {"records": records, "flagged": findings.get(Reason.RELABELLED_COPY.value, 0), "refusal": refusal}


def _oracles(registry: Registry, cast: Cast, stack: ExitStack) -> list[Oracle]:
    """Four oracles, each with its own home and key; closed with `stack`."""
    definition = methodology()
    network = OracleNetwork(registry.network.pepper, {definition_hash(definition): definition})
    oracles = [Oracle(registry.home.oracles / name, cast[name], network) for name in ORACLES]
    for oracle in oracles:
        stack.callback(oracle.close)
    return oracles
