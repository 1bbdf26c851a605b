"""From one row of a platform's table to one record of an evidence package, or to the reason why it cannot be read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from oracles.packing.mapping import Mapping, Multiplier
from registry.domain.acts import START_FIELD, AssetForm, act_key_text, actor_day, actor_of, actor_secret
from registry.domain.days import local_day, local_minute_text
from registry.domain.errors import InvalidPeriod, InvalidQuantity
from registry.domain.units import MAX_QUANTITY, decimal_text_to_integer

DURATION_SECONDS_MAX = 2**31 - 1
_CACHED_TEXTS = 65_536


class Rejection(StrEnum):
    """Why a row could not be read. Rows that can be read but make no sense are the oracles' to judge."""

    WRONG_SHAPE = "wrong_shape"  # not as many cells as the header has, or no CSV
    WRONG_ENCODING = "wrong_encoding"  # bytes that are not in the encoding of the mapping
    BAD_ASSET = "bad_asset"  # no asset, or one that is not written in the form of the methodology's scenario
    BAD_USER = "bad_user"  # no user
    BAD_TIME = "bad_time"  # a time of another form, or one that does not exist
    BAD_DURATION = "bad_duration"  # a duration that is no number or too long for its column
    DURATION_DISAGREES = "duration_disagrees"  # end minus start is not the duration the row states
    BAD_QUANTITY = "bad_quantity"  # a quantity that is no decimal number, negative, or above 2**63-1 base units


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


class RecordReader:
    """Reads the cells of `mapping.columns.present()` into records.

    asset_form: the methodology's for the mapping's scenario.
    platform_secret: turns user ids into commitments; the ids themselves go nowhere else.
    """

    def __init__(self, mapping: Mapping, asset_form: AssetForm, platform_secret: bytes) -> None:
        self._mapping = mapping
        self._asset_form = asset_form
        self._has_end = mapping.columns.end is not None
        self._has_duration = mapping.columns.duration is not None
        per_unit = mapping.duration_seconds_per_unit
        self._duration_of = _amount_reader(per_unit, DURATION_SECONDS_MAX, Rejection.BAD_DURATION)
        self._quantity_of = _amount_reader(mapping.quantity_per_unit, MAX_QUANTITY, Rejection.BAD_QUANTITY)
        offset = mapping.offset_seconds
        # Minutes and users repeat. Bounded.
        self._minute_text = lru_cache(maxsize=_CACHED_TEXTS)(lambda second: local_minute_text(second, offset))
        self._secret_of = lru_cache(maxsize=_CACHED_TEXTS)(lambda user: actor_secret(platform_secret, user))

    def read(self, cells: tuple[str, ...]) -> Record:
        """The record of one row. Raises RowRejected."""
        try:
            "".join(cells).encode()
        except UnicodeEncodeError:
            raise RowRejected(Rejection.WRONG_ENCODING) from None
        asset, user, start_text, *times, quantity_text = cells
        occurred_at = self._time_of(start_text)
        duration_seconds = self._duration_seconds(occurred_at, times)
        quantity = self._quantity_of(quantity_text)
        act_key = self._act_key(asset, occurred_at)
        user = unicodedata.normalize("NFC", user.strip())
        if not user:
            raise RowRejected(Rejection.BAD_USER)
        secret = self._secret_of(user)
        start_tag, end_tag = self._day_tags(secret, occurred_at, occurred_at + duration_seconds)
        scenario, actor = self._mapping.scenario, actor_of(secret, act_key)
        return Record(occurred_at, act_key, quantity, duration_seconds, scenario, actor, start_tag, end_tag)

    def _time_of(self, text: str) -> int:
        try:
            return self._mapping.parse_time(text.strip())
        except (ValueError, InvalidPeriod):
            raise RowRejected(Rejection.BAD_TIME) from None

    def _duration_seconds(self, start: int, texts: list[str]) -> int:
        stated = self._duration_of(texts[-1]) if self._has_duration else None
        if not self._has_end:
            assert stated is not None  # a mapping has an end or a duration
            return stated
        between = self._time_of(texts[0]) - start
        if stated is not None and stated != between:
            raise RowRejected(Rejection.DURATION_DISAGREES)
        if not -DURATION_SECONDS_MAX <= between <= DURATION_SECONDS_MAX:
            raise RowRejected(Rejection.BAD_DURATION)
        return between

    def _act_key(self, asset: str, occurred_at: int) -> str:
        asset = asset.strip()
        # Not brought into the form here: whether 0079 is 79 is for the platform to say, in its table.
        if not self._asset_form.accepts(asset):
            raise RowRejected(Rejection.BAD_ASSET)
        try:
            fields = {self._mapping.asset_name: asset, START_FIELD: self._minute_text(occurred_at)}
        except InvalidPeriod:
            raise RowRejected(Rejection.BAD_TIME) from None
        return act_key_text(self._mapping.kind, fields)

    def _day_tags(self, secret: bytes, start: int, end: int) -> tuple[bytes, bytes]:
        offset = self._mapping.offset_seconds
        try:
            start_day, end_day = local_day(start, offset), local_day(end, offset)
        except InvalidPeriod:
            raise RowRejected(Rejection.BAD_TIME) from None
        start_tag = actor_day(secret, start_day)
        return start_tag, start_tag if end_day == start_day else actor_day(secret, end_day)


def _amount_reader(multiplier: Multiplier, most: int, reason: Rejection) -> Callable[[str], int]:
    numerator, divisor = multiplier.numerator, multiplier.divisor

    def read(text: str) -> int:
        try:
            # Flooring twice is flooring once: floor(floor(x * n) / d) = floor(x * n / d) for whole d.
            amount = decimal_text_to_integer(text.strip(), numerator) // divisor
        except InvalidQuantity:
            raise RowRejected(reason) from None
        if amount > most:
            raise RowRejected(reason)
        return amount

    return read
