"""Methodologies: what is shipped, rules and their lookups, one hash, and what may be filed."""

import hashlib
from typing import Any

import pytest

from registry.domain.acts import AssetForm
from registry.domain.errors import NoFactor, NotFileable, UnknownScenario
from registry.domain.methodology import (
    ActNaming,
    Field,
    Grade,
    check_fileable,
    definition_bytes,
    definition_hash,
    document_hash,
    id_bytes32,
    methodology_of,
    read_definition,
)
from tests.registry.domain.definitions import CYCLING, PV, SHIPPED, definition

UNSEEN = SHIPPED["shared-bike-ciia-2025"]
POWER = SHIPPED["electricity-shenzhen-2022"]
SHANGHAI, WUHAN, PUDONG = 310000, 420100, 310115
# What is filed is filed for ever under its hash: a changed byte in a shipped file needs a new version.
CYCLING_HASH = "5c763d7a1ca08806"
# What the sources allow: everything else lacks a formula or a value.
FILEABLE = {"pv-shanghai-2024"}
ON_DEMONSTRATIONS = {"travel-beijing-2024", "ev-beijing-2025", "acts-as-reported", "declared-results"}


# What is shipped


@pytest.mark.parametrize("methodology", SHIPPED.values(), ids=list(SHIPPED))
def test_shipped__reads_back_to_itself_and_its_hash(methodology: Any) -> None:
    again = read_definition(definition_bytes(methodology))
    assert again == methodology
    assert definition_hash(again) == definition_hash(methodology) == hashlib.sha256(definition_bytes(again)).digest()


def test_shipped__hashes_differ() -> None:
    assert len({definition_hash(methodology) for methodology in SHIPPED.values()}) == len(SHIPPED)


@pytest.mark.parametrize("methodology", SHIPPED.values(), ids=list(SHIPPED))
def test_shipped__graded_c__says_what_has_to_be_confirmed(methodology: Any) -> None:
    assert (methodology.weakest_grade is Grade.C) == (methodology.illustration is not None)


def test_shipped__cycling_definition_is_the_one_that_was_filed() -> None:
    assert definition_hash(CYCLING).hex().startswith(CYCLING_HASH)


def test_shipped__acts_of_one_kind__are_named_in_one_way_by_all() -> None:
    """A ride that two methodologies can see has one act key."""
    scenarios = [scenario for methodology in SHIPPED.values() for scenario in methodology.scenarios]
    namings = {scenario.act for scenario in scenarios}
    assert len({naming.kind for naming in namings}) == len(namings)
    assert (
        CYCLING.scenario(1).act
        == UNSEEN.scenario(1).act
        == ActNaming("shared-bike", "bike", AssetForm.DECIMAL, recurs=False)
    )


def test_shipped__travel_has_the_numbers_of_the_standard() -> None:
    texts = [CYCLING.rule(number, 2016, SHANGHAI).text for number in (1, 2, 3, 4)]
    assert texts == [f"quantity * {factor} / 10000" for factor in (1040 - 87, 1040 - 320, 1040 - 520, 1040)]
    limits = CYCLING.scenario(1).limits
    assert (limits.max_quantity, limits.max_duration_seconds, limits.max_speed_per_hour) == (20_000, 7_200, 25_000)
    assert (limits.min_quantity, limits.overlap, CYCLING.offset_seconds) == (1, True, 28_800)


def test_shipped__figures_of_the_sources_come_out() -> None:
    """1 MW for 1,100 hours are 462 t; a clean plate 144 g and a bus ride 80 g; a kilometre of an electric car 153 g."""
    assert PV.rule(1, 2024, SHANGHAI).grams(1_100_000_000) == 462_000_000
    reported = SHIPPED["acts-as-reported"]
    assert [reported.rule(number, 2020, SHANGHAI).grams(1) for number in (1, 2)] == [144, 80]
    assert SHIPPED["ev-beijing-2025"].rule(1, 2025, 110000).grams(1000) == 153
    assert SHIPPED["declared-results"].rule(1, 2025, WUHAN).grams(7) == 7


@pytest.mark.parametrize(
    ("metres", "grams"),
    [(0, 0), (1, 0), (10, 0), (11, 1), (867, 82), (10_000, 953), (20_000, 1906), (10**12, 95300 * 10**6)],
)
def test_shipped__grams_of_cycling__are_cut_to_whole_ones(metres: int, grams: int) -> None:
    assert CYCLING.rule(1, 2016, SHANGHAI).grams(metres) == grams


def test_shipped__fields__are_those_of_the_policy_texts() -> None:
    found = {scenario.field for methodology in SHIPPED.values() for scenario in methodology.scenarios}
    assert found >= {Field.TRAVEL, Field.ENERGY, Field.SAVING, Field.SINK, Field.CLEAN_PLATE}
    assert all(field.label and field.label_zh for field in Field)


# Rules and lookups


def table(*rows: tuple[dict[str, Any], int | None], by: list[str]) -> dict[str, Any]:
    """A definition whose factor is looked up in these rows."""
    found = definition(PV)
    (grid,) = found["parameters"]
    first = {**grid["values"][0]}
    grid.update(by=by, values=[{**first, "where": where, "value": value} for where, value in rows])
    return found


