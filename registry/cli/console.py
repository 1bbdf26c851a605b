"""What a command prints: a sentence for people or one JSON object for programs, and errors in one readable line."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from registry.domain.errors import RegistryError
from registry.domain.rules import LabelledEnum

# Progress goes to standard error, so that what a program reads on standard output is the result alone.
_STDERR = Console(stderr=True, highlight=False)

# Numbers of 64 bits and more, which JSON readers round: text, as in the API.
_LARGE_IDS = ("project_id", "batch_id", "token_id")
_ERROR_VALUE_CHARACTERS_MAX = 400


def emit(data: Any, text: str, json_output: bool) -> None:
    """Prints the result of a command: `data` as one JSON object on one line, or `text`."""
    sys.stdout.write((to_json(data) if json_output else text) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Prints a line about what is going on, to standard error."""
    _STDERR.print(text, markup=False, soft_wrap=True)


def fail(error: RegistryError, json_output: bool, line: str | None = None) -> None:
    """Prints an error: one line to standard error, and with --json an object on standard output too.

    `line` is another wording for people, if there is one.
    """
    line = _printable(f"puhui: {line or error}")
    sys.stdout.flush()
    _STDERR.print(line, markup=False, soft_wrap=True)
    if json_output:
        emit({"error": {"code": error.code, "message": str(error), "values": _shortened(error.values)}}, "", True)


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error for long work; nothing is drawn where it is no terminal.

    Gives what is told (done, of how many) as the work goes on.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_STDERR, transient=True, disable=not _STDERR.is_terminal) as bar:
        task = bar.add_task(description, total=total)

        def advance(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield advance


def to_json(data: Any) -> str:
    """One line of JSON.

    Bytes become 0x text, enumerations their name in lower case, times RFC 3339 in UTC, data classes objects, ids of 64
    bits and more decimal text. A character that no text encoding can write is escaped.
    """
    line = json.dumps(_plain(data), ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(_plain(data))
    return line


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.name.lower() if isinstance(value, LabelledEnum) else _plain(value.value)
    if value is None or isinstance(value, bool | str | int | float):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return {str(name): _member(str(name), item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _member(name: str, value: Any) -> Any:
    if name in _LARGE_IDS and isinstance(value, int):
        return str(value)
    return _plain(value)


def _shortened(values: Mapping[str, Any]) -> dict[str, Any]:
    """What came in from outside can be of any length; an error shows its beginning."""
    return {
        name: value[:_ERROR_VALUE_CHARACTERS_MAX] if isinstance(value, str) else value for name, value in values.items()
    }


def _printable(line: str) -> str:
    """Without control characters, which could rewrite a terminal, and what no encoding can write."""
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    return shown.encode("utf-8", "backslashreplace").decode()
