"""Pools: what the accounts of a jurisdiction together may offset for a year, and the line of those who reserved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from registry.db.models import Account, Pool, Reservation, RuleSet
from registry.domain.errors import NotFound
from registry.services.views.names import AccountNames, AccountRef
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, row_slice_of, slice_of
from registry.services.views.rule_sets import rule_set_in_force
from registry.services.views.state import Origin, Origins, as_of

_ORDER = Order(
    "pools", (RuleSet.jurisdiction, RuleSet.year), (Part.INT64, Part.INT64), lambda row: (row.jurisdiction, row.year)
)
_LINE = Order("reservations", (Reservation.start,), (Part.UINT96,), lambda row: (row.start,))


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool as it stands, in counted grams. `pool_grams` is None where the rules in force have no pool any more.

    `free_grams` were asked for by nobody; `waiting_grams` are asked for beyond what there is, places that were given up
    among them.
    """

    jurisdiction: int
    year: int
    pool_grams: int | None
    used_grams: int
    free_grams: int
    waiting_grams: int


@dataclass(frozen=True, slots=True)
class ReservationView:
    """What is left of an account's reservation, what of it can be offset now, and what waits before it."""

    account: AccountRef
    grams: int
    granted_grams: int
    ahead_grams: int
    origin: Origin


def pools(session: Session, page: PageRequest = FIRST_PAGE) -> Page[PoolView]:
    """Every jurisdiction and year whose rules had a pool in some version."""
    pooled: Any = select(RuleSet.jurisdiction, RuleSet.year).where(RuleSet.pooled).distinct()
    found = row_slice_of(session, pooled, _ORDER, page)
    views = _views(session, [(row.jurisdiction, row.year) for row in found.rows])
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def pool(session: Session, jurisdiction: int, year: int) -> PoolView:
    """One pool. Raises NotFound."""
    known = select(RuleSet.version).where(RuleSet.jurisdiction == jurisdiction, RuleSet.year == year, RuleSet.pooled)
    if session.scalars(known.limit(1)).one_or_none() is None:
        raise NotFound(kind="pool", id=f"{jurisdiction:06d}/{year}")
    return _views(session, [(jurisdiction, year)])[0]


def reservations(
    session: Session, jurisdiction: int, year: int, page: PageRequest = FIRST_PAGE
) -> Page[ReservationView]:
    """Reservations of a pool in the order of the line. Raises NotFound."""
    pool(session, jurisdiction, year)
    served_end = _served_end(session, jurisdiction, year)
    here = select(Account.address).where(Account.jurisdiction == jurisdiction)
    statement = select(Reservation).where(Reservation.year == year, Reservation.account.in_(here))
    found = slice_of(session, statement, _LINE, page)
    names = AccountNames(session, [row.account for row in found.rows])
    origins = Origins(session, found.rows)
    views = tuple(
        ReservationView(
            account=names.ref(row.account),
            grams=row.grams,
            granted_grams=min(row.grams, max(0, served_end - row.start)),
            ahead_grams=max(0, row.start - served_end),
            origin=origins.of(row),
        )
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def _served_end(session: Session, jurisdiction: int, year: int) -> int:
    """How far the line of demand is served: what the pool has and what was given back."""
    rules = rule_set_in_force(session, jurisdiction, year)
    state = session.get(Pool, (jurisdiction, year))
    return (rules.pool_grams or 0 if rules else 0) + (state.credited_grams if state else 0)


def _views(session: Session, keys: Sequence[tuple[int, int]]) -> tuple[PoolView, ...]:
    rows = session.scalars(
        select(RuleSet).where(tuple_(RuleSet.jurisdiction, RuleSet.year).in_(keys)).order_by(RuleSet.version)
    )
    # In ascending order of version, so the one in force stays.
    rules = {(row.jurisdiction, row.year): row for row in rows}
    found = session.scalars(select(Pool).where(tuple_(Pool.jurisdiction, Pool.year).in_(keys)))
    states = {(row.jurisdiction, row.year): row for row in found}
    views = []
    for jurisdiction, year in keys:
        rule_set, state = rules[jurisdiction, year], states.get((jurisdiction, year))
        grams = rule_set.pool_grams if rule_set.pooled else None
        demand, credited, used = (state.demand_end, state.credited_grams, state.used_grams) if state else (0, 0, 0)
        served_end = (grams or 0) + credited
        views.append(
            PoolView(jurisdiction, year, grams, used, max(0, served_end - demand), max(0, demand - served_end))
        )
    return tuple(views)
