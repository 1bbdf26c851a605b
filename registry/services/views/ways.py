"""The ways of a provenance: steps from a report to its batch and its filings, and what was found wrong on the way."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from registry.db.models import Batch, Methodology, Project, Report
from registry.domain.errors import NotFound
from registry.services.views.batches import BatchView, batch_views
from registry.services.views.invalidations import InvalidationView, invalidations_of_batches
from registry.services.views.methodologies import methodology_views
from registry.services.views.projects import project_views
from registry.services.views.reports import report_views
from registry.services.views.steps import Step, batch_step, methodology_step, project_step, report_step


def invalidations_on_the_way(session: Session, steps: Sequence[Step | None]) -> tuple[InvalidationView, ...]:
    """Of every batch among the steps."""
    batches = [step.facts for step in steps if step is not None and isinstance(step.facts, BatchView)]
    return invalidations_of_batches(session, [(batch.project_id, batch.seq) for batch in batches])


def report_row(session: Session, project_id: int, seq: int) -> Report:
    row = session.get(Report, (project_id, seq))
    if row is None:
        raise NotFound(kind="report", id=f"{project_id}-{seq}")
    return row


def batch_steps(session: Session, report: Report) -> tuple[Step, ...]:
    row = session.get(Batch, (report.project_id, report.seq))
    return (batch_step(batch_views(session, [row])[0]),) if row else ()


def report_steps(session: Session, report: Report) -> tuple[Step, ...]:
    return (report_step(report_views(session, [report])[0]),)


def way_down(session: Session, report: Report) -> tuple[Step, ...]:
    return (*batch_steps(session, report), *report_steps(session, report), *filing_steps(session, report))


def ways_down(session: Session, keys: Sequence[tuple[int, int]]) -> tuple[Step, ...]:
    """All batches of some (project id, seq), then their reports, projects and methodologies, each once."""
    batches = session.scalars(select(Batch).where(tuple_(Batch.project_id, Batch.seq).in_(keys))).all()
    reports = session.scalars(select(Report).where(tuple_(Report.project_id, Report.seq).in_(keys))).all()
    projects = session.scalars(select(Project).where(Project.project_id.in_({key[0] for key in keys}))).all()
    hashes = {row.definition_hash for row in projects}
    methodologies = session.scalars(select(Methodology).where(Methodology.definition_hash.in_(hashes))).all()
    return (
        *map(batch_step, batch_views(session, batches)),
        *map(report_step, report_views(session, reports)),
        *map(project_step, project_views(session, projects)),
        *map(methodology_step, methodology_views(session, methodologies)),
    )


def batches_of_reports(session: Session, keys: Sequence[tuple[int, int]]) -> dict[int, Step]:
    """The batches of some reports of one project, by seq."""
    rows = session.scalars(select(Batch).where(tuple_(Batch.project_id, Batch.seq).in_(keys))).all()
    return {view.seq: batch_step(view) for view in batch_views(session, rows)}


def filing_steps(session: Session, report: Report) -> tuple[Step, ...]:
    row = session.get(Project, report.project_id)
    if row is None:
        raise NotFound(kind="project", id=report.project_id)
    return filings_of(session, row)


def filings_of(session: Session, row: Project) -> tuple[Step, ...]:
    """The project and its methodology."""
    methodology = session.get(Methodology, row.definition_hash)
    if methodology is None:
        raise NotFound(kind="methodology", id="0x" + row.definition_hash.hex())
    return (
        project_step(project_views(session, [row])[0]),
        methodology_step(methodology_views(session, [methodology])[0]),
    )
