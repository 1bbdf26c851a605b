"""Tables in text files: CSV and JSON lines, plain or gzip, with or without a byte order mark."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from oracles.errors import UnreadableInput
from oracles.packing.cells import CellWriter
from oracles.packing.mapping_model import TableForm
from oracles.packing.table import Row, Rows, Table

# One row that is longer than this is no row, and is not taken into memory.
LINE_CHARS_MAX = 2**20
_GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def open_csv(path: Path, form: TableForm) -> Iterator[Table]:
    """A CSV with a header. Raises UnreadableInput."""
    with _text_of(path, form.encoding) as text:
        reader = csv.reader(text, delimiter=form.delimiter, strict=True)
        try:
            header = next(reader, [])
        except csv.Error as cause:
            raise UnreadableInput(file=str(path), problem=f"its header is no CSV: {cause}") from cause

        def read(wanted: Row) -> Rows:
            pick, width = table.picker(wanted), len(header)
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    # The reader has consumed the line it complains about and goes on with the next.
                    yield None
                    continue
                if cells:
                    yield pick(cells) if len(cells) == width else None

        table = Table(str(path), header, read)
        yield table


@contextmanager
def open_jsonl(path: Path, form: TableForm) -> Iterator[Table]:
    """One JSON object a line; the columns are those of the first. Numbers are taken as they are written.

    Raises UnreadableInput.
    """
    written = CellWriter(form)
    with _text_of(path, form.encoding) as text:
        lines = _lines(path, text)
        first = next(lines, None)
        if not isinstance(first, dict):
            raise UnreadableInput(file=str(path), problem="its first line is no JSON object")

        def read(wanted: Row) -> Rows:
            for content in chain([first], lines):
                whole = isinstance(content, dict) and content.keys() >= set(wanted)
                yield tuple(written(content[name]) for name in wanted) if whole else None

        yield Table(str(path), list(first), read)


def _lines(path: Path, text: TextIO) -> Iterator[Any]:
    while line := text.readline(LINE_CHARS_MAX + 1):
        if len(line) > LINE_CHARS_MAX:
            raise UnreadableInput(file=str(path), problem=f"a line has more than {LINE_CHARS_MAX} characters")
        if not line.strip():
            continue
        try:
            yield json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            yield None


@contextmanager
def _text_of(path: Path, encoding: str) -> Iterator[TextIO]:
    """Bytes that are not in the encoding do not stop the reading: platforms export garbled names in columns that
    nobody needs. They become lone surrogates."""
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if compressed else raw
            codec = "utf-8-sig" if encoding == "utf-8" else encoding
            with io.TextIOWrapper(stream, encoding=codec, errors="surrogateescape", newline="") as text:
                yield text
    except (OSError, EOFError, zlib.error) as cause:
        raise UnreadableInput(file=str(path), problem=str(cause) or type(cause).__name__) from cause
