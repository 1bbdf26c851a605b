"""Obligations of enterprises: what is owed for a year, what the rules allow to be offset, what was offset so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from registry.db.models import Account, Obligation, ObligationChange, RuleSet
from registry.domain.errors import NotFound
from registry.domain.rules import CapBase, Fulfilment
from registry.domain.units import MAX_GRAMS
from registry.services.views.names import AccountNames, AccountRef
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.rule_sets import BASIS_POINTS, RuleSetView, rule_set_views
from registry.services.views.state import Origin, Origins, as_of

CHANGES_SHOWN_MAX = 50

_ORDER = Order(
    "obligations",
    (Obligation.account, Obligation.year),
    (Part.ADDRESS, Part.INT64),
    lambda row: (row.account, row.year),
)


@dataclass(frozen=True, slots=True)
class Amounts:
    """The four quantities of an obligation, in grams."""

    initial_allocation_grams: int
    issued_allowances_grams: int
    verified_emissions_grams: int
    amount_due_grams: int

    def base(self, cap_base: CapBase) -> int:
        """The quantity that a cap is a share of."""
        return {
            CapBase.NONE: 0,
            CapBase.INITIAL_ALLOCATION: self.initial_allocation_grams,
            CapBase.ISSUED_ALLOWANCES: self.issued_allowances_grams,
            CapBase.VERIFIED_EMISSIONS: self.verified_emissions_grams,
            CapBase.AMOUNT_DUE: self.amount_due_grams,
        }[cap_base]


@dataclass(frozen=True, slots=True)
class ObligationView:
    """An obligation under the rules in force. `cap_grams` is floor(base x bps / 10,000) and at most MAX_GRAMS, as in
    the contract; None where no rules are set. Used grams are counted ones, after the discount of a recognition; the
    preferred ones are a part of the local ones, the provisional ones of all.

    What may be offset from one batch right now is the contract's answer: `registry.services.compliance.quote`.
    """

    account: AccountRef
    jurisdiction: int
    year: int
    amounts: Amounts
    local_used_grams: int
    other_used_grams: int
    preferred_used_grams: int
    provisional_grams: int
    surrendered_grams: int
    excluded: bool
    cap_grams: int | None
    non_local_cap_grams: int | None
    rule_set: RuleSetView | None
    block_time_seconds: int
    origin: Origin

    @property
    def used_grams(self) -> int:
        return self.local_used_grams + self.other_used_grams

    @property
    def missing_grams(self) -> int:
        """What is due and neither surrendered nor offset, provisionally or for good."""
        return max(0, self.amounts.amount_due_grams - self.surrendered_grams - self.used_grams)

    @property
    def fulfilment(self) -> Fulfilment:
        """Where the account stands at the time of the newest block that is indexed, as the contract says."""
        given = self.surrendered_grams + self.used_grams
        if self.excluded:
            return Fulfilment.EXCLUDED
        if given > self.amounts.amount_due_grams:
            return Fulfilment.OVER
        if given == self.amounts.amount_due_grams:
            return Fulfilment.MET
        late = self.rule_set is not None and self.block_time_seconds > self.rule_set.deadline_seconds
        return Fulfilment.LATE if late else Fulfilment.SHORT

    @property
    def cap_headroom_grams(self) -> int | None:
        """What is left under the cap alone; 0 where a later rule set put the cap below what was used."""
        return None if self.cap_grams is None else max(0, self.cap_grams - self.used_grams)


@dataclass(frozen=True, slots=True)
class ObligationChangeView:
    """One setting of an obligation."""

    amounts: Amounts
    origin: Origin


@dataclass(frozen=True, slots=True)
class ObligationDetail:
    """An obligation with its newest settings, newest first."""

    obligation: ObligationView
    changes: tuple[ObligationChangeView, ...]


def obligations(
    session: Session, page: PageRequest = FIRST_PAGE, *, account: str | None = None, year: int | None = None
) -> Page[ObligationView]:
    """Obligations, by account and year."""
    statement = select(Obligation)
    if account is not None:
        statement = statement.where(Obligation.account == account)
    if year is not None:
        statement = statement.where(Obligation.year == year)
    found = slice_of(session, statement, _ORDER, page)
    return Page(_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def obligation(session: Session, account: str, year: int) -> ObligationDetail:
    """One obligation. Raises NotFound."""
    row = session.get(Obligation, (account, year))
    if row is None:
        raise NotFound(kind="obligation", id=f"{account}/{year}")
    changes = session.scalars(
        select(ObligationChange)
        .where(ObligationChange.account == account, ObligationChange.year == year)
        .order_by(ObligationChange.block_number.desc(), ObligationChange.log_index.desc())
        .limit(CHANGES_SHOWN_MAX)
    ).all()
    origins = Origins(session, changes)
    return ObligationDetail(
        _views(session, [row])[0],
        tuple(ObligationChangeView(_amounts(change), origins.of(change)) for change in changes),
    )


def _views(session: Session, rows: Sequence[Obligation]) -> tuple[ObligationView, ...]:
    addresses = [row.account for row in rows]
    names = AccountNames(session, addresses)
    homes = dict(
        session.execute(select(Account.address, Account.jurisdiction).where(Account.address.in_(addresses))).all()
    )
    rules = _rule_sets(session, {(homes[row.account], row.year) for row in rows})
    origins = Origins(session, rows)
    now = int(as_of(session).block_time.timestamp())
    views = []
    for row in rows:
        amounts = _amounts(row)
        rule_set = rules.get((homes[row.account], row.year))
        views.append(
            ObligationView(
                account=names.ref(row.account),
                jurisdiction=homes[row.account],
                year=row.year,
                amounts=amounts,
                local_used_grams=row.local_used_grams,
                other_used_grams=row.other_used_grams,
                preferred_used_grams=row.preferred_used_grams,
                provisional_grams=row.provisional_grams,
                surrendered_grams=row.surrendered_grams,
                excluded=row.excluded,
                cap_grams=_share(amounts, rule_set, rule_set.cap_bps) if rule_set else None,
                non_local_cap_grams=_share(amounts, rule_set, rule_set.non_local_cap_bps) if rule_set else None,
                rule_set=rule_set,
                block_time_seconds=now,
                origin=origins.of(row),
            )
        )
    return tuple(views)


def _share(amounts: Amounts, rule_set: RuleSetView, bps: int) -> int:
    return min(amounts.base(rule_set.cap_base) * bps // BASIS_POINTS, MAX_GRAMS)


def _rule_sets(session: Session, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], RuleSetView]:
    rows = session.scalars(
        select(RuleSet).where(tuple_(RuleSet.jurisdiction, RuleSet.year).in_(sorted(wanted))).order_by(RuleSet.version)
    ).all()
    # In ascending order of version, so the last one of a jurisdiction and year stays.
    newest = {(row.jurisdiction, row.year): row for row in rows}
    return {(view.jurisdiction, view.year): view for view in rule_set_views(session, list(newest.values()))}


def _amounts(row: Obligation | ObligationChange) -> Amounts:
    return Amounts(
        row.initial_allocation_grams,
        row.issued_allowances_grams,
        row.verified_emissions_grams,
        row.amount_due_grams,
    )
