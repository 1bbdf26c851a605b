"""What limits transfers: amounts a transfer and a day, delays, trusted counterparties, working hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.days import check_day
from registry.domain.errors import InvalidInput
from registry.domain.rules import DayKind
from registry.domain.units import check_grams, check_integer
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.views.transfer_rules import WEEKDAYS

LIMIT_GRAMS_MAX = 2**56 - 1
DELAY_SECONDS_MAX = 2**24 - 1
DAY_SECONDS = 86_400
DAYS_MAX = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of an account, a jurisdiction or the network; of several the strictest applies, value by value.

    `delay_seconds`: how long a transfer to an account waits that is not trusted. `trust_seconds`: how long until a new
    trust counts.
    """

    per_transfer_grams: int
    per_day_grams: int
    delay_seconds: int = 0
    trust_seconds: int = 0

    def as_struct(self) -> tuple[int | bool, ...]:
        """In the order of the contract. Raises InvalidInput, InvalidQuantity."""
        for field in ("per_transfer_grams", "per_day_grams"):
            check_integer(check_grams(getattr(self, field), field, 1), field, 1, LIMIT_GRAMS_MAX)
        check_integer(self.delay_seconds, "delay_seconds", 0, DELAY_SECONDS_MAX)
        check_integer(self.trust_seconds, "trust_seconds", 0, DELAY_SECONDS_MAX)
        return (self.per_transfer_grams, self.per_day_grams, self.delay_seconds, self.trust_seconds, True)


_NONE = (0, 0, 0, 0, False)


def set_limits(jurisdiction: int, limits: Limits | None) -> GuardedCall:
    """Sets the limits of a jurisdiction, or of the network under 0; None removes them."""
    return GuardedCall("TransferRules", "setLimits", (jurisdiction, limits.as_struct() if limits else _NONE))


def set_account_limits(jurisdiction: int, account: str, limits: Limits | None) -> GuardedCall:
    """Sets the limits of an account; None removes them."""
    struct = limits.as_struct() if limits else _NONE
    return GuardedCall("TransferRules", "setAccountLimits", (jurisdiction, account, struct))


def set_hours(jurisdiction: int, weekdays: Sequence[str], open_second: int, close_second: int) -> GuardedCall:
    """Sets the usual week, in UTC+08:00: open from one second of the day on, and before the other.

    Raises InvalidInput for no weekday, one that is none or twice, or hours that are none.
    """
    if not weekdays or len(set(weekdays)) != len(weekdays) or not set(weekdays) <= set(WEEKDAYS):
        problem = f"must be some of {', '.join(WEEKDAYS)}, each once"
        raise InvalidInput(field="weekdays", problem=problem, given=",".join(weekdays)[:80])
    check_integer(open_second, "open_second", 0, DAY_SECONDS - 1)
    check_integer(close_second, "close_second", open_second + 1, DAY_SECONDS)
    mask = sum(1 << WEEKDAYS.index(name) for name in weekdays)
    return GuardedCall("TransferRules", "setHours", (jurisdiction, mask, open_second, close_second))


def remove_hours(jurisdiction: int) -> GuardedCall:
    """Lets the jurisdiction work always again; its noted days stay, for hours set later."""
    return GuardedCall("TransferRules", "removeHours", (jurisdiction,))


def set_days(jurisdiction: int, days: Sequence[int], kind: DayKind) -> GuardedCall:
    """Notes holidays or working days whatever their weekday; DayKind.NONE: as their weekday says. Raises InvalidInput.

    `days` since 1970-01-01, in UTC+08:00.
    """
    if not 1 <= len(days) <= DAYS_MAX or len(set(days)) != len(days):
        raise InvalidInput(field="days", problem=f"must be 1 to {DAYS_MAX}, each once", given=len(days))
    return GuardedCall("TransferRules", "setDays", (jurisdiction, [check_day(day) for day in days], int(kind)))


def trust(registry: Registry, agent: LocalAccount, account: str, counterparty: str, *, key: str) -> datetime:
    """Lets transfers to another account go without delay. Returns from when on it counts."""
    receipt = registry.send(agent, "TransferRules", "trust", [account, counterparty], key=key)
    return datetime.fromtimestamp(registry.event(receipt, "Trusted")["trustedFrom"], UTC)


def distrust(registry: Registry, agent: LocalAccount, account: str, counterparty: str, *, key: str) -> Receipt:
    """Ends a trust at once."""
    return registry.send(agent, "TransferRules", "distrust", [account, counterparty], key=key)
