"""Opening the database: one engine, sessions that only read, and transactions that write.

SQLite runs in WAL mode: readers never wait for the writer. A writer takes the lock when its transaction begins
(BEGIN IMMEDIATE), so it never reads something that another writer changes before it writes.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from registry.domain.errors import InvalidInput, Unavailable

BUSY_TIMEOUT_MS = 30_000
MIGRATIONS = Path(__file__).parent / "migrations"
# Any fixed number: PostgreSQL migrates under this advisory lock, SQLite under its write lock.
_MIGRATION_LOCK = 0x70756875
# From the first colon to the last @: a password may have any character itself.
_PASSWORD = re.compile(r"(?<=:).*@", re.DOTALL)


class DatabaseUnavailable(Unavailable):
    """The database cannot be opened. Values: what (its URL without password), problem."""

    code = "database_unavailable"
    text = "The database {what} cannot be opened: {problem}. Check the path or address and that it may be written."


class Database:
    """An open database whose tables are those of `registry.db.models`. Safe to share between threads."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        # A writing engine is the same pool with one more option; the event hook sees it and takes the lock at once.
        self._writing: Engine = self.engine.execution_options(puhui_writes=True)
        self._read_sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._write_sessions = sessionmaker(self._writing, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that reads one consistent state. Writing in it fails on SQLite; what it did is rolled back.

        Objects that were read stay readable after the block.
        """
        # Closing rolls back. An explicit rollback would expire every object as well.
        with self._read_sessions() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that writes: commits at the end of the block, rolls back if the block raises."""
        with self._write_sessions.begin() as session:
            yield session

    def upgrade(self) -> None:
        """Brings the tables to the newest migration. Of several processes the second waits and finds it done.

        Tables that are there already cost one reading and wait for no writer.
        """
        with self.engine.connect() as connection:
            if MigrationContext.configure(connection).get_current_heads() == (_newest_migration(),):
                return
        with self._writing.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            command.upgrade(migration_config(connection), "head")

    def close(self) -> None:
        """Gives all connections back. The database can be opened again."""
        self.engine.dispose()


def open_database(url: str | Path) -> Database:
    """Opens a database and migrates it to head. `url` is a path of a SQLite file or an SQLAlchemy URL.

    Raises InvalidInput for a URL that is none of these, DatabaseUnavailable if it cannot be opened.
    A SQLite database in memory is refused: each connection would see its own.
    """
    database = Database(_checked_url(url))
    try:
        database.upgrade()
    except DatabaseError as error:
        database.close()
        raise DatabaseUnavailable(what=_shown(database.url), problem=str(error.orig)) from error
    except BaseException:
        database.close()
        raise
    return database


def migration_config(connection: Connection) -> Config:
    """The Alembic settings for a run on an open connection."""
    config = _scripts()
    config.attributes["connection"] = connection
    return config


def _scripts() -> Config:
    # There is no alembic.ini: the folder is package data.
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _newest_migration() -> str | None:
    return ScriptDirectory.from_config(_scripts()).get_current_head()


def _checked_url(url: str | Path) -> URL:
    if isinstance(url, Path):
        return URL.create("sqlite", database=str(url))
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
    except (ArgumentError, TypeError, ValueError):
        # Not even its parts are known, so nothing but its scheme is shown; nor is the cause, which could quote it.
        scheme = re.match("[a-z0-9+]{1,40}://", url) if isinstance(url, str) else None
        shown = f"{scheme[0] if scheme else ''}***"
        raise InvalidInput(field="database url", problem="not a path and not a URL", given=shown) from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise InvalidInput(field="database url", problem="only sqlite and postgresql are known", given=backend)
    in_memory = not parsed.database or parsed.database == ":memory:" or "mode" in parsed.query
    if backend == "sqlite" and in_memory:
        raise InvalidInput(field="database url", problem="SQLite needs a file", given=_shown(parsed))
    return parsed


def _shown(url: URL) -> str:
    """A URL for a message: no query, and no password, also where one stands in what was taken for a path."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{_PASSWORD.sub('***@', url.database or '')}"
    # An @ that a password ought to have escaped makes its end a part of the host.
    scheme, colon, rest = url.set(query={}).render_as_string(hide_password=True).partition("://")
    return scheme + colon + _PASSWORD.sub("***@", rest)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # None hands transaction control to us: the driver would begin late and never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("puhui_writes", False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
