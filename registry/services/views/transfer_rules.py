"""What limits transfers: limits of the network, a jurisdiction and an account, working hours, trusts, consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import (
    AccountTransferLimits,
    CalendarDay,
    Consent,
    TransferLimits,
    Trust,
    WorkingHours,
)
from registry.domain.ids import COUNCIL_JURISDICTION
from registry.domain.rules import DayKind
from registry.services.views.accounts import require_account
from registry.services.views.jurisdictions import require_jurisdiction
from registry.services.views.names import AccountNames, AccountRef
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import Origin, Origins, as_of, origin_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CONSENTS_SHOWN_MAX = 50

_DAYS = Order("calendar days", (CalendarDay.day,), (Part.INT64,), lambda row: (row.day,))
_TRUSTS = Order("trusts", (Trust.counterparty,), (Part.ADDRESS,), lambda row: (row.counterparty,))


@dataclass(frozen=True, slots=True)
class LimitsView:
    """Limits of one level; of several that are set the strictest applies, value by value."""

    per_transfer_grams: int
    per_day_grams: int
    delay_seconds: int
    trust_seconds: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class HoursView:
    """The usual week in UTC+08:00: working from `open_second` of the day on, and before `close_second`."""

    weekdays: tuple[str, ...]
    open_second: int
    close_second: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class JurisdictionRulesView:
    """What holds for transfers of a jurisdiction's accounts. None: the level does not limit, one works always."""

    jurisdiction: int
    limits: LimitsView | None
    network_limits: LimitsView | None
    hours: HoursView | None


@dataclass(frozen=True, slots=True)
class CalendarDayView:
    """A day that is not as its weekday says; days since 1970-01-01."""

    day: int
    kind: DayKind
    origin: Origin


@dataclass(frozen=True, slots=True)
class TrustView:
    """An account to which transfers do not wait, from a time on."""

    counterparty: AccountRef
    trusted_from: datetime
    by: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ConsentView:
    """An agent's word to one certain call of another; it counts before `valid_until`, and once."""

    call_hash: bytes
    agent: str
    target: str
    data: bytes
    valid_until: datetime


def rules_of_jurisdiction(session: Session, code: int) -> JurisdictionRulesView:
    """Limits and hours of a jurisdiction; 0 is the network. Raises NotFound."""
    require_jurisdiction(session, code)
    hours = session.get(WorkingHours, code)
    return JurisdictionRulesView(
        jurisdiction=code,
        limits=_limits(session, session.get(TransferLimits, code)),
        network_limits=_limits(session, session.get(TransferLimits, COUNCIL_JURISDICTION)),
        hours=None
        if hours is None
        else HoursView(
            tuple(name for number, name in enumerate(WEEKDAYS) if hours.weekdays >> number & 1),
            hours.open_second,
            hours.close_second,
            origin_of(session, hours),
        ),
    )


def days_of_jurisdiction(session: Session, code: int, page: PageRequest = FIRST_PAGE) -> Page[CalendarDayView]:
    """Holidays and extra working days, by date. Raises NotFound."""
    require_jurisdiction(session, code)
    found = slice_of(session, select(CalendarDay).where(CalendarDay.jurisdiction == code), _DAYS, page)
    origins = Origins(session, found.rows)
    views = tuple(CalendarDayView(row.day, DayKind(row.kind), origins.of(row)) for row in found.rows)
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def limits_of_account(session: Session, account: str) -> LimitsView | None:
    """The account's own limits, beside those of its jurisdiction and the network; None: it has none."""
    return _limits(session, session.get(AccountTransferLimits, account))


def trusts_of_account(session: Session, account: str, page: PageRequest = FIRST_PAGE) -> Page[TrustView]:
    """Whom an account trusts, by address. Raises NotFound."""
    require_account(session, account)
    found = slice_of(session, select(Trust).where(Trust.account == account), _TRUSTS, page)
    names = AccountNames(session, [row.counterparty for row in found.rows])
    origins = Origins(session, found.rows)
    views = tuple(
        TrustView(names.ref(row.counterparty), row.trusted_from, row.by, origins.of(row)) for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def consents_of_account(session: Session, account: str) -> tuple[ConsentView, ...]:
    """Consents that still count at the block of the answer, those that end first before the others."""
    rows = session.scalars(
        select(Consent)
        .where(Consent.account == account, Consent.valid_until > as_of(session).block_time)
        .order_by(Consent.valid_until, Consent.call_hash)
        .limit(CONSENTS_SHOWN_MAX)
    )
    return tuple(ConsentView(row.call_hash, row.agent, row.target, row.data, row.valid_until) for row in rows)


def _limits(session: Session, row: TransferLimits | AccountTransferLimits | None) -> LimitsView | None:
    if row is None:
        return None
    values = (row.per_transfer_grams, row.per_day_grams, row.delay_seconds, row.trust_seconds)
    return LimitsView(*values, origin_of(session, row))
