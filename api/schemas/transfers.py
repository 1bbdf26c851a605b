"""Transfers that did not move at once, and what limits transfers."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.common import (
    AddressText,
    Answer,
    BigId,
    CodedValue,
    Day,
    Event,
    Grams,
    Hex32,
    NamedAccount,
    PageOf,
    Schema,
    Tonnes,
    derived,
)
from api.schemas.ledger import BatchName


class TransferLine(Schema):
    """Grams of one batch."""

    batch: BatchName
    grams: Grams


class Transfer(Schema):
    """A transfer that did not move at once. It can be executed from `executable_at` on and before `expires_at`.

    `trade_hash` names the exchange's trade that a sale settles; null for a gift.
    """

    transfer_id: BigId
    sender: NamedAccount
    receiver: NamedAccount
    kind: CodedValue
    trade_hash: Hex32 | None
    lines: list[TransferLine]
    grams: Grams
    tonnes: Tonnes = derived("grams")
    state: CodedValue
    executable_at: datetime
    expires_at: datetime
    accepted: bool
    initiator: AddressText
    approver: AddressText | None
    origin: Event


class TransferPage(PageOf[Transfer]):
    """Transfers that did not move at once, newest first."""


class TransferAnswer(Answer):
    """One transfer."""

    transfer: Transfer


class Limits(Schema):
    """Limits of one level; of several that are set the strictest applies, value by value.

    A transfer to an account that is not trusted waits `delay_seconds`; a new trust counts after `trust_seconds`.
    """

    per_transfer_grams: Grams
    per_day_grams: Grams
    delay_seconds: int
    trust_seconds: int
    origin: Event


class Hours(Schema):
    """The usual week in UTC+08:00: working from `open_second` of the day on, and before `close_second`."""

    weekdays: list[str] = Field(description="mon, tue, wed, thu, fri, sat, sun.")
    open_second: int
    close_second: int
    origin: Event


class TransferRulesAnswer(Answer):
    """What holds for transfers of a jurisdiction's accounts; null: the level does not limit, one works always."""

    jurisdiction: int
    limits: Limits | None
    network_limits: Limits | None
    hours: Hours | None


class CalendarDay(Schema):
    """A day that is not as its weekday says."""

    date: Day = derived("day")
    kind: CodedValue
    origin: Event


class CalendarDayPage(PageOf[CalendarDay]):
    """Noted days, by date."""


class AccountLimitsAnswer(Answer):
    """The limits that an account has of its own, beside those of its jurisdiction and the network; null: none."""

    limits: Limits | None


class Trust(Schema):
    """An account to which transfers do not wait, from a time on."""

    counterparty: NamedAccount
    trusted_from: datetime
    by: AddressText
    origin: Event


class TrustPage(PageOf[Trust]):
    """Trusted accounts, by address."""
