"""Entry and exit of one card are one ride along the line, or each row is counted with its reason."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from oracles.errors import InvalidMapping, UnreadableInput
from oracles.packing import Packed, load_mapping, pack
from oracles.packing.mapping import SHIPPED_FOLDER
from oracles.packing.mapping_model import PairsShape
from oracles.packing.stations import Stations, great_circle_metres
from registry.domain.acts import look_alike_key
from registry.domain.days import Period
from registry.domain.errors import InvalidInput
from registry.domain.methodology import load_shipped
from tests.oracles.factory import PROJECT, SECRET, read_back

METRO = "shenzhen-metro-2018"
COLUMNS = ("card_no", "deal_date", "deal_type", "equ_no", "car_no", "station")
# Two lines that share B; 1,111 m a hundredth of a degree along a meridian.
STATIONS = [
    *[("1", "1", "A", "114.00", "22.50"), ("1", "2", "B站", "114.00", "22.51"), ("1", "3", "深大", "114.00", "22.53")],
    *[("2", "2", "C", "114.01", "22.51"), ("2", "1", "B", "114.0001", "22.51"), ("3", "1", "X", "114.5", "22.5")],
]


@dataclass(frozen=True)
class Tap:
    card: str = "CARD77"
    time: str = "08:00:00"
    kind: str = "地铁入站"
    station: str = "A站"
    gate: str = "263027121"

    def cells(self) -> list[str]:
        return [self.card, f"2018-09-01 {self.time}", self.kind, self.gate, "IGT-1", self.station]


def out(time: str = "08:20:00", station: str = "C", **changed: str) -> Tap:
    return Tap(time=time, kind="地铁出站", station=station, gate="9", **changed)


def write_stations(folder: Path, rows: list[tuple[str, ...]] = STATIONS) -> Path:
    path = folder / "shenzhen_metro_stations.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("line", "order", "station", "lon_gcj02", "lat_gcj02"), *rows])
    return path


def packed(folder: Path, taps: list[Tap], **changed: Any) -> Packed:
    folder.mkdir(exist_ok=True)
    write_stations(folder)
    table = folder / "cards.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *(tap.cells() for tap in taps)])
    arguments: dict[str, Any] = {
        "project_id": PROJECT,
        "methodology": load_shipped()["travel-beijing-2024"],
        "period": Period.parse("2018-09-01..2018-09-01"),
        "platform_secret": SECRET,
    }
    return pack(table, load_mapping(METRO), folder / "package", **{**arguments, **changed})


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        # A degree of a great circle is 111,195 m on a sphere of 6,371,009 m.
        ((0, 0), (1, 0), 111_195),
        ((0, 0), (0, 1), 111_195),
        ((114, 60), (115, 60), 55_597),
        ((114, 22), (114, 22), 0),
        ((113, 22), (123, 32), 1_487_640),
    ],
)
def test_great_circle__known_distances(one: tuple[int, int], other: tuple[int, int], metres: int) -> None:
    points = [Decimal(value) for value in (*one, *other)]
    assert abs(great_circle_metres(*points) - metres) <= 1


def test_stations__way_goes_along_the_lines_and_changes_where_they_meet(tmp_path: Path) -> None:
    shape = load_mapping(METRO).shape
    assert isinstance(shape, PairsShape)
    network = Stations(write_stations(tmp_path), shape.stations)
    # B to A is 1,111 m, B to C 1,028 m less the ten metres between the two platforms of B.
    assert network.metres("A", "B") == 1111
    assert network.metres("B", "C") == great_circle_metres(*map(Decimal, ("114.0001", "22.51", "114.01", "22.51")))
    assert network.metres("A", "C") == 1111 + (network.metres("B", "C") or 0) == network.metres("C", "A")
    assert network.metres("A", "深大") == 1111 + 2223
    assert network.metres("A", "X") is None
    assert [network.known(name) for name in ("A站", " B ", "深圳大学", "深圳大学站", "站", "", "?I岭")] == [
        *("A", "B", "深大", "深大"),
        *(None, None, None),
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([*STATIONS, ("4", "1", "A", "114.1", "22.5")], "10273 m from another"),
        ([("1", "x", "A", "114", "22")], "row 1 has an order"),
        ([("1", "1", "A", "east", "22")], "no number"),
        ([("1", "1", "A", "NaN", "22")], "no"),
        ([("1", "1", "A", "114", "91")], "nowhere"),
        ([("1", "1", "", "114", "22")], "no name"),
        ([("1", "1", "A")], "another shape"),
    ],
)
def test_stations__table_makes_no_sense__is_refused(tmp_path: Path, rows: list[Any], problem: str) -> None:
    shape = load_mapping(METRO).shape
    assert isinstance(shape, PairsShape)
    with pytest.raises(UnreadableInput, match=problem):
        Stations(write_stations(tmp_path, rows), shape.stations)


@pytest.mark.parametrize(
    ("taps", "rejected"),
    [
        ([Tap()], {"entry_without_exit": 1}),
        ([out()], {"exit_without_entry": 1}),
        ([out("07:00:00"), Tap()], {"entry_without_exit": 1, "exit_without_entry": 1}),
        ([Tap(), out(card="ANOTHER")], {"entry_without_exit": 1, "exit_without_entry": 1}),
        ([Tap(), out("12:00:01")], {"entry_without_exit": 1, "exit_without_entry": 1}),
        ([Tap(station="Z"), out()], {"unknown_station": 2}),
        ([Tap(station=""), out(station="?I岭")], {"unknown_station": 2}),
        ([Tap(), out(station="X")], {"no_connection": 2}),
        ([Tap(), out(station="A")], {"same_station": 2}),
        ([Tap(), out(), Tap(kind="巴士")], {"other_kind": 1}),
        ([Tap(card=" "), out(card="")], {"bad_user": 2}),
        ([Tap(gate=""), out()], {"bad_asset": 2}),
        ([Tap(time="25:00:00")], {"bad_time": 1}),
    ],
)
def test_pack__what_is_no_ride__is_counted_with_its_reason(
    tmp_path: Path, taps: list[Tap], rejected: dict[str, int]
) -> None:
    made = packed(tmp_path / "t", taps)
    totals = made.manifest.totals
    assert totals.rejected == rejected
    assert totals.rows == len(taps) == totals.rows_used + sum(rejected.values())
    listed = [json.loads(line) for line in made.rejected_file.read_text().splitlines()]
    assert len(listed) == sum(rejected.values())
    assert all(each.keys() == {"row", "reason"} for each in listed)


def test_pack__rides_of_one_card__are_paired_in_time(tmp_path: Path) -> None:
    # In, in again (the first was left open), out and in at the same second, out to the second of four hours.
    taps = [Tap(), Tap(time="08:30:00"), out("09:00:00"), Tap(time="09:00:00", station="C"), out("13:00:00", "A")]
    made = packed(tmp_path / "t", taps)
    first, second = read_back(made.folder)
    assert (first.duration_seconds, first.quantity, first.scenario) == (1800, 1111 + 1016, 2)
    assert (second.duration_seconds, second.quantity) == (14_400, first.quantity)
    assert first.actor_start_day == second.actor_start_day
    assert first.actor != second.actor
    totals = made.manifest.totals
    assert (totals.rows, totals.rows_used, totals.records) == (5, 4, 2)
    assert totals.rejected == {"entry_without_exit": 1}


def test_pack__order_of_rows_and_spilling__change_nothing(tmp_path: Path) -> None:
    taps = [tap for card in range(20) for tap in (Tap(card=f"K{card}"), out(card=f"K{card}"), out("19:00:00"))]
    # Gates see one card a second.
    taps = [Tap(tap.card, tap.time, tap.kind, tap.station, str(number)) for number, tap in enumerate(taps)]
    plain = packed(tmp_path / "plain", taps)
    random.Random(3).shuffle(taps)
    assert packed(tmp_path / "shuffled", taps, run_records=5).manifest_hash == plain.manifest_hash
    assert len({record.act_key for record in read_back(plain.folder)}) == 20


def test_pack__card_numbers_and_secret__are_nowhere(tmp_path: Path) -> None:
    made = packed(tmp_path / "t", [Tap(), out(), Tap(card="LONELY99", station="秘密")], run_records=1)
    for file in (*made.folder.iterdir(), made.rejected_file):
        for hidden in ("CARD77", "LONELY99", "秘密", "263027121"):
            assert hidden.encode() not in file.read_bytes()
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == [
        *("cards.csv", "package", "package.rejected.jsonl", "shenzhen_metro_stations.csv")
    ]


def test_pack__ticket__is_that_of_the_ride_whoever_packs_it_and_whatever_year_it_bears(tmp_path: Path) -> None:
    def key(name: str, tap: Tap, **changed: Any) -> str:
        (record,) = read_back(packed(tmp_path / name, [tap, out(card=tap.card)], **changed).folder)
        return record.act_key

    one = key("one", Tap())
    assert key("other", Tap(card="B"), platform_secret=b"another platform's secret, 32 by") == one
    assert key("gate", Tap(gate="7")) != one
    assert key("second", Tap(time="08:00:01")) != one
    folder = tmp_path / "year"
    table = folder / "cards.csv"
    packed(folder, [Tap(), out()])
    table.write_text(table.read_text("utf-8").replace("2018", "2020"), "utf-8")
    again = pack(
        table,
        load_mapping(METRO),
        folder / "again",
        project_id=PROJECT,
        methodology=load_shipped()["travel-beijing-2024"],
        period=Period.parse("2020-09-01..2020-09-01"),
        platform_secret=SECRET,
    )
    (copied,) = read_back(again.folder)
    assert copied.act_key != one
    assert look_alike_key(copied.act_key) == look_alike_key(one)


def test_pack__station_table_is_not_there_or_not_needed__is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no-such"):
        packed(tmp_path / "t", [Tap(), out()], stations=tmp_path / "no-such.csv")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert packed(tmp_path / "t", [Tap(), out()], stations=write_stations(elsewhere)).manifest.totals.records == 1
    from tests.oracles.factory import packed as packed_rides

    with pytest.raises(InvalidInput, match="has no pairs"):
        packed_rides(tmp_path / "p", [], stations=elsewhere)


def test_pack__digest_for_an_asset_with_a_number_of_its_own__is_refused(tmp_path: Path) -> None:
    content = json.loads((SHIPPED_FOLDER / "mobike-2016.json").read_text("utf-8"))
    content["columns"]["asset"] = ["bikeid"]
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InvalidMapping, match=r"columns\.asset"):
        pack(
            tmp_path / "none.csv",
            load_mapping(path),
            tmp_path / "package",
            project_id=PROJECT,
            methodology=load_shipped()["travel-beijing-2024"],
            period=Period.parse("2016-08-01..2016-08-31"),
            platform_secret=SECRET,
        )
