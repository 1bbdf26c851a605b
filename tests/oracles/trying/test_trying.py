"""Trying a methodology and comparing two: figures that add up, of a table as of a package, and nothing kept or sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from oracles.cli import register
from oracles.trying import Comparison, TrialData, compare, comparison_svg, open_data, try_methodology
from registry.domain.days import Period
from registry.domain.errors import InvalidInput, NoFactor, NotFileable, RegistryError, UnknownScenario
from registry.domain.methodology import Methodology, definition_bytes, definition_of, load_shipped, methodology_of
from tests.oracles.factory import PROJECT, Ride, cycling, month, packed, write_table
from tests.world import SHANGHAI

SHIPPED = load_shipped()
# Among forty good rides: one too far, one too fast, one again, and one that no mapping reads.
RIDES = [
    *month(40),
    Ride(bike="1", user="51", metres="20001", minutes="100"),
    Ride(bike="2", user="52", metres="9000", minutes="10"),
    Ride(bike="1003", user="53", start="2016-08-03 09:30", metres="5000", minutes="30"),
    Ride(bike="B7", user="54"),
]


def pieces(grams: int = 200, unit: str = "ride") -> Methodology:
    """Every ride is worth the same, however long."""
    found = definition_of(SHIPPED["acts-as-reported"])
    found["id"], found["scenarios"], found["parameters"] = "pieces", found["scenarios"][1:], found["parameters"][1:]
    act = {"kind": "shared-bike", "asset": "bike", "asset_form": "decimal", "recurs": False}
    found["scenarios"][0].update(act=act, base_unit=unit)
    found["parameters"][0]["values"][0]["value"] = grams
    return methodology_of(found)


def by_region(*rows: tuple[int, int | None]) -> Methodology:
    """Cycling with a baseline for some regions."""
    found = definition_of(cycling())
    found["id"] = "by-region"
    baseline = found["parameters"][0]
    values = [{**baseline["values"][0], "where": {"region": code}, "value": value} for code, value in rows]
    baseline.update(by=["region"], values=values)
    return methodology_of(found)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("trying") / "trips.csv", RIDES)


@pytest.fixture
def data(table: Path) -> Iterator[TrialData]:
    with open_data(table, cycling(), mapping="mobike-2016") as opened:
        yield opened


# Trying


def test_try__a_table__every_row_is_accounted_for_and_grams_add_up(data: TrialData) -> None:
    found = try_methodology(data, cycling(), cycling().scenario(1))
    assert (found.rows, found.rows_rejected, found.records) == (44, {"bad_asset": 1}, 43)
    assert found.quarantined == {"quantity_too_large": 1, "too_fast": 1, "repeated_act": 1}
    assert found.counted + sum(found.quarantined.values()) == found.records
    assert sum(day.grams for day in found.days) == found.grams
    assert sum(day.acts for day in found.days) == found.counted == 40
    assert found.least
    assert found.greatest
    assert (found.least.quantity, found.least.grams) == (900, 85)
    assert (found.greatest.quantity, found.greatest.grams) == (900 + 37 * 39, (900 + 37 * 39) * 953 // 10_000)
    assert (found.rule, found.period) == ("quantity * 953 / 10000", "2016-08-01..2016-08-28")
    assert [refusal.reason for refusal in found.refusals] == ["quantity_too_large", "too_fast", "repeated_act"]
    assert "grade C" in str(found.not_fileable)
    assert any("no issuable reduction" in note for note in found.notes)


def test_try__a_package__gives_the_figures_of_its_table(table: Path, tmp_path: Path) -> None:
    folder = packed(tmp_path / "august", [], table=table).folder
    with open_data(folder, cycling()) as package, open_data(table, cycling(), mapping="mobike-2016") as rows:
        assert (package.region, rows.region) == (SHANGHAI, None)
        of_package = try_methodology(package, cycling(), cycling().scenario(1))
        of_table = try_methodology(rows, cycling(), cycling().scenario(1))
    assert of_package.period == "2016-08-01..2016-08-31"
    assert (of_package.grams, of_package.days, of_package.least) == (of_table.grams, of_table.days, of_table.least)
    assert of_package.notes[0] == "illustration"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["august", "august.rejected.jsonl"]
    assert {path.name for path in folder.iterdir()} == {"manifest.json", "records.parquet"}


def test_try__a_period_of_a_table__leaves_the_rest_out(table: Path) -> None:
    period = Period.parse("2016-08-01..2016-08-10")
    with open_data(table, cycling(), mapping="mobike-2016", period=period) as opened:
        found = try_methodology(opened, cycling(), cycling().scenario(1))
    assert "outside_period" not in found.quarantined
    assert 0 < found.counted < 40
    assert found.rows_rejected["other_period"] + sum(found.quarantined.values()) + found.counted == 43


def test_try__acts_of_two_years__asks_for_a_period(tmp_path: Path) -> None:
    rides = [Ride(start="2016-12-31 23:50"), Ride(start="2017-01-01 00:10")]
    table = write_table(tmp_path / "trips.csv", rides)
    with (
        pytest.raises(InvalidInput, match="from 2016-12-31 to 2017-01-01; choose one calendar year"),
        open_data(table, cycling(), mapping="mobike-2016"),
    ):
        pass


def test_try__values_by_region__needs_one_and_guesses_none(table: Path) -> None:
    methodology = by_region((SHANGHAI, 1040), (420000, 2000))
    for region, result in ((None, "--region"), (440000, NoFactor), (310115, 953), (420100, 1913)):
        with open_data(table, methodology, mapping="mobike-2016", region=region) as opened:
            if isinstance(result, int):
                found = try_methodology(opened, methodology, methodology.scenario(1))
                assert found.rule == f"quantity * {result} / 10000"
            else:
                with pytest.raises(InvalidInput if isinstance(result, str) else result):
                    try_methodology(opened, methodology, methodology.scenario(1))


@pytest.mark.parametrize(
    ("methodology", "error", "problem"),
    [
        ("shared-bike-ciia-2025", NotFileable, "the value of replaced_modes was not seen"),
        ("pv-shanghai-2024", InvalidInput, "it counts pv-generation and no shared-bike"),
    ],
)
def test_try__what_cannot_be_counted__says_why(
    table: Path, methodology: str, error: type[RegistryError], problem: str
) -> None:
    tried = SHIPPED[methodology]
    with pytest.raises(error, match=problem), open_data(table, tried, mapping="mobike-2016") as opened:
        try_methodology(opened, tried, tried.scenario(1))


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        ({}, InvalidInput, "a table needs a --mapping"),
        ({"mapping": "mobike-2016", "scenario": 2}, InvalidInput, "counts acts of kind rail-ride, the data hold"),
        ({"mapping": "mobike-2016", "scenario": 9}, UnknownScenario, "no scenario 9"),
    ],
)
def test_open__what_is_no_data__is_refused(
    table: Path, arguments: dict[str, Any], error: type[RegistryError], problem: str
) -> None:
    with pytest.raises(error, match=problem), open_data(table, cycling(), **arguments):
        pass


def test_open__a_package_with_a_mapping__is_refused(tmp_path: Path) -> None:
    folder = packed(tmp_path / "august", month(3)).folder
    with pytest.raises(InvalidInput, match="which needs none"), open_data(folder, cycling(), mapping="mobike-2016"):
        pass


# Comparing


def compared(data: TrialData, other: Methodology) -> Comparison:
    found = compare(data, cycling(), other)
    assert sum(each.acts for each in found.bins) == found.both == found.equal + found.more_by_a + found.more_by_b
    for side in (found.a, found.b):
        assert side.counted == found.both + sum(side.only_here.values())
    for pair in found.pairs:
        assert any(each.least <= pair.difference < each.below for each in found.bins)
    return found


def test_compare__with_itself__nothing_differs(data: TrialData) -> None:
    found = compared(data, cycling())
    assert (found.both, found.equal, found.ratio_bps) == (40, 40, 10_000)
    assert set(found.difference_grams.values()) == {0}


def test_compare__metres_with_pieces__shows_who_gains(data: TrialData) -> None:
    found = compared(data, pieces(200))
    assert (found.a.in_pieces, found.b.in_pieces) == (False, True)
    # The ride that is too far and the one that is too fast are rides all the same.
    assert (found.a.only_here, found.b.only_here) == ({}, {"quantity_too_large": 1, "too_fast": 1})
    by_metre = sorted(200 - (900 + 37 * number) * 953 // 10_000 for number in range(40))
    assert [pair.difference for pair in sorted(found.pairs, key=lambda pair: pair.difference)] == by_metre
    assert found.b.grams_of_both == 8000
    assert found.ratio_bps == 8000 * 10_000 // found.a.grams_of_both
    assert found.difference_grams[0] == by_metre[0]
    assert found.difference_grams[50] == by_metre[20]
    assert found.difference_grams[100] == by_metre[39]
    sizes = [abs(pair.difference) for pair in found.greatest]
    assert sizes == sorted((abs(each) for each in by_metre), reverse=True)[:10]


def test_compare__pieces_first__says_what_to_do(table: Path) -> None:
    with (
        open_data(table, pieces(), mapping="mobike-2016") as opened,
        pytest.raises(InvalidInput, match="name the one that counts in pieces second"),
    ):
        compare(opened, pieces(), cycling())


def test_compare__in_the_same_pieces__quantities_count_as_they_are(tmp_path: Path) -> None:
    table = write_table(tmp_path / "trips.csv", [Ride(metres="1"), Ride(bike="101", metres="2")])
    with open_data(table, pieces(3), mapping="mobike-2016") as opened:
        found = compare(opened, pieces(3), pieces(9))
    # Two metres are no piece; nobody may read them as one where the units say they are pieces.
    assert (found.both, found.a.grams, found.b.grams, found.ratio_bps) == (1, 3, 9, 30_000)


def test_plot__is_a_picture_of_its_own_with_every_act_in_it(data: TrialData) -> None:
    found = compared(data, pieces(200))
    root = ElementTree.fromstring(comparison_svg(found))
    bars = [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}title")][1:]
    acts = sum(int(bar.split()[0].replace(",", "")) for bar in bars)
    assert acts == 3 * found.both  # of A, of B, and of their differences
    texts = " ".join(node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "travel-beijing-2024 v1" in texts
    assert "quantity * 953 / 10000" in texts
    assert not any("href" in name for node in root.iter() for name in node.attrib)


def test_plot__of_nothing_in_common__says_so(tmp_path: Path) -> None:
    table = write_table(tmp_path / "trips.csv", [Ride(metres="30000", minutes="110")])
    with open_data(table, cycling(), mapping="mobike-2016") as opened:
        found = compare(opened, cycling(), cycling())
    assert (found.both, found.ratio_bps, found.bins, found.difference_grams, found.greatest) == (0, None, [], {}, [])
    assert b"no act is counted by both" in comparison_svg(found)


# Commands


def answered(*words: object) -> Any:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["methodology", *(str(word) for word in words)])
    if result.exception:
        raise result.exception
    return json.loads(result.stdout) if "--json" in words else result.stdout


def test_commands__list_and_show__tell_grades_formulas_and_values() -> None:
    rows = {row["id"]: row for row in answered("list", "--json")["methodologies"]}
    assert rows.keys() == SHIPPED.keys()
    assert rows["pv-shanghai-2024"]["not_fileable"] is None
    assert "pv-wuhan-2023" in answered("list")
    shown = answered("show", "electricity-shenzhen-2022")
    assert "max(0, baseline - quantity) * grid" in shown
    assert "mean of the asset's 7 days before, but city_baseline where an act is below it" in shown
    assert answered("show", "travel-beijing-2024", "--json")["definition"] == definition_of(cycling())


def test_commands__try_and_compare__print_what_was_found_and_write_the_plot(table: Path, tmp_path: Path) -> None:
    other = tmp_path / "pieces.json"
    other.write_bytes(definition_bytes(pieces()))
    words = ("--data", table, "--mapping", "mobike-2016")
    tried = answered("try", "travel-beijing-2024", *words, "--json")
    assert (tried["counted"], tried["quarantined"]["too_fast"]) == (40, 1)
    text = answered("try", "travel-beijing-2024", *words)
    assert f"{tried['grams']} g" in text
    assert "oracles would refuse all of it: 1 of 43 records are too_fast, allowed are 100 in 10,000" in text
    plot = tmp_path / "plot.svg"
    found = answered("compare", "travel-beijing-2024", other, *words, "--plot", plot, "--json")
    assert (found["both"], found["plot"], "pairs" in found) == (40, str(plot), False)
    assert plot.read_bytes().startswith(b"<?xml")
    assert "B gives" in answered("compare", "travel-beijing-2024", other, *words)
    with pytest.raises(InvalidInput, match=r"must end with \.svg"):
        answered("compare", "travel-beijing-2024", other, *words, "--plot", tmp_path / "plot.png")


def test_commands__project_of_the_package__gives_the_region(tmp_path: Path) -> None:
    assert PROJECT >> 32 == SHANGHAI
    folder = packed(tmp_path / "august", month(3)).folder
    assert answered("try", "travel-beijing-2024", "--data", folder, "--json")["region"] == SHANGHAI


def test_commands__factors__are_rows_to_copy() -> None:
    (found,) = answered("factors", "average_of_province", "--region", SHANGHAI, "--year", 2023, "--json")["parameters"]
    assert [value["value"] for value in found["values"]] == [5737]
    assert "4200 / 10000 (region 310000)" in answered("factors", "--region", SHANGHAI)
    assert answered("factors", "--region", 110000, "--year", 1999) == "no such value was seen\n"
    with pytest.raises(InvalidInput, match="must be one of average_of_province"):
        answered("factors", "nothing")
