"""The shape `series`: the power readings of one plant on one local day are one act; its quantity is energy in Wh.

    Wh = floor(sum of the day's readings in watts x step / 3600 s x scaled capacity / capacity)

with integers only and one floor a day. A reading counts for the step that begins at its time. A reading that is missing
counts as nothing; one a little below zero (a plant at rest takes power) counts as it is and lessens the day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from oracles.packing.intake import Intake
from oracles.packing.mapping_model import Mapping, SeriesShape
from oracles.packing.records import RecordMaker, Rejection, RowRejected
from oracles.packing.sorting import Sorted
from oracles.packing.table import Row
from registry.domain.days import SECONDS_PER_DAY
from registry.domain.units import MAX_QUANTITY

# Powers and capacities are integers of 10^-9 of the column's unit: more decimals than that are refused, not cut.
UNIT_DECIMALS = 9
_DECIMAL = re.compile(r"(-?)([0-9]{1,9})(?:\.([0-9]{1,9}))?")
_BASIS_POINTS = 10_000
_SECONDS_PER_HOUR = 3_600


class _Reading(NamedTuple):
    asset: str
    day: int
    step: int
    power: int
    capacity: int
    secret: bytes
    odd: int
    """Bit i: the i-th odd column is outside its values."""
    number: int


_SCHEMA = pa.schema(
    [
        pa.field("asset", pa.string(), nullable=False),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("day", "step", "power", "capacity")),
        pa.field("secret", pa.binary(32), nullable=False),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("odd", "number")),
    ]
)


class Series:
    """See `Shape`."""

    def __init__(
        self, mapping: Mapping, shape: SeriesShape, maker: RecordMaker, intake: Intake, scratch: Path, run_rows: int
    ) -> None:
        self._shape = shape
        self._maker = maker
        self._intake = intake
        self._offset = mapping.form.offset_seconds
        self._readings: Sorted[_Reading] = Sorted(_Reading, _SCHEMA, scratch / "readings", run_rows)
        self._odd = [(odd, _units(odd.least), _units(odd.most)) for odd in shape.odd]
        self.columns: Row = (
            *(mapping.user_column, *mapping.asset_columns, shape.time, shape.power, shape.capacity),
            *(odd.column for odd in shape.odd),
        )

    def take(self, number: int, cells: Row) -> None:
        user, asset, time_text, power_text, capacity_text, *others = cells
        day, second = divmod(self._maker.time(time_text) + self._offset, SECONDS_PER_DAY)
        step, beside = divmod(second, self._shape.step_seconds)
        if beside:
            raise RowRejected(Rejection.OFF_GRID)
        power, capacity = _units(power_text), _units(capacity_text)
        if power is None or capacity is None or capacity <= 0:
            raise RowRejected(Rejection.BAD_POWER)
        if power > capacity:
            raise RowRejected(Rejection.ABOVE_CAPACITY)
        if -power * _BASIS_POINTS > capacity * self._shape.negative_bps:
            raise RowRejected(Rejection.BELOW_ZERO)
        bits = sum(1 << place for place, text in enumerate(others) if self._is_odd(place, text))
        secret = self._maker.secret(user)
        self._readings.add(_Reading(asset.strip(), day, step, power, capacity, secret, bits, number))

    def finish(self) -> None:
        for _, readings in groupby(self._readings, lambda reading: (reading.asset, reading.day)):
            kept: list[_Reading] = []
            for _, same in groupby(readings, lambda reading: reading.step):
                self._keep_one(list(same), kept)
            # A plant has one capacity and one owner on one day.
            if len({(reading.capacity, reading.secret) for reading in kept}) > 1:
                self._intake.reject(Rejection.CONTRADICTING_READINGS, *(reading.number for reading in kept))
            elif kept:
                self._day(kept)

    def _keep_one(self, same: Sequence[_Reading], kept: list[_Reading]) -> None:
        """Of several readings of one time: one if all say the same, none if they do not."""
        if len({reading[:-2] for reading in same}) > 1:
            self._intake.reject(Rejection.CONTRADICTING_READINGS, *(reading.number for reading in same))
            return
        kept.append(same[0])
        if len(same) > 1:
            self._intake.reject(Rejection.REPEATED_READING, *(reading.number for reading in same[1:]))

    def _day(self, readings: Sequence[_Reading]) -> None:
        first = readings[0]
        numbers = [reading.number for reading in readings]
        start = first.day * SECONDS_PER_DAY - self._offset
        energy_wh = self._energy_wh(sum(reading.power for reading in readings), first.capacity)
        try:
            if energy_wh > MAX_QUANTITY:
                raise RowRejected(Rejection.BAD_QUANTITY)
            record = self._maker.record(first.asset, first.secret, start, SECONDS_PER_DAY, energy_wh)
        except RowRejected as refusal:
            self._intake.reject(refusal.reason, *numbers)
            return
        if not self._intake.record(record, *numbers):
            return
        self._intake.note("negative_power", sum(reading.power < 0 for reading in readings))
        self._intake.note("missing_readings", SECONDS_PER_DAY // self._shape.step_seconds - len(readings))
        for place, odd in enumerate(self._shape.odd):
            self._intake.note(odd.name, sum(reading.odd >> place & 1 for reading in readings))

    def _energy_wh(self, power_sum: int, capacity: int) -> int:
        unit, scaled = self._shape.watts_per_unit, self._shape.scaled_to_watts
        numerator, divisor = power_sum * self._shape.step_seconds, _SECONDS_PER_HOUR
        units_per_watt = unit.divisor * 10**UNIT_DECIMALS
        if scaled is None or capacity * unit.numerator <= scaled * units_per_watt:
            numerator, divisor = numerator * unit.numerator, divisor * units_per_watt
        else:
            # Power over capacity has no unit, so the unit of the columns falls out.
            numerator, divisor = numerator * scaled, divisor * capacity
        return max(0, numerator // divisor)

    def _is_odd(self, place: int, text: str) -> bool:
        _, least, most = self._odd[place]
        value = _units(text)
        return value is None or (least is not None and value < least) or (most is not None and value > most)


def _units(text: str) -> int | None:
    """A decimal number as an integer of 10^-9; None: it is none."""
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        return None
    decimals = match[3] or ""
    value: int = int(match[2] + decimals) * 10 ** (UNIT_DECIMALS - len(decimals))
    return -value if match[1] else value
