"""Reading a platform's table row by row: CSV, plain or gzip, with or without a byte order mark."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, cast

from oracles.errors import MissingColumns, UnreadableInput

_GZIP_MAGIC = b"\x1f\x8b"


@contextmanager
def open_table(path: Path, encoding: str, delimiter: str) -> Iterator[Table]:
    """Opens a CSV table and reads its header.

    Bytes that are not in the encoding do not stop the reading (platforms export garbled names in columns that nobody
    needs): they become lone surrogates, and `Table.rows` refuses a row only if they stand in a column it is asked for.

    Raises:
        UnreadableInput: no such file, broken gzip, no header, a column name twice.
    """
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if compressed else raw
            codec = "utf-8-sig" if encoding == "utf-8" else encoding
            with io.TextIOWrapper(stream, encoding=codec, errors="surrogateescape", newline="") as text:
                yield Table(str(path), text, delimiter)
    except (OSError, EOFError, zlib.error) as cause:
        raise UnreadableInput(file=str(path), problem=str(cause) or type(cause).__name__) from cause


class Table:
    """One table being read, once, from its first row to its last."""

    def __init__(self, file: str, text: io.TextIOWrapper, delimiter: str) -> None:
        self._file = file
        self._reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            header = next(self._reader, [])
        except csv.Error as cause:
            raise UnreadableInput(file=file, problem=f"its header is no CSV: {cause}") from cause
        self.columns = [name.strip() for name in header]
        if not any(self.columns):
            raise UnreadableInput(file=file, problem="it has no header")
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            raise UnreadableInput(file=file, problem=f"column(s) {', '.join(twice)} stand twice in its header")

    def rows(self, wanted: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...] | None]]:
        """Row number (the first row after the header is 1) and the wanted columns, None for a row of another shape.

        Raises:
            MissingColumns: a wanted column is not in the header.
        """
        missing = sorted(set(wanted) - set(self.columns))
        if missing:
            raise MissingColumns(file=self._file, missing=", ".join(missing), found=", ".join(self.columns))
        pick = itemgetter(*(self.columns.index(name) for name in wanted))
        width = len(self.columns)
        number = 0
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                # The reader has consumed the line it complains about and goes on with the next.
                number += 1
                yield number, None
                continue
            if not cells:
                continue
            number += 1
            yield number, pick(cells) if len(cells) == width else None
