"""Reading a platform's local times, strictly and fast.

`strptime` needs 8 microseconds a call and accepts more than it should; a format here is compiled to one regular
expression. Known parts: `%Y %m %d %H %M %S` (fixed width) and `%-m %-d %-H %-M %-S` (one or two digits).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache

from registry.domain.days import MAX_OFFSET_SECONDS, SECONDS_PER_DAY, to_day

_PARTS = {
    "%Y": ("year", r"[0-9]{4}"),
    "%m": ("month", r"[0-9]{2}"),
    "%d": ("day", r"[0-9]{2}"),
    "%H": ("hour", r"[0-9]{2}"),
    "%M": ("minute", r"[0-9]{2}"),
    "%S": ("second", r"[0-9]{2}"),
    "%-m": ("month", r"[0-9]{1,2}"),
    "%-d": ("day", r"[0-9]{1,2}"),
    "%-H": ("hour", r"[0-9]{1,2}"),
    "%-M": ("minute", r"[0-9]{1,2}"),
    "%-S": ("second", r"[0-9]{1,2}"),
}
_NEEDED = {"year", "month", "day", "hour", "minute"}
_TOKEN = re.compile(r"%-?.|[^%]+|%")
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")

# Times repeat (a month has 44,640 minutes), so what was met is kept. Bounded, a few megabytes.
_CACHED_TIMES = 65_536


def offset_seconds(text: str) -> int:
    """Seconds east of UTC of a text like `+08:00`.

    Raises:
        ValueError: not of that form, or beyond 14 hours.
    """
    match = _OFFSET.fullmatch(text)
    if match is None:
        raise ValueError("a zone offset looks like +08:00")
    sign, hours, minutes = match.groups()
    seconds = int(hours) * 3600 + int(minutes) * 60
    if int(minutes) > 59 or seconds > MAX_OFFSET_SECONDS:
        raise ValueError("a zone offset lies between -14:00 and +14:00")
    return seconds if sign == "+" else -seconds


def time_parser(time_format: str, offset: str) -> Callable[[str], int]:
    """A function from a local time's text to seconds since 1970-01-01 UTC.

    The function raises ValueError for a text of another form, a day or an hour that does not exist, or one before 1970.

    Raises:
        ValueError: the format has an unknown, a missing or a repeated part.
    """
    pattern = re.compile(_pattern_of(time_format), re.ASCII)
    east_seconds = offset_seconds(offset)
    with_seconds = "second" in pattern.groupindex

    @lru_cache(maxsize=_CACHED_TIMES)
    def parse(text: str) -> int:
        match = pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"not of the form {time_format}")
        year, month, day, hour, minute = map(int, match.group("year", "month", "day", "hour", "minute"))
        second = int(match["second"]) if with_seconds else 0
        if year < 1970 or hour > 23 or minute > 59 or second > 59:
            raise ValueError("no such time")
        return to_day(date(year, month, day)) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - east_seconds

    return parse


def time_writer(time_format: str) -> Callable[[datetime], str]:
    """The other way: a time as the text that `time_parser` of this format reads.

    A time with more to it than the format holds, such as seconds, is written in full and so not of that form.
    """
    pieces = [piece.replace("%-", "%") for piece in _TOKEN.findall(time_format)]
    short = [piece.startswith("%-") for piece in _TOKEN.findall(time_format)]
    with_seconds = "%S" in pieces

    def write(value: datetime) -> str:
        if value.microsecond or (value.second and not with_seconds):
            return value.isoformat(" ")
        # The year by hand: strftime writes years before 1000 with fewer digits on some systems.
        texts = {**{part: value.strftime(part) for part in ("%m", "%d", "%H", "%M", "%S")}, "%Y": f"{value.year:04d}"}
        written = [texts.get(piece, piece) for piece in pieces]
        return "".join(str(int(text)) if cut else text for text, cut in zip(written, short, strict=True))

    return write


def _pattern_of(time_format: str) -> str:
    pieces: list[str] = []
    met: set[str] = set()
    for token in _TOKEN.findall(time_format):
        if not token.startswith("%"):
            pieces.append(re.escape(token))
            continue
        if token not in _PARTS:
            raise ValueError(f"unknown part {token}; known are {' '.join(_PARTS)}")
        name, digits = _PARTS[token]
        if name in met:
            raise ValueError(f"the {name} stands twice")
        met.add(name)
        pieces.append(f"(?P<{name}>{digits})")
    if missing := _NEEDED - met:
        raise ValueError(f"the format lacks {', '.join(sorted(missing))}")
    return "".join(pieces)
