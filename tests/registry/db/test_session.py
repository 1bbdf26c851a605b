"""Opening, reading, writing and migrating."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from registry.db.base import Base, InvalidColumnValue
from registry.db.models import Act, Agent, Document, Project
from registry.db.session import Database, DatabaseUnavailable, _shown, migration_config, open_database
from registry.domain.errors import InvalidInput

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def document(number: int) -> Document:
    return Document(sha256=number.to_bytes(32), kind="statement", text=f"text {number}", added_at=NOW)


def test_open_database__migrations__give_exactly_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "render_as_batch": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        assert differences == []
        # compare_metadata does not look at these.
        inspector = inspect(connection)
        for table in Base.metadata.tables.values():
            checks = {row["name"] for row in inspector.get_check_constraints(table.name)}
            assert checks == {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}, table.name
            assert inspector.get_pk_constraint(table.name)["name"] == table.primary_key.name
            deferred = {k["name"] for k in inspector.get_foreign_keys(table.name) if k["options"].get("deferrable")}
            assert deferred == {k.name for k in table.foreign_key_constraints if k.deferrable}, table.name


def test_open_database__a_second_time__finds_everything_and_changes_nothing(tmp_path: Path) -> None:
    first = open_database(tmp_path / "puhui.sqlite")
    with first.transaction() as session:
        session.add(document(1))
    first.close()
    second = open_database(f"sqlite:///{tmp_path / 'puhui.sqlite'}")
    with second.session() as session:
        assert session.scalar(select(Document.text)) == "text 1"
    second.close()


def test_open_database__several_at_once__migrate_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def open_one() -> None:
        try:
            open_database(tmp_path / "puhui.sqlite").close()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_migrations__down_and_up_again__leave_nothing_and_then_everything(database: Database) -> None:
    from alembic import command

    with database.engine.execution_options(puhui_writes=True).begin() as connection:
        command.downgrade(migration_config(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    database.upgrade()
    with database.engine.connect() as connection:
        assert set(Base.metadata.tables) <= set(inspect(connection).get_table_names())


def test_migrations__without_a_connection__are_refused() -> None:
    from alembic import command

    config = migration_config(None)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"Database\.upgrade"):
        command.upgrade(config, "head")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///x?mode=memory", "mysql://h/d", "://"])
def test_open_database__memory_or_unknown_kind__is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        open_database(url)
    assert refused.value.values["field"] == "database url"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:Secret@host:port/db",
        "postgresql://user:Secret",
        "user:Secret@host://",
        "://user:Secret@host",
        "mysql://user:Secret@host/db",
        "sqlite://user:Secret@/x?mode=memory",
        "sqlite:///x?mode=memory&password=Secret",
        # A slash is missing, so it reads as a path of a file; no such folder.
        "postgresql:/user:Secret@host/db",
        "user:Secret@host/db",
        "user:Sec/ret@Secret@host/db",
    ],
)
def test_open_database__address_with_a_password__is_refused_without_showing_it(url: str) -> None:
    with pytest.raises((InvalidInput, DatabaseUnavailable)) as refused:
        open_database(url)
    told = f"{refused.value} {refused.value.values} {refused.value.__cause__}"
    assert "Sec" not in told


def test_open_database__postgresql_with_a_password__is_shown_without_it_and_its_query() -> None:
    for url in ("user:Secret@host/db?password=Secret&options=Secret", "user:Sec@ret@host/db"):
        assert _shown(make_url(f"postgresql://{url}")) == "postgresql://user:***@host/db"


def test_open_database__folder_missing_or_no_database__says_which(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        open_database(tmp_path / "nowhere" / "puhui.sqlite")
    assert "nowhere" in str(refused.value)
    (tmp_path / "text.sqlite").write_text("this is no database, but a text that somebody put here\n" * 40)
    with pytest.raises(DatabaseUnavailable):
        open_database(tmp_path / "text.sqlite")


def test_connection__has_the_settings_that_keep_data_whole(database: Database) -> None:
    with database.session() as session:
        pragmas = {name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")}
        # 2 is FULL: a commit survives a loss of power, which the nonces of the outbox rely on.
        assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
        assert session.scalar(text("PRAGMA synchronous")) == 2
        assert session.scalar(text("PRAGMA busy_timeout")) > 0


def test_session__writing__fails(database: Database) -> None:
    with database.session() as session:
        session.add(document(1))
        with pytest.raises(OperationalError, match="readonly"):
            session.flush()


def test_transaction__raises__leaves_nothing(database: Database) -> None:
    def write_and_fail() -> None:
        with database.transaction() as session:
            session.add(document(1))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with database.session() as session:
        assert session.scalar(select(Document)) is None


def test_transaction__two_writers_that_read_first__do_not_lose_a_write(database: Database) -> None:
    """With a deferred BEGIN both would read the same number, and one would fail to upgrade its lock."""

    def add_one() -> None:
        for _ in range(20):
            with database.transaction() as session:
                count = len(session.scalars(select(Document.sha256)).all())
                session.add(document(count))

    threads = [threading.Thread(target=add_one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        assert len(session.scalars(select(Document.sha256)).all()) == 60


def test_session__reads_one_state_while_another_writes(database: Database) -> None:
    with database.session() as reading:
        assert reading.scalars(select(Document.sha256)).all() == []
        with database.transaction() as writing:
            writing.add(document(1))
        assert reading.scalars(select(Document.sha256)).all() == []
    with database.session() as later:
        assert len(later.scalars(select(Document.sha256)).all()) == 1


def test_insert__value_that_no_column_holds__is_told_as_ours_and_not_wrapped(database: Database) -> None:
    with pytest.raises(InvalidColumnValue), database.transaction() as session:
        session.add(Act(act_id=b"\1" * 31, project_id=1, leaf_index=0))


def test_constraints__one_act_in_two_leaves__is_refused(database: Database) -> None:
    """Invariant 10."""
    act = Act(act_id=b"\1" * 32, project_id=1, leaf_index=0)
    with database.transaction() as session:
        session.add(act)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Act(act_id=b"\1" * 32, project_id=2, leaf_index=5))


def test_constraints__two_acts_in_one_leaf__are_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add_all(Act(act_id=bytes([n]) * 32, project_id=1, leaf_index=0) for n in (1, 2))


def test_constraints__agent_of_no_account__is_refused_at_the_end(database: Database) -> None:
    agent = "0x" + "11" * 20
    origin = {"block_number": 1, "tx_hash": b"\1" * 32, "log_index": 0}
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Agent(account="0x" + "22" * 20, agent=agent, rights=1, **origin))


def test_constraints__project_of_no_methodology__is_refused(database: Database) -> None:
    project = Project(
        project_id=310000 << 32 | 1,
        jurisdiction=310000,
        number=1,
        definition_hash=b"\1" * 32,
        developer="0x" + "22" * 20,
        crediting_start_day=1,
        crediting_end_day=2,
        scenario=1,
        ceiling_grams=2**64 - 1,
        co_benefit_hash=b"\0" * 32,
        status=1,
        block_number=1,
        tx_hash=b"\1" * 32,
        log_index=0,
    )
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(project)
