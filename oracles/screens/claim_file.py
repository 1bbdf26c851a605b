"""The claims of one oracle in an SQLite file of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from oracles.errors import ActsReserved
from oracles.screens.claims import ReportKey
from registry.domain.errors import Conflict, IntegrityError, Unavailable

# SQLite allows 32,766 values in a query; more than a few thousand gain nothing.
_ASK_AT_ONCE = 4_000
_FORMAT = 2
_TRY_AGAIN = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY"}
_TABLES = """
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    state INTEGER NOT NULL,
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


_FROM_FORMAT_1 = "ALTER TABLE reports ADD COLUMN state INTEGER NOT NULL DEFAULT 1;"


class _State(IntEnum):
    """What the claims of a report rest on."""

    RESERVED = 0
    """The oracle signed the report; the chain may accept it or not."""
    ACCEPTED = 1
    """The chain accepted it and this oracle computed it."""
    LEARNED = 2
    """The chain accepted it; its acts are from the public log, so there are no look-alikes."""


class Claim(NamedTuple):
    """One act as the claim file keeps it."""

    act_id: bytes
    look_alike: bytes
    counted: bool
    """True: a leaf of the log. False: examined and quarantined as implausible; may not be relabelled either."""


class SqliteClaimStore:
    """A `ClaimStore` in a file. Opening it again after a crash finds every report whole or not at all."""

    def __init__(self, path: Path) -> None:
        """Raises IntegrityError if the file is damaged, Unavailable if it cannot be opened now."""
        self._path = path
        with self._failures():
            path.parent.mkdir(parents=True, exist_ok=True)
            # One oracle, one process; threads of it take turns through its lock.
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            with self._failures():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        found = run("PRAGMA user_version").fetchone()[0]
        changes = {0: _TABLES, 1: _FROM_FORMAT_1}.get(found)
        if changes is not None:
            self._connection.executescript(f"BEGIN IMMEDIATE; {changes} PRAGMA user_version = {_FORMAT}; COMMIT;")
        elif found != _FORMAT:
            raise IntegrityError(
                what=f"claim file {self._path}", problem=f"format {found}, this version reads {_FORMAT}"
            )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Names the failures of SQLite and of the disk: one oracle's file is no reason to end a round of all."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # a fault of this program, such as using a closed store
        except sqlite3.Error as cause:
            name = str(getattr(cause, "sqlite_errorname", ""))
            if "_".join(name.split("_")[:2]) in _TRY_AGAIN:
                raise Unavailable(what=f"claim file {self._path}", problem=str(cause)) from cause
            raise IntegrityError(what=f"claim file {self._path}", problem=str(cause)) from cause

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def claimed(self, act_ids: Sequence[bytes], excluding: ReportKey) -> set[bytes]:
        """See `ClaimStore.claimed`."""
        with self._failures():
            return self._claimed(act_ids, excluding, with_reserved=False)

    def look_alikes(self, keys: Sequence[bytes], excluding: ReportKey) -> dict[bytes, set[bytes]]:
        """See `ClaimStore.look_alikes`."""
        with self._failures():
            return self._look_alikes(keys, excluding, with_reserved=False)

    def digest_of(self, report: ReportKey) -> bytes | None:
        """The digest of an accepted report whose claims are here, None if they are not (or only reserved)."""
        found = self._found(report)
        return None if found is None or found[1] == _State.RESERVED else found[0]

    def reports_up_to(self, report: ReportKey) -> int:
        """How many accepted reports of the project, up to this number, are here."""
        query = "SELECT count(*) FROM reports WHERE project_id = ? AND seq <= ? AND state <> ?"
        with self._failures():
            row = self._connection.execute(query, (*report, _State.RESERVED)).fetchone()
        return int(row[0])

    def record(self, report: ReportKey, digest: bytes, claims: Iterable[Claim]) -> None:
        """Keeps the claims of an accepted report, in place of what was reserved under its number.

        Recording the same report again changes nothing.

        Raises:
            Conflict: claims of another accepted report with this number are kept already.
        """
        self._record(report, digest, claims, _State.ACCEPTED)

    def learn(self, report: ReportKey, digest: bytes, act_ids: Iterable[bytes]) -> None:
        """Keeps the acts of an accepted report that this oracle did not compute; `record` may complete it later.

        Raises:
            Conflict: as `record`.
        """
        self._record(report, digest, (Claim(act_id, b"", True) for act_id in act_ids), _State.LEARNED)

    @contextmanager
    def reserving(self, report: ReportKey, digest: bytes, claims: Collection[Claim]) -> Iterator[None]:
        """Reserves the acts of a report that is about to be signed, in one transaction with the body of the `with`.

        What was reserved before under this number is replaced, if the body ends well. If it raises, or the process
        dies, nothing has changed. No other process reserves meanwhile.

        Raises:
            ActsReserved: another report counted, or has reserved, one of the counted acts or a look-alike of one.
            Conflict: another report with this number was accepted.
        """
        with self._transaction():
            found = self._found(report)
            if found is not None and found[1] != _State.RESERVED:
                self._check_same(report, found[0], digest)
            elif found is None or found[0] != digest:
                self._delete(report)
                self._check_free(report, claims)
                self._insert(report, digest, claims, _State.RESERVED)
            yield

    def _record(self, report: ReportKey, digest: bytes, claims: Iterable[Claim], state: _State) -> None:
        with self._transaction():
            found = self._found(report)
            if found is not None and found[1] != _State.RESERVED:
                self._check_same(report, found[0], digest)
                if found[1] == _State.ACCEPTED or state == _State.LEARNED:
                    return
            elif found is not None and found[0] == digest and state == _State.ACCEPTED:
                # The digest binds the evidence and with it every claim: what was reserved is what is kept.
                run = self._connection.execute
                run("UPDATE reports SET state = ? WHERE project_id = ? AND seq = ?", (state, *report))
                return
            self._delete(report)
            self._insert(report, digest, claims, state)

    def _found(self, report: ReportKey) -> tuple[bytes, int] | None:
        query = "SELECT digest, state FROM reports WHERE project_id = ? AND seq = ?"
        with self._failures():
            row = self._connection.execute(query, report).fetchone()
        return None if row is None else (bytes(row[0]), int(row[1]))

    def _check_same(self, report: ReportKey, known: bytes, digest: bytes) -> None:
        if known != digest:
            problem = f"claims of report {known.hex()} are kept under this number, now asked for {digest.hex()}"
            raise Conflict(kind="report", id=f"{report.project_id}/{report.seq}", problem=problem)

    def _check_free(self, report: ReportKey, claims: Collection[Claim]) -> None:
        counted = {claim.act_id: claim.look_alike for claim in claims if claim.counted}
        taken = self._claimed(list(counted), report, with_reserved=True)
        seen = self._look_alikes(list(set(counted.values())), report, with_reserved=True)
        taken |= {act_id for act_id, key in counted.items() if seen.get(key, {act_id}) != {act_id}}
        if taken:
            first = min(taken)
            others = self._reports_with(first, counted[first], report)
            raise ActsReserved(
                project_id=report.project_id, seq=report.seq, acts=len(taken), first=first.hex(), reports=others
            )

    def _reports_with(self, act_id: bytes, look_alike: bytes, report: ReportKey) -> str:
        rows = self._connection.execute(
            "SELECT DISTINCT project_id, seq FROM reports JOIN acts ON acts.report = reports.id"
            " WHERE (act_id = ? OR look_alike = ?) AND NOT (project_id = ? AND seq = ?) ORDER BY 1, 2",
            (act_id, look_alike, *report),
        )
        return ", ".join(f"{project_id}/{seq}" for project_id, seq in rows)

    def _delete(self, report: ReportKey) -> None:
        run = self._connection.execute
        run("DELETE FROM acts WHERE report IN (SELECT id FROM reports WHERE project_id = ? AND seq = ?)", report)
        run("DELETE FROM reports WHERE project_id = ? AND seq = ?", report)

    def _insert(self, report: ReportKey, digest: bytes, claims: Iterable[Claim], state: _State) -> None:
        inserted = self._connection.execute(
            "INSERT INTO reports (project_id, seq, digest, state) VALUES (?, ?, ?, ?)", (*report, digest, state)
        )
        number = inserted.lastrowid
        # In the order of the table's key: the file is then written from one end to the other.
        rows = sorted((claim.act_id, number, claim.look_alike, claim.counted) for claim in claims)
        # A package may hold one act twice: what is counted goes before what is not.
        rows.sort(key=lambda row: (row[0], not row[3]))
        self._connection.executemany("INSERT OR IGNORE INTO acts VALUES (?, ?, ?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        run = self._connection.execute
        with self._failures():
            run("BEGIN IMMEDIATE")
            try:
                yield
                run("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    run("ROLLBACK")
                raise

    def _claimed(self, act_ids: Sequence[bytes], excluding: ReportKey, *, with_reserved: bool) -> set[bytes]:
        query = "SELECT act_id, act_id FROM acts WHERE counted AND report NOT IN ({}) AND act_id IN "
        return {act_id for act_id, _ in self._ask(query, act_ids, excluding, with_reserved)}

    def _look_alikes(
        self, keys: Sequence[bytes], excluding: ReportKey, *, with_reserved: bool
    ) -> dict[bytes, set[bytes]]:
        query = "SELECT look_alike, act_id FROM acts WHERE report NOT IN ({}) AND look_alike IN "
        found: dict[bytes, set[bytes]] = {}
        for key, act_id in self._ask(query, keys, excluding, with_reserved):
            found.setdefault(key, set()).add(act_id)
        return found

    def _ask(
        self, query: str, values: Sequence[bytes], excluding: ReportKey, with_reserved: bool
    ) -> Iterable[tuple[bytes, bytes]]:
        run = self._connection.execute
        left_out = run(
            "SELECT id FROM reports WHERE (project_id = ? AND seq = ?) OR (state = ? AND NOT ?)",
            (*excluding, _State.RESERVED, with_reserved),
        ).fetchall()
        if run("SELECT 1 FROM acts LIMIT 1").fetchone() is None:
            return
        query = query.format(",".join(str(number) for (number,) in left_out))
        for start in range(0, len(values), _ASK_AT_ONCE):
            asked = values[start : start + _ASK_AT_ONCE]
            marks = ",".join("?" * len(asked))
            yield from run(f"{query} ({marks})", asked)
