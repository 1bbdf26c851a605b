"""Definitions of methodologies for tests: the shipped ones, copies to change, and all objects of one."""

import copy
from collections.abc import Callable
from typing import Any

from registry.domain.methodology import definition_of, load_shipped

SHIPPED = load_shipped()
CYCLING = SHIPPED["travel-beijing-2024"]
PV = SHIPPED["pv-shanghai-2024"]


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
