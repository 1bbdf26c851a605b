"""Tables with cells of their own kinds: XLSX and Parquet."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oracles.errors import UnreadableInput
from oracles.packing.cells import CellWriter
from oracles.packing.mapping_model import TableForm
from oracles.packing.table import Row, Rows, Table

BATCH_ROWS = 8_192


@contextmanager
def open_xlsx(path: Path, form: TableForm) -> Iterator[Table]:
    """One sheet of a workbook, its first row the header; cells hold values, not formulas. Raises UnreadableInput."""
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ModuleNotFoundError:
        problem = "XLSX needs a package that is not installed; install puhui[sources], or save the sheet as CSV"
        raise UnreadableInput(file=str(path), problem=problem) from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (OSError, zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as cause:
        raise UnreadableInput(file=str(path), problem=f"it is no XLSX ({cause})") from cause
    try:
        if form.sheet is not None and form.sheet not in book.sheetnames:
            problem = f"it has no sheet {form.sheet}, it has {', '.join(book.sheetnames)}"
            raise UnreadableInput(file=str(path), problem=problem)
        sheet = book[form.sheet] if form.sheet else book.worksheets[0]
        # Some programs write a range that is not that of the cells.
        sheet.reset_dimensions()
        found = sheet.iter_rows(values_only=True)
        written = CellWriter(form)
        header = _trimmed([written(cell) for cell in next(found, ())])

        def read(wanted: Row) -> Rows:
            pick, width = table.picker(wanted), len(header)
            for row in found:
                cells = _trimmed([written(cell) for cell in row])
                if cells:
                    yield pick([*cells, *[""] * (width - len(cells))]) if len(cells) <= width else None

        table = Table(str(path), header, read)
        yield table
    finally:
        book.close()


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end: sheets have as many as somebody once touched."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


@contextmanager
def open_parquet(path: Path, form: TableForm) -> Iterator[Table]:
    """A Parquet file; only the columns that are needed are read. Raises UnreadableInput."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError) as cause:
        raise _no_parquet(path, cause) from cause
    with file:
        written = CellWriter(form)

        def read(wanted: Row) -> Rows:
            try:
                for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(dict.fromkeys(wanted))):
                    yield from zip(*_texts(batch, wanted, written), strict=True)
            except (pa.ArrowException, OSError, ValueError) as cause:
                raise _no_parquet(path, cause) from cause

        yield Table(str(path), file.schema_arrow.names, read)


def _no_parquet(path: Path, cause: Exception) -> UnreadableInput:
    problem = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
    return UnreadableInput(file=str(path), problem=f"it is no Parquet file ({problem})")


def _texts(batch: pa.RecordBatch, wanted: Row, written: CellWriter) -> Sequence[list[str]]:
    columns = {name: list(map(written, batch.column(name).to_pylist())) for name in set(wanted)}
    return [columns[name] for name in wanted]
