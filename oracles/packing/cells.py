"""Cells that are no texts (numbers, times) as the text they would be in a CSV of the same mapping."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from oracles.packing.mapping_model import TableForm
from oracles.packing.times import time_writer


class CellWriter:
    """Writes a cell: nothing lost, nothing rounded; what has no text of its own is written as Python shows it."""

    def __init__(self, form: TableForm) -> None:
        self._write_time = time_writer(form.time_format)
        self._zone = timezone(timedelta(seconds=form.offset_seconds))

    def __call__(self, value: object) -> str:
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if isinstance(value, datetime):
            # A time that knows its zone is brought into the platform's; one that does not is local already.
            return self._write_time(value.astimezone(self._zone) if value.tzinfo else value)
        if isinstance(value, date):
            return self._write_time(datetime(value.year, value.month, value.day))
        if isinstance(value, float):
            # The shortest text that is this number, as every database and sheet shows it: 1500.25, not 1500.2500001.
            value = Decimal(repr(value))
            value = value.to_integral_value() if value.is_finite() and value == value.to_integral_value() else value
        if isinstance(value, Decimal):
            return format(value, "f") if value.is_finite() else str(value)
        if isinstance(value, bytes):
            return value.decode("utf-8", "surrogateescape")
        return str(value)
