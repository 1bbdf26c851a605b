"""What a command prints: a sentence for people or one JSON object for programs, and errors in one readable line."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from registry.domain.errors import RegistryError

# Progress goes to standard error, so that what a program reads on standard output is the result alone.
_STDERR = Console(stderr=True, highlight=False)


def emit(data: Any, text: str, json_output: bool) -> None:
    """Prints the result of a command: `data` as one JSON object on one line, or `text`."""
    sys.stdout.write((to_json(data) if json_output else text) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Prints a line about what is going on, to standard error."""
    _STDERR.print(text, markup=False)


def fail(error: RegistryError, json_output: bool) -> None:
    """Prints an error: one line to standard error, and with --json an object on standard output too."""
    _STDERR.print(f"puhui: {error}", markup=False, soft_wrap=True)
    if json_output:
        emit({"error": {"code": error.code, "message": str(error), "values": error.values}}, "", True)


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Progress]:
    """A progress bar on standard error for long work; nothing is drawn where it is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_STDERR, transient=True, disable=not _STDERR.is_terminal) as bar:
        bar.add_task(description, total=total)
        yield bar


def to_json(data: Any) -> str:
    """One line of JSON; bytes become 0x text, enumerations their name, data classes objects."""
    return json.dumps(data, default=_plain, ensure_ascii=False, sort_keys=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
