"""The claim file: what was accepted is there for good, once, and never held against itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracles.errors import ActsReserved, ClaimsOfOldFormat
from oracles.screens import Claim, ReportKey, SqliteClaimStore, claim_table
from registry.domain.errors import Conflict, IntegrityError, Unavailable
from tests.oracles.factory import PROJECT

FIRST, SECOND = ReportKey(PROJECT, 1), ReportKey(PROJECT, 2)
OTHER = ReportKey(PROJECT + 1, 1)
DIGEST = b"d" * 32


def act(number: int) -> bytes:
    return number.to_bytes(32, "little")


def claim(number: int, look_alike: int | None = None, counted: bool = True) -> Claim:
    return Claim(act(number), (look_alike or number).to_bytes(16, "little"), counted)


def ids(*numbers: int) -> pa.Array:
    return pa.array([act(number) for number in numbers], pa.binary(32))


def flags(store: SqliteClaimStore, asking: ReportKey, *claims: Claim) -> tuple[list[int], list[int]]:
    """Positions of the acts that are claimed, and of those that have a look-alike."""
    table = claim_table(claims)
    found = store.flag(table["act_id"], table["look_alike"], asking)
    return found.claimed.tolist(), found.relabelled.tolist()


def claimed(store: SqliteClaimStore, asking: ReportKey, *numbers: int) -> list[int]:
    """Those of the acts that are claimed."""
    found, _ = flags(store, asking, *(claim(number) for number in numbers))
    return [numbers[position] for position in found]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteClaimStore]:
    opened = SqliteClaimStore(tmp_path / "claims.sqlite")
    yield opened
    opened.close()


def test_empty__nothing_is_claimed(store: SqliteClaimStore) -> None:
    assert flags(store, FIRST, claim(1)) == ([], [])
    assert flags(store, FIRST) == ([], [])
    assert store.digest_of(FIRST) is None


def test_recorded__is_claimed_for_others_and_not_for_itself(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(1), claim(2)]))
    assert claimed(store, SECOND, 1, 2, 3) == [1, 2]
    assert flags(store, FIRST, claim(1), claim(9, look_alike=1)) == ([], [])
    assert store.digest_of(FIRST) == DIGEST


def test_flag__any_order_and_the_same_act_twice(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(2), claim(1)]))
    assert flags(store, SECOND, claim(2), claim(7, 1), claim(5), claim(1), claim(2)) == ([0, 3, 4], [1])


def test_quarantined__looks_alike_and_is_not_claimed(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(1, counted=False)]))
    assert flags(store, SECOND, claim(1), claim(9, look_alike=1)) == ([], [1])


def test_look_alikes__several_acts_of_one_key__one_other_is_enough(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(1, 7), claim(2, 7)]))
    assert flags(store, SECOND, claim(1, 7), claim(9, 7), claim(9, 8)) == ([0], [0, 1])


def test_act_twice__counted_goes_before_quarantined(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(1, counted=False), claim(1)]))
    assert flags(store, SECOND, claim(1)) == ([0], [])


def test_record_again__changes_nothing(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(1)]))
    store.record(FIRST, DIGEST, claim_table([claim(2)]))
    assert claimed(store, SECOND, 1, 2) == [1]


def test_record__another_report_under_the_number__is_refused(store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(1)]))
    with pytest.raises(Conflict, match="6464"):
        store.record(FIRST, b"e" * 32, claim_table([claim(2)]))
    assert claimed(store, SECOND, 2) == []


def test_record__fails_half_way__leaves_nothing(
    tmp_path: Path, store: SqliteClaimStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "claims.parquet"
    pq.write_table(claim_table([claim(number) for number in range(20)]), path, row_group_size=10, compression="none")
    content = path.read_bytes()
    monkeypatch.setattr("oracles.screens.claim_file.RUN_ROWS", 10)
    path.write_bytes(content.replace(act(15), b"")[: len(content)].ljust(len(content), b"x"))
    with pytest.raises((OSError, ValueError)):
        store.record(FIRST, DIGEST, path)
    assert store.digest_of(FIRST) is None
    assert claimed(store, SECOND, 1) == []
    path.write_bytes(content)
    store.record(FIRST, DIGEST, path)
    assert claimed(store, SECOND, 1, 15, 20) == [1, 15]
    assert len(list((tmp_path / "claims.runs").iterdir())) == 8, "what the failure left was swept up"


def test_reopened__remembers(tmp_path: Path) -> None:
    first = SqliteClaimStore(tmp_path / "claims.sqlite")
    first.record(FIRST, DIGEST, claim_table([claim(1)]))
    first.close()
    again = SqliteClaimStore(tmp_path / "claims.sqlite")
    assert claimed(again, SECOND, 1) == [1]
    again.close()


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
    with store.reserving(report, digest, claim_table(claims)):
        pass


def test_reserved__is_no_claim_yet_and_nobody_else_can_reserve_it(store: SqliteClaimStore) -> None:
    reserve(store, FIRST, DIGEST, claim(1), claim(2))
    assert flags(store, OTHER, claim(1), claim(9, look_alike=1)) == ([], [])
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
    store.record(FIRST, DIGEST, claim_table([claim(1)]))
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
    with pytest.raises(OSError, match="full"), store.reserving(FIRST, b"e" * 32, claim_table([claim(2)])):
        raise OSError("the disk is full")
    reserve(store, OTHER, b"o" * 32, claim(2))
    with pytest.raises(ActsReserved):
        reserve(store, OTHER, b"p" * 32, claim(1))


def test_record__another_report_of_a_reserved_number__releases_its_acts(store: SqliteClaimStore) -> None:
    reserve(store, FIRST, DIGEST, claim(1))
    store.record(FIRST, b"e" * 32, claim_table([claim(2)]))
    assert store.digest_of(FIRST) == b"e" * 32
    reserve(store, OTHER, b"o" * 32, claim(1))
    with pytest.raises(Conflict, match="6565"):
        reserve(store, FIRST, DIGEST, claim(1))


def test_learned__is_claimed_and_completed_once_it_is_computed(store: SqliteClaimStore) -> None:
    store.learn(FIRST, DIGEST, ids(1))
    assert flags(store, SECOND, claim(1), claim(9, look_alike=1)) == ([0], [])
    store.record(FIRST, DIGEST, claim_table([claim(1)]))
    store.learn(FIRST, DIGEST, ids(1))
    assert flags(store, SECOND, claim(1), claim(9, look_alike=1)) == ([0], [1])


# Failures


def test_locked_by_another_process__is_unavailable(tmp_path: Path, store: SqliteClaimStore) -> None:
    store._connection.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "claims.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        store.record(FIRST, DIGEST, claim_table([claim(1)]))
    other.close()
    store.record(FIRST, DIGEST, claim_table([claim(1)]))


def test_damaged_while_open__is_told_by_every_question(tmp_path: Path, store: SqliteClaimStore) -> None:
    other = sqlite3.connect(tmp_path / "claims.sqlite", isolation_level=None)
    other.executescript("DROP TABLE reports;")
    other.close()
    for ask in (
        lambda: flags(store, FIRST, claim(1)),
        lambda: store.digest_of(FIRST),
        lambda: store.reports_up_to(FIRST),
        lambda: store.record(FIRST, DIGEST, claim_table([])),
        lambda: reserve(store, FIRST, DIGEST),
    ):
        with pytest.raises(IntegrityError, match="no such table"):
            ask()


@pytest.mark.parametrize("number", [1, 2])
def test_format_of_an_earlier_version__is_refused_with_what_to_do(tmp_path: Path, number: int) -> None:
    connection = sqlite3.connect(tmp_path / "old.sqlite")
    connection.execute(f"PRAGMA user_version = {number}")
    connection.close()
    with pytest.raises(ClaimsOfOldFormat, match="move the file away"):
        SqliteClaimStore(tmp_path / "old.sqlite")


# Runs


@pytest.fixture
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is done in parts is done in small ones."""
    monkeypatch.setattr("oracles.screens.claim_file.RUN_ROWS", 50)
    monkeypatch.setattr("oracles.screens.claim_file.BATCH_ROWS", 70)
    monkeypatch.setattr("oracles.screens.claim_runs.BATCH_ROWS", 60)
    monkeypatch.setattr("oracles.screens.sorted_run.MERGE_ROWS", 200)
    monkeypatch.setattr("oracles.screens.sorted_run.BLOCK_ROWS", 4)
    monkeypatch.setattr("oracles.screens.sorted_run._READ_BLOCKS", 3)
    monkeypatch.setattr("oracles.screens.sorted_run._GAP_BLOCKS", 1)


