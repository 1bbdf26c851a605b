"""Batches: the credits issued from one report, who holds them, and what was taken from their line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from registry.db.models import Allocation, Batch, Holding
from registry.domain.errors import NotFound
from registry.services.views.names import AccountNames, AccountRef, batch_text, serials_text
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.projects import ProjectRef, project_refs
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order(
    "batches", (Batch.project_id, Batch.seq), (Part.INT64, Part.INT64), lambda row: (row.project_id, row.seq)
)
_HOLDINGS_OF_BATCH = Order("batch-holdings", (Holding.account,), (Part.ADDRESS,), lambda row: (row.account,))
_HOLDINGS_OF_ACCOUNT = Order(
    "account-holdings",
    (Holding.project_id, Holding.seq),
    (Part.INT64, Part.INT64),
    lambda row: (row.project_id, row.seq),
)


@dataclass(frozen=True, slots=True)
class BatchRef:
    """A batch by its token id, with its printed form and vintage."""

    batch_id: int
    printed: str
    project_id: int
    seq: int
    vintage: int


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch. Serials [serial_start, serial_end): the first `retired_grams` are used, the last `cancelled_grams`
    cancelled, those between live; `serials` is the printed range of the whole batch."""

    batch_id: int
    printed: str
    serials: str | None
    project: ProjectRef
    seq: int
    vintage: int
    serial_start: int
    serial_end: int
    issued_grams: int
    retired_grams: int
    cancelled_grams: int
    held: bool
    origin: Origin

    @property
    def project_id(self) -> int:
        return self.project.project_id

    @property
    def live_grams(self) -> int:
        return self.issued_grams - self.retired_grams - self.cancelled_grams

    @property
    def next_serial(self) -> int:
        """The serial that the next retirement begins with."""
        return self.serial_start + self.retired_grams


@dataclass(frozen=True, slots=True)
class AllocationView:
    """What one account received when the batch was issued."""

    account: AccountRef
    grams: int


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """A batch with its allocation."""

    batch: BatchView
    allocations: tuple[AllocationView, ...]


@dataclass(frozen=True, slots=True)
class HoldingView:
    """Grams of a batch that an account holds now, and what of them is held back. `origin` is the last change."""

    account: AccountRef
    batch: BatchRef
    grams: int
    locked_grams: int
    frozen_grams: int
    recalled_grams: int
    origin: Origin

    @property
    def available_grams(self) -> int:
        """What may be transferred, retired or locked; frozen grams may reach beyond what is held."""
        return max(0, self.grams - self.locked_grams - self.frozen_grams - self.recalled_grams)


def batches(session: Session, page: PageRequest = FIRST_PAGE, *, project_id: int | None = None) -> Page[BatchView]:
    """Batches, by project and seq."""
    statement = select(Batch)
    if project_id is not None:
        statement = statement.where(Batch.project_id == project_id)
    found = slice_of(session, statement, _ORDER, page)
    return Page(batch_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def batch_row(session: Session, project_id: int, seq: int, vintage: int | None = None) -> Batch:
    """The row of a batch. A printed id names the vintage too, and a wrong one names no batch. Raises NotFound."""
    row = session.get(Batch, (project_id, seq))
    if row is None or vintage not in (None, row.vintage):
        raise NotFound(kind="batch", id=project_id << 64 | seq)
    return row


def batch(session: Session, project_id: int, seq: int, vintage: int | None = None) -> BatchDetail:
    """One batch. Raises NotFound."""
    row = batch_row(session, project_id, seq, vintage)
    lines = session.scalars(
        select(Allocation)
        .where(Allocation.project_id == project_id, Allocation.seq == seq)
        .order_by(Allocation.position)
    ).all()
    names = AccountNames(session, [line.account for line in lines])
    return BatchDetail(
        batch_views(session, [row])[0],
        tuple(AllocationView(names.ref(line.account), line.grams) for line in lines),
    )


def holdings_of_batch(
    session: Session, project_id: int, seq: int, page: PageRequest = FIRST_PAGE, vintage: int | None = None
) -> Page[HoldingView]:
    """Who holds a batch now, by account; those who hold nothing any more are left out. Raises NotFound."""
    batch_row(session, project_id, seq, vintage)
    statement = select(Holding).where(Holding.project_id == project_id, Holding.seq == seq, Holding.grams > 0)
    found = slice_of(session, statement, _HOLDINGS_OF_BATCH, page)
    return Page(_holding_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def holdings_of_account(session: Session, account: str, page: PageRequest = FIRST_PAGE) -> Page[HoldingView]:
    """What an account holds now, by batch. Whether the account exists is not asked."""
    statement = select(Holding).where(Holding.account == account, Holding.grams > 0)
    found = slice_of(session, statement, _HOLDINGS_OF_ACCOUNT, page)
    return Page(_holding_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def batch_views(session: Session, rows: Sequence[Batch]) -> tuple[BatchView, ...]:
    """Batches as shown, in the order of the rows."""
    refs = project_refs(session, [row.project_id for row in rows])
    origins = Origins(session, rows)
    return tuple(
        BatchView(
            batch_id=int(row.batch_id),
            printed=batch_text(row.project_id, row.seq, row.vintage),
            serials=serials_text(row.project_id, row.seq, row.vintage, row.serial_start, row.serial_end),
            project=refs[row.project_id],
            seq=row.seq,
            vintage=row.vintage,
            serial_start=row.serial_start,
            serial_end=row.serial_end,
            issued_grams=row.issued_grams,
            retired_grams=row.retired_grams,
            cancelled_grams=row.cancelled_grams,
            held=row.held,
            origin=origins.of(row),
        )
        for row in rows
    )


def batch_refs(session: Session, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], BatchRef]:
    """Short names of the batches of some (project id, seq)."""
    rows = session.execute(
        select(Batch.project_id, Batch.seq, Batch.batch_id, Batch.vintage).where(
            tuple_(Batch.project_id, Batch.seq).in_(sorted(set(keys)))
        )
    )
    return {
        (project_id, seq): BatchRef(int(batch_id), batch_text(project_id, seq, vintage), project_id, seq, vintage)
        for project_id, seq, batch_id, vintage in rows
    }


def _holding_views(session: Session, rows: Sequence[Holding]) -> tuple[HoldingView, ...]:
    names = AccountNames(session, [row.account for row in rows])
    refs = batch_refs(session, [(row.project_id, row.seq) for row in rows])
    origins = Origins(session, rows)
    return tuple(
        HoldingView(
            names.ref(row.account),
            refs[(row.project_id, row.seq)],
            row.grams,
            row.locked_grams,
            row.frozen_grams,
            row.recalled_grams,
            origins.of(row),
        )
        for row in rows
    )
