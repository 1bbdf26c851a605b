"""The embedded chain on disk: one SQLite file of blocks and state nodes.

A block and everything it needs is written in one SQLite transaction, so a process that dies leaves the last complete
block. State nodes and code are filed under their own keccak-256 hash and never change; this makes reads without a lock
safe while another process writes, and every damaged value is noticed when it is read.
Each block holds exactly one transaction, the genesis block none.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth.db.backends.base import BaseDB
from eth_hash.auto import keccak
from lru import LRU

from registry.chain.failures import ChainStoreDamaged, ForeignChainStore
from registry.domain.errors import ChainUnavailable

APPLICATION_ID = 0x50554855  # "PUHU", in the file's header
FORMAT_VERSION = 1
LOCK_TIMEOUT_SECONDS = 30
NODE_CACHE_ENTRIES = 20_000

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE nodes (hash BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    header BLOB NOT NULL,
    tx_hash BLOB UNIQUE,
    tx BLOB,
    receipt BLOB,
    failure TEXT,
    revert_data BLOB
);
"""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """One block as stored. All but number, hash and header are None in the genesis block."""

    number: int
    hash: bytes
    header: bytes
    tx_hash: bytes | None = None
    tx: bytes | None = None
    receipt: bytes | None = None
    failure: str | None = None
    """How the transaction failed; None if it succeeded."""
    revert_data: bytes | None = None
    """What a reverted transaction returned; None if it succeeded or failed otherwise."""


# What SQLite says of a file that is no longer what it was, among the many things it calls operational.
_DAMAGE = ("malformed", "no such table", "no such column", "disk image", "decode to UTF-8")

_COLUMNS = "number, hash, header, tx_hash, tx, receipt, failure, revert_data"


