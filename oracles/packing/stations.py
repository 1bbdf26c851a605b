"""A network of stations: how far it is from one to another along the lines, in whole metres."""

from __future__ import annotations

import heapq
import unicodedata
from collections import defaultdict
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from oracles.errors import UnreadableInput
from oracles.packing.mapping_model import StationTable, TableForm
from oracles.packing.table import open_table

# Numbers are texts here: a result must not depend on how a machine rounds.
EARTH_RADIUS_METRES = 6_371_009
PI = Decimal("3.14159265358979323846264338327950288419717")
_DIGITS = 40
_TERMS = 14
# Two stations of one name on two lines are one place to change at; farther apart they cannot be.
SAME_PLACE_METRES = 1_000
STATIONS_MAX = 100_000


class Stations:
    """The stations of a network. Distances are the sums of the great-circle distances between neighbours, each rounded
    down to metres: tracks are longer, so what is counted is less than what was ridden."""

    def __init__(self, path: Path, form: StationTable) -> None:
        """Raises UnreadableInput, MissingColumns: the table is not what the mapping says."""
        self._form = form
        self._path = path
        self._aliases = {self.name(key): self.name(value) for key, value in form.aliases}
        self._metres: dict[str, dict[str, int]] = defaultdict(dict)
        self._connect(self._read())
        self._from = lru_cache(maxsize=4_096)(self._shortest)

    def name(self, text: str) -> str:
        """A station's name without what may be there or not."""
        text = unicodedata.normalize("NFKC", text).strip()
        suffix = self._form.suffix
        return text.removesuffix(suffix) if suffix and text != suffix else text

    def known(self, text: str) -> str | None:
        """The name by which the network has this station, None if it has not."""
        name = self.name(text)
        name = self._aliases.get(name, name)
        return name if name in self._metres else None

    def metres(self, start: str, end: str) -> int | None:
        """The shortest way between two known stations, changing where lines share one; None: there is none."""
        return self._from(start).get(end)

    def _read(self) -> dict[str, list[tuple[int, str, Decimal, Decimal]]]:
        form = self._form
        lines: dict[str, list[tuple[int, str, Decimal, Decimal]]] = defaultdict(list)
        table_form = TableForm(form.encoding, form.delimiter, None, "%Y", 0)
        with open_table(self._path, table_form) as table:
            for number, cells in table.rows((form.line, form.order, form.station, form.lon, form.lat)):
                if cells is None or number > STATIONS_MAX:
                    raise self._unreadable(number, "has another shape, or is one too many")
                line, order, station, lon, lat = (cell.strip() for cell in cells)
                try:
                    place = int(order), self.name(station), Decimal(lon), Decimal(lat)
                except (ValueError, ArithmeticError):
                    raise self._unreadable(
                        number, "has an order, a longitude or a latitude that is no number"
                    ) from None
                _, name, lon_degrees, lat_degrees = place
                finite = lon_degrees.is_finite() and lat_degrees.is_finite()
                if not (finite and abs(lon_degrees) <= 180 and abs(lat_degrees) <= 90 and name):
                    raise self._unreadable(number, "has no name, or lies nowhere on earth")
                lines[line].append(place)
        return lines

    def _connect(self, lines: dict[str, list[tuple[int, str, Decimal, Decimal]]]) -> None:
        places: dict[str, tuple[Decimal, Decimal]] = {}
        for line, stations in lines.items():
            stations.sort()
            for _, name, lon, lat in stations:
                self._metres.setdefault(name, {})
                apart = great_circle_metres(*places.setdefault(name, (lon, lat)), lon, lat)
                if apart > SAME_PLACE_METRES:
                    problem = f"{name} of line {line} lies {apart} m from another station of this name"
                    raise UnreadableInput(file=str(self._path), problem=problem)
            for (_, one, *here), (_, other, *there) in pairwise(stations):
                if one != other:
                    metres = great_circle_metres(*here, *there)
                    for start, end in ((one, other), (other, one)):
                        self._metres[start][end] = min(metres, self._metres[start].get(end, metres))

    def _shortest(self, start: str) -> dict[str, int]:
        """Metres from one station to each that can be reached (Dijkstra)."""
        found: dict[str, int] = {}
        waiting = [(0, start)]
        while waiting:
            metres, station = heapq.heappop(waiting)
            if station not in found:
                found[station] = metres
                for neighbour, step in self._metres[station].items():
                    heapq.heappush(waiting, (metres + step, neighbour))
        return found

    def _unreadable(self, number: int, problem: str) -> UnreadableInput:
        return UnreadableInput(file=str(self._path), problem=f"row {number} {problem}")


def great_circle_metres(lon_a: Decimal, lat_a: Decimal, lon_b: Decimal, lat_b: Decimal) -> int:
    """Between two points in degrees, rounded down, by the haversine formula. For distances of a railway: at most
    1,000 km, beyond which the series would need more terms."""
    with localcontext() as context:
        context.prec = _DIGITS
        half = PI / 360
        half_lat, half_lon = _sin((lat_b - lat_a) * half), _sin((lon_b - lon_a) * half)
        haversine = half_lat**2 + _cos(lat_a * half * 2) * _cos(lat_b * half * 2) * half_lon**2
        return int(2 * EARTH_RADIUS_METRES * _asin(haversine.sqrt()))


def _sin(x: Decimal) -> Decimal:
    return _series(x, x * x, 2)


def _cos(x: Decimal) -> Decimal:
    return _series(Decimal(1), x * x, 1)


def _series(first: Decimal, square: Decimal, next_factor: int) -> Decimal:
    """first - first*x^2/(n(n+1)) + ...: sine and cosine, exact far beyond a millimetre below half a turn."""
    total = term = first
    for number in range(_TERMS):
        term = -term * square / ((next_factor + 2 * number) * (next_factor + 2 * number + 1))
        total += term
    return total


def _asin(x: Decimal) -> Decimal:
    total = term = x
    for number in range(1, _TERMS):
        term = term * x * x * (2 * number - 1) ** 2 / (2 * number * (2 * number + 1))
        total += term
    return total
