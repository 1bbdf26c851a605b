"""Methodology definitions: strict reading, one hash, exact grams, and what may be filed."""

import copy
import hashlib
import json
from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.acts import AssetForm
from registry.domain.canonical import InvalidJson
from registry.domain.errors import InvalidMethodology, InvalidQuantity, NotFileable, UnknownScenario
from registry.domain.methodology import (
    ActNaming,
    Factor,
    Grade,
    check_fileable,
    definition_bytes,
    definition_hash,
    definition_of,
    document_hash,
    grams_of,
    id_bytes32,
    load_shipped,
    methodology_of,
    read_definition,
)
from registry.domain.units import MAX_QUANTITY

SHIPPED = load_shipped()
CYCLING = SHIPPED["cycling-beijing-2024"]
PV = SHIPPED["pv-shanghai-2024"]
UNSEEN = SHIPPED["shared-bike-ciia-2025"]
# What is filed is filed for ever under its hash: a changed byte in a shipped file needs a new version.
CYCLING_HASH = "94331d7ea5de02b2"


def definition(methodology: Any = CYCLING) -> dict[str, Any]:
    return copy.deepcopy(definition_of(methodology))


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    found = definition()
    change(found)
    return found


def nodes_of(value: Any, path: str = "$") -> list[tuple[str, dict[str, Any]]]:
    """Every object of a definition, with its path."""
    found = []
    if isinstance(value, dict):
        found.append((path, value))
        for name, item in value.items():
            found += nodes_of(item, f"{path}.{name}")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            found += nodes_of(item, f"{path}[{position}]")
    return found


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
    assert CYCLING.scenario(1).act == UNSEEN.scenario(1).act == ActNaming("shared-bike", "bike", AssetForm.DECIMAL)


def test_shipped__cycling_has_the_numbers_of_the_standard() -> None:
    assert CYCLING.factor(1) == Factor(numerator=1040 - 87, scale=10_000)
    limits = CYCLING.scenario(1).limits
    assert (limits.max_quantity, limits.max_duration_seconds, limits.max_speed_per_hour) == (20_000, 7_200, 25_000)
    assert (limits.min_quantity, limits.overlap, CYCLING.offset_seconds) == (1, True, 28_800)


def test_shipped__shanghai_pv_gives_the_worked_example_of_its_source() -> None:
    """1 MW for 1,100 hours are 1.1 GWh and 462 t."""
    assert grams_of(PV, 1, 1_100_000_000) == 462_000_000


# Grams


@pytest.mark.parametrize(
    ("metres", "grams"),
    [(0, 0), (1, 0), (10, 0), (11, 1), (867, 82), (10_000, 953), (20_000, 1906), (10**12, 95300 * 10**6)],
)
def test_grams__are_cut_to_whole_ones(metres: int, grams: int) -> None:
    assert grams_of(CYCLING, 1, metres) == grams


@given(st.integers(0, 10**15))
def test_grams__are_the_floor_of_the_exact_product(metres: int) -> None:
    assert grams_of(CYCLING, 1, metres) == floor(metres * (Fraction(104, 1000) - Fraction(87, 10_000)))


@given(st.lists(st.integers(0, 20_000), max_size=30))
def test_grams__of_a_sum__are_at_least_the_sum_of_grams(metres: list[int]) -> None:
    assert sum(grams_of(CYCLING, 1, each) for each in metres) <= grams_of(CYCLING, 1, sum(metres))


@pytest.mark.parametrize("quantity", [-1, 1.5, "1", None, True, MAX_QUANTITY + 1])
def test_grams__of_no_quantity__are_refused(quantity: Any) -> None:
    with pytest.raises(InvalidQuantity):
        grams_of(CYCLING, 1, quantity)


def test_grams__that_no_register_could_hold__are_refused() -> None:
    with pytest.raises(InvalidQuantity, match="grams"):
        grams_of(SHIPPED["acts-as-reported"], 1, MAX_QUANTITY)


@pytest.mark.parametrize("number", [0, 2, -1, None])
def test_grams__of_an_unknown_scenario__name_the_known_ones(number: Any) -> None:
    with pytest.raises(UnknownScenario, match=r"it has 1 \(cycling\)"):
        grams_of(CYCLING, number, 1)


def test_grams__with_a_value_not_seen__are_refused() -> None:
    with pytest.raises(NotFileable, match="replaced_modes was not seen"):
        grams_of(UNSEEN, 1, 1)


# Filing


def test_fileable__graded_b__is() -> None:
    check_fileable(PV)


def test_fileable__graded_c__only_on_a_demonstration_network() -> None:
    check_fileable(CYCLING, allow_grade_c=True)
    with pytest.raises(NotFileable, match=r"baseline, cycling .*grade C.* DB11/T 3043-2024"):
        check_fileable(CYCLING)


