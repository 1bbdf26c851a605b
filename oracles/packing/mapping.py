"""A mapping: how one platform's table becomes records. Plain JSON, read strictly; the form is in README.md."""

from __future__ import annotations

import codecs
import re
from collections.abc import Set
from pathlib import Path
from typing import Any

from oracles.errors import InvalidMapping
from oracles.package_format import LABEL_CHARS_MAX
from oracles.packing.mapping_model import (
    EmissionsMapping,
    Mapping,
    Multiplier,
    Odd,
    PairsShape,
    RowsShape,
    SeriesShape,
    StationTable,
    TableForm,
    Where,
)
from oracles.packing.times import offset_seconds, time_parser
from registry.domain.acts import FIELD_PATTERN, KIND_PATTERN, START_FIELD
from registry.domain.canonical import InvalidJson, parse_strict_json
from registry.domain.days import SECONDS_PER_DAY

MAPPING_FORMAT = "puhui-mapping/1"
EMISSIONS_FORMAT = "puhui-emissions-mapping/1"
SHIPPED_FOLDER = Path(__file__).parent / "mappings"
SHIPPED_EMISSIONS = SHIPPED_FOLDER / "emissions"
MAPPING_BYTES_MAX = 64 * 1024

_DECIMAL = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")
_SIGNED = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?")
_KIND = re.compile(KIND_PATTERN)
_FIELD = re.compile(FIELD_PATTERN)
_ENCODINGS = {"utf-8", "gb18030"}
_NEEDED = {"format", "name", "scenario", "act", "columns", "time"}
_OPTIONAL = {"note", "label", "encoding", "delimiter", "sheet"}
_ROWS = {"duration_multiplier", "quantity_multiplier", "constants", "where"}
_STATIONS = {"line", "order", "station", "lon", "lat"}
_BASIS_POINTS = 10_000


def load_mapping(mapping: str | Path) -> Mapping:
    """Reads a mapping from a file, or one of the shipped ones by its name (`mobike-2016`).

    Raises:
        InvalidMapping: no such file or name, no JSON, a key too many, too few or of the wrong kind.
    """
    return _Reader(str(mapping)).read(_content(mapping))


def load_emissions_mapping(mapping: str | Path) -> EmissionsMapping:
    """Reads a mapping of emissions from a file, or a shipped one by its name (`enterprise-emissions`).

    Raises InvalidMapping.
    """
    path = SHIPPED_EMISSIONS / f"{mapping}.json" if (SHIPPED_EMISSIONS / f"{mapping}.json").is_file() else Path(mapping)
    return _Reader(str(mapping)).emissions(_content(path))


def _content(mapping: str | Path) -> Any:
    try:
        return parse_strict_json(mapping_bytes(mapping), "the file")
    except InvalidJson as cause:
        problem = f"{cause.values['problem']} (at {cause.values['path']})"
        raise InvalidMapping(mapping=str(mapping), path="file", problem=problem) from cause


def mapping_bytes(mapping: str | Path) -> bytes:
    """The content of a mapping file, or of a shipped one by its name. Raises InvalidMapping."""
    path = Path(mapping)
    if isinstance(mapping, str) and not path.suffix and re.fullmatch(r"[a-z0-9-]+", mapping):
        path = SHIPPED_FOLDER / f"{mapping}.json"
    try:
        with path.open("rb") as file:
            raw = file.read(MAPPING_BYTES_MAX + 1)
    except OSError as cause:
        shipped = ", ".join(sorted(file.stem for file in SHIPPED_FOLDER.glob("*.json")))
        problem = f"no such file ({cause.strerror}), and not one of the shipped mappings {shipped}"
        raise InvalidMapping(mapping=str(mapping), path="file", problem=problem) from cause
    if len(raw) > MAPPING_BYTES_MAX:
        raise InvalidMapping(mapping=str(mapping), path="file", problem=f"more than {MAPPING_BYTES_MAX} bytes")
    return raw.removeprefix(codecs.BOM_UTF8)


