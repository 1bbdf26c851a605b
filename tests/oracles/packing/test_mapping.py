"""A mapping file is read strictly: whatever is not understood is named and refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oracles.errors import InvalidMapping
from oracles.packing.mapping import SHIPPED_FOLDER, load_mapping
from oracles.packing.mapping_model import Multiplier, RowsShape

GOOD: dict[str, Any] = json.loads((SHIPPED_FOLDER / "mobike-2016.json").read_text("utf-8"))


def write(folder: Path, content: Any) -> Path:
    path = folder / "mapping.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


@pytest.mark.parametrize("key", sorted(set(GOOD) - {"note", "encoding", "delimiter"}))
def test_load__a_key_is_missing__is_named(tmp_path: Path, key: str) -> None:
    with pytest.raises(InvalidMapping, match=key):
        load_mapping(write(tmp_path, {name: value for name, value in GOOD.items() if name != key}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "puhui-mapping/2"),
        ("encoding", "latin-1"),
        ("delimiter", ",,"),
        ("name", ""),
        ("note", 7),
        ("scenario", "1"),
        ("scenario", True),
        ("scenario", 0),
        ("scenario", 65_536),
        ("act", {"kind": "Shared Bike", "asset": "bike"}),
        ("act", {"kind": "shared-bike", "asset": "start"}),
        ("act", {"kind": "shared-bike"}),
        ("act", []),
        ("columns", {"asset": "a", "user": "u", "start": "s", "quantity": "q"}),
        ("columns", {"asset": "a", "user": "u", "start": "s", "end": "e"}),
        ("columns", {**GOOD["columns"], "name": "n"}),
        ("columns", {**GOOD["columns"], "user": 3}),
        ("time", {"format": "%Y", "offset": "+08:00"}),
        ("time", {"format": "%Y-%m-%d %H:%M", "offset": "CST"}),
        ("time", {"format": "%Y-%m-%d %H:%M", "offset": 8}),
        ("quantity_multiplier", 1),
        ("quantity_multiplier", "0"),
        ("quantity_multiplier", "0.000"),
        ("quantity_multiplier", "-1"),
        ("quantity_multiplier", "1e3"),
        ("duration_multiplier", ""),
        ("what", "is this"),
    ],
)
def test_load__a_value_is_wrong__is_refused(tmp_path: Path, key: str, value: Any) -> None:
    with pytest.raises(InvalidMapping) as refusal:
        load_mapping(write(tmp_path, {**GOOD, key: value}))
    assert refusal.value.values["mapping"] == str(tmp_path / "mapping.json")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": "a", "name": "b"}', "null"])
def test_load__no_object_or_a_key_twice__is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidMapping):
        load_mapping(write(tmp_path, text))


@pytest.mark.parametrize("text", ["[" * 30_000, '{"a":' * 10_000, '{"name": 1.5}', '{"name": NaN}', "9" * 6_000])
def test_load__nested_without_end_or_no_integers__is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidMapping, match=r"nested deeper|not an integer|absurd length"):
        load_mapping(write(tmp_path, text))


def test_load__no_such_file_or_name__lists_the_shipped_ones() -> None:
    with pytest.raises(InvalidMapping, match="mobike-2016, mobike-relabelled"):
        load_mapping("no-such-mapping")


def test_load__too_large__is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidMapping, match="bytes"):
        load_mapping(write(tmp_path, " " * 70_000))


@pytest.mark.parametrize("name", sorted(file.stem for file in SHIPPED_FOLDER.glob("*.json")))
def test_shipped__loads_by_name_and_by_path(name: str) -> None:
    assert load_mapping(name).name == name == load_mapping(SHIPPED_FOLDER / f"{name}.json").name


def test_multiplier__decimal__is_kept_exactly(tmp_path: Path) -> None:
    shape = load_mapping(write(tmp_path, {**GOOD, "quantity_multiplier": "0.25"})).shape
    assert isinstance(shape, RowsShape)
    assert shape.quantity_per_unit == Multiplier(25, 2)


def changed(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The mapping with one place of it replaced, or removed if the value is None."""
    name, _, rest = path.partition(".")
    if rest:
        return {**content, name: changed(content[name], rest, value)}
    return {**{key: each for key, each in content.items() if key != name}, **({} if value is None else {name: value})}


METRO: dict[str, Any] = json.loads((SHIPPED_FOLDER / "shenzhen-metro-2018.json").read_text("utf-8"))
PV: dict[str, Any] = json.loads((SHIPPED_FOLDER / "pv-15min.json").read_text("utf-8"))
BUS: dict[str, Any] = json.loads((SHIPPED_FOLDER / "shenzhen-bus-2018.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("content", "path", "value"),
    [
        *[(METRO, f"pairs.{key}", None) for key in METRO["pairs"]],
        *[(METRO, f"columns.{key}", None) for key in METRO["columns"]],
        (METRO, "columns.asset", "equ_no"),
        (METRO, "columns.asset", []),
        (METRO, "pairs.entry", ["地铁出站"]),
        (METRO, "pairs.within_seconds", 0),
        (METRO, "pairs.stations.columns.lon", None),
        (METRO, "pairs.stations.aliases", {"a": 1}),
        (METRO, "pairs.stations.suffix", 1),
        (METRO, "where", {"column": "deal_type", "values": ["a"]}),
        (METRO, "quantity_multiplier", "1"),
        *[(PV, f"series.{key}", None) for key in ("step_seconds", "watts_per_unit", "negative_bps")],
        (PV, "columns.asset", ["site"]),
        (PV, "series.step_seconds", 7),
        (PV, "series.scaled_to_watts", 0),
        (PV, "series.negative_bps", 10_001),
        (PV, "series.odd", [{"name": "t", "column": "c", "least": "x", "most": "1"}]),
        (PV, "series.odd", {}),
        (PV, "label", "x" * 501),
        (BUS, "constants.quantity", None),
        (BUS, "constants.quantity", "-1"),
        (BUS, "constants.duration", None),
        (BUS, "where.values", []),
        (BUS, "where.values", ["a", "a"]),
        (BUS, "where.column", None),
        (BUS, "columns.quantity", "also"),
    ],
)
def test_load__a_shape_is_wrong__is_refused(tmp_path: Path, content: dict[str, Any], path: str, value: Any) -> None:
    with pytest.raises(InvalidMapping):
        load_mapping(write(tmp_path, changed(content, path, value)))
