"""Are the act keys of a package canonical, and do they say when the act began?

The act key decides what is one act, so a key in another spelling, or one whose time is not that of its record, would
let one act be claimed twice. Such a package is not in the format at all and is refused whole.
"""

from __future__ import annotations

import re
from functools import lru_cache

from oracles.sources.evidence import RecordColumns
from registry.domain.acts import MAX_ACT_KEY_CHARS, parse_act_key
from registry.domain.days import local_minute_text
from registry.domain.errors import InvalidEvidence, InvalidPeriod

TIME_FIELD = "start"
_CACHED_MINUTES = 65_536
# Printable ASCII without blanks and separators is canonical as it stands; anything else is asked of the domain.
_PLAIN_VALUE = "[!-:<>-~]+"


class ActKeyCheck:
    """Checks key by key; fast where keys have one shape, as those of one platform have."""

    def __init__(self, offset_seconds: int) -> None:
        """offset_seconds: the scheme's zone, in which act keys write their times."""
        self._shape: re.Pattern[str] | None = None
        self._minute_text = lru_cache(maxsize=_CACHED_MINUTES)(
            lambda utc_seconds: local_minute_text(utc_seconds, offset_seconds)
        )

    def check(self, records: RecordColumns) -> None:
        """Raises InvalidEvidence, naming the first record that is wrong, what its key says and what it should say."""
        minute_text = self._minute_text
        for position, (act_key, occurred_at) in enumerate(zip(records.act_key, records.occurred_at, strict=True)):
            try:
                stated, expected = self._start_of(act_key), minute_text(occurred_at)
            except (InvalidEvidence, InvalidPeriod) as cause:
                raise _wrong(records.first + position, str(cause).rstrip(".")) from cause
            if stated != expected:
                problem = f"act key {act_key!r} says it began at {stated}, the record says {expected}"
                raise _wrong(records.first + position, problem)

    def _start_of(self, act_key: str) -> str | None:
        shape = self._shape
        match = shape.fullmatch(act_key) if shape is not None and len(act_key) <= MAX_ACT_KEY_CHARS else None
        if match is not None:
            return match[TIME_FIELD]
        kind, fields = parse_act_key(act_key)
        if TIME_FIELD in fields:
            parts = [f"{name}=({'?P<start>' if name == TIME_FIELD else ''}{_PLAIN_VALUE})" for name in sorted(fields)]
            self._shape = re.compile(";".join([re.escape(kind), *parts]))
        return fields.get(TIME_FIELD)


def _wrong(number: int, problem: str) -> InvalidEvidence:
    return InvalidEvidence(what=f"record {number}, counted from 0", problem=problem)
