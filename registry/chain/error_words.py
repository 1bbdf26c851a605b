"""What contract errors say to people, in both languages: `error_texts.json` with the values filled in.

Numbers of enumerations become their labels, bytes32 that hold a short ASCII text become that text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from registry.domain.rules import (
    AccountStatus,
    FilingStatus,
    LabelledEnum,
    Purpose,
    ReportStatus,
    RequestStatus,
    Role,
    Rule,
    TransferState,
)

Language = Literal["en", "zh"]

_FILE = Path(__file__).with_name("error_texts.json")
_STATUS_OF: dict[str, type[LabelledEnum]] = {
    "NotOpen": RequestStatus,
    "MethodologyNotInForce": FilingStatus,
    "AccountNotUsable": AccountStatus,
    "NotDisputable": ReportStatus,
    "NotDisputed": ReportStatus,
}
_ENUM_OF: dict[str, type[LabelledEnum]] = {"role": Role, "rule": Rule, "purpose": Purpose, "state": TransferState}
_ASCII = ("field", "methodologyId")


@cache
def texts() -> dict[str, dict[str, str]]:
    """Error name -> language -> template."""
    return dict(json.loads(_FILE.read_text("utf-8")))


def words(error_name: str, values: Mapping[str, Any], language: Language = "en") -> str | None:
    """The text of an error with its values; None if there is none, or the values are those of another error."""
    template = texts().get(error_name, {}).get(language)
    if template is None:
        return None
    try:
        return template.format_map(
            {name: _shown(error_name, name, value, values, language) for name, value in values.items()}
        )
    except KeyError:
        return None


def _shown(error_name: str, name: str, value: Any, values: Mapping[str, Any], language: Language) -> str:
    kind = _enum_of(error_name, name, values)
    if kind is not None and isinstance(value, int):
        try:
            return kind(value).label if language == "en" else kind(value).label_zh
        except ValueError:
            return str(value)
    if isinstance(value, bytes):
        plain = value.rstrip(b"\0")
        if name in _ASCII and plain.isascii() and plain.decode("ascii").isprintable():
            return plain.decode("ascii")
        return "0x" + value.hex()
    return str(value)


def _enum_of(error_name: str, name: str, values: Mapping[str, Any]) -> type[LabelledEnum] | None:
    if name in _ENUM_OF:
        return _ENUM_OF[name]
    if name in ("status", "current", "wanted"):
        # Accounts and filings share two error names; only those of accounts carry one.
        return _STATUS_OF.get(error_name) or (AccountStatus if "account" in values else FilingStatus)
    return None
