"""Readings of a plant become energy a day in exact integers; what is odd, missing or wrong is counted."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from oracles.packing import Packed, load_mapping, pack
from oracles.packing.mapping import SHIPPED_FOLDER
from registry.domain.days import Period
from registry.domain.methodology import load_shipped
from tests.oracles.factory import PROJECT, SECRET, read_back

COLUMNS = ("site", "capacity_mw", "time_local", "air_temp_c", "power_mw")
PERIOD = Period.parse("2019-06-01..2019-06-30")
DAY_SECOND = PERIOD.start_day * 86_400 - 28_800


def reading(step: int, power: str = "1.5", *, site: str = "7", capacity: str = "30", temp: str = "20") -> list[str]:
    """A quarter of an hour of 1 June 2019."""
    return [site, capacity, f"2019-06-01 {step // 4:02d}:{step % 4 * 15:02d}", temp, power]


def a_day(power: str = "1.5", **changed: str) -> list[list[str]]:
    return [reading(step, power, **changed) for step in range(96)]


def mapping(folder: Path, **changed: Any) -> Path:
    content = json.loads((SHIPPED_FOLDER / "pv-15min.json").read_text("utf-8"))
    content["series"] = {key: value for key, value in {**content["series"], **changed}.items() if value is not None}
    path = folder / "mapping.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def packed(folder: Path, rows: list[list[str]], *, form: str | Path = "pv-15min", **changed: Any) -> Packed:
    folder.mkdir(exist_ok=True)
    table = folder / "pv.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    arguments: dict[str, Any] = {
        "project_id": PROJECT,
        "methodology": load_shipped()["pv-shanghai-2024"],
        "period": PERIOD,
        "platform_secret": SECRET,
    }
    return pack(table, load_mapping(form), folder / "package", **{**arguments, **changed})


def test_pack__a_whole_day__is_one_act_scaled_to_a_megawatt(tmp_path: Path) -> None:
    made = packed(tmp_path, a_day())
    (record,) = read_back(made.folder)
    # 1.5 of 30 MW for 24 hours is 1.2 MWh of a plant of 1 MW.
    assert (record.quantity, record.duration_seconds, record.occurred_at) == (1_200_000, 86_400, DAY_SECOND)
    assert record.act_key == "pv-generation;meter=7;start=2019-06-01T00:00+08:00"
    totals = made.manifest.totals
    assert (totals.rows, totals.rows_used, totals.records, totals.rejected, totals.noted) == (96, 96, 1, {}, {})
    assert "scaled down to 1 MW" in made.manifest.label


def test_pack__plant_within_the_scale__is_not_scaled_up(tmp_path: Path) -> None:
    (record,) = read_back(packed(tmp_path, a_day("0.1", capacity="1")).folder)
    assert record.quantity == 2_400_000
    (record,) = read_back(packed(tmp_path / "small", a_day("0.1", capacity="0.5")).folder)
    assert record.quantity == 2_400_000


def test_pack__without_a_scale__counts_the_plant_as_it_is(tmp_path: Path) -> None:
    form = mapping(tmp_path, scaled_to_watts=None)
    (record,) = read_back(packed(tmp_path, a_day(), form=form).folder)
    assert record.quantity == 36_000_000


def test_pack__third_of_a_watt_hour__is_floored_once_a_day(tmp_path: Path) -> None:
    # 3 x 0.000001 MW x 0.25 h = 0.75 Wh each, 2.25 Wh together: floored once.
    form = mapping(tmp_path, scaled_to_watts=None)
    (record,) = read_back(packed(tmp_path, [reading(step, "0.000003") for step in range(3)], form=form).folder)
    assert record.quantity == 2


def test_pack__night_gaps_and_absurd_temperature__are_used_and_noted(tmp_path: Path) -> None:
    rows = [reading(0, "-0.3"), reading(1, "-0.0357", temp="-3270.9"), reading(2, "2", temp=""), reading(3, "0.0")]
    made = packed(tmp_path, rows)
    totals = made.manifest.totals
    assert (totals.rows_used, totals.records, totals.rejected) == (4, 1, {})
    assert totals.noted == {"negative_power": 2, "missing_readings": 92, "temperature_out_of_range": 2}
    # What the plant took at night lessens the day: (2 - 0.3 - 0.0357) x 0.25 h / 30.
    assert read_back(made.folder)[0].quantity == 13_869


def test_pack__more_taken_than_given__is_a_day_of_nothing_for_the_oracles_to_judge(tmp_path: Path) -> None:
    assert read_back(packed(tmp_path, [reading(0, "-0.1")]).folder)[0].quantity == 0


@pytest.mark.parametrize(
    ("wrong", "rejected"),
    [
        ([reading(9, "-0.3001")], {"below_zero": 1}),
        ([reading(9, "30.0001")], {"above_capacity": 1}),
        ([reading(9, "")], {"bad_power": 1}),
        ([reading(9, "1e3")], {"bad_power": 1}),
        ([reading(9, capacity="0")], {"bad_power": 1}),
        ([["7", "30", "2019-06-01 00:07", "20", "1"]], {"off_grid": 1}),
        ([["7", "30", "2019-06-31 00:00", "20", "1"]], {"bad_time": 1}),
        ([reading(9, site="")], {"bad_user": 1}),
        ([reading(9, site="no.7")], {"bad_asset": 1}),
        ([reading(0)], {"repeated_reading": 1}),
        ([reading(0, "2")], {"contradicting_readings": 2}),
        ([reading(1), reading(2, capacity="31")], {"contradicting_readings": 3}),
        ([["7", "30", "2019-07-01 00:00", "20", "1"]], {"other_period": 1}),
    ],
)
def test_pack__reading_that_cannot_be_used__is_counted(
    tmp_path: Path, wrong: list[list[str]], rejected: dict[str, int]
) -> None:
    rows = [reading(0), *wrong]
    totals = packed(tmp_path, rows, only_period=True).manifest.totals
    assert totals.rejected == rejected
    assert totals.rows == len(rows) == totals.rows_used + sum(rejected.values())


def test_pack__order_of_rows_and_spilling__change_nothing(tmp_path: Path) -> None:
    rows = [*a_day(), *a_day("0.25", site="8"), reading(4), reading(5, "1.25")]
    plain = packed(tmp_path / "plain", rows)
    random.Random(5).shuffle(rows)
    assert packed(tmp_path / "shuffled", rows, run_records=11).manifest_hash == plain.manifest_hash
    assert [record.act_key for record in read_back(plain.folder)] == [
        f"pv-generation;meter={site};start=2019-06-01T00:00+08:00" for site in ("7", "8")
    ]
