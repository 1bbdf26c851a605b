"""Offsets: retirements that count against an obligation, and such that can still be reversed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from registry.db.models import Offset, ProvisionalOffset, Retirement
from registry.domain.errors import NotFound
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef, PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.retirements import RetirementView, retirement_views
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order("offsets", (Offset.retirement_id,), (Part.INT64,), lambda row: (row.retirement_id,), descending=True)
_PROVISIONAL = Order(
    "provisional offsets",
    (ProvisionalOffset.offset_id,),
    (Part.INT64,),
    lambda row: (row.offset_id,),
    descending=True,
)


class ProvisionalState(StrEnum):
    """What became of a provisional offset."""

    OPEN = "open"
    REVERSED = "reversed"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class ProvisionalLineView:
    """Grams of one batch in a provisional offset, and what they count for after the discount of a recognition."""

    batch: BatchRef
    grams: int
    counted_grams: int
    local: bool
    preferred: bool


@dataclass(frozen=True, slots=True)
class ProvisionalView:
    """An offset that can be reversed until a time (seconds since 1970) and is retired by whoever comes after it.

    `reason` is that of a reversal by order; `first_retirement_id` that of its first line, once it is final.
    """

    offset_id: int
    account: AccountRef
    year: int
    rule_version: int
    state: ProvisionalState
    reversible_until_seconds: int
    lines: tuple[ProvisionalLineView, ...]
    counted_grams: int
    beneficiary: bytes
    statement: PublicText
    reason: PublicText | None
    first_retirement_id: int | None
    origin: Origin


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


def provisional_offsets(
    session: Session,
    page: PageRequest = FIRST_PAGE,
    *,
    account: str | None = None,
    year: int | None = None,
    open_only: bool = False,
) -> Page[ProvisionalView]:
    """Offsets under rules with a reversal window, newest first, whatever became of them."""
    statement = select(ProvisionalOffset).options(selectinload(ProvisionalOffset.lines))
    if account is not None:
        statement = statement.where(ProvisionalOffset.account == account)
    if year is not None:
        statement = statement.where(ProvisionalOffset.year == year)
    if open_only:
        statement = statement.where(ProvisionalOffset.is_open())
    found = slice_of(session, statement, _PROVISIONAL, page)
    return Page(_provisional_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def provisional_offset(session: Session, offset_id: int) -> ProvisionalView:
    """One provisional offset. Raises NotFound."""
    row = session.get(ProvisionalOffset, offset_id, options=[selectinload(ProvisionalOffset.lines)])
    if row is None:
        raise NotFound(kind="provisional offset", id=offset_id)
    return _provisional_views(session, (row,))[0]


def _state(row: ProvisionalOffset) -> ProvisionalState:
    if row.reversed:
        return ProvisionalState.REVERSED
    return ProvisionalState.OPEN if row.first_retirement_id is None else ProvisionalState.FINAL


def _provisional_views(session: Session, rows: tuple[ProvisionalOffset, ...]) -> tuple[ProvisionalView, ...]:
    names = AccountNames(session, [row.account for row in rows])
    refs = batch_refs(session, sorted({(line.project_id, line.seq) for row in rows for line in row.lines}))
    hashes = [digest for row in rows for digest in (row.statement_hash, row.reason_hash) if digest]
    texts, origins = PublicTexts(session, hashes), Origins(session, rows)
    return tuple(
        ProvisionalView(
            offset_id=row.offset_id,
            account=names.ref(row.account),
            year=row.year,
            rule_version=row.rule_version,
            state=_state(row),
            reversible_until_seconds=row.reversible_until_seconds,
            lines=tuple(
                ProvisionalLineView(
                    refs[line.project_id, line.seq], line.grams, line.counted_grams, line.local, line.preferred
                )
                for line in row.lines
            ),
            counted_grams=row.counted_grams,
            beneficiary=row.beneficiary,
            statement=texts.of(row.statement_hash),
            reason=texts.of(row.reason_hash) if row.reason_hash and any(row.reason_hash) else None,
            first_retirement_id=row.first_retirement_id,
            origin=origins.of(row),
        )
        for row in rows
    )
