"""Where the rows of a table end: in a record, or rejected with a reason. Nothing is dropped."""

from __future__ import annotations

import json
from collections import Counter
from typing import Protocol, TextIO

from oracles.packing.records import Record, Rejection, RowRejected, check_encoding
from oracles.packing.sorting import Sorted
from oracles.packing.table import Row, Table
from registry.domain.days import Period, local_day


class Shape(Protocol):
    """How rows become records."""

    columns: Row
    """What is needed of a row."""

    def take(self, number: int, cells: Row) -> None:
        """Takes a row. Raises RowRejected."""

    def finish(self) -> None:
        """Makes the records that need all rows."""


class Intake:
    """Counts what becomes of each row.

    rejected_rows: one JSON object a line, with the number and the reason and nothing else of the row.
    only: acts outside are rejected as `other_period`; None: they are records, for the oracles to judge.
    """

    def __init__(self, records: Sorted[Record], rejected_rows: TextIO, only: Period | None, offset: int) -> None:
        self.rows = 0
        self.rows_used = 0
        self.rejected: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self._records = records
        self._rejected_rows = rejected_rows
        self._only = only
        self._offset = offset

    def read(self, table: Table, shape: Shape) -> None:
        """All rows of a table through a shape. Raises MissingColumns, UnreadableInput."""
        for number, cells in table.rows(shape.columns):
            self.rows = number
            try:
                if cells is None:
                    raise RowRejected(Rejection.WRONG_SHAPE)
                check_encoding(cells)
                shape.take(number, cells)
            except RowRejected as refusal:
                self.reject(refusal.reason, number)
        shape.finish()

    def record(self, record: Record, *numbers: int) -> bool:
        """A record, made of the rows with these numbers. False: its rows were rejected, it is of another period."""
        if self._only is not None:
            day = local_day(record.occurred_at, self._offset)
            if not self._only.start_day <= day <= self._only.end_day:
                self.reject(Rejection.OTHER_PERIOD, *numbers)
                return False
        self._records.add(record)
        self.rows_used += len(numbers)
        return True

    def reject(self, reason: Rejection, *numbers: int) -> None:
        """Rows that are in no record."""
        self.rejected[reason.value] += len(numbers)
        for number in numbers:
            self._rejected_rows.write(json.dumps({"row": number, "reason": reason.value}) + "\n")

    def note(self, name: str, count: int = 1) -> None:
        """Something odd that was met in rows that are used all the same, or `missing_readings`."""
        if count:
            self.noted[name] += count
