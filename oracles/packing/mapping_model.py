"""The parts of a mapping, as they are in memory after reading. Made by `oracles.packing.mapping`, never by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Multiplier:
    """A positive decimal number, numerator / 10**decimals: what one unit of the column is in the base unit."""

    numerator: int
    decimals: int

    @property
    def divisor(self) -> int:
        return int(10**self.decimals)


@dataclass(frozen=True, slots=True)
class Where:
    """Which rows the mapping is for: those with one of these texts in the column."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class TableForm:
    """How the cells of a table are written."""

    encoding: str
    delimiter: str
    sheet: str | None
    """Of an XLSX; the first one if None."""
    time_format: str
    offset_seconds: int


@dataclass(frozen=True, slots=True)
class RowsShape:
    """One row is one act."""

    start: str
    end: str | None
    duration: str | None
    quantity: str | None
    duration_seconds_per_unit: Multiplier
    quantity_per_unit: Multiplier
    constants: tuple[tuple[str, str], ...]
    """(`duration` or `quantity`, the text that stands for it in every row)."""
    where: Where | None


@dataclass(frozen=True, slots=True)
class StationTable:
    """The table of a network's stations: its file and the columns of it."""

    file: str
    encoding: str
    delimiter: str
    line: str
    order: str
    station: str
    lon: str
    lat: str
    suffix: str
    """An ending that names may have or not, such as 站; empty for none."""
    aliases: tuple[tuple[str, str], ...]
    """(name in the platform's table, name in the station table)."""


@dataclass(frozen=True, slots=True)
class PairsShape:
    """Two rows, entry and exit of one user, are one ride; its quantity is the distance along the network in metres."""

    time: str
    event: str
    station: str
    entry: frozenset[str]
    exit: frozenset[str]
    within_seconds: int
    stations: StationTable


@dataclass(frozen=True, slots=True)
class Odd:
    """A column that does not enter the result, and the values it may have: what is outside is counted as `name`."""

    name: str
    column: str
    least: str
    most: str


@dataclass(frozen=True, slots=True)
class SeriesShape:
    """The readings of one local day of one plant are one act; its quantity is the energy in Wh."""

    time: str
    power: str
    capacity: str
    step_seconds: int
    watts_per_unit: Multiplier
    scaled_to_watts: int | None
    """Each plant is scaled down to this capacity; None: as it is."""
    negative_bps: int
    """How far below zero a reading may be, in basis points of the capacity."""
    odd: tuple[Odd, ...]


@dataclass(frozen=True, slots=True)
class EmissionsMapping:
    """How a table says what enterprises emitted in a year: one row an enterprise and year."""

    name: str
    form: TableForm
    account: str
    year: str
    amount: str
    document: str
    grams_per_unit: Multiplier


@dataclass(frozen=True, slots=True)
class Mapping:
    """A strictly read mapping file."""

    name: str
    label: str
    """A note for every package made with it, empty for none."""
    form: TableForm
    scenario: int
    kind: str
    asset_name: str
    asset_columns: tuple[str, ...]
    digested: bool
    """True: the asset is a digest of its columns and the time; False: it is the text of its one column."""
    user_column: str
    shape: RowsShape | PairsShape | SeriesShape
    parse_time: Callable[[str], int]