@pytest.mark.parametrize("allow_grade_c", [False, True])
def test_fileable__with_a_value_not_seen__never(allow_grade_c: bool) -> None:
    with pytest.raises(NotFileable, match="not seen"):
        check_fileable(UNSEEN, allow_grade_c)


def test_fileable__with_only_the_formula_graded_c__names_the_formula() -> None:
    found = definition(PV)
    found.update(grade="C", illustration={"en": "to be confirmed", "zh": "待核对"})
    with pytest.raises(NotFileable, match="the formula"):
        check_fileable(methodology_of(found))


def test_id__is_padded_as_the_contracts_hold_it() -> None:
    assert id_bytes32(CYCLING) == b"cycling-beijing-2024".ljust(32, b"\0")


def test_document_hash__is_the_documents_or_says_that_it_was_not_seen() -> None:
    found = definition()
    found["document"]["sha256"] = "ab" * 32
    assert document_hash(methodology_of(found)) == b"\xab" * 32
    assert document_hash(CYCLING) not in (bytes(32), document_hash(PV))


def test_refusal__of_a_reason_that_is_not_named__is_none() -> None:
    assert CYCLING.refusal_bps("relabelled_copy") == 50
    assert CYCLING.refusal_bps("duration_too_short") is None


# Reading


@pytest.mark.parametrize(
    "path_and_name",
    [(path, name) for path, node in nodes_of(definition()) for name in node],
    ids=lambda each: ".".join(each),
)
def test_definition__with_any_name_missing__is_refused_there(path_and_name: tuple[str, str]) -> None:
    path, name = path_and_name
    found = definition()
    del dict(nodes_of(found))[path][name]
    if path == "$.refuse_above_bps":
        methodology_of(found)  # the one object whose names are free to be left out
        return
    with pytest.raises(InvalidMethodology) as caught:
        methodology_of(found, "m.json")
    assert caught.value.values == {"methodology": "m.json", "path": f"{path}.{name}", "problem": "is missing"}


@pytest.mark.parametrize("path", [path for path, _ in nodes_of(definition())])
def test_definition__with_an_unknown_name_anywhere__is_refused_there(path: str) -> None:
    found = definition()
    dict(nodes_of(found))[path]["smuggled"] = 1
    with pytest.raises(InvalidMethodology) as caught:
        methodology_of(found)
    assert caught.value.values["path"] == f"{path}.smuggled"


def renamed(scenario: dict[str, Any], **act: str) -> dict[str, Any]:
    """Another scenario of the same kind of act."""
    return {**scenario, "number": 2, "name": "again", "act": {**scenario["act"], **act}}


WRONG_TYPES: list[Any] = [1.5, [], {}, True, "\n", -1, 10**40, "x" * 3000]


