"""Sums over projects. One project's grams fit 63 bits, a sum of several may not: SQLite would refuse it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, func, literal
from sqlalchemy.orm import InstrumentedAttribute

HALF_BITS = 32


def halves(column: InstrumentedAttribute[int]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The sum of a column of grams in two columns, either of which fits 63 bits for two thousand million rows."""
    half = literal(HALF_BITS, Integer)
    mask = literal((1 << HALF_BITS) - 1)
    return func.sum(column.bitwise_rshift(half)), func.sum(column.bitwise_and(mask))


def joined(high: Any, low: Any) -> int:
    """The sum of the two columns of `halves`, exact; 0 where there were no rows."""
    return (int(high or 0) << HALF_BITS) + int(low or 0)