class _Reader:
    """Reads one mapping; every complaint names the file and the place in it."""

    def __init__(self, mapping: str) -> None:
        self._mapping = mapping

    def read(self, content: Any) -> Mapping:
        shape = next((key for key in ("pairs", "series") if isinstance(content, dict) and key in content), None)
        self._keys("top", content, _NEEDED | ({shape} if shape else set()), self._allowed(shape))
        self._fixed(content, "format", {MAPPING_FORMAT})
        act, time = content["act"], content["time"]
        self._keys("act", act, {"kind", "asset"})
        self._keys("time", time, {"format", "offset"})
        if act["asset"] == START_FIELD:
            problem = f"an asset cannot be named {START_FIELD}: the act key has its time under that name"
            raise self._invalid("act", problem)
        for key in content.keys() & {"note", "label", "sheet"}:
            self._text(content, key)
        if len(content.get("label", "")) > LABEL_CHARS_MAX:
            raise self._invalid("label", f"more than {LABEL_CHARS_MAX} characters")
        try:
            parse_time = time_parser(self._text(time, "format"), self._text(time, "offset"))
        except ValueError as cause:
            raise self._invalid("time", str(cause)) from cause
        form = TableForm(
            *self._text_form("top", content), content.get("sheet"), time["format"], offset_seconds(time["offset"])
        )
        made = self._shape(shape, content)
        columns, digested = self._asset(content["columns"]["asset"])
        return Mapping(
            name=self._text(content, "name"),
            label=content.get("label", ""),
            form=form,
            scenario=self._integer(content, "scenario", 1, 65_535),
            kind=self._matching(act, "kind", _KIND),
            asset_name=self._matching(act, "asset", _FIELD),
            asset_columns=columns,
            digested=digested,
            user_column=content["columns"]["user"],
            shape=made,
            parse_time=parse_time,
        )

    def emissions(self, content: Any) -> EmissionsMapping:
        needed = {"format", "name", "columns", "grams_per_unit"}
        self._keys("top", content, needed, {"note", "encoding", "delimiter", "sheet"})
        self._fixed(content, "format", {EMISSIONS_FORMAT})
        for key in content.keys() & {"note", "sheet"}:
            self._text(content, key)
        columns = content["columns"]
        self._keys("columns", columns, {"account", "year", "amount", "document"})
        named = {key: self._text(columns, key) for key in columns}
        # No times in such a table: the year is a number.
        form = TableForm(*self._text_form("top", content), content.get("sheet"), "%Y", 0)
        return EmissionsMapping(
            self._text(content, "name"), form, **named, grams_per_unit=self._multiplier(content, "grams_per_unit")
        )

    def _shape(self, shape: str | None, content: dict[str, Any]) -> RowsShape | PairsShape | SeriesShape:
        if shape == "pairs":
            return self._pairs(content)
        return self._rows(content) if shape is None else self._series(content)

    def _rows(self, content: dict[str, Any]) -> RowsShape:
        constants = content.get("constants", {})
        self._keys("constants", constants, set(), {"duration", "quantity"})
        for key, value in constants.items():
            if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
                raise self._invalid(f"constants.{key}", "has to be a decimal number as text")
        columns = content["columns"]
        needed = {"asset", "user", "start"} | ({"quantity"} - constants.keys())
        self._columns(columns, needed, {"end", "duration"} - constants.keys())
        if not {"end", "duration"} & (columns.keys() | constants.keys()):
            raise self._invalid("columns", "needs end or duration, or both")
        for key in ("duration", "quantity"):
            if key in columns and f"{key}_multiplier" not in content:
                raise self._invalid(f"{key}_multiplier", f"needed where a {key} column is named")
        return RowsShape(
            start=columns["start"],
            end=columns.get("end"),
            duration=columns.get("duration"),
            quantity=columns.get("quantity"),
            duration_seconds_per_unit=self._multiplier(content, "duration_multiplier", "1"),
            quantity_per_unit=self._multiplier(content, "quantity_multiplier", "1"),
            constants=tuple(sorted(constants.items())),
            where=self._where(content["where"]) if "where" in content else None,
        )

    def _where(self, content: Any) -> Where:
        self._keys("where", content, {"column", "values"})
        return Where(self._text(content, "column"), self._texts(content, "values"))

    def _pairs(self, content: dict[str, Any]) -> PairsShape:
        columns, pairs = content["columns"], content["pairs"]
        self._columns(columns, {"asset", "user", "time", "event", "station"})
        if not isinstance(columns["asset"], list):
            raise self._invalid("columns.asset", "has to be a list of columns: a ride has no number of its own")
        self._keys("pairs", pairs, {"entry", "exit", "within_seconds", "stations"})
        entry, leaving = self._texts(pairs, "entry"), self._texts(pairs, "exit")
        if entry & leaving:
            raise self._invalid("pairs", "one event cannot be both entry and exit")
        return PairsShape(
            time=columns["time"],
            event=columns["event"],
            station=columns["station"],
            entry=entry,
            exit=leaving,
            within_seconds=self._integer(pairs, "within_seconds", 1, SECONDS_PER_DAY),
            stations=self._stations(pairs["stations"]),
        )

    def _stations(self, content: Any) -> StationTable:
        self._keys("stations", content, {"file", "columns"}, {"encoding", "delimiter", "suffix", "aliases"})
        self._keys("stations.columns", content["columns"], _STATIONS)
        aliases = content.get("aliases", {})
        self._keys("stations.aliases", aliases, set(), aliases.keys() if isinstance(aliases, dict) else set())
        for key in aliases:
            self._text(aliases, key)
        suffix = content.get("suffix", "")
        if not isinstance(suffix, str):
            raise self._invalid("stations.suffix", "has to be a text")
        named = {key: self._text(content["columns"], key) for key in _STATIONS}
        encoding, delimiter = self._text_form("stations", content)
        file = self._text(content, "file")
        return StationTable(file, encoding, delimiter, **named, suffix=suffix, aliases=tuple(sorted(aliases.items())))

    def _series(self, content: dict[str, Any]) -> SeriesShape:
        columns, series = content["columns"], content["series"]
        self._columns(columns, {"asset", "user", "time", "power", "capacity"})
        if isinstance(columns["asset"], list):
            raise self._invalid("columns.asset", "has to be one column: the plant or its meter")
        needed = {"step_seconds", "watts_per_unit", "negative_bps"}
        self._keys("series", series, needed, {"scaled_to_watts", "odd"})
        step_seconds = self._integer(series, "step_seconds", 1, SECONDS_PER_DAY)
        if SECONDS_PER_DAY % step_seconds:
            raise self._invalid("step_seconds", f"a day has to have a whole number of steps of {step_seconds} s")
        scaled = self._integer(series, "scaled_to_watts", 1, 10**12) if "scaled_to_watts" in series else None
        odd = series.get("odd", [])
        if not isinstance(odd, list):
            raise self._invalid("series.odd", "has to be a list")
        return SeriesShape(
            time=columns["time"],
            power=columns["power"],
            capacity=columns["capacity"],
            step_seconds=step_seconds,
            watts_per_unit=self._multiplier(series, "watts_per_unit"),
            scaled_to_watts=scaled,
            negative_bps=self._integer(series, "negative_bps", 0, _BASIS_POINTS),
            odd=tuple(map(self._odd, odd)),
        )

    def _odd(self, content: Any) -> Odd:
        self._keys("series.odd", content, {"name", "column", "least", "most"})
        limits = [self._matching(content, key, _SIGNED) for key in ("least", "most")]
        return Odd(self._matching(content, "name", _FIELD), self._text(content, "column"), *limits)

    def _asset(self, value: Any) -> tuple[tuple[str, ...], bool]:
        return (tuple(value), True) if isinstance(value, list) else ((value,), False)

    def _allowed(self, shape: str | None) -> set[str]:
        return _OPTIONAL | (_ROWS if shape is None else set())

    def _columns(self, content: Any, needed: set[str], optional: Set[str] = frozenset()) -> None:
        self._keys("columns", content, needed, optional)
        for key, value in content.items():
            if key == "asset" and isinstance(value, list):
                self._texts(content, key)
            else:
                self._text(content, key)

    def _text_form(self, path: str, content: dict[str, Any]) -> tuple[str, str]:
        """Encoding and delimiter."""
        found = {"encoding": "utf-8", "delimiter": ",", **content}
        self._fixed(found, "encoding", _ENCODINGS)
        if self._text(found, "delimiter") not in {",", ";", "\t", "|"}:
            raise self._invalid(f"{path}.delimiter", "has to be a comma, semicolon, tab or bar")
        return found["encoding"], found["delimiter"]

    def _invalid(self, path: str, problem: str) -> InvalidMapping:
        return InvalidMapping(mapping=self._mapping, path=path, problem=problem)

    def _keys(self, path: str, content: Any, needed: Set[str], optional: Set[str] = frozenset()) -> None:
        if not isinstance(content, dict):
            raise self._invalid(path, "has to be an object")
        if missing := needed - content.keys():
            raise self._invalid(path, f"lacks {', '.join(sorted(missing))}")
        if unknown := content.keys() - needed - optional:
            raise self._invalid(path, f"unknown key {', '.join(sorted(unknown))}")

    def _text(self, content: dict[str, Any], key: str) -> str:
        value = content[key]
        if not isinstance(value, str) or not value:
            raise self._invalid(key, "has to be a text that is not empty")
        return value

    def _texts(self, content: dict[str, Any], key: str) -> frozenset[str]:
        value = content[key]
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            raise self._invalid(key, "has to be a list of texts that are not empty")
        if len(set(value)) != len(value):
            raise self._invalid(key, "has one text twice")
        return frozenset(value)

    def _matching(self, content: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
        value = self._text(content, key)
        if not pattern.fullmatch(value):
            raise self._invalid(key, f"{value!r} has not the form {pattern.pattern}")
        return value

    def _fixed(self, content: dict[str, Any], key: str, allowed: set[str]) -> None:
        value = content[key]
        if not isinstance(value, str) or value not in allowed:
            raise self._invalid(key, f"is {value!r}, known is {' or '.join(sorted(allowed))}")

    def _integer(self, content: dict[str, Any], key: str, least: int, most: int) -> int:
        value = content[key]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._invalid(key, f"has to be an integer from {least} to {most}")
        return value

    def _multiplier(self, content: dict[str, Any], key: str, default: str | None = None) -> Multiplier:
        value = content.get(key, default)
        # Text, not a JSON number: a JSON number with a point would already be a float.
        match = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
        if match is None or not (match[1] + (match[2] or "")).strip("0"):
            raise self._invalid(key, 'has to be a positive decimal number as text, such as "1000" or "0.25"')
        decimals = match[2] or ""
        return Multiplier(int(match[1] + decimals), len(decimals))