def test_rule__row_of_a_province__holds_for_what_lies_in_it_unless_it_has_its_own() -> None:
    rows = [({"region": SHANGHAI, "year": 2023}, 57), ({"region": PUDONG, "year": 2023}, 58)]
    methodology = methodology_of(table(*rows, ({"region": SHANGHAI, "year": 2022}, 60), by=["region", "year"]))
    places = [(2023, SHANGHAI), (2023, 310101), (2023, PUDONG), (2022, PUDONG)]
    assert [methodology.rule(1, *place).grams(100) for place in places] == [57, 57, 58, 60]


@pytest.mark.parametrize(
    ("year", "region"), [(2022, SHANGHAI), (2024, SHANGHAI), (2023, WUHAN), (2023, 319900 - 100000)]
)
def test_rule__without_a_row__names_what_is_missing_and_guesses_nothing(year: int, region: int) -> None:
    methodology = methodology_of(table(({"region": SHANGHAI, "year": 2023}, 57), by=["region", "year"]))
    with pytest.raises(NoFactor) as caught:
        methodology.rule(1, year, region)
    assert caught.value.values == {
        "methodology": "pv-shanghai-2024",
        "parameter": "grid",
        "region": region,
        "year": year,
        "mode": None,
    }


def test_rule__a_row_not_seen__names_it_while_others_are_used() -> None:
    rows = [({"year": 2022}, 60), ({"year": 2023}, None)]
    methodology = methodology_of(table(*rows, by=["year"]))
    assert methodology.rule(1, 2022, WUHAN).grams(100) == 60
    with pytest.raises(NotFileable, match=r"the value of grid \(year 2023\) was not seen"):
        methodology.rule(1, 2023, WUHAN)


@pytest.mark.parametrize("number", [0, 9, -1, None])
def test_rule__of_an_unknown_scenario__names_the_known_ones(number: Any) -> None:
    with pytest.raises(UnknownScenario, match=r"it has 1 \(cycling\), 2 \(urban_rail\)"):
        CYCLING.rule(number, 2016, SHANGHAI)


def test_rule__of_household_power__compares_with_seven_days_or_with_the_city() -> None:
    found = definition(POWER)
    found["parameters"][0]["values"][0]["value"] = 5000
    found["parameters"][1]["values"][0]["value"] = 3001
    rule = methodology_of(found).rule(1, 2022, 440300)
    assert rule.baseline is not None
    assert (rule.baseline.days, rule.baseline.scale, rule.baseline.sum_multiplier, rule.baseline.fixed) == (
        7,
        7,
        1,
        21_007,
    )
    assert [rule.baseline.is_fixed(quantity) for quantity in (3000, 3001)] == [True, False]
    assert rule.grams(3000, 21_007) == 0  # (3001 - 3000) Wh x 0.5 g
    assert rule.grams(5000, rule.baseline.of_sum(7 * 6001)) == 500
    assert rule.grams(6002, rule.baseline.of_sum(7 * 6001)) == 0


# Filing


@pytest.mark.parametrize("methodology", SHIPPED.values(), ids=list(SHIPPED))
def test_fileable__what_was_seen__and_grade_c_on_demonstrations_only(methodology: Any) -> None:
    for demonstration, allowed in ((False, FILEABLE), (True, FILEABLE | ON_DEMONSTRATIONS)):
        if methodology.id in allowed:
            check_fileable(methodology, demonstration=demonstration)
        else:
            with pytest.raises(NotFileable):
                check_fileable(methodology, demonstration=demonstration)


def test_fileable__graded_c__names_each_value_and_the_document() -> None:
    with pytest.raises(NotFileable, match=r"baseline, factor \(mode bus\), .*grade C.* DB11/T 3043-2024"):
        check_fileable(CYCLING, demonstration=False)


def test_fileable__not_seen__names_each_value_and_formula() -> None:
    with pytest.raises(NotFileable, match="the value of replaced_modes, the value of power were not seen"):
        check_fileable(UNSEEN, demonstration=True)
    with pytest.raises(NotFileable, match="the formula of pv_generation was not seen"):
        check_fileable(SHIPPED["pv-wuhan-2023"], demonstration=True)
    with pytest.raises(NotFileable, match="the formula of pv_generation was not seen"):
        SHIPPED["pv-wuhan-2023"].rule(1, 2023, WUHAN)


def test_fileable__with_only_the_formula_graded_c__names_the_formula() -> None:
    found = definition(PV)
    found.update(grade="C", illustration={"en": "to be confirmed", "zh": "待核对"})
    with pytest.raises(NotFileable, match="the formula"):
        check_fileable(methodology_of(found), demonstration=False)


def test_id__is_padded_as_the_contracts_hold_it() -> None:
    assert id_bytes32(CYCLING) == b"travel-beijing-2024".ljust(32, b"\0")


def test_document_hash__is_the_documents_or_says_that_it_was_not_seen() -> None:
    found = definition()
    found["document"]["sha256"] = "ab" * 32
    assert document_hash(methodology_of(found)) == b"\xab" * 32
    assert document_hash(CYCLING) not in (bytes(32), document_hash(PV))


def test_refusal__of_a_reason_that_is_not_named__is_none() -> None:
    assert CYCLING.refusal_bps("relabelled_copy") == 50
    assert CYCLING.refusal_bps("duration_too_short") is None
