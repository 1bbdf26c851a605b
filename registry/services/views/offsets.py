"""Offsets: retirements that count against an obligation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import Offset, Retirement
from registry.domain.errors import NotFound
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.retirements import RetirementView, retirement_views
from registry.services.views.state import as_of

_ORDER = Order("offsets", (Offset.retirement_id,), (Part.INT64,), lambda row: (row.retirement_id,), descending=True)


@dataclass(frozen=True, slots=True)
class OffsetView:
    """An offset: the retirement it is, for which year, by which version of the rules, and what it counts for after the
    discount of a recognition."""

    retirement: RetirementView
    year: int
    rule_version: int
    local: bool
    preferred: bool
    counted_grams: int


def offsets(
    session: Session, page: PageRequest = FIRST_PAGE, *, account: str | None = None, year: int | None = None
) -> Page[OffsetView]:
    """Offsets, newest first."""
    statement = select(Offset)
    if account is not None:
        statement = statement.where(Offset.account == account)
    if year is not None:
        statement = statement.where(Offset.year == year)
    found = slice_of(session, statement, _ORDER, page)
    return Page(_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def offset(session: Session, retirement_id: int) -> OffsetView:
    """One offset, by the number of its retirement. Raises NotFound."""
    row = session.get(Offset, retirement_id)
    if row is None:
        raise NotFound(kind="offset", id=retirement_id)
    return _views(session, (row,))[0]


def _views(session: Session, rows: tuple[Offset, ...]) -> tuple[OffsetView, ...]:
    ids = [row.retirement_id for row in rows]
    found = session.scalars(select(Retirement).where(Retirement.retirement_id.in_(ids))).all()
    views = {view.retirement_id: view for view in retirement_views(session, found)}
    return tuple(
        OffsetView(views[row.retirement_id], row.year, row.rule_version, row.local, row.preferred, row.counted_grams)
        for row in rows
    )
