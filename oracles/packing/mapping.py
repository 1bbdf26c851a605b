"""A mapping: how one platform's table becomes records. Plain JSON, read strictly; the form is in README.md."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracles.errors import InvalidMapping
from oracles.packing.times import offset_seconds, time_parser
from registry.domain.acts import FIELD_PATTERN, KIND_PATTERN, START_FIELD
from registry.domain.canonical import InvalidJson, parse_strict_json

MAPPING_FORMAT = "puhui-mapping/1"
SHIPPED_FOLDER = Path(__file__).parent / "mappings"
MAPPING_BYTES_MAX = 64 * 1024

_MULTIPLIER = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?")
_KIND = re.compile(KIND_PATTERN)
_ASSET = re.compile(FIELD_PATTERN)
_ENCODINGS = {"utf-8", "gb18030"}
_KEYS = {
    "format",
    "name",
    "note",
    "encoding",
    "delimiter",
    "scenario",
    "act",
    "columns",
    "time",
    "duration_multiplier",
    "quantity_multiplier",
}
_OPTIONAL_KEYS = {"note", "duration_multiplier"}
_COLUMNS_NEEDED = {"asset", "user", "start", "quantity"}
_COLUMNS_KNOWN = _COLUMNS_NEEDED | {"end", "duration"}


@dataclass(frozen=True, slots=True)
class Multiplier:
    """A positive decimal number, numerator / 10**decimals: what one unit of the column is in the base unit."""

    numerator: int
    decimals: int

    @property
    def divisor(self) -> int:
        return int(10**self.decimals)


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the platform's columns. `end` or `duration` may be absent, not both."""

    asset: str
    user: str
    start: str
    quantity: str
    end: str | None
    duration: str | None

    def present(self) -> tuple[str, ...]:
        """The columns a table must have."""
        names = (self.asset, self.user, self.start, self.end, self.duration, self.quantity)
        return tuple(name for name in names if name is not None)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A strictly read mapping file."""

    name: str
    encoding: str
    delimiter: str
    scenario: int
    kind: str
    asset_name: str
    columns: Columns
    time_format: str
    offset_seconds: int
    duration_seconds_per_unit: Multiplier
    quantity_per_unit: Multiplier
    parse_time: Callable[[str], int]


def load_mapping(mapping: str | Path) -> Mapping:
    """Reads a mapping from a file, or one of the shipped ones by its name (`mobike-2016`).

    Raises:
        InvalidMapping: no such file or name, no JSON, a key too many, too few or of the wrong kind.
    """
    path = Path(mapping)
    if isinstance(mapping, str) and not path.suffix and re.fullmatch(r"[a-z0-9-]+", mapping):
        path = SHIPPED_FOLDER / f"{mapping}.json"
    try:
        raw = path.read_bytes()
    except OSError as cause:
        shipped = ", ".join(sorted(file.stem for file in SHIPPED_FOLDER.glob("*.json")))
        problem = f"no such file ({cause.strerror}), and not one of the shipped mappings {shipped}"
        raise InvalidMapping(mapping=str(mapping), path="file", problem=problem) from cause
    if len(raw) > MAPPING_BYTES_MAX:
        raise InvalidMapping(mapping=str(mapping), path="file", problem=f"more than {MAPPING_BYTES_MAX} bytes")
    return _Reader(str(mapping)).read(raw)


class _Reader:
    """Reads one mapping; every complaint names the file and the place in it."""

    def __init__(self, mapping: str) -> None:
        self._mapping = mapping

    def read(self, raw: bytes) -> Mapping:
        try:
            content = parse_strict_json(raw.removeprefix(codecs.BOM_UTF8), "the file")
        except InvalidJson as cause:
            problem = f"{cause.values['problem']} (at {cause.values['path']})"
            raise self._invalid("file", problem) from cause
        self._keys("top", content, _KEYS, _OPTIONAL_KEYS)
        self._fixed(content, "format", {MAPPING_FORMAT})
        self._fixed(content, "encoding", _ENCODINGS)
        act, time = content["act"], content["time"]
        self._keys("act", act, {"kind", "asset"})
        self._keys("time", time, {"format", "offset"})
        columns = self._columns(content["columns"])
        if act["asset"] == START_FIELD:
            problem = f"an asset cannot be named {START_FIELD}: the act key has its time under that name"
            raise self._invalid("act", problem)
        if "note" in content:
            self._text(content, "note")
        if columns.duration is not None and "duration_multiplier" not in content:
            raise self._invalid("duration_multiplier", "needed where a duration column is named")
        try:
            parse_time = time_parser(self._text(time, "format"), self._text(time, "offset"))
        except ValueError as cause:
            raise self._invalid("time", str(cause)) from cause
        return Mapping(
            name=self._text(content, "name"),
            encoding=content["encoding"],
            delimiter=self._delimiter(content),
            scenario=self._scenario(content["scenario"]),
            kind=self._matching(act, "kind", _KIND),
            asset_name=self._matching(act, "asset", _ASSET),
            columns=columns,
            time_format=time["format"],
            offset_seconds=offset_seconds(time["offset"]),
            duration_seconds_per_unit=self._multiplier(content, "duration_multiplier", "1"),
            quantity_per_unit=self._multiplier(content, "quantity_multiplier"),
            parse_time=parse_time,
        )

    def _invalid(self, path: str, problem: str) -> InvalidMapping:
        return InvalidMapping(mapping=self._mapping, path=path, problem=problem)

    def _keys(self, path: str, content: Any, known: set[str], optional: Set[str] = frozenset()) -> None:
        if not isinstance(content, dict):
            raise self._invalid(path, "has to be an object")
        if missing := known - optional - content.keys():
            raise self._invalid(path, f"lacks {', '.join(sorted(missing))}")
        if unknown := content.keys() - known:
            raise self._invalid(path, f"unknown key {', '.join(sorted(unknown))}")

    def _text(self, content: dict[str, Any], key: str) -> str:
        value = content[key]
        if not isinstance(value, str) or not value:
            raise self._invalid(key, "has to be a text that is not empty")
        return value

    def _matching(self, content: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
        value = self._text(content, key)
        if not pattern.fullmatch(value):
            raise self._invalid(key, f"{value!r} has to be lower-case letters, digits and hyphens or underscores")
        return value

    def _fixed(self, content: dict[str, Any], key: str, allowed: set[str]) -> None:
        value = content[key]
        if not isinstance(value, str) or value not in allowed:
            raise self._invalid(key, f"is {value!r}, known is {' or '.join(sorted(allowed))}")

    def _delimiter(self, content: dict[str, Any]) -> str:
        value = self._text(content, "delimiter")
        if value not in {",", ";", "\t", "|"}:
            raise self._invalid("delimiter", "has to be a comma, semicolon, tab or bar")
        return value

    def _scenario(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65_535:
            raise self._invalid("scenario", "has to be an integer from 1 to 65535")
        return value

    def _columns(self, content: Any) -> Columns:
        self._keys("columns", content, _COLUMNS_KNOWN, {"end", "duration"})
        for key in content:
            self._text(content, key)
        if "end" not in content and "duration" not in content:
            raise self._invalid("columns", "needs end or duration, or both")
        return Columns(**{"end": None, "duration": None, **content})

    def _multiplier(self, content: dict[str, Any], key: str, default: str | None = None) -> Multiplier:
        value = content.get(key, default)
        # Text, not a JSON number: a JSON number with a point would already be a float.
        match = _MULTIPLIER.fullmatch(value) if isinstance(value, str) else None
        if match is None or not (match[1] + (match[2] or "")).strip("0"):
            raise self._invalid(key, 'has to be a positive decimal number as text, such as "1000" or "0.25"')
        decimals = match[2] or ""
        return Multiplier(int(match[1] + decimals), len(decimals))
