"""Making records of what a row says, or telling why it cannot be read."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from oracles.packing.mapping_model import Mapping
from registry.domain.acts import START_FIELD, AssetForm, act_key_text, actor_day, actor_of, actor_secret
from registry.domain.days import from_day, local_day, local_minute_text
from registry.domain.errors import InvalidPeriod

DURATION_SECONDS_MAX = 2**31 - 1
_CACHED_TEXTS = 65_536
_DIGEST_CHARS = 31


class Rejection(StrEnum):
    """Why a row is in no record. Rows that can be read but make no sense are the oracles' to judge."""

    WRONG_SHAPE = "wrong_shape"  # not as many cells as the header has, or no CSV, or no JSON object
    WRONG_ENCODING = "wrong_encoding"  # bytes that are not in the encoding of the mapping
    OTHER_KIND = "other_kind"  # a row of another kind of act than the mapping is for
    OTHER_PERIOD = "other_period"  # an act outside the period, where only those of the period were asked for
    BAD_ASSET = "bad_asset"  # no asset, or one that is not written in the form of the methodology's scenario
    BAD_USER = "bad_user"  # no user
    BAD_TIME = "bad_time"  # a time of another form, or one that does not exist
    BAD_DURATION = "bad_duration"  # a duration that is no number or too long for its column
    DURATION_DISAGREES = "duration_disagrees"  # end minus start is not the duration the row states
    BAD_QUANTITY = "bad_quantity"  # a quantity that is no decimal number, negative, or above 2**63-1 base units
    # Of pairs:
    ENTRY_WITHOUT_EXIT = "entry_without_exit"  # no exit of this card follows in time
    EXIT_WITHOUT_ENTRY = "exit_without_entry"  # no entry of this card precedes in time
    UNKNOWN_STATION = "unknown_station"  # a ride from or to a station that is not in the station table
    NO_CONNECTION = "no_connection"  # a ride between stations that the lines of the table do not connect
    SAME_STATION = "same_station"  # out where it went in: no distance was travelled
    # Of series:
    BAD_POWER = "bad_power"  # a power or a capacity that is no decimal number
    OFF_GRID = "off_grid"  # a time that is not on the steps of the series
    ABOVE_CAPACITY = "above_capacity"  # more power than the plant can give
    BELOW_ZERO = "below_zero"  # more power taken than a plant at rest takes
    REPEATED_READING = "repeated_reading"  # the same reading again
    CONTRADICTING_READINGS = "contradicting_readings"  # different readings of one plant and time: none is believed


class Record(NamedTuple):
    """One act as it stands in a package. The order of the fields is the order of the records."""

    occurred_at: int
    act_key: str
    quantity: int
    duration_seconds: int
    scenario: int
    actor: bytes
    actor_start_day: bytes
    actor_end_day: bytes


class RowRejected(Exception):
    """A row cannot be read; holds no content of the row, only the reason."""

    def __init__(self, reason: Rejection) -> None:
        super().__init__(reason.value)
        self.reason = reason


class RecordMaker:
    """Reads the parts of a row and makes records of them.

    asset_form: the methodology's for the mapping's scenario.
    platform_secret: turns user ids into commitments; the ids themselves go nowhere else.
    """

    def __init__(self, mapping: Mapping, asset_form: AssetForm, platform_secret: bytes) -> None:
        self._mapping = mapping
        self._asset_form = asset_form
        offset = self._offset = mapping.form.offset_seconds
        # Minutes and users repeat. Bounded.
        self._minute_text = lru_cache(maxsize=_CACHED_TEXTS)(lambda second: local_minute_text(second, offset))
        self._secret_of = lru_cache(maxsize=_CACHED_TEXTS)(lambda user: actor_secret(platform_secret, user))

    def time(self, text: str) -> int:
        """Seconds since 1970-01-01 UTC. Raises RowRejected."""
        try:
            return self._mapping.parse_time(text.strip())
        except (ValueError, InvalidPeriod):
            raise RowRejected(Rejection.BAD_TIME) from None

    def secret(self, user: str) -> bytes:
        """The secret of a user, which stands for it from here on. Raises RowRejected."""
        user = unicodedata.normalize("NFC", user.strip())
        if not user:
            raise RowRejected(Rejection.BAD_USER)
        return self._secret_of(user)

    def digest(self, *moments: tuple[Sequence[str], int]) -> str:
        """The asset of an act that has no number of its own: a digest of (what was written down, when), for each of
        its moments. No person enters it, and the year does not: the same act under another year stays alike.

        Raises RowRejected for an act of which nothing was written down, or not in its encoding.
        """
        parts = []
        for texts, second in moments:
            if not all(text.strip() for text in texts):
                raise RowRejected(Rejection.BAD_ASSET)
            day, of_day = divmod(second + self._offset, 86_400)
            parts.append(f"{from_day(day).isoformat()[5:]}+{of_day}")
            parts.extend(text.strip() for text in texts)
        return "T" + hashlib.sha256("|".join(parts).encode()).hexdigest().upper()[:_DIGEST_CHARS]

    def record(self, asset: str, secret: bytes, start: int, duration_seconds: int, quantity: int) -> Record:
        """One act. Raises RowRejected."""
        act_key = self._act_key(asset, start)
        start_tag, end_tag = self._day_tags(secret, start, start + duration_seconds)
        scenario, actor = self._mapping.scenario, actor_of(secret, act_key)
        return Record(start, act_key, quantity, duration_seconds, scenario, actor, start_tag, end_tag)

    def _act_key(self, asset: str, start: int) -> str:
        asset = asset.strip()
        # Not brought into the form here: whether 0079 is 79 is for the platform to say, in its table.
        if not self._asset_form.accepts(asset):
            raise RowRejected(Rejection.BAD_ASSET)
        try:
            fields = {self._mapping.asset_name: asset, START_FIELD: self._minute_text(start)}
        except InvalidPeriod:
            raise RowRejected(Rejection.BAD_TIME) from None
        return act_key_text(self._mapping.kind, fields)

    def _day_tags(self, secret: bytes, start: int, end: int) -> tuple[bytes, bytes]:
        try:
            start_day, end_day = local_day(start, self._offset), local_day(end, self._offset)
        except InvalidPeriod:
            raise RowRejected(Rejection.BAD_TIME) from None
        start_tag = actor_day(secret, start_day)
        return start_tag, start_tag if end_day == start_day else actor_day(secret, end_day)


def check_encoding(cells: Sequence[str]) -> None:
    """Raises RowRejected if a cell holds bytes that are not in the encoding."""
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        raise RowRejected(Rejection.WRONG_ENCODING) from None
