"""Methodologies, projects, committees and reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from registry.db.models import (
    Committee,
    EmissionFigure,
    Methodology,
    Project,
    ProposedCommittee,
    Report,
    SignerSuspension,
)
from registry.services.comparison.asking import Chain, Comparison, fields, hexed
from registry.services.projection.filings import short_text

_NO_ACCOUNT = "0x" + "00" * 20


def compare_filings(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Each methodology, each project with its ceiling, and the number of projects of each jurisdiction."""
    now = datetime.fromtimestamp(chain.block_time_seconds, UTC)
    for methodology in session.scalars(select(Methodology)):
        key = methodology.definition_hash
        database = {
            "jurisdiction": methodology.jurisdiction,
            "version": methodology.version,
            "status": int(methodology.status_at(now)),
            "suspendedUntil": _seconds(methodology.suspended_until),
            "documentHash": methodology.document_hash,
            "methodologyId": methodology.methodology_id,
        }
        answer = chain.ask("Filings", "methodologyOf", key)
        yield from fields(
            "methodology",
            hexed(key),
            database,
            answer,
            lambda stored: {**stored, "methodologyId": short_text(stored["methodologyId"])},
        )
    for project in session.scalars(select(Project)):
        database = {
            "jurisdiction": project.jurisdiction,
            "status": int(project.status_at(now)),
            "suspendedUntil": _seconds(project.suspended_until),
            "definitionHash": project.definition_hash,
            "developer": project.developer,
            "boundaryAccount": project.boundary_account or _NO_ACCOUNT,
            "creditingStart": project.crediting_start_day,
            "creditingEnd": project.crediting_end_day,
            "scenario": project.scenario,
            "ceilingGrams": project.ceiling_grams,
            "coBenefitHash": project.co_benefit_hash,
            "area": project.area,
            "mechanism": project.mechanism,
        }
        answer = chain.ask("Filings", "projectOf", project.project_id)
        yield from fields(
            "project", f"{project.project_id}", database, answer, lambda stored: {**stored, **stored["filing"]}
        )
    counts = select(Project.jurisdiction, func.count()).group_by(Project.jurisdiction)
    for jurisdiction, count in session.execute(counts):
        yield Comparison("project", f"{jurisdiction} count", count, chain.ask("Filings", "projectCount", jurisdiction))


def compare_reports(session: Session, chain: Chain) -> Iterator[Comparison]:
    """The committee in office of each jurisdiction, the head of each project's reports, and each report as stored."""
    in_office: dict[int, Committee] = {}
    rows = select(Committee).options(selectinload(Committee.signers)).order_by(Committee.epoch)
    for committee in session.scalars(rows):
        in_office[committee.jurisdiction] = committee
    for jurisdiction, committee in in_office.items():
        database = {
            "epoch": committee.epoch,
            "signers": [signer.signer for signer in committee.signers],
            "quorum": committee.quorum,
            "disputeSeconds": committee.dispute_seconds,
        }
        answer = chain.ask("OracleCommittee", "committeeOf", jurisdiction)
        yield from fields("committee", f"{jurisdiction}", database, answer, lambda stored: stored._asdict())
        answer = chain.ask("OracleCommittee", "activationSecondsOf", jurisdiction)
        yield Comparison("committee", f"{jurisdiction} activation", committee.activation_seconds, answer)
        proposed = session.get(ProposedCommittee, jurisdiction)
        due_at = 0 if proposed is None else int(proposed.due_at.timestamp())
        answer = chain.ask("OracleCommittee", "proposedOf", jurisdiction)
        yield from fields(
            "committee", f"{jurisdiction} proposed", {"dueAt": due_at}, answer, lambda stored: stored._asdict()
        )
    yield from _suspensions(session, chain)
    heads = select(Project.project_id, func.coalesce(func.max(Report.seq), 0))
    joined = heads.outerjoin(Report, Report.project_id == Project.project_id).group_by(Project.project_id)
    for project_id, seq in session.execute(joined):
        yield Comparison("report", f"{project_id} last", seq, chain.ask("OracleCommittee", "lastSeq", project_id))
    for report in session.scalars(select(Report)):
        database = {
            "digest": report.digest,
            "serialStart": report.serial_start,
            "serialEnd": report.serial_end,
            "logSize": report.log_size,
            "periodEnd": report.period_end_day,
            "finalAt": int(report.final_at.timestamp()),
            "status": report.status,
            "epoch": report.epoch,
        }
        answer = chain.ask("OracleCommittee", "reportOf", report.project_id, report.seq)
        yield from fields("report", f"{report.project_id}/{report.seq}", database, answer, lambda stored: stored)
    newest = select(EmissionFigure.account, EmissionFigure.year, func.max(EmissionFigure.revision))
    for account, year, revision in session.execute(newest.group_by(EmissionFigure.account, EmissionFigure.year)):
        figure = session.get_one(EmissionFigure, (account, year, revision))
        database = {
            "grams": figure.grams,
            "revision": revision,
            "verifiedAt": int(figure.verified_at.timestamp()),
        }
        answer = chain.ask("Emissions", "emissionsOf", account, year)
        yield from fields("emissions", f"{account} {year}", database, answer, lambda stored: stored)


def _suspensions(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Each signer that was ever suspended: whether it still is."""
    suspended: dict[tuple[int, str], bool] = {}
    for row in session.scalars(select(SignerSuspension)):
        key = (row.jurisdiction, row.signer)
        suspended[key] = suspended.get(key, False) or row.reinstatement_hash is None
    for (jurisdiction, signer), still in suspended.items():
        answer = chain.ask("OracleCommittee", "isSuspended", jurisdiction, signer)
        yield Comparison("suspension", f"{jurisdiction} {signer}", still, answer)


def _seconds(when: datetime | None) -> int:
    return int(when.timestamp()) if when else 0
