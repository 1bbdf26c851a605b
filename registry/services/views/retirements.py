"""Retirements: grams used for a claim, for ever, with the obligation they count against if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import Offset, Retirement
from registry.domain.errors import NotFound
from registry.domain.rules import Purpose
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef, PublicText, PublicTexts, serials_text
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.projects import ProjectRef, project_refs
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order(
    "retirements", (Retirement.retirement_id,), (Part.INT64,), lambda row: (row.retirement_id,), descending=True
)


@dataclass(frozen=True, slots=True)
class OffsetOf:
    """The obligation that a retirement counts against, and the version of the rules that was applied."""

    year: int
    rule_version: int
    local: bool
    """From a project of the obligation's own jurisdiction."""


@dataclass(frozen=True, slots=True)
class RetirementView:
    """A retirement: serials [serial_start, serial_end) of the project; `serials` is their printed range."""

    retirement_id: int
    account: AccountRef
    project: ProjectRef
    batch: BatchRef
    serials: str | None
    serial_start: int
    serial_end: int
    grams: int
    purpose: Purpose
    beneficiary: bytes
    """A salted commitment; the holder can open it."""
    statement: PublicText
    by: str
    offset: OffsetOf | None
    origin: Origin

    @property
    def project_id(self) -> int:
        return self.project.project_id

    @property
    def seq(self) -> int:
        return self.batch.seq


def retirements(
    session: Session,
    page: PageRequest = FIRST_PAGE,
    *,
    account: str | None = None,
    batch: tuple[int, int] | None = None,
    purpose: Purpose | None = None,
) -> Page[RetirementView]:
    """Retirements, newest first. `batch` is (project id, seq)."""
    statement = select(Retirement)
    if account is not None:
        statement = statement.where(Retirement.account == account)
    if batch is not None:
        statement = statement.where(Retirement.project_id == batch[0], Retirement.seq == batch[1])
    if purpose is not None:
        statement = statement.where(Retirement.purpose == int(purpose))
    found = slice_of(session, statement, _ORDER, page)
    return Page(retirement_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def retirement(session: Session, retirement_id: int) -> RetirementView:
    """One retirement. Raises NotFound."""
    row = session.get(Retirement, retirement_id)
    if row is None:
        raise NotFound(kind="retirement", id=retirement_id)
    return retirement_views(session, [row])[0]


def retirement_views(session: Session, rows: Sequence[Retirement]) -> tuple[RetirementView, ...]:
    """Retirements as shown, in the order of the rows."""
    names = AccountNames(session, [row.account for row in rows])
    projects = project_refs(session, [row.project_id for row in rows])
    batches = batch_refs(session, [(row.project_id, row.seq) for row in rows])
    texts = PublicTexts(session, (row.statement_hash for row in rows))
    ids = [row.retirement_id for row in rows]
    offsets = {row.retirement_id: row for row in session.scalars(select(Offset).where(Offset.retirement_id.in_(ids)))}
    origins = Origins(session, rows)
    views = []
    for row in rows:
        batch = batches[(row.project_id, row.seq)]
        offset = offsets.get(row.retirement_id)
        views.append(
            RetirementView(
                retirement_id=row.retirement_id,
                account=names.ref(row.account),
                project=projects[row.project_id],
                batch=batch,
                serials=serials_text(row.project_id, row.seq, batch.vintage, row.serial_start, row.serial_end),
                serial_start=row.serial_start,
                serial_end=row.serial_end,
                grams=row.grams,
                purpose=Purpose(row.purpose),
                beneficiary=row.beneficiary,
                statement=texts.of(row.statement_hash),
                by=row.by,
                offset=OffsetOf(offset.year, offset.rule_version, offset.local) if offset else None,
                origin=origins.of(row),
            )
        )
    return tuple(views)