@pytest.mark.parametrize("path", [path for path, _ in nodes_of(definition())])
def test_definition__with_a_wrong_type_anywhere__is_refused_there(path: str) -> None:
    for name, right in dict(nodes_of(definition()))[path].items():
        for wrong in WRONG_TYPES:
            if type(wrong) is type(right) and not (isinstance(wrong, str | int) and not isinstance(wrong, bool)):
                continue
            found = definition()
            dict(nodes_of(found))[path][name] = wrong
            with pytest.raises(InvalidMethodology, match=name):
                methodology_of(found)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d.update(format="puhui-methodology/2"), r"\$\.format"),
        (lambda d: d.update(id="Cycling"), r"\$\.id"),
        (lambda d: d.update(id="a" * 32), r"\$\.id"),
        (lambda d: d.update(version=0), "version"),
        (lambda d: d.update(grade="X"), "none of A, B, C"),
        (lambda d: d.update(illustration=None), "graded C"),
        (lambda d: d.update(scenarios=[]), "1 to 200 items"),
        (lambda d: d.update(parameters=d["parameters"] * 101), "1 to 200 items"),
        (lambda d: d["document"].update(sha256="AB" * 32), "sha256"),
        (lambda d: d["document"].update(in_force_from="2024-02-30"), "no date of the calendar"),
        (lambda d: d["document"].update(in_force_from="01.10.2024"), "in_force_from"),
        (lambda d: d["time_zone"].update(offset_seconds=28_801), "whole minutes"),
        (lambda d: d["time_zone"].update(offset_seconds=90_000), "offset_seconds"),
        (lambda d: d["scenarios"].append(d["scenarios"][0]), "number 1 stands twice"),
        (lambda d: d["scenarios"].append({**d["scenarios"][0], "number": 2}), "name cycling stands twice"),
        (lambda d: d["parameters"].append(d["parameters"][0]), "name baseline stands twice"),
        (lambda d: d["parameters"].append({**d["parameters"][0], "name": "spare"}), "no formula uses spare"),
        (lambda d: d["parameters"][0].update(scale=1000), "differ in scale"),
        (lambda d: d["parameters"][0].update(unit="gCO2e per kWh"), "differ in unit"),
        (lambda d: d["parameters"][0].update(value=87), "never gives a reduction"),
        (lambda d: d["parameters"][0].update(value=10), "never gives a reduction"),
        (lambda d: d["parameters"][0].update(scale=0), "scale"),
        (lambda d: d["parameters"][0].update(value=0.104), "must be an integer, is float"),
        (lambda d: d["scenarios"][0]["formula"].update(minuend="nothing"), "no parameter nothing"),
        (lambda d: d["scenarios"][0]["formula"].update(kind="quotient"), "none of"),
        (lambda d: d["scenarios"][0]["formula"].update(kind="quantity_times_factor"), "factor: is missing"),
        (lambda d: d["scenarios"][0]["act"].update(kind="Shared bike"), r"act\.kind"),
        (lambda d: d["scenarios"][0]["act"].update(kind="shared-bike;bike=1"), r"act\.kind"),
        (lambda d: d["scenarios"][0]["act"].update(asset="Bike"), r"act\.asset"),
        (lambda d: d["scenarios"][0]["act"].update(asset="start"), "field of the act's time"),
        (lambda d: d["scenarios"][0]["act"].update(asset_form="[0-9]+"), "none of decimal, upper_alphanumeric"),
        (lambda d: d["scenarios"].append(renamed(d["scenarios"][0], asset="cycle")), "named in two ways"),
        (
            lambda d: d["scenarios"].append(renamed(d["scenarios"][0], asset_form="upper_alphanumeric")),
            "named in two ways",
        ),
        (lambda d: d["scenarios"][0]["limits"].update(min_quantity=0), "min_quantity"),
        (lambda d: d["scenarios"][0]["limits"].update(min_quantity=20_001), "below min_quantity"),
        (lambda d: d["scenarios"][0]["limits"].update(min_duration_seconds=7_201), "below min_duration_seconds"),
        (lambda d: d["scenarios"][0]["limits"].update(max_quantity=MAX_QUANTITY), "does not fit in 64 bits"),
        (lambda d: d["scenarios"][0]["limits"].update(overlap=1), "true or false"),
        (lambda d: d["refuse_above_bps"].update(bad_luck=1), "no reason of quarantine"),
        (lambda d: d["refuse_above_bps"].update(too_fast=10_001), "too_fast"),
        (lambda d: d["title"].update(zh=""), r"\$\.title\.zh"),
        (lambda d: d["title"].update(en=" padded"), "blanks at its ends"),
    ],
)
def test_definition__that_does_not_hold_together__is_refused(
    change: Callable[[dict[str, Any]], Any], problem: str
) -> None:
    with pytest.raises(InvalidMethodology, match=problem):
        methodology_of(changed(change))


@pytest.mark.parametrize("whole", [None, [], "x", 1, True])
def test_definition__that_is_no_object__is_refused(whole: Any) -> None:
    with pytest.raises(InvalidMethodology, match="must be an object"):
        methodology_of(whole)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("{", "Expecting"),
        ('{"id":"a","id":"a"}', "stands twice"),
        ('{"version":1.0}', "not an integer"),
        (b"\xff", "UTF-8"),
    ],
)
def test_definition__that_is_no_strict_json__is_refused(data: str | bytes, problem: str) -> None:
    with pytest.raises(InvalidJson, match=problem):
        read_definition(data, "m.json")


@pytest.mark.parametrize("changes", [{"kind": "bike"}, {"asset": "cycle"}, {"asset_form": "upper_alphanumeric"}])
def test_hash__changes_with_how_acts_are_named(changes: dict[str, str]) -> None:
    found = changed(lambda d: d["scenarios"][0]["act"].update(changes))
    assert definition_of(methodology_of(found)) == found
    assert definition_hash(methodology_of(found)) != definition_hash(CYCLING)


def test_hash__does_not_depend_on_blanks_or_the_order_of_names() -> None:
    rewritten = json.dumps(dict(reversed(definition().items())), indent=4, ensure_ascii=True)
    assert definition_hash(read_definition(rewritten)) == definition_hash(CYCLING)


@given(st.data())
def test_hash__changes_with_any_value(data: st.DataObject) -> None:
    found = definition()
    texts = [(node, name) for _, node in nodes_of(found) for name, value in node.items() if isinstance(value, str)]
    free = [(node, name) for node, name in texts if name in ("en", "zh", "source", "published", "base_unit", "region")]
    node, name = data.draw(st.sampled_from(free))
    node[name] += "."
    assert definition_hash(methodology_of(found)) != definition_hash(CYCLING)
