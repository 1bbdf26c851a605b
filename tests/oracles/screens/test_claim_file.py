"""The claim file: what was accepted is there for good, once, and never held against itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracles.errors import ActsReserved
from oracles.screens import Claim, ReportKey, SqliteClaimStore
from registry.domain.errors import Conflict, IntegrityError, Unavailable
from tests.oracles.factory import PROJECT

FIRST, SECOND = ReportKey(PROJECT, 1), ReportKey(PROJECT, 2)
OTHER = ReportKey(PROJECT + 1, 1)
DIGEST = b"d" * 32


def act(number: int) -> bytes:
    return number.to_bytes(32, "big")


def claim(number: int, look_alike: int | None = None, counted: bool = True) -> Claim:
    return Claim(act(number), (look_alike or number).to_bytes(16, "big"), counted)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteClaimStore]:
    opened = SqliteClaimStore(tmp_path / "claims.sqlite")
    yield opened
    opened.close()


def test_empty__nothing_is_claimed(store: SqliteClaimStore) -> None:
    assert store.claimed([act(1)], FIRST) == set()
    assert store.look_alikes([bytes(16)], FIRST) == {}
    assert store.digest_of(FIRST) is None


def test_recorded__is_claimed_for_others_and_not_for_itself(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(1), claim(2)])
    assert store.claimed([act(1), act(2), act(3)], SECOND) == {act(1), act(2)}
    assert store.claimed([act(1)], FIRST) == set()
    assert store.look_alikes([claim(1).look_alike], FIRST) == {}
    assert store.digest_of(FIRST) == DIGEST


def test_quarantined__looks_alike_and_is_not_claimed(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(1, counted=False)])
    assert store.claimed([act(1)], SECOND) == set()
    assert store.look_alikes([claim(1).look_alike], SECOND) == {claim(1).look_alike: {act(1)}}


def test_look_alikes__several_acts_of_one_key__are_all_told(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(1, 7), claim(2, 7)])
    assert store.look_alikes([claim(9, 7).look_alike], SECOND) == {claim(9, 7).look_alike: {act(1), act(2)}}


def test_act_twice__counted_goes_before_quarantined(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(1, counted=False), claim(1)])
    assert store.claimed([act(1)], SECOND) == {act(1)}


def test_record_again__changes_nothing(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(1)])
    store.record(FIRST, DIGEST, [claim(2)])
    assert store.claimed([act(1), act(2)], SECOND) == {act(1)}


def test_record__another_report_under_the_number__is_refused(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(1)])
    with pytest.raises(Conflict, match="6464"):
        store.record(FIRST, b"e" * 32, [claim(2)])
    assert store.claimed([act(2)], SECOND) == set()


def test_record__fails_half_way__leaves_nothing(store: SqliteClaimStore) -> None:
    def failing() -> Iterator[Claim]:
        yield claim(1)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        store.record(FIRST, DIGEST, failing())
    assert store.digest_of(FIRST) is None
    assert store.claimed([act(1)], SECOND) == set()
    store.record(FIRST, DIGEST, [claim(1)])


def test_reopened__remembers(tmp_path: Path) -> None:
    first = SqliteClaimStore(tmp_path / "claims.sqlite")
    first.record(FIRST, DIGEST, [claim(1)])
    first.close()
    again = SqliteClaimStore(tmp_path / "claims.sqlite")
    assert again.claimed([act(1)], SECOND) == {act(1)}
    again.close()


def test_many__are_asked_in_parts(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(number) for number in range(9_000)])
    assert len(store.claimed([act(number) for number in range(10_000)], SECOND)) == 9_000


def test_no_database__is_told_and_not_repaired(tmp_path: Path) -> None:
    path = tmp_path / "claims.sqlite"
    path.write_bytes(b"no database at all, but long enough to look at " * 20)
    with pytest.raises(IntegrityError, match=r"claims\.sqlite"):
        SqliteClaimStore(path)


def test_another_format__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(IntegrityError, match="format 9"):
        SqliteClaimStore(path)


# Reserving


def reserve(store: SqliteClaimStore, report: ReportKey, digest: bytes, *claims: Claim) -> None:
    with store.reserving(report, digest, claims):
        pass


def test_reserved__is_no_claim_yet_and_nobody_else_can_reserve_it(store: SqliteClaimStore) -> None:
    reserve(store, FIRST, DIGEST, claim(1), claim(2))
    assert (store.claimed([act(1)], OTHER), store.look_alikes([claim(1).look_alike], OTHER)) == (set(), {})
    assert (store.digest_of(FIRST), store.reports_up_to(FIRST)) == (None, 0)
    with pytest.raises(ActsReserved, match=f"1 act.* in report {PROJECT}/1"):
        reserve(store, OTHER, b"o" * 32, claim(2), claim(3))
    reserve(store, OTHER, b"o" * 32, claim(3))
    reserve(store, FIRST, DIGEST, claim(1), claim(2))


def test_reserve__look_alike_of_a_reserved_act__is_refused(store: SqliteClaimStore) -> None:
    reserve(store, FIRST, DIGEST, claim(1, look_alike=9))
    with pytest.raises(ActsReserved):
        reserve(store, OTHER, b"o" * 32, claim(2, look_alike=9))


def test_reserve__act_of_an_accepted_report__is_refused(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, [claim(1)])
    with pytest.raises(ActsReserved):
        reserve(store, SECOND, b"o" * 32, claim(1))


def test_reserve__the_number_again__replaces_what_was_reserved(store: SqliteClaimStore) -> None:
    reserve(store, FIRST, DIGEST, claim(1))
    reserve(store, FIRST, b"e" * 32, claim(2))
    reserve(store, OTHER, b"o" * 32, claim(1))
    with pytest.raises(ActsReserved):
        reserve(store, OTHER, b"p" * 32, claim(2))


def test_reserve__body_fails__leaves_what_was_reserved_before(store: SqliteClaimStore) -> None:
    reserve(store, FIRST, DIGEST, claim(1))
    with pytest.raises(OSError, match="full"), store.reserving(FIRST, b"e" * 32, [claim(2)]):
        raise OSError("the disk is full")
    reserve(store, OTHER, b"o" * 32, claim(2))
    with pytest.raises(ActsReserved):
        reserve(store, OTHER, b"p" * 32, claim(1))


def test_record__another_report_of_a_reserved_number__releases_its_acts(store: SqliteClaimStore) -> None:
    reserve(store, FIRST, DIGEST, claim(1))
    store.record(FIRST, b"e" * 32, [claim(2)])
    assert store.digest_of(FIRST) == b"e" * 32
    reserve(store, OTHER, b"o" * 32, claim(1))
    with pytest.raises(Conflict, match="6565"):
        reserve(store, FIRST, DIGEST, claim(1))


def test_learned__is_claimed_and_completed_once_it_is_computed(store: SqliteClaimStore) -> None:
    store.learn(FIRST, DIGEST, [act(1)])
    assert (store.claimed([act(1)], SECOND), store.look_alikes([claim(1).look_alike], SECOND)) == ({act(1)}, {})
    store.record(FIRST, DIGEST, [claim(1)])
    store.learn(FIRST, DIGEST, [act(1)])
    assert store.look_alikes([claim(1).look_alike], SECOND) == {claim(1).look_alike: {act(1)}}


# Failures


def test_locked_by_another_process__is_unavailable(tmp_path: Path, store: SqliteClaimStore) -> None:
    store._connection.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "claims.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        store.record(FIRST, DIGEST, [claim(1)])
    other.close()
    store.record(FIRST, DIGEST, [claim(1)])


def test_damaged_while_open__is_told_by_every_question(tmp_path: Path, store: SqliteClaimStore) -> None:
    other = sqlite3.connect(tmp_path / "claims.sqlite", isolation_level=None)
    other.executescript("DROP TABLE acts; DROP TABLE reports;")
    other.close()
    for ask in (
        lambda: store.claimed([act(1)], FIRST),
        lambda: store.look_alikes([act(1)], FIRST),
        lambda: store.digest_of(FIRST),
        lambda: store.reports_up_to(FIRST),
        lambda: store.record(FIRST, DIGEST, []),
        lambda: reserve(store, FIRST, DIGEST),
    ):
        with pytest.raises(IntegrityError, match="no such table"):
            ask()


def test_format_1__is_taken_over(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.sqlite", isolation_level=None)
    connection.executescript(
        "CREATE TABLE reports (id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, seq INTEGER NOT NULL,"
        " digest BLOB NOT NULL, UNIQUE (project_id, seq));"
        "CREATE TABLE acts (act_id BLOB NOT NULL, report INTEGER NOT NULL, look_alike BLOB NOT NULL,"
        " counted INTEGER NOT NULL, PRIMARY KEY (act_id, report)) WITHOUT ROWID; PRAGMA user_version = 1;"
    )
    connection.execute("INSERT INTO reports VALUES (1, ?, 1, ?)", (PROJECT, DIGEST))
    connection.execute("INSERT INTO acts VALUES (?, 1, ?, 1)", (act(1), bytes(16)))
    connection.close()
    store = SqliteClaimStore(tmp_path / "old.sqlite")
    assert (store.digest_of(FIRST), store.claimed([act(1)], SECOND)) == (DIGEST, {act(1)})
    store.close()
