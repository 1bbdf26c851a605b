"""A canonical SHA-256 over the derived tables: the same rows give the same digest on any database."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.base import derived_tables

_PAGE_ROWS = 2_000


def digest_of_derived(session: Session) -> str:
    """SHA-256, as hex, over each derived table by name: its columns, then its rows in the order of the primary key."""
    digest = hashlib.sha256()
    for table in sorted(derived_tables(), key=lambda table: table.name):
        columns = sorted(table.columns, key=lambda column: column.name)
        digest.update(_line([table.name, *(column.name for column in columns)]))
        rows = session.execute(select(*columns).execution_options(yield_per=_PAGE_ROWS))
        # Sorted here and not by the database: collations of text differ between databases.
        key = [columns.index(column) for column in table.primary_key.columns]
        for row in sorted(rows, key=lambda row: tuple(_plain(row[place]) for place in key)):
            digest.update(_line([_plain(value) for value in row]))
    return digest.hexdigest()


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return int(value.timestamp())
    return value
