"""The engines by name. A heavy one is imported when it is chosen, and says what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from oracles.accounting.outcome import Engine
from oracles.accounting.reference import ReferenceEngine
from registry.domain.errors import InvalidInput


class EngineName(StrEnum):
    """Which engine an oracle runs."""

    REFERENCE = "reference"
    """Plain Python, in memory."""
    DUCKDB = "duckdb"
    """Columns on one machine, for millions of acts."""
    SPARK = "spark"
    """Columns on a Spark cluster."""


SPARK_HERE: Final = "local[*]"
"""Spark in the process itself."""


def engine_of(
    name: EngineName, spark_master: str = SPARK_HERE, spark_options: Mapping[str, str] | None = None
) -> Engine:
    """An engine that is ready to compute.

    spark_master: address of the cluster, "spark://host:7077"; Spark in this process by default.
    spark_options: settings of Spark, by name.
    Raises InvalidInput: its packages are not installed.
    """
    try:
        if name is EngineName.DUCKDB:
            from oracles.accounting.columnar import ColumnarEngine
            from oracles.accounting.duckdb import DuckDBBackend

            return ColumnarEngine(DuckDBBackend())
        if name is EngineName.SPARK:
            from oracles.accounting.columnar import ColumnarEngine
            from oracles.accounting.spark import SparkBackend

            return ColumnarEngine(SparkBackend(spark_master, spark_options))
    except ImportError as cause:
        problem = f"needs packages that are not installed ({cause.name}): pip install 'puhui[{name}]'"
        raise InvalidInput(field="engine", problem=problem, given=name.value) from cause
    return ReferenceEngine()
