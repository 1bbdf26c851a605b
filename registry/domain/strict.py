"""Taking values out of a JSON object one by one: right type, right range, none missing, none left over."""

import re
from collections.abc import Sequence
from typing import Any, Final

from registry.domain.errors import InvalidMethodology

MAX_TEXT_CHARS: Final = 2000
MAX_ITEMS: Final = 200


class Node:
    """One object of a definition and the path to it. Every method raises InvalidMethodology with the path."""

    __slots__ = ("_left", "_path", "_value", "_what")

    def __init__(self, value: Any, path: str, what: str) -> None:
        self._path = path
        self._what = what
        if not isinstance(value, dict):
            raise InvalidMethodology(
                methodology=what, path=path, problem=f"must be an object, is {type(value).__name__}"
            )
        self._value = value
        self._left = set(value)

    def names(self) -> list[str]:
        return list(self._value)

    def refused(self, name: str, problem: str) -> InvalidMethodology:
        """The error to raise for the value `name` of this object."""
        return InvalidMethodology(methodology=self._what, path=f"{self._path}.{name}", problem=problem)

    def finish(self) -> None:
        """Refuses what nobody took: an unknown name is a misspelt or a smuggled one."""
        if self._left:
            name = min(self._left, key=str)
            raise self.refused(str(name), "is not known here")

    def text(self, name: str, pattern: str | None = None) -> str:
        value = self._take(name)
        if not isinstance(value, str):
            raise self.refused(name, f"must be text, is {type(value).__name__}")
        if not value.strip() or value != value.strip() or len(value) > MAX_TEXT_CHARS:
            raise self.refused(name, f"must be 1 to {MAX_TEXT_CHARS} characters without blanks at its ends")
        if pattern is not None and re.fullmatch(pattern, value) is None:
            raise self.refused(name, f"{value!r} does not match {pattern}")
        return value

    def optional_text(self, name: str, pattern: str | None = None) -> str | None:
        return None if self._is_null(name) else self.text(name, pattern)

    def choice(self, name: str, choices: Sequence[str]) -> str:
        value = self.text(name)
        if value not in choices:
            raise self.refused(name, f"{value!r} is none of {', '.join(choices)}")
        return value

    def integer(self, name: str, least: int, greatest: int) -> int:
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refused(name, f"must be an integer, is {type(value).__name__}")
        if not least <= value <= greatest:
            raise self.refused(name, f"{value} is not within {least} to {greatest}")
        return value

    def optional_integer(self, name: str, least: int, greatest: int) -> int | None:
        return None if self._is_null(name) else self.integer(name, least, greatest)

    def boolean(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.refused(name, f"must be true or false, is {type(value).__name__}")
        return value

    def node(self, name: str) -> "Node":
        return Node(self._take(name), f"{self._path}.{name}", self._what)

    def optional_node(self, name: str) -> "Node | None":
        return None if self._is_null(name) else self.node(name)

    def nodes(self, name: str, least: int = 1) -> list["Node"]:
        """`least` to MAX_ITEMS objects."""
        value = self._list(name, least)
        return [Node(item, f"{self._path}.{name}[{position}]", self._what) for position, item in enumerate(value)]

    def some_of(self, name: str, choices: Sequence[str]) -> list[str]:
        """A list of some of the choices, each at most once and in their order."""
        value = self._list(name, 0)
        if value != [each for each in choices if each in value]:
            raise self.refused(name, f"must be some of {', '.join(choices)}, each once and in this order")
        return value

    def _list(self, name: str, least: int) -> list[Any]:
        value = self._take(name)
        if not isinstance(value, list):
            raise self.refused(name, f"must be a list, is {type(value).__name__}")
        if not least <= len(value) <= MAX_ITEMS:
            raise self.refused(name, f"must have {least} to {MAX_ITEMS} items, has {len(value)}")
        return value

    def _take(self, name: str) -> Any:
        if name not in self._value:
            raise self.refused(name, "is missing")
        self._left.discard(name)
        return self._value[name]

    def _is_null(self, name: str) -> bool:
        # A value that may be null must still be written: leaving it out says nothing, null says "not seen".
        return self._take(name) is None
