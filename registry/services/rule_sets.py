"""Real rule sets as data files, each with its source and grade (`rule_set_files/`), read into what the contract takes.

What a source does not say is named in `open_points`; a jurisdiction has to settle it before it sets the rules.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.rules import CapBase
from registry.services.compliance import RuleSet

_NUMBERS = (
    "cap_bps",
    "local_share_min_bps",
    "first_vintage",
    "last_vintage",
    "granularity_grams",
    "opens_at",
    "deadline",
)
_TEXTS = ("id", "title", "source", "grade", "cap_base")
_GRADES = ("A", "B", "C")


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
    if not isinstance(raw, dict) or set(raw) != {*_TEXTS, *_NUMBERS, "open_points"}:
        differing = sorted({*_TEXTS, *_NUMBERS, "open_points"} ^ set(raw)) if isinstance(raw, dict) else "no object"
        raise InvalidInput(field="rule set", problem="fields are missing or unknown", given=differing)
    for field in _TEXTS:
        if not isinstance(raw[field], str) or not raw[field]:
            raise InvalidInput(field=field, problem="must be a text", given=raw[field])
    points = raw["open_points"]
    if not isinstance(points, list) or not all(isinstance(point, str) for point in points):
        raise InvalidInput(field="open_points", problem="must be a list of texts", given=points)
    for field in _NUMBERS:
        if type(raw[field]) is not int or raw[field] < 0:
            raise InvalidInput(field=field, problem="must be an integer from 0", given=raw[field])
    if raw["cap_base"] not in CapBase.__members__ or raw["grade"] not in _GRADES:
        raise InvalidInput(
            field="cap_base or grade", problem="is not a known one", given=(raw["cap_base"], raw["grade"])
        )
    return SourcedRuleSet(
        id=raw["id"],
        title=raw["title"],
        source=raw["source"],
        grade=raw["grade"],
        open_points=tuple(points),
        rules=_rules(raw),
    )


def _rules(raw: dict[str, Any]) -> RuleSet:
    numbers = {field: raw[field] for field in _NUMBERS}
    digest = hashlib.sha256(canonical_json(raw)).digest()
    return RuleSet(cap_base=CapBase[raw["cap_base"]], document_hash=digest, **numbers)
