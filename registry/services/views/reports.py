"""Reports: what the oracle committee signed about one period of one project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from registry.db.models import (
    Batch,
    Committee,
    CommitteeSigner,
    PublishedReport,
    QuarantinedAct,
    Report,
    ReportSigner,
)
from registry.domain.errors import NotFound
from registry.domain.reasons import Reason
from registry.domain.rules import ReportStatus
from registry.services.views.names import jurisdiction_of_project
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.projects import ProjectRef, project_refs
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order(
    "reports", (Report.project_id, Report.seq), (Part.INT64, Part.INT64), lambda row: (row.project_id, row.seq)
)


@dataclass(frozen=True, slots=True)
class Publication:
    """When the leaves of a report became public, and how many records were counted and set aside."""

    acts: int
    quarantined: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report: its twelve signed fields and what the contract made of them. Serials are [serial_start, serial_end)."""

    project: ProjectRef
    seq: int
    period_start_day: int
    period_end_day: int
    vintage: int
    methodology_hash: bytes
    evidence_hash: bytes
    log_root: bytes
    log_size: int
    serial_start: int
    serial_end: int
    prev_digest: bytes
    digest: bytes
    valid_until_seconds: int
    epoch: int
    final_at: datetime
    status: ReportStatus
    """Final from `final_at` on if it is accepted or upheld; never while it is disputed, or if it was overturned."""
    signers: tuple[str, ...]
    quorum: int | None
    committee_size: int | None
    publication: Publication | None
    issued: bool
    origin: Origin

    @property
    def project_id(self) -> int:
        return self.project.project_id

    @property
    def grams(self) -> int:
        return self.serial_end - self.serial_start


@dataclass(frozen=True, slots=True)
class QuarantineCount:
    """How many records of a report were set aside for one reason; `label` is None for a reason this version lacks."""

    reason: str
    records: int

    @property
    def label(self) -> tuple[str, str]:
        return reason_words(self.reason)


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """A report with the reasons why records were set aside."""

    report: ReportView
    quarantine: tuple[QuarantineCount, ...]


def reports(session: Session, page: PageRequest = FIRST_PAGE, *, project_id: int | None = None) -> Page[ReportView]:
    """Reports, by project and seq."""
    statement = select(Report)
    if project_id is not None:
        statement = statement.where(Report.project_id == project_id)
    found = slice_of(session, statement, _ORDER, page)
    return Page(report_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def report(session: Session, project_id: int, seq: int) -> ReportDetail:
    """One report. Raises NotFound."""
    row = session.get(Report, (project_id, seq))
    if row is None:
        raise NotFound(kind="report", id=f"{project_id}-{seq}")
    counts = session.execute(
        select(QuarantinedAct.reason, func.count())
        .where(QuarantinedAct.project_id == project_id, QuarantinedAct.seq == seq)
        .group_by(QuarantinedAct.reason)
        .order_by(QuarantinedAct.reason)
    )
    return ReportDetail(
        report_views(session, [row])[0], tuple(QuarantineCount(reason, records) for reason, records in counts)
    )


def reason_words(reason: str) -> tuple[str, str]:
    """Why a record was set aside, in English and Chinese; the stored word itself if this version does not know it."""
    try:
        known = Reason(reason)
    except ValueError:
        return reason, reason
    return known.label, known.label_zh


def report_views(session: Session, rows: Sequence[Report]) -> tuple[ReportView, ...]:
    """Reports as shown, in the order of the rows."""
    keys = [(row.project_id, row.seq) for row in rows]
    refs = project_refs(session, [row.project_id for row in rows])
    signers: dict[tuple[int, int], list[str]] = {}
    of_keys = tuple_(ReportSigner.project_id, ReportSigner.seq).in_(keys)
    for signer in session.scalars(select(ReportSigner).where(of_keys).order_by(ReportSigner.position)):
        signers.setdefault((signer.project_id, signer.seq), []).append(signer.signer)
    published = {
        (row.project_id, row.seq): Publication(row.acts, row.quarantined, row.published_at)
        for row in session.scalars(
            select(PublishedReport).where(tuple_(PublishedReport.project_id, PublishedReport.seq).in_(keys))
        )
    }
    issued = set(
        session.execute(select(Batch.project_id, Batch.seq).where(tuple_(Batch.project_id, Batch.seq).in_(keys)))
    )
    committees = _committees(session, {(jurisdiction_of_project(row.project_id), row.epoch) for row in rows})
    origins = Origins(session, rows)
    views = []
    for row in rows:
        key = (row.project_id, row.seq)
        quorum, size = committees.get((jurisdiction_of_project(row.project_id), row.epoch), (None, None))
        views.append(
            ReportView(
                project=refs[row.project_id],
                seq=row.seq,
                period_start_day=row.period_start_day,
                period_end_day=row.period_end_day,
                vintage=row.vintage,
                methodology_hash=row.methodology_hash,
                evidence_hash=row.evidence_hash,
                log_root=row.log_root,
                log_size=row.log_size,
                serial_start=row.serial_start,
                serial_end=row.serial_end,
                prev_digest=row.prev_digest,
                digest=row.digest,
                valid_until_seconds=row.valid_until_seconds,
                epoch=row.epoch,
                final_at=row.final_at,
                status=ReportStatus(row.status),
                signers=tuple(signers.get(key, ())),
                quorum=quorum,
                committee_size=size,
                publication=published.get(key),
                issued=key in issued,
                origin=origins.of(row),
            )
        )
    return tuple(views)


def _committees(session: Session, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    keys = tuple_(Committee.jurisdiction, Committee.epoch).in_(sorted(wanted))
    rows = session.execute(
        select(Committee.jurisdiction, Committee.epoch, Committee.quorum, func.count(CommitteeSigner.signer))
        .join(
            CommitteeSigner,
            (CommitteeSigner.jurisdiction == Committee.jurisdiction) & (CommitteeSigner.epoch == Committee.epoch),
        )
        .where(keys)
        .group_by(Committee.jurisdiction, Committee.epoch, Committee.quorum)
    )
    return {(jurisdiction, epoch): (quorum, size) for jurisdiction, epoch, quorum, size in rows}
