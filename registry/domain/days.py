"""Days and periods: integers counted from 1970-01-01 in the scheme's own time zone.

Chinese schemes all keep UTC+08:00 the year round, so a zone is a fixed offset in seconds that stands in the
methodology; no time zone database is read, and the same evidence falls on the same days in every engine.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from registry.domain.errors import InvalidPeriod, InvalidQuantity
from registry.domain.units import check_integer

SECONDS_PER_DAY: Final = 86_400

CHINA_OFFSET_SECONDS: Final = 8 * 3600
"""Asia/Shanghai: UTC+08:00, without summer time since 1992."""

MAX_OFFSET_SECONDS: Final = 14 * 3600

_EPOCH: Final = date(1970, 1, 1)
LAST_DAY: Final = (date.max - _EPOCH).days
_LAST_SECOND: Final = (LAST_DAY + 1) * SECONDS_PER_DAY - 1
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def to_day(value: date) -> int:
    """The day number of a date. A datetime is refused: which day it is depends on a zone. Raises InvalidPeriod."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InvalidPeriod(field="date", problem="must be a date without a time", given=value)
    day = (value - _EPOCH).days
    if day < 0:
        raise InvalidPeriod(field="date", problem="must not be before 1970-01-01", given=value.isoformat())
    return day


def from_day(day: int) -> date:
    """The date of a day number. Raises InvalidPeriod."""
    return _EPOCH + timedelta(days=check_day(day))


def check_day(day: Any, field: str = "day") -> int:
    """Returns `day` if it is a day number, 0 (1970-01-01) to LAST_DAY (9999-12-31). Raises InvalidPeriod."""
    try:
        return check_integer(day, field, 0, LAST_DAY)
    except InvalidQuantity as error:
        raise InvalidPeriod(**error.values) from None


def parse_day(text: str) -> int:
    """The day number of "2016-08-31". Raises InvalidPeriod."""
    if not isinstance(text, str) or _DATE.fullmatch(text) is None:
        raise InvalidPeriod(field="date", problem="must be written YYYY-MM-DD", given=text)
    try:
        return to_day(date.fromisoformat(text))
    except ValueError:
        raise InvalidPeriod(field="date", problem="is no date of the calendar", given=text) from None


def vintage_of(day: int) -> int:
    """The calendar year a day lies in. Raises InvalidPeriod."""
    return from_day(day).year


def local_day(utc_seconds: int, offset_seconds: int) -> int:
    """The day number, in a zone `offset_seconds` east of UTC, of a moment in seconds since 1970-01-01 UTC.

    Raises InvalidPeriod.
    """
    return check_day(_local_seconds(utc_seconds, offset_seconds) // SECONDS_PER_DAY)


def local_minute_text(utc_seconds: int, offset_seconds: int) -> str:
    """The moment to the minute in its zone, "2016-08-01T00:23+08:00", as act keys carry it. Raises InvalidPeriod."""
    day, second = divmod(_local_seconds(utc_seconds, offset_seconds), SECONDS_PER_DAY)
    return f"{from_day(day).isoformat()}T{second // 3600:02d}:{second // 60 % 60:02d}{zone_text(offset_seconds)}"


def zone_text(offset_seconds: int) -> str:
    """How a zone of whole minutes is written behind a time: "+08:00"."""
    hours, minutes = divmod(abs(offset_seconds) // 60, 60)
    return f"{'-' if offset_seconds < 0 else '+'}{hours:02d}:{minutes:02d}"


def _local_seconds(utc_seconds: int, offset_seconds: int) -> int:
    try:
        check_integer(offset_seconds, "offset_seconds", -MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS)
        check_integer(utc_seconds, "utc_seconds", -MAX_OFFSET_SECONDS, _LAST_SECOND)
    except InvalidQuantity as error:
        raise InvalidPeriod(**error.values) from None
    if offset_seconds % 60:
        raise InvalidPeriod(field="offset_seconds", problem="must be whole minutes", given=offset_seconds)
    return utc_seconds + offset_seconds


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A monitoring period: first and last day, both included, within one calendar year, the vintage.

    Raises InvalidPeriod.
    """

    start_day: int
    end_day: int

    def __post_init__(self) -> None:
        check_day(self.start_day, "start_day")
        check_day(self.end_day, "end_day")
        if self.end_day < self.start_day:
            raise InvalidPeriod(field="period", problem="its last day is before its first", given=self.text)
        if vintage_of(self.start_day) != vintage_of(self.end_day):
            raise InvalidPeriod(field="period", problem="it must lie within one calendar year", given=self.text)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Reads "2016-08-01..2016-08-31". Raises InvalidPeriod."""
        first, dots, last = text.partition("..") if isinstance(text, str) else ("", "", "")
        if not dots:
            raise InvalidPeriod(field="period", problem="must be written YYYY-MM-DD..YYYY-MM-DD", given=text)
        return cls(parse_day(first), parse_day(last))

    @property
    def text(self) -> str:
        return f"{from_day(self.start_day).isoformat()}..{from_day(self.end_day).isoformat()}"

    @property
    def vintage(self) -> int:
        return vintage_of(self.start_day)

    def __contains__(self, day: int) -> bool:
        return self.start_day <= day <= self.end_day
