"""The seam of tables: whatever a platform's data lies in, it is a header and rows of texts, read as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from oracles.errors import MissingColumns, UnreadableInput
from oracles.packing.mapping_model import TableForm

Row = tuple[str, ...]
Rows = Iterator[Row | None]


class Table:
    """One table being read, once, from its first row to its last.

    read: (wanted columns) -> their texts row by row, None for a row of another shape. Texts that are not in the
    encoding have lone surrogates: a row is refused for them only if they stand in a column it is asked for.
    """

    def __init__(self, name: str, columns: Sequence[str], read: Callable[[Row], Rows]) -> None:
        """Raises UnreadableInput: no header, or a column name twice."""
        self.columns = [column.strip() for column in columns]
        self._name = name
        self._read = read
        if not any(self.columns):
            raise UnreadableInput(file=name, problem="it has no header")
        twice = sorted({column for column in self.columns if self.columns.count(column) > 1})
        if twice:
            raise UnreadableInput(file=name, problem=f"column(s) {', '.join(twice)} stand twice in its header")

    def rows(self, wanted: Row) -> Iterator[tuple[int, Row | None]]:
        """Row number (the first row after the header is 1) and the wanted columns, None for a row of another shape.

        Raises:
            MissingColumns: a wanted column is not in the header.
        """
        missing = sorted(set(wanted) - set(self.columns))
        if missing:
            raise MissingColumns(file=self._name, missing=", ".join(missing), found=", ".join(self.columns))
        return enumerate(self._read(wanted), start=1)

    def picker(self, wanted: Row) -> Callable[[Sequence[str]], Row]:
        """Takes the wanted cells out of a whole row."""
        places = [self.columns.index(column) for column in wanted]
        if len(places) == 1:
            return lambda cells: (cells[places[0]],)
        return itemgetter(*places)


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table or a query of a database. The address may hold a password: nothing shows it."""

    url: str
    query: str
    """Name of a table, or a SELECT."""


Source = Path | SqlTable


@contextmanager
def open_table(source: Source, form: TableForm) -> Iterator[Table]:
    """Opens a table and reads its header. What it is, its name says: .xlsx, .parquet, .jsonl, anything else is CSV;
    CSV and JSON lines may be compressed with gzip.

    Raises:
        UnreadableInput: no such file, not what its name says, no header, a column name twice, no driver.
    """
    # Here, not above: they are made of the classes of this file, and a CSV needs no database.
    from oracles.packing import sheets, sql, text_tables

    if isinstance(source, SqlTable):
        opened = sql.open_sql(source, form)
    else:
        name = source.name.lower().removesuffix(".gz")
        open_file = {".xlsx": sheets.open_xlsx, ".parquet": sheets.open_parquet, ".jsonl": text_tables.open_jsonl}
        opened = open_file.get(Path(name).suffix, text_tables.open_csv)(source, form)
    with opened as table:
        yield table
