"""Transfers that did not move at once, from their beginning to their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from registry.db.models import PendingTransfer
from registry.domain.errors import NotFound
from registry.domain.rules import TransferKind, TransferState
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import Origin, Origins, as_of

EXPIRY = timedelta(days=30)
"""Transfers.EXPIRY_SECONDS: how long a transfer can be executed, from when it could be first."""

_ORDER = Order(
    "transfers", (PendingTransfer.transfer_id,), (Part.INT64,), lambda row: (row.transfer_id,), descending=True
)


@dataclass(frozen=True, slots=True)
class TransferLineView:
    """Grams of one batch in a transfer."""

    batch: BatchRef
    grams: int


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer; `trade_hash` names what a sale settles, None for a gift. `origin` is its beginning.

    It can be executed from `executable_at` on and before `expires_at`; after that it is still pending until somebody
    ends it.
    """

    transfer_id: int
    sender: AccountRef
    receiver: AccountRef
    kind: TransferKind
    trade_hash: bytes | None
    lines: tuple[TransferLineView, ...]
    state: TransferState
    executable_at: datetime
    expires_at: datetime
    accepted: bool
    initiator: str
    approver: str | None
    origin: Origin

    @property
    def grams(self) -> int:
        """Of all lines."""
        return sum(line.grams for line in self.lines)


def transfers(
    session: Session,
    page: PageRequest = FIRST_PAGE,
    *,
    account: str | None = None,
    state: TransferState | None = None,
) -> Page[TransferView]:
    """Transfers that did not move at once, newest first; of an account as sender or receiver."""
    statement = select(PendingTransfer).options(selectinload(PendingTransfer.lines))
    if account is not None:
        statement = statement.where(or_(PendingTransfer.sender == account, PendingTransfer.recipient == account))
    if state is not None:
        statement = statement.where(PendingTransfer.state == int(state))
    found = slice_of(session, statement, _ORDER, page)
    return Page(_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def transfer(session: Session, transfer_id: int) -> TransferView:
    """One transfer. Raises NotFound."""
    row = session.get(PendingTransfer, transfer_id, options=[selectinload(PendingTransfer.lines)])
    if row is None:
        raise NotFound(kind="transfer", id=transfer_id)
    return _views(session, [row])[0]


def _views(session: Session, rows: Sequence[PendingTransfer]) -> tuple[TransferView, ...]:
    names = AccountNames(session, [address for row in rows for address in (row.sender, row.recipient)])
    refs = batch_refs(session, sorted({(line.project_id, line.seq) for row in rows for line in row.lines}))
    origins = Origins(session, rows)
    return tuple(
        TransferView(
            transfer_id=row.transfer_id,
            sender=names.ref(row.sender),
            receiver=names.ref(row.recipient),
            kind=TransferKind(row.kind),
            trade_hash=row.reference_hash if any(row.reference_hash) else None,
            lines=tuple(TransferLineView(refs[(line.project_id, line.seq)], line.grams) for line in row.lines),
            state=TransferState(row.state),
            executable_at=row.executable_at,
            expires_at=row.executable_at + EXPIRY,
            accepted=row.accepted,
            initiator=row.initiator,
            approver=row.approver,
            origin=origins.of(row),
        )
        for row in rows
    )
