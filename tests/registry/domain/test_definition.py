"""Strict reading of methodology definitions: what is missing, unknown, of another type or does not hold together."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.canonical import InvalidJson
from registry.domain.errors import InvalidMethodology
from registry.domain.methodology import definition_hash, definition_of, methodology_of, read_definition
from registry.domain.units import MAX_QUANTITY
from tests.registry.domain.definitions import CYCLING, changed, definition, nodes_of


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


def compared(d: dict[str, Any], **changes: Any) -> None:
    """Makes the first scenario one that is compared with its own mean."""
    d["scenarios"][0].update(formula="max(0, baseline - quantity) * factor")
    d["scenarios"][0]["baseline"] = {"kind": "own_mean", "days": 7, "unless_below": None, **changes}
    d["scenarios"][0]["limits"]["min_duration_seconds"] = d["scenarios"][0]["limits"]["max_duration_seconds"] = 86_400


def renamed(scenario: dict[str, Any], **act: str) -> dict[str, Any]:
    """Another scenario of the same kind of act."""
    return {**scenario, "number": 9, "name": "again", "act": {**scenario["act"], **act}}


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
        (lambda d: d.update(format="puhui-methodology/1"), r"\$\.format"),
        (lambda d: d.update(id="Cycling"), r"\$\.id"),
        (lambda d: d.update(id="a" * 32), r"\$\.id"),
        (lambda d: d.update(version=0), "version"),
        (lambda d: d.update(grade="X"), "none of A, B, C"),
        (lambda d: d.update(illustration=None), "graded C"),
        (lambda d: d.update(scenarios=[]), "1 to 200 items"),
        (lambda d: d.update(parameters=d["parameters"] * 101), "0 to 200 items"),
        (lambda d: d["document"].update(sha256="AB" * 32), "sha256"),
        (lambda d: d["document"].update(in_force_from="2024-02-30"), "no date of the calendar"),
        (lambda d: d["document"].update(in_force_from="01.10.2024"), "in_force_from"),
        (lambda d: d["time_zone"].update(offset_seconds=28_801), "whole minutes"),
        (lambda d: d["time_zone"].update(offset_seconds=90_000), "offset_seconds"),
        (lambda d: d["scenarios"].append(d["scenarios"][0]), "number 1 stands twice"),
        (lambda d: d["scenarios"].append({**d["scenarios"][0], "number": 9}), "name cycling stands twice"),
        (lambda d: d["scenarios"][0].update(field="sport"), "none of travel, consumption"),
        (lambda d: d["scenarios"][0].update(mode="tram"), "factor has no value for the mode tram"),
        (lambda d: d["scenarios"][0].update(mode=None), "is needed to look up factor"),
        (lambda d: d["scenarios"][0].update(formula="quantity * baseline"), "is looked up by no parameter"),
        (lambda d: d["scenarios"][0].update(conditions=[{"en": "x"}]), r"conditions\[0\]\.zh"),
        (lambda d: d["scenarios"][0].update(declared=True), "of a declared result must be quantity"),
        (lambda d: d["scenarios"][0].update(declared=True, formula="quantity"), "must be gCO2e"),
        (lambda d: d["parameters"].append(d["parameters"][0]), "name baseline stands twice"),
        (lambda d: d["parameters"].append({**d["parameters"][0], "name": "spare"}), "no formula uses spare"),
        (lambda d: d["parameters"][0].update(name="quantity"), "means something else in every formula"),
        (lambda d: d["parameters"][0].update(name="max"), "means something else in every formula"),
        (lambda d: d["parameters"][0].update(scale=0), "scale"),
        (lambda d: d["parameters"][0].update(values=[]), "1 to 200 items"),
        (lambda d: d["parameters"][0].update(by=["year"]), r"values\[0\]\.where\.year: is missing"),
        (lambda d: d["parameters"][1].update(by=[]), r"values\[0\]\.where\.mode: is not known here"),
        (lambda d: d["parameters"][1].update(by=["mode", "year"]), "each once and in this order"),
        (lambda d: d["parameters"][1].update(by=["mode", "mode"]), "each once and in this order"),
        (lambda d: d["parameters"][1].update(by=["colour"]), "some of region, year, mode"),
        (lambda d: d["parameters"][1]["values"].append(d["parameters"][1]["values"][0]), "mode bus. stands twice"),
        (lambda d: d["parameters"][1]["values"][0]["where"].update(mode="tram"), "has no value for the mode bus"),
        (lambda d: d["scenarios"].pop(2), r"values\[0\]\.where\.mode: no scenario has the mode bus"),
        (lambda d: d["parameters"][0]["values"][0].update(value=87), r"\$\.scenarios\[0\]\.formula: .*never gives"),
        (lambda d: d["parameters"][0]["values"][0].update(value=100), r"\$\.scenarios\[1\]\.formula: .*never gives"),
        (lambda d: d["parameters"][0]["values"][0].update(value=0.104), "must be an integer, is float"),
        (lambda d: d["parameters"][0]["values"][0].update(document={"name": "x"}), r"document\.sha256: is missing"),
        (lambda d: d["scenarios"][0].update(formula="quantity * (nothing - factor)"), "no parameter nothing"),
        (lambda d: d["scenarios"][0].update(formula="quantity / factor"), "formula: character 10: '/' is none of"),
        (lambda d: d["scenarios"][0].update(formula="quantity*factor"), r"has to be written 'quantity \* factor'"),
        (lambda d: d["scenarios"][0].update(formula="quantity * factor - baseline"), r"max\(0, ...\) is missing"),
        (lambda d: compared(d), "give the parameter another name"),
        (lambda d: compared(d, days=0), "baseline.days"),
        (lambda d: compared(d, kind="city_mean"), "none of own_mean"),
        (lambda d: compared(d, unless_below="nothing"), "no parameter nothing"),
        (lambda d: (compared(d), d["scenarios"][0].update(formula="quantity * factor")), "does not name baseline"),
        (
            lambda d: (compared(d), d["scenarios"][0]["limits"].update(min_duration_seconds=86_399)),
            "limits.min_duration_seconds: must be a day",
        ),
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
        (lambda d: d["scenarios"][0]["limits"].update(max_quantity=MAX_QUANTITY), "is beyond 63 bits"),
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


@pytest.mark.parametrize(
    "changes", [{"kind": "bike"}, {"asset": "cycle"}, {"asset_form": "upper_alphanumeric"}, {"recurs": True}]
)
def test_hash__changes_with_how_acts_are_named(changes: dict[str, Any]) -> None:
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
