"""Where serials went: the retirements, offsets and cancellations that took a stretch of a project's number line.

Ranges on one line never overlap, so a stretch is found by its start in the index (project, serial_start): the uses that
begin inside it, and the one that begins before it and may reach into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import Cancellation, Retirement
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef, PublicText, PublicTexts, serials_text
from registry.services.views.paging import FIRST_PAGE, Order, PageRequest, Part, cut, decode_cursor
from registry.services.views.retirements import RetirementView, retirement_views
from registry.services.views.state import Origin, Origins

_ORDER = Order("uses", (), (Part.INT64,), lambda row: (row.serial_start,))


class UseKind(StrEnum):
    """What happened to a stretch of serials."""

    RETIREMENT = "retirement"
    """Used for a claim."""
    OFFSET = "offset"
    """Used for a claim that counts against an obligation."""
    CANCELLATION = "cancellation"
    """Made invalid."""


@dataclass(frozen=True, slots=True)
class CancellationView:
    """Grams made invalid: serials [serial_start, serial_end), from the end of the batch."""

    account: AccountRef
    batch: BatchRef
    serials: str | None
    serial_start: int
    serial_end: int
    grams: int
    reason: PublicText
    origin: Origin


@dataclass(frozen=True, slots=True)
class Use:
    """One use, and the grams of the asked stretch that it took."""

    kind: UseKind
    retirement: RetirementView | None
    cancellation: CancellationView | None
    grams_of_stretch: int

    @property
    def serial_start(self) -> int:
        found = self.retirement or self.cancellation
        assert found is not None
        return found.serial_start


@dataclass(frozen=True, slots=True)
class Uses:
    """A page of uses in the order of serials, and how much of the stretch is used and not used in all."""

    items: tuple[Use, ...]
    next_cursor: str | None
    previous_cursor: str | None
    stretch_grams: int
    retired_grams: int
    cancelled_grams: int

    @property
    def unused_grams(self) -> int:
        return self.stretch_grams - self.retired_grams - self.cancelled_grams


def uses_of(
    session: Session,
    project_id: int,
    start: int,
    end: int,
    page: PageRequest = FIRST_PAGE,
    totals: tuple[int, int] | None = None,
) -> Uses:
    """The uses of serials [start, end) of a project. Raises InvalidInput for a cursor of another list.

    `totals`: retired and cancelled grams, if the caller has them (a batch stores its own); else they are summed.
    """
    rows = _rows(session, project_id, start, end, page)
    found = cut(rows, _ORDER, page)
    retirements = [row for row in found.rows if isinstance(row, Retirement)]
    cancellations = [row for row in found.rows if isinstance(row, Cancellation)]
    retired_views = {view.retirement_id: view for view in retirement_views(session, retirements)}
    cancelled_views = dict(zip(cancellations, cancellation_views(session, cancellations), strict=True))
    items = []
    for row in found.rows:
        taken = min(end, row.serial_end) - max(start, row.serial_start)
        if isinstance(row, Retirement):
            view = retired_views[row.retirement_id]
            items.append(Use(UseKind.OFFSET if view.offset else UseKind.RETIREMENT, view, None, taken))
        else:
            items.append(Use(UseKind.CANCELLATION, None, cancelled_views[row], taken))
    return Uses(
        items=tuple(items),
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        stretch_grams=end - start,
        retired_grams=totals[0] if totals else _taken(session, Retirement, project_id, start, end),
        cancelled_grams=totals[1] if totals else _taken(session, Cancellation, project_id, start, end),
    )


def cancellation_views(session: Session, rows: Sequence[Cancellation]) -> tuple[CancellationView, ...]:
    """Cancellations as shown, in the order of the rows."""
    names = AccountNames(session, [row.account for row in rows])
    batches = batch_refs(session, [(row.project_id, row.seq) for row in rows])
    texts = PublicTexts(session, (row.reason_hash for row in rows))
    origins = Origins(session, rows)
    views = []
    for row in rows:
        batch = batches[(row.project_id, row.seq)]
        views.append(
            CancellationView(
                account=names.ref(row.account),
                batch=batch,
                serials=serials_text(row.project_id, row.seq, batch.vintage, row.serial_start, row.serial_end),
                serial_start=row.serial_start,
                serial_end=row.serial_end,
                grams=row.grams,
                reason=texts.of(row.reason_hash),
                origin=origins.of(row),
            )
        )
    return tuple(views)


def _rows(session: Session, project_id: int, start: int, end: int, page: PageRequest) -> list[Any]:
    """Up to limit + 1 uses in the direction of reading. Both tables are asked for a whole page and merged."""
    low, high = start, end
    backwards = page.before is not None
    if page.after is not None:
        # A forged cursor may lie anywhere; one beyond the stretch leaves nothing to show.
        low = min(end, int(decode_cursor(page.after, _ORDER.name, _ORDER.parts)[0]) + 1)
    elif page.before is not None:
        high = int(decode_cursor(page.before, _ORDER.name, _ORDER.parts)[0])
    rows: list[Any] = []
    for model in (Retirement, Cancellation):
        # Only the first page can begin with a use that reaches in from before the stretch.
        first = low if page.after is not None else _first_start(session, model, project_id, start)
        statement = (
            select(model)
            .where(
                model.project_id == project_id,
                model.serial_start >= max(0, first),
                model.serial_start < high,
                model.serial_end > start,
            )
            .order_by(model.serial_start.desc() if backwards else model.serial_start.asc())
            .limit(page.limit + 1)
        )
        rows.extend(session.scalars(statement))
    rows.sort(key=lambda row: row.serial_start, reverse=backwards)
    return rows[: page.limit + 1]


def _first_start(session: Session, model: Any, project_id: int, start: int) -> int:
    """Start of the last use that begins at or before `start`; `start` itself if there is none."""
    found = session.scalar(
        select(func.max(model.serial_start)).where(model.project_id == project_id, model.serial_start <= start)
    )
    return start if found is None else int(found)


def _taken(session: Session, model: Any, project_id: int, start: int, end: int) -> int:
    """Grams of [start, end) that uses of one kind took."""
    first = _first_start(session, model, project_id, start)
    inside = (model.project_id == project_id, model.serial_start >= first, model.serial_start < end)
    total, low, high = session.execute(
        select(func.sum(model.grams), func.min(model.serial_start), func.max(model.serial_end)).where(
            *inside, model.serial_end > start
        )
    ).one()
    if total is None:
        return 0
    # Ranges are disjoint: only the first can stick out below and only the last above.
    return int(total) - max(0, start - int(low)) - max(0, int(high) - end)
