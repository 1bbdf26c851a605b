"""Sorting any number of records in bounded memory, and writing them so that the same records give the same bytes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oracles.package_format import RECORD_SCHEMA
from oracles.packing.records import Record

# About 100 MB of records in memory; what is beyond goes to sorted files that are merged.
RUN_RECORDS = 250_000
ROW_GROUP_RECORDS = 65_536
_MERGE_BATCH_RECORDS = 4_096
_COLUMNS = RECORD_SCHEMA.names


class SortedRecords:
    """Takes records in any order and gives them back sorted. One use: add all, then iterate once."""

    def __init__(self, scratch: Path, run_records: int = RUN_RECORDS) -> None:
        self._scratch = scratch
        self._run_records = run_records
        self._held: list[Record] = []
        self._runs: list[Path] = []

    def add(self, record: Record) -> None:
        """Takes one record."""
        self._held.append(record)
        if len(self._held) >= self._run_records:
            run = self._scratch / f"run-{len(self._runs)}.parquet"
            self._held.sort()
            write_records(run, self._held)
            self._runs.append(run)
            self._held = []

    def __iter__(self) -> Iterator[Record]:
        self._held.sort()
        if not self._runs:
            return iter(self._held)
        return heapq.merge(*map(_read_run, self._runs), self._held)


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Writes records as they come. Fixed compression, row groups and versions: equal records give equal bytes.

    (Equal with one version of pyarrow: Parquet files name the program that wrote them.)
    """
    remaining = iter(records)
    with pq.ParquetWriter(
        path,
        RECORD_SCHEMA,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=["scenario"],
        store_schema=False,
    ) as writer:
        while group := list(islice(remaining, ROW_GROUP_RECORDS)):
            columns = dict(zip(Record._fields, zip(*group, strict=True), strict=True))
            arrays = [pa.array(columns[name], type=RECORD_SCHEMA.field(name).type) for name in _COLUMNS]
            writer.write_table(pa.Table.from_arrays(arrays, schema=RECORD_SCHEMA), row_group_size=ROW_GROUP_RECORDS)


def _read_run(run: Path) -> Iterator[Record]:
    with pq.ParquetFile(run) as file:
        for batch in file.iter_batches(batch_size=_MERGE_BATCH_RECORDS):
            columns = [batch.column(name).to_pylist() for name in Record._fields]
            yield from map(Record._make, zip(*columns, strict=True))
