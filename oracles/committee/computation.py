"""From a checked package and the state of its project to the report an oracle would sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from oracles.accounting.engine import QuarantinedAct, refuse_if_too_many
from oracles.accounting.outcome import Engine, Scratch
from oracles.accounting.task import Task
from oracles.committee.chain_view import ProjectFacts, ReportState
from oracles.committee.drift import Drift, Figures
from oracles.committee.history import check_history
from oracles.errors import OracleBehind
from oracles.package_format import RECORDS_NAME, Manifest
from oracles.screens import ClaimStore, ReportKey
from oracles.screens.exclusions import ExclusionList
from oracles.sources.evidence import EvidencePackage
from oracles.statements import check_declared
from registry.domain.days import CHINA_OFFSET_SECONDS, SECONDS_PER_DAY
from registry.domain.errors import IntegrityError, InvalidEvidence
from registry.domain.methodology import Methodology
from registry.domain.reasons import Reason
from registry.domain.report import Report
from registry.log.packed import PackedLeaves
from registry.log.store import LogStore


@dataclass(frozen=True, slots=True)
class Terms:
    """The two fields of a report that do not follow from the evidence."""

    valid_until: int
    """Seconds since 1970 UTC."""
    epoch: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one oracle puts before the others: its report, and the leaves, so that a difference can be named."""

    report: Report
    leaves: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Computation:
    """What one oracle recomputed."""

    report: Report
    serial_start: int
    leaves: PackedLeaves
    """96 bytes each, in order, the first at `serial_start`."""
    records: int
    quarantined: list[QuarantinedAct]
    """In the order of the package."""
    findings: dict[Reason, int]
    """Records that show each thing, whatever else they show."""
    reasons: dict[Reason, int]
    """Quarantined records by the one reason they carry."""
    claims: pa.Table | Path
    """What the claim file keeps of it."""
    manifest: Manifest
    verifier: str
    scratch: Scratch | None = None
    """Where leaves and claims lie, if they do not lie in memory."""
    drift: tuple[Drift, ...] = ()
    """In what it differs from the earlier reports of its project that this oracle kept: warnings, nothing more."""

    @property
    def grams(self) -> int:
        """Grams of this report: serial_end - serial_start."""
        return self.report.serial_end - self.serial_start

    @property
    def report_key(self) -> ReportKey:
        """Project and number of the report."""
        return ReportKey(self.report.project_id, self.report.seq)

    @property
    def exclusions_text(self) -> str | None:
        """SHA-256 of the exclusion list that was applied, in hexadecimal digits; None where there is none."""
        return None if self.manifest.exclusions is None else self.manifest.exclusions.hex()

    def figures(self) -> Figures:
        """What later reports are compared with."""
        period, totals = self.manifest.period, self.manifest.totals
        return Figures(
            days=period.end_day - period.start_day + 1,
            records=self.records,
            counted=len(self.leaves),
            # The records were added up when the package was opened: the sum is not only the platform's word.
            quantity=sum(totals.quantity.values()),
            reasons={reason.value: count for reason, count in self.reasons.items()},
        )

    def set_aside(self) -> list[tuple[bytes, str]]:
        """(act id, reason) of every quarantined record, as the register publishes them."""
        return [(act.act_id, act.reason.value) for act in self.quarantined]

    def proposal(self) -> Proposal:
        """What the other oracles are shown."""
        return Proposal(self.report, self.leaves)


@dataclass(frozen=True, slots=True)
class Bench:
    """What an oracle works with: its own log of the project, its own claims, the network's pepper and exclusions."""

    oracle: str
    log: LogStore
    claims: ClaimStore
    pepper: bytes
    engine: Engine
    scratch: Path
    """Where the engine puts what does not fit into memory."""
    exclusions: ExclusionList | None = None
    """The list that the package names."""


def compute(
    package: EvidencePackage,
    project: ProjectFacts,
    before: ReportState,
    methodology: Methodology,
    terms: Terms,
    bench: Bench,
) -> Computation:
    """Recomputes everything of the report that follows `before`.

    Raises:
        InvalidEvidence: the package is not for this project, methodology or time, nothing in it counts, or it restates
            days that an earlier report counted.
        PackageRefused: too many records show one thing.
        NoFactor: the methodology has no value for the year of the package and the project's jurisdiction.
        OracleBehind: the oracle's log does not reach the last accepted report.
        IntegrityError: it reaches further, with other leaves.
    """
    check_project(package.manifest, project)
    has_statements = package.manifest.statements is not None
    check_declared(methodology, project.scenario, has_statements, f"package {package.name}")
    check_filing(package.manifest, project, before, methodology)
    key = ReportKey(project.project_id, before.seq + 1)
    task = task_of(package.manifest, project, methodology, key, before, bench)
    outcome = bench.engine.account(package.folder / RECORDS_NAME, task)
    refuse_if_too_many(outcome, methodology, package.name)
    if not outcome.grams:
        problem = f"none of {outcome.records} counts for a whole gram"
        raise InvalidEvidence(what="records", problem=problem)
    log_size, log_root = _log_after(bench, key, before, outcome.leaves)
    period = package.manifest.period
    baseline = methodology.scenario(project.scenario).baseline
    if baseline is not None:
        check_history(outcome.quarantined, bench.log, before.log_size, period.start_day - baseline.days)
    report = Report(
        project_id=key.project_id,
        seq=key.seq,
        period_start=period.start_day,
        period_end=period.end_day,
        methodology_hash=project.definition_hash,
        evidence_hash=package.manifest_hash,
        log_root=log_root,
        log_size=log_size,
        serial_end=before.serial_end + outcome.grams,
        prev_digest=before.digest,
        valid_until=terms.valid_until,
        epoch=terms.epoch,
    )
    return Computation(
        report=report,
        serial_start=before.serial_end,
        leaves=outcome.leaves,
        records=outcome.records,
        quarantined=outcome.quarantined,
        findings=outcome.findings,
        reasons=outcome.reasons,
        claims=outcome.claims,
        scratch=outcome.scratch,
        manifest=package.manifest,
        verifier=package.verifier,
    )


