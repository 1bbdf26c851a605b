"""A table or a query of a database, by an address of SQLAlchemy. Only reads; shows no password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from oracles.errors import UnreadableInput
from oracles.packing.cells import CellWriter
from oracles.packing.mapping_model import TableForm
from oracles.packing.table import Row, Rows, SqlTable, Table

FETCHED_ROWS = 5_000


@contextmanager
def open_sql(source: SqlTable, form: TableForm) -> Iterator[Table]:
    """Runs the query and reads its rows a few thousand at a time. Raises UnreadableInput, which holds no secret."""
    try:
        url = make_url(source.url)
    except (ArgumentError, ValueError):
        problem = "it is no address of a database; it looks like postgresql+psycopg://user@host/name"
        raise UnreadableInput(file="the database address", problem=problem) from None
    name = url.set(query={}).render_as_string(hide_password=True)
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError) as cause:
        problem = f"the driver for {url.drivername} is not installed ({cause})"
        raise UnreadableInput(file=name, problem=problem) from None
    try:
        with engine.connect().execution_options(stream_results=True, yield_per=FETCHED_ROWS) as connection:
            result = connection.exec_driver_sql(_statement(engine, source.query, name))
            header = list(map(str, result.keys()))
            written = CellWriter(form)

            def read(wanted: Row) -> Rows:
                pick = table.picker(wanted)
                for row in result:
                    yield tuple(map(written, pick(row)))

            table = Table(name, header, read)
            yield table
            # Nothing was to be written: whatever a query did beside reading is not kept.
            connection.rollback()
    except SQLAlchemyError as cause:
        # Not chained: drivers repeat the address, with its password, in what they say.
        raise UnreadableInput(file=name, problem=_without_secrets(cause, url)) from None
    finally:
        engine.dispose()


def _statement(engine: Engine, query: str, name: str) -> str:
    words = query.split()
    if len(words) == 1:
        quoted = engine.dialect.identifier_preparer.quote
        return "SELECT * FROM " + ".".join(map(quoted, words[0].split(".")))  # noqa: S608
    if not words or words[0].upper() not in ("SELECT", "WITH"):
        raise UnreadableInput(
            file=name, problem="the query has to be the name of a table, or begin with SELECT or WITH"
        )
    return query


def _without_secrets(cause: SQLAlchemyError, url: URL) -> str:
    said = str(cause.__cause__ or cause).splitlines()[0] if str(cause) else type(cause).__name__
    secrets = [str(url.password or ""), *(str(value) for value in url.query.values())]
    for secret in secrets:
        for form in {secret, quote(secret), quote_plus(secret)} - {""}:
            said = said.replace(form, "***")
    return said
