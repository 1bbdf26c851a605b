"""DuckDB as a backend: one machine, millions of acts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from oracles.accounting.hmac_blocks import functions
from oracles.accounting.task import Task
from oracles.errors import EngineFailed

MEMORY_BYTES: Final = 2 * 2**30
"""What DuckDB may take before it writes to the scratch folder. Leaves and claims are written besides."""
BATCH_ROWS: Final = 1 << 20

# {inner} and {outer} are the pepper in the blocks of HMAC (RFC 2104); the keys are shorter than a block.
_FUNCTIONS: Final = """
CREATE TEMP MACRO puhui_act_id(act_key) AS unhex(sha256({outer} || unhex(sha256({inner} || encode(act_key)))));
CREATE TEMP MACRO puhui_look_alike(look_alike_key) AS unhex(sha256(look_alike_key)[:32]);
CREATE TEMP MACRO puhui_minute(seconds) AS strftime(make_timestamp(seconds * 1000000), '%Y-%m-%dT%H:%M');
CREATE TEMP MACRO puhui_floor(numerator, scale) AS numerator // scale;
CREATE TEMP MACRO puhui_number(tag) AS hash(tag);
"""


@dataclass(frozen=True, slots=True)
class DuckDBSession:
    """See `columnar.Session`."""

    connection: Backend
    records: ir.Table

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """See `columnar.Session`."""
        yield from self.connection.to_pyarrow_batches(expression, chunk_size=BATCH_ROWS)


class DuckDBBackend:
    """See `columnar.Backend`."""

    name = "duckdb"

    def __init__(self, memory_bytes: int = MEMORY_BYTES, threads: int | None = None) -> None:
        """threads: as many as there are processors, if None."""
        self._settings: dict[str, str | int] = {"memory_limit": f"{memory_bytes}B", "TimeZone": "UTC"}
        if threads is not None:
            self._settings["threads"] = threads

    @contextmanager
    def session(self, records: Path, task: Task, scratch: Path) -> Iterator[DuckDBSession]:
        """See `columnar.Backend`. Raises EngineFailed."""
        import duckdb

        connection = ibis.duckdb.connect()
        try:
            settings = {**self._settings, "temp_directory": str(scratch)}
            for name, value in settings.items():
                connection.raw_sql(f"SET {name} = '{value}'")
            connection.raw_sql(functions(_FUNCTIONS, task.pepper, lambda content: f"unhex('{content.hex()}')"))
            table = connection.read_parquet(str(records), file_row_number=True).rename(position="file_row_number")
            yield DuckDBSession(connection, table)
        except duckdb.Error as cause:
            raise EngineFailed(engine=self.name, problem=str(cause).splitlines()[0]) from cause
        finally:
            connection.disconnect()