def task_of(
    manifest: Manifest,
    project: ProjectFacts,
    methodology: Methodology,
    key: ReportKey,
    before: ReportState,
    bench: Bench,
) -> Task:
    """What an engine is asked about a package.

    Raises NoFactor, NotFileable: the methodology has no value for this year and jurisdiction.
    """
    return Task(
        methodology=methodology,
        scenario=project.scenario,
        rule=methodology.rule(project.scenario, manifest.period.vintage, project.jurisdiction),
        period=manifest.period,
        pepper=bench.pepper,
        claims=bench.claims,
        exclusions=bench.exclusions,
        report=key,
        serial_start=before.serial_end,
        scratch=bench.scratch,
    )


def check_project(manifest: Manifest, project: ProjectFacts) -> None:
    """Is the package for this project, by its methodology? Raises InvalidEvidence."""
    if manifest.project_id != project.project_id:
        _refuse("project_id", manifest.project_id, project.project_id)
    if manifest.definition_hash != project.definition_hash:
        _refuse("methodology.definition_hash", manifest.definition_hash.hex(), project.definition_hash.hex())


def check_filing(manifest: Manifest, project: ProjectFacts, before: ReportState, methodology: Methodology) -> None:
    """Does the package fit the filing in version and time, and come after the last report? Raises InvalidEvidence."""
    period = manifest.period
    if (manifest.methodology_id, manifest.methodology_version) != (methodology.id, methodology.version):
        found = f"{manifest.methodology_id} version {manifest.methodology_version}"
        _refuse("methodology", found, f"{methodology.id} version {methodology.version}")
    if period.start_day < project.crediting_start or period.end_day > project.crediting_end:
        crediting = f"days {project.crediting_start} to {project.crediting_end}"
        problem = f"{period.text} (days {period.start_day} to {period.end_day}) is outside the filed crediting period"
        raise InvalidEvidence(what="manifest.json, period", problem=f"{problem}, {crediting}")
    if before.period_end is not None and period.start_day <= before.period_end:
        problem = f"it begins on day {period.start_day}, report {before.seq} reaches to day {before.period_end}"
        raise InvalidEvidence(what="manifest.json, period", problem=problem)


def check_over(manifest: Manifest, now_seconds: int) -> None:
    """Is the last day of the period over, in UTC+08:00 as the contract counts? Raises InvalidEvidence.

    now_seconds: since 1970 UTC.
    """
    over_at = (manifest.period.end_day + 1) * SECONDS_PER_DAY - CHINA_OFFSET_SECONDS
    if now_seconds < over_at:
        problem = (
            f"{manifest.period.text} is not over: it ends at {over_at} s since 1970 UTC, the time is {now_seconds}"
        )
        raise InvalidEvidence(what="manifest.json, period", problem=problem)


def _refuse(field: str, stated: object, filed: object) -> None:
    raise InvalidEvidence(what=f"manifest.json, {field}", problem=f"it states {stated}, filed is {filed}")


def _log_after(bench: Bench, key: ReportKey, before: ReportState, leaves: PackedLeaves) -> tuple[int, bytes]:
    """(size, root) of the project's log with the new leaves. Nothing is written."""
    log, size = bench.log, bench.log.size
    if size < before.log_size:
        problem = f"it holds {size} leaves of project {key.project_id}, the last accepted report has {before.log_size}"
        raise OracleBehind(oracle=bench.oracle, project_id=key.project_id, seq=before.seq, problem=problem)
    if size == before.log_size:
        return log.preview(leaves)
    # The report was accepted and kept already, and is computed once more: its own leaves have to be there.
    after = before.log_size + len(leaves)
    kept = (leaf for _, leaf in log.leaves(before.log_size, min(size, after)))
    if size < after or any(own != leaf for own, leaf in zip(leaves, kept, strict=True)):
        problem = f"from leaf {before.log_size} on it does not hold the acts of report {key.seq}"
        raise IntegrityError(what=f"log of project {key.project_id} of oracle {bench.oracle}", problem=problem)
    return after, log.root(after)
