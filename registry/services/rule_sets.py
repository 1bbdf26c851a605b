"""Real rule sets as data files, each with its source and grade (`rule_set_files/`), read into what the contract takes.

What a source does not say is named in `open_points`; a jurisdiction has to settle it before it sets the rules.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.mechanisms import Mechanism
from registry.domain.rules import CapBase
from registry.services.compliance import RuleSet

_NUMBERS = (
    "cap_bps",
    "local_share_min_bps",
    "first_vintage",
    "last_vintage",
    "reservable_until",
    "granularity_grams",
    "opens_at",
    "deadline",
    "reversal_seconds",
)
# null: as much as the cap itself; no preference; no pool.
_NUMBERS_OR_NULL = ("non_local_cap_bps", "preferred_share_min_bps", "pool_grams")
_TEXTS = ("id", "title", "source", "grade", "cap_base")
_OTHERS = ("open_points", "preference_areas", "mechanisms", "methodologies", "own_boundary_excluded")
_FIELDS = {*_TEXTS, *_NUMBERS, *_NUMBERS_OR_NULL, *_OTHERS}
_GRADES = ("A", "B", "C")
_HASH_TEXT = re.compile("0x[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SourcedRuleSet:
    """A rule set with where it comes from. `rules.document_hash` is the SHA-256 of the canonical file."""

    id: str
    title: str
    source: str
    grade: str
    open_points: tuple[str, ...]
    rules: RuleSet


def shipped_ids() -> list[str]:
    """Ids of the rule sets that come with Puhui."""
    folder = resources.files("registry.services").joinpath("rule_set_files")
    return sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))


def load_shipped(rule_set_id: str) -> SourcedRuleSet:
    """A rule set that comes with Puhui. Raises NotFound."""
    if rule_set_id not in shipped_ids():
        raise NotFound(kind="rule set", id=f"{rule_set_id} (there are {', '.join(shipped_ids())})")
    folder = resources.files("registry.services").joinpath("rule_set_files")
    return _read(folder.joinpath(f"{rule_set_id}.json").read_text("utf-8"), rule_set_id)


def load_file(path: Path) -> SourcedRuleSet:
    """A rule set from a file of the same form. Raises InvalidInput, naming the field."""
    try:
        content = path.read_bytes()
    except OSError as cause:
        raise InvalidInput(field="rule set file", problem=cause.strerror or str(cause), given=str(path)) from cause
    return _read(content, str(path))


def _read(text: str | bytes, name: str) -> SourcedRuleSet:
    raw = parse_strict_json(text, f"rule set {name}")
    if not isinstance(raw, dict) or set(raw) != _FIELDS:
        differing = sorted(_FIELDS ^ set(raw)) if isinstance(raw, dict) else "no object"
        raise InvalidInput(field="rule set", problem="fields are missing or unknown", given=differing)
    for field in _TEXTS:
        if not isinstance(raw[field], str) or not raw[field]:
            raise InvalidInput(field=field, problem="must be a text", given=raw[field])
    for field in (*_NUMBERS, *_NUMBERS_OR_NULL):
        if not (raw[field] is None and field in _NUMBERS_OR_NULL) and not _is_number(raw[field]):
            raise InvalidInput(field=field, problem="must be an integer from 0", given=raw[field])
    if raw["cap_base"] not in CapBase.__members__ or raw["grade"] not in _GRADES:
        raise InvalidInput(
            field="cap_base or grade", problem="is not a known one", given=(raw["cap_base"], raw["grade"])
        )
    _check_lists(raw)
    return SourcedRuleSet(
        id=raw["id"],
        title=raw["title"],
        source=raw["source"],
        grade=raw["grade"],
        open_points=tuple(raw["open_points"]),
        rules=_rules(raw),
    )


def _check_lists(raw: dict[str, Any]) -> None:
    if type(raw["own_boundary_excluded"]) is not bool:
        raise InvalidInput(
            field="own_boundary_excluded", problem="must be true or false", given=raw["own_boundary_excluded"]
        )
    _check_list(raw, "open_points", lambda entry: isinstance(entry, str), "texts")
    _check_list(raw, "preference_areas", _is_number, "area codes")
    _check_list(
        raw, "mechanisms", lambda entry: isinstance(entry, str) and entry in Mechanism.__members__, "mechanisms"
    )
    if raw["methodologies"] is not None:
        _check_list(
            raw,
            "methodologies",
            lambda entry: isinstance(entry, str) and _HASH_TEXT.fullmatch(entry) is not None,
            "definition hashes",
        )


def _check_list(raw: dict[str, Any], field: str, fits: Callable[[Any], bool], what: str) -> None:
    entries = raw[field]
    if not isinstance(entries, list) or not all(fits(entry) for entry in entries):
        raise InvalidInput(field=field, problem=f"must be a list of {what}", given=entries)


def _is_number(value: Any) -> bool:
    return type(value) is int and value >= 0


def _rules(raw: dict[str, Any]) -> RuleSet:
    numbers = {field: raw[field] for field in _NUMBERS}
    non_local, preferred = raw["non_local_cap_bps"], raw["preferred_share_min_bps"]
    methodologies = raw["methodologies"]
    return RuleSet(
        cap_base=CapBase[raw["cap_base"]],
        non_local_cap_bps=raw["cap_bps"] if non_local is None else non_local,
        preferred_share_min_bps=raw["local_share_min_bps"] if preferred is None else preferred,
        preference_areas=tuple(raw["preference_areas"]),
        mechanisms=tuple(Mechanism[name] for name in raw["mechanisms"]),
        methodologies=None if methodologies is None else tuple(bytes.fromhex(text[2:]) for text in methodologies),
        own_boundary_excluded=raw["own_boundary_excluded"],
        pool_grams=raw["pool_grams"],
        document_hash=hashlib.sha256(canonical_json(raw)).digest(),
        **numbers,
    )