class BlockStore:
    """Not safe for several threads by itself: its owner holds one lock around it. Safe for several processes.

    Raises:
        ForeignChainStore: the file is something else.
        ChainStoreDamaged: the file is damaged.
        ChainUnavailable: another process keeps the file locked, or the disk refuses.
    """

    def __init__(self, path: Path | None, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> None:
        self._lock_timeout_seconds = lock_timeout_seconds
        self.name = ":memory:" if path is None else str(path)
        self._closed = False
        self._node_cache: LRU[bytes, bytes] = LRU(NODE_CACHE_ENTRIES)
        self.nodes = _Nodes(self)
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            problem = "it is a folder" if path.is_dir() else f"folder {path.parent} does not exist"
            raise ForeignChainStore(path=str(path), problem=problem)
        with self._sqlite_errors():
            # Statements start no transaction by themselves (isolation_level None): `writing` does, and nothing else.
            self._connection = sqlite3.connect(
                self.name, timeout=lock_timeout_seconds, isolation_level=None, check_same_thread=False
            )
        try:
            with self._sqlite_errors():
                self._refuse_other_files()
                self._use_write_ahead_log()
        except BaseException:
            self.close()
            raise

    def _refuse_other_files(self) -> None:
        """Looks before anything is changed: a file of somebody else is left as it is."""
        (application_id,) = self._connection.execute("PRAGMA application_id").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if not tables and application_id == 0:
            return
        if application_id != APPLICATION_ID:
            raise ForeignChainStore(path=self.name, problem="it is a SQLite file of another program")
        if version != FORMAT_VERSION:
            raise ForeignChainStore(
                path=self.name, problem=f"its format is version {version}, this program reads {FORMAT_VERSION}"
            )

    def _use_write_ahead_log(self) -> None:
        # Switching the journal mode does not wait for other processes by itself, even with a busy timeout.
        give_up_at = time.monotonic() + self._lock_timeout_seconds
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
                break
            except sqlite3.OperationalError as cause:
                if "locked" not in str(cause) or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.01)
        # FULL: a block that was answered for survives a power cut too. The database's outbox relies on it.
        self._connection.execute("PRAGMA synchronous = FULL")

    def has_tables(self) -> bool:
        """Whether a chain was ever begun in this file."""
        with self._sqlite_errors():
            return bool(self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def create_if_empty(self) -> bool:
        """Inside `writing`: makes the tables if there are none. True if it did."""
        if self.has_tables():
            return False
        for statement in filter(None, (part.strip() for part in _SCHEMA.split(";"))):
            self._connection.execute(statement)
        self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._connection.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        return True

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One write transaction: all of it or nothing. Waits for other processes."""
        with self._sqlite_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            self.nodes.begin()
            try:
                yield
                self._connection.executemany(
                    "INSERT OR IGNORE INTO nodes (hash, value) VALUES (?, ?)", self.nodes.pending.items()
                )
                self._connection.execute("COMMIT")
            except BaseException:
                self.nodes.forget()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            for key, value in self.nodes.pending.items():
                self._node_cache[key] = value
            self.nodes.forget()

    @contextmanager
    def _sqlite_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as cause:
            if any(sign in str(cause) for sign in _DAMAGE):
                raise ChainStoreDamaged(path=self.name, problem=str(cause)) from cause
            problem = "another process keeps the file locked" if "locked" in str(cause) else str(cause)
            raise ChainUnavailable(what=self.name, problem=problem) from cause
        except sqlite3.ProgrammingError as cause:
            if self._closed:
                raise ChainUnavailable(what=self.name, problem="it was closed") from cause
            raise
        except sqlite3.DatabaseError as cause:
            if "not a database" in str(cause):
                raise ForeignChainStore(path=self.name, problem="it is no SQLite file") from cause
            raise ChainStoreDamaged(path=self.name, problem=str(cause)) from cause

    def setting(self, name: str) -> str | None:
        with self._sqlite_errors():
            row = self._connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def put_setting(self, name: str, value: str) -> None:
        self._connection.execute("INSERT INTO settings (name, value) VALUES (?, ?)", (name, value))

    def put_block(self, block: StoredBlock) -> None:
        """Inside `writing`."""
        self._connection.execute(
            f"INSERT INTO blocks ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                block.number,
                block.hash,
                block.header,
                block.tx_hash,
                block.tx,
                block.receipt,
                block.failure,
                block.revert_data,
            ),
        )

    def head(self) -> StoredBlock:
        """The newest block. Raises ChainStoreDamaged if there is none."""
        found = self._block("ORDER BY number DESC LIMIT 1", ())
        if found is None:
            raise ChainStoreDamaged(path=self.name, problem="it has no genesis block")
        return found

    def block_by_number(self, number: int) -> StoredBlock | None:
        return self._block("WHERE number = ?", (number,))

    def block_by_hash(self, block_hash: bytes) -> StoredBlock | None:
        return self._block("WHERE hash = ?", (block_hash,))

    def block_of_transaction(self, tx_hash: bytes) -> StoredBlock | None:
        return self._block("WHERE tx_hash = ?", (tx_hash,))

    def _block(self, condition: str, values: tuple[int | bytes, ...]) -> StoredBlock | None:
        with self._sqlite_errors():
            row = self._connection.execute(
                # The condition is one of the texts above.
                f"SELECT {_COLUMNS} FROM blocks {condition}",  # noqa: S608
                values,
            ).fetchone()
        if row is None:
            return None
        block = StoredBlock(*row)
        if not isinstance(block.header, bytes) or not isinstance(block.receipt, bytes | None):
            raise ChainStoreDamaged(path=self.name, problem=f"block {block.number} does not read")
        if keccak(block.header) != block.hash:
            raise ChainStoreDamaged(path=self.name, problem=f"the header of block {block.number} has another hash")
        return block

    def read_node(self, key: bytes) -> bytes | None:
        """A state node or code by its hash; None if there is none."""
        try:
            return self._node_cache[key]
        except KeyError:
            pass
        with self._sqlite_errors():
            row = self._connection.execute("SELECT value FROM nodes WHERE hash = ?", (key,)).fetchone()
        if row is None:
            return None
        value = bytes(row[0])
        if keccak(value) != key:
            raise ChainStoreDamaged(path=self.name, problem=f"state node 0x{key.hex()} has another hash")
        self._node_cache[key] = value
        return value

    def close(self) -> None:
        self._closed = True
        self._connection.close()


class _Nodes(BaseDB):  # type: ignore[misc]
    """The state nodes as py-evm wants them: a mapping. Writes stay in `pending` until the block is written."""

    def __init__(self, store: BlockStore) -> None:
        self._store = store
        self._writing = False
        self.pending: dict[bytes, bytes] = {}

    def begin(self) -> None:
        self.forget()
        self._writing = True

    def forget(self) -> None:
        self._writing = False
        self.pending = {}

    def __getitem__(self, key: bytes) -> bytes:
        value = self.pending.get(key)
        if value is None:
            value = self._store.read_node(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        # A call that is only tried must never leave a trace.
        if not self._writing:
            raise ChainStoreDamaged(path=self._store.name, problem="state was written outside a block")
        self.pending[key] = value

    def __delitem__(self, key: bytes) -> None:
        # Old states stay readable: only what this very block wrote and dropped again goes.
        self.pending.pop(key, None)

    def _exists(self, key: bytes) -> bool:
        return key in self.pending or self._store.read_node(key) is not None
