"""Spark as a backend: a cluster that reads the records where its workers can, and writes sorted parts for this process.

The functions below hold the network's pepper, so the cluster has to be the oracle's own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.pyspark import Backend
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from oracles.accounting.hmac_blocks import functions
from oracles.accounting.task import Task
from oracles.errors import EngineFailed

BATCH_ROWS: Final = 1 << 20

_FUNCTIONS: Final = """
CREATE OR REPLACE TEMPORARY FUNCTION puhui_act_id(act_key STRING) RETURNS BINARY
    RETURN unhex(sha2(concat({outer}, unhex(sha2(concat({inner}, cast(act_key AS BINARY)), 256))), 256));
CREATE OR REPLACE TEMPORARY FUNCTION puhui_look_alike(look_alike_key STRING) RETURNS BINARY
    RETURN unhex(substring(sha2(cast(look_alike_key AS BINARY), 256), 1, 32));
CREATE OR REPLACE TEMPORARY FUNCTION puhui_minute(seconds BIGINT) RETURNS STRING
    RETURN date_format(timestamp_seconds(seconds), "yyyy-MM-dd'T'HH:mm");
CREATE OR REPLACE TEMPORARY FUNCTION puhui_floor(numerator BIGINT, scale BIGINT) RETURNS BIGINT
    RETURN numerator div scale;
CREATE OR REPLACE TEMPORARY FUNCTION puhui_number(tag BINARY) RETURNS BIGINT RETURN xxhash64(tag)
"""


@dataclass(frozen=True, slots=True)
class SparkRecords:
    """See `columnar.Session`."""

    connection: Backend
    records: ir.Table
    folder: Path

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """See `columnar.Session`. A sort of Spark has parts in order, and the parts are numbered."""
        out = Path(tempfile.mkdtemp(dir=self.folder, prefix="spark-"))
        try:
            self.connection.to_parquet(expression, str(out / "rows"))
            for part in sorted((out / "rows").glob("part-*.parquet")):
                with pq.ParquetFile(part) as file:
                    yield from file.iter_batches(batch_size=BATCH_ROWS)
        finally:
            shutil.rmtree(out, ignore_errors=True)


class SparkBackend:
    """See `columnar.Backend`."""

    name = "spark"

    def __init__(self, master: str, options: Mapping[str, str] | None = None) -> None:
        """master: "local[*]", or "spark://host:7077" of a standalone cluster. options: of Spark, by name."""
        self._master = master
        self._options = options or {}

    @contextmanager
    def session(self, records: Path, task: Task, scratch: Path) -> Iterator[SparkRecords]:
        """See `columnar.Backend`. Raises EngineFailed."""
        try:
            spark = (
                SparkSession.builder.master(self._master)
                .appName("puhui accounting")
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.sql.ansi.enabled", "true")
                .config("spark.ui.enabled", "false")
                .config(map=dict(self._options))
                .getOrCreate()
            )
            connection = ibis.pyspark.connect(spark)
            for statement in functions(_FUNCTIONS, task.pepper, lambda content: f"X'{content.hex()}'").split(";\n"):
                spark.sql(statement)
            rows = spark.read.parquet(str(records)).selectExpr("*", "_metadata.row_index AS position")
            rows.createOrReplaceTempView("puhui_records")
            yield SparkRecords(connection, connection.table("puhui_records"), scratch)
        except PySparkException as cause:
            raise EngineFailed(engine=self.name, problem=str(cause).splitlines()[0]) from cause
