"""The claims of one oracle: its reports and their states in SQLite, their acts in sorted runs beside it.

    claims.sqlite    reports: which ones, and what each rests on; runs: which files are part of the store
    claims.runs/     the acts and their look-alikes (`oracles.screens.claim_runs`)

A run that SQLite does not list does not exist, and a row whose report it does not list counts for nothing: one commit
makes a report whole, or not there. Files of a transaction that failed are swept up by the next merge.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from oracles.errors import ActsReserved, ClaimsOfOldFormat
from oracles.screens.claim_runs import BATCH_ROWS, Known, Listed, RunFolder
from oracles.screens.claims import CLAIM_SCHEMA, Flags, ReportKey
from registry.domain.errors import Conflict, IntegrityError, Unavailable

_FORMAT = 3
_TRY_AGAIN = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY"}
# A number of a report is never given again: rows of a deleted report lie in the runs until they are merged.
_TABLES = """
CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    state INTEGER NOT NULL,
    UNIQUE (project_id, seq)
);
CREATE TABLE runs (
    name TEXT PRIMARY KEY,
    kind INTEGER NOT NULL,
    rows INTEGER NOT NULL
);
"""
RUN_ROWS = 4_000_000
"""A report of more acts is kept in several runs."""


class _State(IntEnum):
    """What the claims of a report rest on."""

    RESERVED = 0
    """The oracle signed the report; the chain may accept it or not."""
    ACCEPTED = 1
    """The chain accepted it and this oracle computed it."""
    LEARNED = 2
    """The chain accepted it; its acts are from the public log, so there are no look-alikes."""


class SqliteClaimStore:
    """A `ClaimStore` on disk. Opening it again after a crash finds every report whole or not at all."""

    def __init__(self, path: Path) -> None:
        """Raises IntegrityError if the file is damaged, Unavailable if it cannot be opened now, ClaimsOfOldFormat."""
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
        if found in {1, 2}:
            raise ClaimsOfOldFormat(path=str(self._path), format=found, reads=_FORMAT)
        if found == 0:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_FORMAT}; COMMIT;")
        elif found != _FORMAT:
            raise IntegrityError(
                what=f"claim file {self._path}", problem=f"format {found}, this version reads {_FORMAT}"
            )
        self._runs = RunFolder(self._path.with_suffix(".runs"))

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

    def flag(
        self, act_ids: pa.FixedSizeBinaryArray, look_alikes: pa.FixedSizeBinaryArray, excluding: ReportKey
    ) -> Flags:
        """See `ClaimStore.flag`."""
        with self._failures(), self._known(excluding, with_reserved=False) as known:
            return known.flag(act_ids, look_alikes)

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

    def record(self, report: ReportKey, digest: bytes, claims: pa.Table | Path) -> None:
        """Keeps the claims (`CLAIM_SCHEMA`) of an accepted report, in place of what was reserved under its number.

        Recording the same report again changes nothing.

        Raises:
            Conflict: claims of another accepted report with this number are kept already.
        """
        self._record(report, digest, claims, _State.ACCEPTED)

    def learn(self, report: ReportKey, digest: bytes, act_ids: pa.FixedSizeBinaryArray) -> None:
        """Keeps the acts of an accepted report that this oracle did not compute; `record` may complete it later.

        Raises:
            Conflict: as `record`.
        """
        nothing = pa.repeat(pa.scalar(bytes(16), pa.binary(16)), len(act_ids))
        columns = [act_ids, nothing, pa.repeat(True, len(act_ids))]
        self._record(report, digest, pa.Table.from_arrays(columns, schema=CLAIM_SCHEMA), _State.LEARNED)

    @contextmanager
    def reserving(self, report: ReportKey, digest: bytes, claims: pa.Table | Path) -> Iterator[None]:
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

    def _record(self, report: ReportKey, digest: bytes, claims: pa.Table | Path, state: _State) -> None:
        with self._transaction():
            found = self._found(report)
            if found is not None and found[1] != _State.RESERVED:
                self._check_same(report, found[0], digest)
                if found[1] == _State.ACCEPTED or state == _State.LEARNED:
                    return
            if found is not None and found == (digest, _State.RESERVED) and state == _State.ACCEPTED:
                # The digest binds the evidence and with it every claim: what was reserved is what is kept.
                run = self._connection.execute
                run("UPDATE reports SET state = ? WHERE project_id = ? AND seq = ?", (state, *report))
            else:
                self._delete(report)
                self._insert(report, digest, claims, state)
        while self._merge():
            pass

    def _found(self, report: ReportKey) -> tuple[bytes, int] | None:
        query = "SELECT digest, state FROM reports WHERE project_id = ? AND seq = ?"
        with self._failures():
            row = self._connection.execute(query, report).fetchone()
        return None if row is None else (bytes(row[0]), int(row[1]))

    def _check_same(self, report: ReportKey, known: bytes, digest: bytes) -> None:
        if known != digest:
            problem = f"claims of report {known.hex()} are kept under this number, now asked for {digest.hex()}"
            raise Conflict(kind="report", id=f"{report.project_id}/{report.seq}", problem=problem)

    def _check_free(self, report: ReportKey, claims: pa.Table | Path) -> None:
        taken, first = 0, None
        for part in _parts(claims, BATCH_ROWS):
            counted = part.filter(part["counted"])
            with self._known(report, with_reserved=True) as known:
                flags = known.flag(counted["act_id"], counted["look_alike"])
            found = np.union1d(flags.claimed, flags.relabelled)
            if len(found):
                acts = counted.take(found)
                taken += pc.count_distinct(acts["act_id"]).as_py()
                least = acts.take(pc.sort_indices(acts["act_id"])[:1])
                if first is None or least["act_id"][0].as_py() < first["act_id"][0].as_py():
                    first = least
        if first is not None:
            others = self._reports_with(first, report)
            raise ActsReserved(
                project_id=report.project_id,
                seq=report.seq,
                acts=taken,
                first=first["act_id"][0].as_py().hex(),
                reports=others,
            )

    def _reports_with(self, act: pa.Table, report: ReportKey) -> str:
        with self._known(report, with_reserved=True) as known:
            numbers = known.reports_with(act["act_id"], act["look_alike"])
        reports = self._connection.execute("SELECT id, project_id, seq FROM reports ORDER BY project_id, seq")
        return ", ".join(f"{project_id}/{seq}" for number, project_id, seq in reports if number in numbers)

    def _delete(self, report: ReportKey) -> None:
        self._connection.execute("DELETE FROM reports WHERE project_id = ? AND seq = ?", report)

    def _insert(self, report: ReportKey, digest: bytes, claims: pa.Table | Path, state: _State) -> None:
        inserted = self._connection.execute(
            "INSERT INTO reports (project_id, seq, digest, state) VALUES (?, ?, ?, ?)", (*report, digest, state)
        )
        number = inserted.lastrowid or 0
        for part in _parts(claims, RUN_ROWS):
            self._list(self._runs.write_part(part, number, with_look_alikes=state != _State.LEARNED))

    def _list(self, runs: Iterable[Listed]) -> None:
        self._connection.executemany("INSERT INTO runs (name, kind, rows) VALUES (?, ?, ?)", runs)

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

    @contextmanager
    def _known(self, excluding: ReportKey, *, with_reserved: bool) -> Iterator[Known]:
        # One statement, one moment: another process may be merging.
        query = (
            "SELECT id, project_id = ? AND seq = ? OR (state = ? AND NOT ?), '', 0 FROM reports"
            " UNION ALL SELECT kind, NULL, name, rows FROM runs"
        )
        numbers: list[int] = []

        def listing() -> list[Listed]:
            found = self._connection.execute(query, (*excluding, _State.RESERVED, with_reserved)).fetchall()
            numbers[:] = (number for number, left_out, _, _ in found if left_out == 0)
            return [Listed(name, kind, rows) for kind, left_out, name, rows in found if left_out is None]

        with self._runs.opened(listing) as runs:
            reports = np.zeros(max(numbers, default=0) + 1, np.bool_)
            reports[numbers] = True
            yield Known(runs, reports)

    def _merge(self) -> bool:
        """Sweeps up what no report is in, and makes one run of several of like size. True if it did."""
        with self._transaction(), self._known(ReportKey(0, 0), with_reserved=True) as known:
            self._runs.sweep(listed for listed, _ in known.runs)
            chosen = known.of_like_size()
            if chosen:
                self._list(self._runs.write_merged(chosen, known))
                names = [(listed.name,) for listed, _ in chosen]
                self._connection.executemany("DELETE FROM runs WHERE name = ?", names)
        return bool(chosen)


def _parts(claims: pa.Table | Path, rows: int) -> Iterator[pa.Table]:
    """Claims, so many at a time."""
    if isinstance(claims, Path):
        with pq.ParquetFile(claims) as file:
            for batch in file.iter_batches(batch_size=rows):
                yield pa.Table.from_batches([batch]).cast(CLAIM_SCHEMA)
    else:
        for start in range(0, claims.num_rows, rows):
            yield claims.slice(start, rows).cast(CLAIM_SCHEMA)
