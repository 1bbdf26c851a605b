"""Values of the chain as JSON for people: integers as decimal text, bytes as 0x text, structs as objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """The value in types that JSON has. Integers become text: JSON readers round large ones. Raises TypeError."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"a {type(value).__name__} has no plain form")


def plain_json(value: Any) -> str:
    """`plain` as JSON text. The order of names is kept: it is the order of the ABI."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