def test_many__are_kept_in_parts_merged_and_all_found(
    tmp_path: Path, store: SqliteClaimStore, small_runs: None
) -> None:
    for seq in range(1, 11):
        table = claim_table([claim(number, number // 3 + 1, number % 7 > 0) for number in range(seq, 1000, 10)])
        store.record(ReportKey(PROJECT, seq), DIGEST, table)
    # Twenty runs of each kind were written, and fifteen made one.
    assert len(list((tmp_path / "claims.runs").iterdir())) < 2 * 2 * 8
    asked = [claim(number, number // 3 + 1) for number in range(1100)]
    found, alike = flags(store, OTHER, *asked)
    assert found == [number for number in range(1, 1000) if number % 7]
    assert alike == [*range(999), 1000, 1001], "1000 and 1001 look like 999, which was seen alone"
    assert claimed(store, ReportKey(PROJECT, 3), *range(1000)) == [n for n in found if n % 10 != 3]


def test_merged__what_was_replaced_is_gone(store: SqliteClaimStore, small_runs: None) -> None:
    for number in range(20):
        reserve(store, FIRST, bytes([number]) * 32, claim(number))
    store.record(SECOND, DIGEST, claim_table([claim(50)]))
    rows = store._connection.execute("SELECT sum(rows) FROM runs WHERE kind = 1").fetchone()
    assert rows == (2,)
    reserve(store, OTHER, DIGEST, *(claim(number) for number in range(19)))
    with pytest.raises(ActsReserved, match=f"1 act.* in report {PROJECT}/1"):
        reserve(store, ReportKey(PROJECT + 2, 1), DIGEST, claim(19), claim(60))


def test_run_is_missing__is_told(tmp_path: Path, store: SqliteClaimStore) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(1)]))
    next((tmp_path / "claims.runs").glob("*.keys")).unlink()
    with pytest.raises(IntegrityError, match=r"claims\.runs"):
        claimed(store, SECOND, 1)


@pytest.mark.parametrize(("change", "told"), [(lambda b: b[:-1], "bytes"), (lambda b: b[::-1], "ascend")])
def test_run_is_damaged__is_told(
    tmp_path: Path, store: SqliteClaimStore, change: Callable[[bytes], bytes], told: str
) -> None:
    store.record(FIRST, DIGEST, claim_table([claim(number) for number in range(1, 9)]))
    for path in (tmp_path / "claims.runs").glob("*.keys"):
        path.write_bytes(change(path.read_bytes()))
    with pytest.raises(IntegrityError, match=told):
        claimed(store, SECOND, 1, 2)


def test_act_without_an_id__is_no_act(store: SqliteClaimStore) -> None:
    with pytest.raises(ValueError, match="without an id"):
        store.flag(pa.array([None], pa.binary(32)), pa.array([bytes(16)], pa.binary(16)), FIRST)
