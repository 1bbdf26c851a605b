"""Invalidations: what of a batch was found invalid, who was recalled, and how much of it is made good.

Retirements and certificates of an invalidated batch stay what they are. What is said of the batch beside them is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import Discharge, Invalidation, Recall
from registry.domain.errors import NotFound
from registry.domain.rules import DischargeKind
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef, PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order(
    "invalidations",
    (Invalidation.invalidation_id,),
    (Part.INT64,),
    lambda row: (row.invalidation_id,),
    descending=True,
)
ROWS_SHOWN = 1_000
"""Recalls and discharges of one invalidation that are shown; the sums are of all."""


@dataclass(frozen=True, slots=True)
class InvalidationView:
    """Grams of a batch found invalid, in the order in which they were found, and what became of them.

    `cancelled_at_once_grams` are the developer's and the buffers' free grams; `recalled_grams` those of holders, the
    developer's locked ones included; `used_grams` were retired before. Of recalled and used grams some were replaced,
    settled, waived or given up, and `open_grams` are left, which the developer owes.
    """

    invalidation_id: int
    batch: BatchRef
    developer: AccountRef
    grams: int
    cancelled_at_once_grams: int
    recalled_grams: int
    used_grams: int
    recall_complete: bool
    replaced_grams: int
    settled_grams: int
    waived_grams: int
    given_up_grams: int
    open_recalled_grams: int
    open_used_grams: int
    reason: PublicText
    origin: Origin

    @property
    def open_grams(self) -> int:
        return self.open_recalled_grams + self.open_used_grams

    @property
    def words(self) -> tuple[str, str]:
        """In English and Chinese."""
        english = f"{self.grams:,} g of the batch were found invalid"
        chinese = f"该批次有 {self.grams:,} 克被作废"
        made_good = self.grams - self.open_grams - self.waived_grams
        if self.open_grams:
            english += f"; {made_good:,} g are made good, {self.open_grams:,} g are owed by the developer"
            chinese += f", 其中 {made_good:,} 克已补足, {self.open_grams:,} 克由开发方承担待补足"
        elif self.waived_grams == self.grams:
            return f"{english}, which was taken back.", f"{chinese}, 后已撤回。"
        else:
            english += "; all of them are made good"
            chinese += ", 已全部补足"
        if self.waived_grams:
            english += f"; {self.waived_grams:,} g of it was taken back"
            chinese += f", {self.waived_grams:,} 克已撤回"
        return f"{english}.", f"{chinese}。"


@dataclass(frozen=True, slots=True)
class RecallView:
    """What was recalled of one holder, and how much of it is open."""

    holder: AccountRef
    grams: int
    open_grams: int


@dataclass(frozen=True, slots=True)
class DischargeView:
    """One step by which what is owed became less. `holder` is None for used grams."""

    kind: DischargeKind
    holder: AccountRef | None
    payer: AccountRef | None
    replacement: BatchRef | None
    retirement_id: int | None
    grams: int
    reason: PublicText | None
    by: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class InvalidationDetail:
    """An invalidation with its holders and what was done for them, at most ROWS_SHOWN of each."""

    invalidation: InvalidationView
    recalls: tuple[RecallView, ...]
    discharges: tuple[DischargeView, ...]


@dataclass(frozen=True, slots=True)
class LiabilityView:
    """What a developer owes over all its invalidations. Above 0 nothing is issued for its projects."""

    developer: AccountRef
    open_grams: int
    invalidations: tuple[InvalidationView, ...]
    """Those with something open."""


def invalidations(session: Session, page: PageRequest = FIRST_PAGE) -> Page[InvalidationView]:
    """Invalidations, newest first."""
    found = slice_of(session, select(Invalidation), _ORDER, page)
    return Page(invalidation_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def invalidations_of_batches(session: Session, keys: Sequence[tuple[int, int]]) -> tuple[InvalidationView, ...]:
    """Those of some batches by (project id, seq), oldest first."""
    rows = [
        row
        for project_id, seq in sorted(set(keys))
        for row in session.scalars(
            select(Invalidation)
            .where(Invalidation.project_id == project_id, Invalidation.seq == seq)
            .order_by(Invalidation.invalidation_id)
        )
    ]
    return invalidation_views(session, rows)


def invalidation(session: Session, invalidation_id: int) -> InvalidationDetail:
    """One invalidation. Raises NotFound."""
    row = session.get(Invalidation, invalidation_id)
    if row is None:
        raise NotFound(kind="invalidation", id=invalidation_id)
    recalls = session.scalars(
        select(Recall)
        .where(Recall.invalidation_id == invalidation_id, Recall.grams > 0)
        .order_by(Recall.block_number, Recall.log_index)
        .limit(ROWS_SHOWN)
    ).all()
    discharges = session.scalars(
        select(Discharge)
        .where(Discharge.invalidation_id == invalidation_id)
        .order_by(Discharge.block_number, Discharge.log_index)
        .limit(ROWS_SHOWN)
    ).all()
    names = AccountNames(session, [recall.holder for recall in recalls])
    return InvalidationDetail(
        invalidation_views(session, [row])[0],
        tuple(RecallView(names.ref(one.holder), one.grams, one.open_grams) for one in recalls),
        _discharge_views(session, discharges),
    )


def liability(session: Session, developer: str) -> LiabilityView:
    """What an account owes for grams of its projects; nothing for one that never had any."""
    is_open = Invalidation.open_recalled_grams + Invalidation.open_used_grams > 0
    rows = session.scalars(
        select(Invalidation).where(Invalidation.developer == developer, is_open).order_by(Invalidation.invalidation_id)
    ).all()
    views = invalidation_views(session, rows)
    names = AccountNames(session, [developer])
    return LiabilityView(names.ref(developer), sum(view.open_grams for view in views), views)


def invalidation_views(session: Session, rows: Sequence[Invalidation]) -> tuple[InvalidationView, ...]:
    """Invalidations as shown, in the order of the rows."""
    names = AccountNames(session, [row.developer for row in rows])
    refs = batch_refs(session, [(row.project_id, row.seq) for row in rows])
    texts = PublicTexts(session, (row.reason_hash for row in rows))
    origins = Origins(session, rows)
    done = _discharged(session, [row.invalidation_id for row in rows])
    return tuple(
        InvalidationView(
            invalidation_id=row.invalidation_id,
            batch=refs[(row.project_id, row.seq)],
            developer=names.ref(row.developer),
            grams=row.grams,
            cancelled_at_once_grams=row.developer_cancelled_grams + row.buffers_cancelled_grams,
            recalled_grams=row.developer_recalled_grams + row.holders_recalled_grams,
            used_grams=row.used_grams,
            recall_complete=row.complete,
            replaced_grams=done[row.invalidation_id, DischargeKind.REPLACED],
            settled_grams=done[row.invalidation_id, DischargeKind.SETTLED],
            waived_grams=done[row.invalidation_id, DischargeKind.WAIVED],
            given_up_grams=done[row.invalidation_id, DischargeKind.GIVEN_UP],
            open_recalled_grams=row.open_recalled_grams,
            open_used_grams=row.open_used_grams,
            reason=texts.of(row.reason_hash),
            origin=origins.of(row),
        )
        for row in rows
    )


def _discharged(session: Session, ids: Sequence[int]) -> Counter[tuple[int, DischargeKind]]:
    """Grams by invalidation and kind."""
    done: Counter[tuple[int, DischargeKind]] = Counter()
    for row in session.scalars(select(Discharge).where(Discharge.invalidation_id.in_(ids))) if ids else ():
        done[row.invalidation_id, DischargeKind(row.kind)] += row.grams
    return done


def _discharge_views(session: Session, rows: Sequence[Discharge]) -> tuple[DischargeView, ...]:
    names = AccountNames(session, [address for row in rows for address in (row.holder, row.payer)])
    texts = PublicTexts(session, (row.reason_hash for row in rows))
    keys = [
        (row.replacement_project_id, row.replacement_seq)
        for row in rows
        if row.replacement_project_id is not None and row.replacement_seq is not None
    ]
    refs = batch_refs(session, keys)
    origins = Origins(session, rows)
    views = []
    for row in rows:
        replacement = None
        if row.replacement_project_id is not None and row.replacement_seq is not None:
            replacement = refs[row.replacement_project_id, row.replacement_seq]
        views.append(
            DischargeView(
                kind=DischargeKind(row.kind),
                holder=names.ref(row.holder) if row.holder else None,
                payer=names.ref(row.payer) if row.payer else None,
                replacement=replacement,
                retirement_id=row.retirement_id,
                grams=row.grams,
                reason=texts.of(row.reason_hash) if row.reason_hash else None,
                by=row.by,
                origin=origins.of(row),
            )
        )
    return tuple(views)
