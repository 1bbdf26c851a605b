"""excluded_elsewhere: another mechanism has credited the act already, such as a meter registered under CCER.

An authority publishes a list of single acts, by act id, and of assets, each for a time:

    {"format": "puhui-exclusions/1", "jurisdiction": 310000, "title": "...",
     "acts": [{"act_id": "64 hexadecimal digits", "used_in": "CCER 2024-017"}],
     "assets": [{"asset": "pv-meter;meter=SH001", "period": {"first": "2024-01-01", "last": "2024-12-31"},
                 "used_in": "CCER 2024-017"}]}

An asset is written as in act keys, without the start. Of several lists one is in force, known by its hash: all oracles
of the jurisdiction apply the one that the package names (`oracles/exclusion_lists.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from oracles.errors import InvalidExclusions
from oracles.screens.acts import ActColumns
from registry.domain.acts import START_FIELD, asset_of, parse_act_key
from registry.domain.canonical import parse_strict_json
from registry.domain.days import parse_day
from registry.domain.errors import InvalidInput
from registry.domain.reasons import Reason

FORMAT: Final = "puhui-exclusions/1"
LIST_BYTES_MAX: Final = 64 * 2**20
USED_IN_CHARS_MAX: Final = 200
_ACT_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ExclusionList:
    """What must not be counted again, because it was counted elsewhere."""

    sha256: bytes
    """Of the bytes of the file: its name everywhere."""
    jurisdiction: int
    title: str
    acts: Mapping[bytes, str]
    """Act id -> where it was used."""
    assets: Mapping[str, tuple[tuple[int, int], ...]]
    """Asset, such as "pv-meter;meter=SH001" -> first and last local days, both included."""

    @classmethod
    def from_bytes(cls, content: bytes) -> ExclusionList:
        """Reads a list. Raises InvalidExclusions with the path to what is wrong."""
        if len(content) > LIST_BYTES_MAX:
            _refuse("$", f"has {len(content)} bytes, at most {LIST_BYTES_MAX}")
        try:
            top = parse_strict_json(content, "exclusion list")
        except InvalidInput as cause:
            _refuse("$", str(cause).rstrip("."))
        _fields(top, "$", {"format", "jurisdiction", "title", "acts", "assets"})
        if top["format"] != FORMAT:
            _refuse("$.format", f"is {top['format']!r}, this version reads {FORMAT}")
        if type(top["jurisdiction"]) is not int or not 0 < top["jurisdiction"] < 2**32:
            _refuse("$.jurisdiction", "has to be the number of a jurisdiction")
        return cls(
            sha256=hashlib.sha256(content).digest(),
            jurisdiction=top["jurisdiction"],
            title=_text(top["title"], "$.title"),
            acts=_read_acts(_rows(top["acts"], "$.acts")),
            assets=_read_assets(_rows(top["assets"], "$.assets")),
        )


class ExcludedElsewhereScreen:
    reason = Reason.EXCLUDED_ELSEWHERE

    def __init__(self, exclusions: ExclusionList | None) -> None:
        """exclusions: None where the jurisdiction has no list."""
        self._acts = exclusions.acts if exclusions else {}
        self._assets = exclusions.assets if exclusions else {}

    def flag(self, acts: ActColumns) -> list[int]:
        listed, assets = self._acts, self._assets
        found = {position for position, act_id in enumerate(acts.act_id) if act_id in listed} if listed else set()
        if assets:
            rows = zip(acts.records.act_key, acts.occurred_on, strict=True)
            for position, (act_key, day) in enumerate(rows):
                if is_excluded(assets, asset_of(act_key), day):
                    found.add(position)
        return sorted(found)


def is_excluded(assets: Mapping[str, tuple[tuple[int, int], ...]], asset: str, day: int) -> bool:
    """Whether an asset stands on the list for that local day."""
    return any(first <= day <= last for first, last in assets.get(asset, ()))


def _read_acts(rows: list[Any]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for number, row in enumerate(rows):
        path = f"$.acts[{number}]"
        _fields(row, path, {"act_id", "used_in"})
        if not isinstance(row["act_id"], str) or not _ACT_ID.fullmatch(row["act_id"]):
            _refuse(f"{path}.act_id", "has to be 64 lower-case hexadecimal digits")
        act_id = bytes.fromhex(row["act_id"])
        if act_id in found:
            _refuse(f"{path}.act_id", "is listed twice")
        found[act_id] = _text(row["used_in"], f"{path}.used_in")
    return found


def _read_assets(rows: list[Any]) -> dict[str, tuple[tuple[int, int], ...]]:
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for number, row in enumerate(rows):
        path = f"$.assets[{number}]"
        _fields(row, path, {"asset", "period", "used_in"})
        _text(row["used_in"], f"{path}.used_in")
        _fields(row["period"], f"{path}.period", {"first", "last"})
        try:
            _, fields = parse_act_key(row["asset"])
            first, last = parse_day(row["period"]["first"]), parse_day(row["period"]["last"])
        except InvalidInput as cause:
            _refuse(path, str(cause).rstrip("."))
        if START_FIELD in fields:
            _refuse(f"{path}.asset", "names one act; list that by its act id")
        if last < first:
            _refuse(f"{path}.period", "ends before it begins")
        found[row["asset"]] = (*found.get(row["asset"], ()), (first, last))
    return found


def _rows(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(path, "has to be a list")
    return value


def _fields(value: Any, path: str, names: set[str]) -> None:
    if not isinstance(value, dict):
        _refuse(path, "has to be an object")
    if value.keys() != names:
        _refuse(path, f"lacks or should not have {', '.join(sorted(map(str, value.keys() ^ names)))}")


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= USED_IN_CHARS_MAX:
        _refuse(path, f"has to be a text of 1 to {USED_IN_CHARS_MAX} characters")
    return value


def _refuse(path: str, problem: str) -> NoReturn:
    raise InvalidExclusions(path=path, problem=problem)
