"""Pledges: which grams an account pledged to whom, and what is still pledged."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry.db.models import Pledge
from registry.services.views.accounts import require_account
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order("pledges", (Pledge.pledge_id,), (Part.INT64,), lambda row: (row.pledge_id,), descending=True)


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
