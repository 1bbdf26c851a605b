"""Projects: what was filed, and how far their number line has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import Batch, Project, ProjectStatusChange, PublishedReport, Report
from registry.domain.errors import NotFound
from registry.domain.mechanisms import Mechanism
from registry.domain.rules import FilingStatus, ReportStatus
from registry.services.views.methodologies import (
    STATUS_CHANGES_SHOWN_MAX,
    MethodologyRef,
    StatusChange,
    methodology_refs,
    status_changes,
)
from registry.services.views.names import AccountNames, AccountRef, project_names, project_text
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order("projects", (Project.project_id,), (Part.INT64,), lambda row: (row.project_id,))


@dataclass(frozen=True, slots=True)
class ProjectRef:
    """A project by its id, with its printed form and public name."""

    project_id: int
    printed: str
    name_zh: str | None
    name_en: str | None
    illustration: str | None
    """What in the project's figures is an example and no fact; shown wherever one of them is."""


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest published state of a project's act log."""

    seq: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project. Days count from 1970-01-01, both ends included; grams are sums over its batches."""

    project_id: int
    printed: str
    jurisdiction: int
    number: int
    name_zh: str | None
    name_en: str | None
    illustration: str | None
    """What in the project's figures is an example and no fact."""
    methodology: MethodologyRef
    scenario: int
    developer: AccountRef
    boundary_account: AccountRef | None
    crediting_start_day: int
    crediting_end_day: int
    ceiling_grams: int
    co_benefit_hash: bytes
    area: int
    """GB/T 2260 code of where the reductions happen."""
    mechanism: Mechanism
    status: FilingStatus
    """As of the answer's block: an emergency suspension ends by time."""
    suspended_until: datetime | None
    """End of the last emergency suspension, if the Desk did not make it its own."""
    reports: int
    verified_grams: int
    """Where the number line ends: the serial_end of the last report."""
    issued_grams: int
    retired_grams: int
    cancelled_grams: int
    log: LogHead | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class ProjectDetail:
    """A project with the newest changes of its status."""

    project: ProjectView
    status_changes: tuple[StatusChange, ...]


def projects(
    session: Session,
    page: PageRequest = FIRST_PAGE,
    *,
    jurisdiction: int | None = None,
    developer: str | None = None,
    definition_hash: bytes | None = None,
) -> Page[ProjectView]:
    """Projects, by id."""
    statement = select(Project)
    if jurisdiction is not None:
        statement = statement.where(Project.jurisdiction == jurisdiction)
    if developer is not None:
        statement = statement.where(Project.developer == developer)
    if definition_hash is not None:
        statement = statement.where(Project.definition_hash == definition_hash)
    found = slice_of(session, statement, _ORDER, page)
    return Page(project_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def project(session: Session, project_id: int) -> ProjectDetail:
    """One project. Raises NotFound."""
    row = session.get(Project, project_id)
    if row is None:
        raise NotFound(kind="project", id=project_id)
    changes = session.scalars(
        select(ProjectStatusChange)
        .where(ProjectStatusChange.project_id == project_id)
        .order_by(ProjectStatusChange.block_number.desc(), ProjectStatusChange.log_index.desc())
        .limit(STATUS_CHANGES_SHOWN_MAX)
    ).all()
    return ProjectDetail(project_views(session, [row])[0], status_changes(session, changes))


def project_refs(session: Session, project_ids: Sequence[int]) -> dict[int, ProjectRef]:
    """Short names of some projects, whether they are filed or not."""
    names = project_names(session, project_ids)
    return {
        project_id: ProjectRef(
            project_id,
            project_text(project_id),
            names[project_id].name_zh if project_id in names else None,
            names[project_id].name_en if project_id in names else None,
            names[project_id].illustration if project_id in names else None,
        )
        for project_id in set(project_ids)
    }


def log_heads(session: Session, project_ids: Sequence[int]) -> dict[int, LogHead]:
    """The newest published log state of each project that has one."""
    newest = (
        select(PublishedReport.project_id, func.max(PublishedReport.seq).label("seq"))
        .where(PublishedReport.project_id.in_(project_ids))
        .group_by(PublishedReport.project_id)
        .subquery()
    )
    rows = session.scalars(
        select(PublishedReport).join(
            newest, (PublishedReport.project_id == newest.c.project_id) & (PublishedReport.seq == newest.c.seq)
        )
    )
    return {row.project_id: LogHead(row.seq, row.log_size, row.log_root) for row in rows}


def project_views(session: Session, rows: Sequence[Project]) -> tuple[ProjectView, ...]:
    """Projects as shown, in the order of the rows."""
    ids = [row.project_id for row in rows]
    refs = methodology_refs(session, [row.definition_hash for row in rows])
    accounts = AccountNames(session, [address for row in rows for address in (row.developer, row.boundary_account)])
    names = project_names(session, ids)
    heads = log_heads(session, ids)
    lines = _lines(session, ids)
    used = _credits(session, ids)
    origins = Origins(session, rows)
    now = as_of(session).block_time
    return tuple(
        ProjectView(
            project_id=row.project_id,
            printed=project_text(row.project_id),
            jurisdiction=row.jurisdiction,
            number=row.number,
            name_zh=names[row.project_id].name_zh if row.project_id in names else None,
            name_en=names[row.project_id].name_en if row.project_id in names else None,
            illustration=names[row.project_id].illustration if row.project_id in names else None,
            methodology=refs[row.definition_hash],
            scenario=row.scenario,
            developer=accounts.ref(row.developer),
            boundary_account=accounts.ref(row.boundary_account) if row.boundary_account else None,
            crediting_start_day=row.crediting_start_day,
            crediting_end_day=row.crediting_end_day,
            ceiling_grams=row.ceiling_grams,
            co_benefit_hash=row.co_benefit_hash,
            area=row.area,
            mechanism=Mechanism(row.mechanism),
            status=row.status_at(now),
            suspended_until=row.suspended_until,
            reports=lines.get(row.project_id, (0, 0))[0],
            verified_grams=lines.get(row.project_id, (0, 0))[1],
            issued_grams=used.get(row.project_id, (0, 0, 0))[0],
            retired_grams=used.get(row.project_id, (0, 0, 0))[1],
            cancelled_grams=used.get(row.project_id, (0, 0, 0))[2],
            log=heads.get(row.project_id),
            origin=origins.of(row),
        )
        for row in rows
    )


def _lines(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(Report.project_id, func.count(), func.max(Report.serial_end))
        .where(Report.project_id.in_(ids), Report.status != int(ReportStatus.OVERTURNED))
        .group_by(Report.project_id)
    )
    return {project_id: (count, end) for project_id, count, end in rows}


def _credits(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    rows = session.execute(
        select(
            Batch.project_id,
            func.sum(Batch.issued_grams),
            func.sum(Batch.retired_grams),
            func.sum(Batch.cancelled_grams),
        )
        .where(Batch.project_id.in_(ids))
        .group_by(Batch.project_id)
    )
    # A sum of int64 is a decimal in PostgreSQL; it is exact, and made an integer again.
    return {project_id: (int(issued), int(retired), int(cancelled)) for project_id, issued, retired, cancelled in rows}
