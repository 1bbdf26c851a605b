"""Published factors: each as it was printed, each once, and usable in a definition as it stands."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from registry.domain.definition import parameter_of
from registry.domain.errors import InvalidMethodology
from registry.domain.methodology import Grade, methodology_of
from registry.domain.published_factors import load_factors, read_factors, rows_for
from registry.domain.units import decimal_text_to_integer
from tests.registry.domain.definitions import PV, definition

FACTORS = load_factors()
SHANGHAI = 310000


def test_factors__of_shanghai__are_two_different_figures() -> None:
    average = rows_for(FACTORS["average_of_province"], SHANGHAI, 2023).values
    guides = FACTORS["shanghai_guides"].values
    assert ([each.value for each in average], [each.value for each in guides]) == ([5737], [4200])
    assert {each.grade for each in (*average, *guides)} == {Grade.B}


def test_factors__every_value__names_document_region_and_year() -> None:
    for parameter in FACTORS.values():
        for value in parameter.values:
            assert value.value
            assert value.document is not None
            assert None not in (value.region, value.year)
            printed = value.published.split(" ")[0]
            if parameter.name != "shanghai_guides":  # printed per 10,000 kWh
                assert decimal_text_to_integer(printed, parameter.scale) == value.value


def test_factors__copied_into_a_definition__are_looked_up_by_region_and_year() -> None:
    found = definition(PV)
    found["parameters"] = [{**parameter_of(FACTORS["average_of_province"]), "name": "grid"}]
    methodology = methodology_of(found)
    assert methodology.rule(1, 2023, 310115).text == "quantity * 5737 / 10000"
    assert methodology.rule(1, 2023, 420100).grams(10_000) == 4044
    assert methodology.rule(1, 2022, 440300).grams(10_000) == 4403


@pytest.mark.shared_data
def test_factors__are_all_of_the_collected_ones__to_the_last_digit(shared_data: Path) -> None:
    with (shared_data / "grid_factors.csv").open(encoding="utf-8-sig") as file:
        collected = Counter((row["region"], row["value"], row["confidence"]) for row in csv.DictReader(file))
    shipped = Counter(
        (value.region, f"{value.value // 10_000}.{value.value % 10_000:04d}", value.grade.value)
        for parameter in FACTORS.values()
        for value in parameter.values
        if value.value and value.document and "第12号" not in value.document.name
    )
    assert shipped == collected


def test_factors__a_row_twice_or_an_unknown_name__is_refused() -> None:
    content = {"format": "puhui-factors/1", "title": {"en": "a", "zh": "b"}}
    once = parameter_of(FACTORS["fossil_power"])
    twice = {**once, "values": [*once["values"], once["values"][0]]}
    with pytest.raises(InvalidMethodology, match="stands twice"):
        read_factors(json.dumps({**content, "parameters": [twice]}), "x")
    with pytest.raises(InvalidMethodology, match="is not known here"):
        read_factors(json.dumps({**content, "parameters": [once], "more": 1}), "x")
