"""The shape `rows`: one row is one act."""

from __future__ import annotations

from collections.abc import Callable

from oracles.packing.intake import Intake
from oracles.packing.mapping_model import Mapping, Multiplier, RowsShape
from oracles.packing.records import DURATION_SECONDS_MAX, RecordMaker, Rejection, RowRejected
from oracles.packing.table import Row
from registry.domain.errors import InvalidQuantity
from registry.domain.units import MAX_QUANTITY, decimal_text_to_integer


class Rows:
    """See `Shape`."""

    def __init__(self, mapping: Mapping, shape: RowsShape, maker: RecordMaker, intake: Intake) -> None:
        self._maker = maker
        self._intake = intake
        self._where = shape.where
        self._digested = mapping.digested
        self._has_end = shape.end is not None
        self._constants = dict(shape.constants)
        self._assets = len(mapping.asset_columns)
        per_unit = shape.duration_seconds_per_unit
        self._duration_of = _amount_reader(per_unit, DURATION_SECONDS_MAX, Rejection.BAD_DURATION)
        self._quantity_of = _amount_reader(shape.quantity_per_unit, MAX_QUANTITY, Rejection.BAD_QUANTITY)
        asked: dict[str, str | None] = {"where": shape.where.column if shape.where else None, "end": shape.end}
        asked |= {"duration": shape.duration, "quantity": shape.quantity}
        # What a row holds after user, start and assets, in this order.
        self._named = [name for name, column in asked.items() if column is not None]
        named_columns = [column for column in asked.values() if column is not None]
        self.columns: Row = (mapping.user_column, shape.start, *mapping.asset_columns, *named_columns)

    def take(self, number: int, cells: Row) -> None:
        user, start_text, *rest = cells
        named = dict(zip(self._named, rest[self._assets :], strict=True)) | self._constants
        if self._where is not None and named["where"].strip() not in self._where.values:
            raise RowRejected(Rejection.OTHER_KIND)
        start = self._maker.time(start_text)
        duration_seconds = self._duration_seconds(start, named)
        quantity = self._quantity_of(named["quantity"])
        assets = rest[: self._assets]
        asset = self._maker.digest((assets, start)) if self._digested else assets[0]
        record = self._maker.record(asset, self._maker.secret(user), start, duration_seconds, quantity)
        self._intake.record(record, number)

    def finish(self) -> None:
        """Nothing: every row is an act by itself."""

    def _duration_seconds(self, start: int, named: dict[str, str]) -> int:
        stated = self._duration_of(named["duration"]) if "duration" in named else None
        if not self._has_end:
            assert stated is not None  # a mapping has an end or a duration
            return stated
        between = self._maker.time(named["end"]) - start
        if stated is not None and stated != between:
            raise RowRejected(Rejection.DURATION_DISAGREES)
        if not -DURATION_SECONDS_MAX <= between <= DURATION_SECONDS_MAX:
            raise RowRejected(Rejection.BAD_DURATION)
        return between


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
