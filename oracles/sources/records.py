"""The records of a package, out of their Parquet file: by columns, checked before anything of them is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from oracles.package_format import RECORD_SCHEMA, RECORDS_NAME, Totals
from registry.domain.errors import InvalidEvidence

BATCH_RECORDS = 65_536
# A row group that unfolds to more than this is a bomb, not evidence: ours are below 20 MB.
ROW_GROUP_BYTES_MAX = 2**29
# Fixed columns take 94 bytes a record and keys some 60.
BATCH_BYTES_MAX = 2**26
ACT_KEY_BYTES_MAX = 500


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """Some records, column by column, in the order of the package. All lists have one length."""

    first: int
    """Number of the first of these records in the package, from 0."""
    act_key: list[str]
    occurred_at: list[int]
    duration_seconds: list[int]
    scenario: list[int]
    quantity: list[int]
    actor: list[bytes]
    actor_start_day: list[bytes]
    actor_end_day: list[bytes]

    def __len__(self) -> int:
        return len(self.occurred_at)


def record_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The records, `BATCH_RECORDS` at a time, with the columns of `RECORD_SCHEMA`; schema and types are checked.

    Raises:
        InvalidEvidence: no Parquet file, another schema, a missing value, a text or batch that is too large.
    """
    try:
        check_schema(path)
        # A text that is stored once can stand in any number of records: as a dictionary it is read once, and measured
        # before it is unfolded.
        with pq.ParquetFile(path, read_dictionary=["act_key"]) as file:
            for batch in file.iter_batches(batch_size=BATCH_RECORDS):
                _check_batch(batch)
                plain = batch.column("act_key").dictionary_decode()
                yield batch.set_column(batch.schema.get_field_index("act_key"), RECORD_SCHEMA.field("act_key"), plain)
    except InvalidEvidence:
        raise
    except (pa.ArrowException, OSError, ValueError) as cause:
        problem = f"cannot be read as Parquet: {str(cause).splitlines()[0] if str(cause) else type(cause).__name__}"
        raise InvalidEvidence(what=str(path), problem=problem) from cause


def read_records(path: Path) -> Iterator[RecordColumns]:
    """The records as Python objects, without comparing them with a manifest. Raises as `record_batches`."""
    first = 0
    for batch in record_batches(path):
        yield RecordColumns(first, *(batch.column(name).to_pylist() for name in RECORD_SCHEMA.names))
        first += batch.num_rows


def check_records(path: Path, totals: Totals) -> None:
    """Are the records in the one order of a package, and do they add up to its totals?

    Raises:
        InvalidEvidence: with both values where two differ. And as `record_batches`.
    """
    records = 0
    quantity: Counter[int] = Counter()
    last: pa.RecordBatch | None = None
    for batch in record_batches(path):
        # A package has one order, so that equal evidence has equal bytes.
        if not _is_sorted(batch) or (last is not None and not _is_sorted(pa.concat_batches([last, batch.slice(0, 1)]))):
            raise InvalidEvidence(what=RECORDS_NAME, problem="its records are not sorted by time, act key and quantity")
        last = batch.slice(batch.num_rows - 1) if batch.num_rows else last
        records += batch.num_rows
        if records > totals.records:
            break  # enough to know that the totals are wrong; a bomb need not be unfolded to its end
        quantity.update(_quantities(batch))
    _same("records", records, totals.records)
    # A scenario whose quantities add up to zero has to be stated all the same.
    _same("quantity by scenario", dict(sorted(quantity.items())), dict(sorted(totals.quantity.items())))


def _is_sorted(batch: pa.RecordBatch) -> bool:
    """By time, act key and quantity, each row against the one before."""
    decided = None
    for name in ("quantity", "act_key", "occurred_at"):
        column = batch.column(name)
        before, after = column.slice(0, max(0, len(column) - 1)), column.slice(1)
        less, equal = pc.less(before, after), pc.equal(before, after)
        decided = pc.or_(less, equal if decided is None else pc.and_(equal, decided))
    return bool(pc.all(decided, min_count=0).as_py())


def _quantities(batch: pa.RecordBatch) -> dict[int, int]:
    """Scenario -> sum of its quantities. Hostile ones add up to more than 64 bits, so halves are added."""
    scenario = batch.column("scenario").to_numpy()
    amount = batch.column("quantity").to_numpy()
    high, low = amount >> 32, amount & 0xFFFFFFFF
    found = {}
    for number in np.unique(scenario).tolist():
        here = scenario == number
        found[number] = (int(high[here].sum()) << 32) + int(low[here].sum())
    return found


def _check_batch(batch: pa.RecordBatch) -> None:
    """Before anything of it becomes Python objects: sizes, and that nothing is missing. Raises InvalidEvidence."""
    if batch.nbytes > BATCH_BYTES_MAX:
        problem = f"{batch.num_rows} of them take {batch.nbytes} bytes, at most {BATCH_BYTES_MAX} are read at once"
        raise InvalidEvidence(what=f"{RECORDS_NAME}, records", problem=problem)
    for name in RECORD_SCHEMA.names:
        if batch.column(name).null_count:
            raise InvalidEvidence(what=f"{RECORDS_NAME}, column {name}", problem="has missing values")
    longest = pc.max(pc.binary_length(batch.column("act_key").dictionary)).as_py() or 0
    if longest > ACT_KEY_BYTES_MAX:
        problem = f"a key has {longest} bytes, at most {ACT_KEY_BYTES_MAX} are read"
        raise InvalidEvidence(what=f"{RECORDS_NAME}, column act_key", problem=problem)


def check_schema(path: Path) -> None:
    """Columns, types and sizes as the file states them. Raises InvalidEvidence, OSError, pa.ArrowException."""
    with pq.ParquetFile(path) as file:
        _check_stated(file)


def _check_stated(file: pq.ParquetFile) -> None:
    found = file.schema_arrow.remove_metadata()
    if not found.equals(RECORD_SCHEMA):
        problem = f"has the columns [{_schema_text(found)}], needed are [{_schema_text(RECORD_SCHEMA)}]"
        raise InvalidEvidence(what=RECORDS_NAME, problem=problem)
    for number in range(file.metadata.num_row_groups):
        unfolded_bytes = file.metadata.row_group(number).total_byte_size
        if not 0 <= unfolded_bytes <= ROW_GROUP_BYTES_MAX:
            problem = f"unfolds to {unfolded_bytes} bytes, at most {ROW_GROUP_BYTES_MAX} are read"
            raise InvalidEvidence(what=f"{RECORDS_NAME}, row group {number}", problem=problem)


def _schema_text(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}{'' if field.nullable else ' required'}" for field in schema)


def _same(what: str, found: object, stated: object) -> None:
    if found != stated:
        raise InvalidEvidence(
            what=f"totals, {what}", problem=f"the records add up to {found}, the manifest says {stated}"
        )
