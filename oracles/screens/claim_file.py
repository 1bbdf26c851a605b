"""The claims of one oracle in an SQLite file of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from oracles.screens.claims import ReportKey
from registry.domain.errors import Conflict, IntegrityError

# SQLite allows 32,766 values in a query; more than a few thousand gain nothing.
_ASK_AT_ONCE = 4_000
_FORMAT = 1
_TABLES = """
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    UNIQUE (project_id, seq)
);
CREATE TABLE acts (
    act_id BLOB NOT NULL,
    report INTEGER NOT NULL REFERENCES reports (id),
    look_alike BLOB NOT NULL,
    counted INTEGER NOT NULL,
    PRIMARY KEY (act_id, report)
) WITHOUT ROWID;
CREATE INDEX acts_look_alike ON acts (look_alike);
"""


class Claim(NamedTuple):
    """One act as the claim file keeps it."""

    act_id: bytes
    look_alike: bytes
    counted: bool
    """True: a leaf of the log. False: examined and quarantined as implausible; may not be relabelled either."""


class SqliteClaimStore:
    """A `ClaimStore` in a file. Opening it again after a crash finds every report whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        # One oracle, one process; threads of it take turns through its lock.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._prepare()
        except sqlite3.DatabaseError as cause:
            self._connection.close()
            raise IntegrityError(what=f"claim file {path}", problem=str(cause)) from cause

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        found = run("PRAGMA user_version").fetchone()[0]
        if found == 0:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_FORMAT}; COMMIT;")
        elif found != _FORMAT:
            raise IntegrityError(
                what=f"claim file {self._path}", problem=f"format {found}, this version reads {_FORMAT}"
            )

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def claimed(self, act_ids: Sequence[bytes], excluding: ReportKey) -> set[bytes]:
        """See `ClaimStore.claimed`."""
        query = "SELECT act_id, act_id FROM acts WHERE counted AND report IS NOT ? AND act_id IN "
        return {act_id for act_id, _ in self._ask(query, act_ids, excluding)}

    def look_alikes(self, keys: Sequence[bytes], excluding: ReportKey) -> dict[bytes, set[bytes]]:
        """See `ClaimStore.look_alikes`."""
        query = "SELECT look_alike, act_id FROM acts WHERE report IS NOT ? AND look_alike IN "
        found: dict[bytes, set[bytes]] = {}
        for key, act_id in self._ask(query, keys, excluding):
            found.setdefault(key, set()).add(act_id)
        return found

    def digest_of(self, report: ReportKey) -> bytes | None:
        """The digest of a report whose claims are here, None if they are not."""
        row = self._connection.execute(
            "SELECT digest FROM reports WHERE project_id = ? AND seq = ?", (report.project_id, report.seq)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def record(self, report: ReportKey, digest: bytes, claims: Iterable[Claim]) -> None:
        """Keeps the claims of an accepted report. Recording the same report again changes nothing.

        Raises:
            Conflict: claims of another report with this number are kept already.
        """
        known = self.digest_of(report)
        if known == digest:
            return
        if known is not None:
            problem = f"claims of report {known.hex()} are kept under this number, now asked for {digest.hex()}"
            raise Conflict(kind="report", id=f"{report.project_id}/{report.seq}", problem=problem)
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        try:
            inserted = run("INSERT INTO reports (project_id, seq, digest) VALUES (?, ?, ?)", (*report, digest))
            number = inserted.lastrowid
            # In the order of the table's key: the file is then written from one end to the other.
            rows = sorted((claim.act_id, number, claim.look_alike, claim.counted) for claim in claims)
            # A package may hold one act twice: what is counted goes before what is not.
            rows.sort(key=lambda row: (row[0], not row[3]))
            self._connection.executemany("INSERT OR IGNORE INTO acts VALUES (?, ?, ?, ?)", rows)
        except BaseException:
            run("ROLLBACK")
            raise
        run("COMMIT")

    def _ask(self, query: str, values: Sequence[bytes], excluding: ReportKey) -> Iterable[tuple[bytes, bytes]]:
        run = self._connection.execute
        row = run("SELECT id FROM reports WHERE project_id = ? AND seq = ?", excluding).fetchone()
        number = None if row is None else row[0]
        if run("SELECT 1 FROM acts LIMIT 1").fetchone() is None:
            return
        for start in range(0, len(values), _ASK_AT_ONCE):
            asked = values[start : start + _ASK_AT_ONCE]
            marks = ",".join("?" * len(asked))
            yield from run(f"{query} ({marks})", (number, *asked))
