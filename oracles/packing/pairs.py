"""The shape `pairs`: the entry and the exit of one card are one ride; its quantity is the way between the stations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from oracles.packing.intake import Intake
from oracles.packing.mapping_model import Mapping, PairsShape
from oracles.packing.records import RecordMaker, Rejection, RowRejected
from oracles.packing.sorting import Sorted
from oracles.packing.stations import Stations
from oracles.packing.table import Row

_SEPARATOR = "\n"  # in no cell: it would not be stripped to be compared otherwise


class _Event(NamedTuple):
    """One passing of a gate. An exit before an entry at the same second: a card leaves before it enters again."""

    secret: bytes
    second: int
    is_entry: bool
    station: str
    assets: str
    number: int


_SCHEMA = pa.schema(
    [
        pa.field("secret", pa.binary(32), nullable=False),
        pa.field("second", pa.int64(), nullable=False),
        pa.field("is_entry", pa.bool_(), nullable=False),
        pa.field("station", pa.string(), nullable=False),
        pa.field("assets", pa.string(), nullable=False),
        pa.field("number", pa.int64(), nullable=False),
    ]
)


class Pairs:
    """See `Shape`. Cards are replaced by their secrets before anything is kept: no card number reaches the disk."""

    def __init__(
        self,
        mapping: Mapping,
        shape: PairsShape,
        maker: RecordMaker,
        intake: Intake,
        stations: Stations,
        scratch: Path,
        run_rows: int,
    ) -> None:
        self._shape = shape
        self._maker = maker
        self._intake = intake
        self._stations = stations
        self._events: Sorted[_Event] = Sorted(_Event, _SCHEMA, scratch / "events", run_rows)
        self.columns: Row = (
            *(mapping.user_column, shape.time, shape.event, shape.station),
            *mapping.asset_columns,
        )

    def take(self, number: int, cells: Row) -> None:
        user, time_text, event, station, *assets = cells
        event = event.strip()
        if event not in self._shape.entry and event not in self._shape.exit:
            raise RowRejected(Rejection.OTHER_KIND)
        second = self._maker.time(time_text)
        # Whether the station is known is asked of rides only: what is no ride is told by what makes it none.
        place = self._stations.known(station) or ""
        joined = _SEPARATOR.join(asset.strip() for asset in assets)
        secret = self._maker.secret(user)
        self._events.add(_Event(secret, second, event in self._shape.entry, place, joined, number))

    def finish(self) -> None:
        for _, events in groupby(self._events, attrgetter("secret")):
            entered: _Event | None = None
            for event in events:
                if event.is_entry:
                    self._without_exit(entered)
                    entered = event
                elif entered is None or event.second - entered.second > self._shape.within_seconds:
                    self._without_exit(entered)
                    self._intake.reject(Rejection.EXIT_WITHOUT_ENTRY, event.number)
                    entered = None
                else:
                    self._ride(entered, event)
                    entered = None
            self._without_exit(entered)

    def _without_exit(self, entered: _Event | None) -> None:
        if entered is not None:
            self._intake.reject(Rejection.ENTRY_WITHOUT_EXIT, entered.number)

    def _ride(self, entered: _Event, left: _Event) -> None:
        try:
            metres = self._metres(entered.station, left.station)
            asset = self._maker.digest(*((_parts(event), event.second) for event in (entered, left)))
            duration_seconds = left.second - entered.second
            record = self._maker.record(asset, entered.secret, entered.second, duration_seconds, metres)
        except RowRejected as refusal:
            self._intake.reject(refusal.reason, entered.number, left.number)
        else:
            self._intake.record(record, entered.number, left.number)

    def _metres(self, start: str, end: str) -> int:
        if not start or not end:
            raise RowRejected(Rejection.UNKNOWN_STATION)
        if start == end:
            raise RowRejected(Rejection.SAME_STATION)
        metres = self._stations.metres(start, end)
        if metres is None:
            raise RowRejected(Rejection.NO_CONNECTION)
        return metres


def _parts(event: _Event) -> Sequence[str]:
    return event.assets.split(_SEPARATOR)
