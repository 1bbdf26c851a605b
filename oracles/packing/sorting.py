"""Sorting any number of rows in bounded memory, and writing records so that the same records give the same bytes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from oracles.package_format import RECORD_SCHEMA
from oracles.packing.records import Record

# About 100 MB of records in memory; what is beyond goes to sorted files that are merged.
RUN_RECORDS = 250_000
ROW_GROUP_RECORDS = 65_536
_MERGE_BATCH_RECORDS = 4_096

# A NamedTuple whose fields are those of a schema; its order is the order of its fields.
T = TypeVar("T", bound=tuple[Any, ...])


class Sorted(Generic[T]):
    """Takes rows in any order and gives them back sorted. One use: add all, then iterate once."""

    def __init__(self, kind: type[T], schema: pa.Schema, scratch: Path, run_rows: int = RUN_RECORDS) -> None:
        """scratch: a folder of its own. What is written there has to be fit to be found after a crash: no user ids."""
        self._make = kind._make  # type: ignore[attr-defined]
        self._names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
        self._schema = schema
        self._scratch = scratch
        self._run_rows = run_rows
        self._held: list[T] = []
        self._runs: list[Path] = []
        scratch.mkdir(exist_ok=True)

    def add(self, row: T) -> None:
        """Takes one row."""
        self._held.append(row)
        if len(self._held) >= self._run_rows:
            run = self._scratch / f"run-{len(self._runs)}.parquet"
            self._held.sort()
            _write(run, self._held, self._names, self._schema)
            self._runs.append(run)
            self._held = []

    def __iter__(self) -> Iterator[T]:
        self._held.sort()
        if not self._runs:
            return iter(self._held)
        return heapq.merge(*map(self._read_run, self._runs), self._held)

    def _read_run(self, run: Path) -> Iterator[T]:
        with pq.ParquetFile(run) as file:
            for batch in file.iter_batches(batch_size=_MERGE_BATCH_RECORDS):
                columns = [batch.column(name).to_pylist() for name in self._names]
                yield from map(self._make, zip(*columns, strict=True))


def sorted_records(scratch: Path, run_records: int = RUN_RECORDS) -> Sorted[Record]:
    """For the records of a package."""
    return Sorted(Record, RECORD_SCHEMA, scratch, run_records)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Writes records as they come. Fixed compression, row groups and versions: equal records give equal bytes.

    (Equal with one version of pyarrow: Parquet files name the program that wrote them.)
    """
    _write(path, records, Record._fields, RECORD_SCHEMA)


def _write(path: Path, rows: Iterable[tuple[Any, ...]], names: tuple[str, ...], schema: pa.Schema) -> None:
    remaining = iter(rows)
    with pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=["scenario"],
        store_schema=False,
    ) as writer:
        while group := list(islice(remaining, ROW_GROUP_RECORDS)):
            columns = dict(zip(names, zip(*group, strict=True), strict=True))
            arrays = [pa.array(columns[field.name], type=field.type) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROW_GROUP_RECORDS)
