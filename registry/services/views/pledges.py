"""Pledges: which grams an account pledged to whom, and what is still pledged. Orders against holders."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry.db.models import HolderOrder, Pledge
from registry.services.views.accounts import require_account
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef, PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order("pledges", (Pledge.pledge_id,), (Part.INT64,), lambda row: (row.pledge_id,), descending=True)

_ORDERS = Order(
    "orders",
    (HolderOrder.block_number, HolderOrder.log_index),
    (Part.INT64, Part.INT64),
    lambda row: (row.block_number, row.log_index),
    descending=True,
)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order against a holder: so many grams of a batch are frozen from then on, or were moved to `receiver`.

    `previous_grams` is what was frozen before; 0 where grams were moved.
    """

    account: AccountRef
    receiver: AccountRef | None
    batch: BatchRef
    grams: int
    previous_grams: int
    reason: PublicText
    origin: Origin


@dataclass(frozen=True, slots=True)
class PledgeView:
    """A pledge; `left_grams` are still pledged, 0: it is over. `origin` is the pledging."""

    pledge_id: int
    account: AccountRef
    pledgee: AccountRef
    batch: BatchRef
    grams: int
    left_grams: int
    reference_hash: bytes
    origin: Origin


def pledges_of_account(session: Session, account: str, page: PageRequest = FIRST_PAGE) -> Page[PledgeView]:
    """What an account pledged, and what was pledged to it, newest first. Raises NotFound."""
    require_account(session, account)
    statement = select(Pledge).where(or_(Pledge.account == account, Pledge.pledgee == account))
    found = slice_of(session, statement, _ORDER, page)
    names = AccountNames(session, [address for row in found.rows for address in (row.account, row.pledgee)])
    refs = batch_refs(session, [(row.project_id, row.seq) for row in found.rows])
    origins = Origins(session, found.rows)
    views = tuple(
        PledgeView(
            row.pledge_id,
            names.ref(row.account),
            names.ref(row.pledgee),
            refs[(row.project_id, row.seq)],
            row.grams,
            row.left_grams,
            row.reference_hash,
            origins.of(row),
        )
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def orders(session: Session, page: PageRequest = FIRST_PAGE, *, account: str | None = None) -> Page[OrderView]:
    """Orders against holders, newest first; of an account those against it and those in its favour."""
    statement = select(HolderOrder)
    if account is not None:
        statement = statement.where(or_(HolderOrder.account == account, HolderOrder.recipient == account))
    found = slice_of(session, statement, _ORDERS, page)
    names = AccountNames(session, [address for row in found.rows for address in (row.account, row.recipient)])
    refs = batch_refs(session, [(row.project_id, row.seq) for row in found.rows])
    texts = PublicTexts(session, (row.reason_hash for row in found.rows))
    origins = Origins(session, found.rows)
    views = tuple(
        OrderView(
            names.ref(row.account),
            names.ref(row.recipient) if row.recipient else None,
            refs[(row.project_id, row.seq)],
            row.grams,
            row.previous_grams,
            texts.of(row.reason_hash),
            origins.of(row),
        )
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))
