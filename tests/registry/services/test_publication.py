"""Only what was reported is published, once, and whole after any crash."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from registry.db.models import Act, PublishedReport, QuarantinedAct, Report
from registry.db.session import Database, open_database
from registry.domain.errors import Conflict, InvalidInput, NotFound
from registry.domain.reasons import Reason
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from registry.log.tree import leaf_hash, root
from registry.services.indexing import Indexer
from registry.services.publication import ActInAnotherLeaf, LeavesNotReported, Publication, publish
from tests.registry.services.conftest import Told
from tests.registry.services.faulty import Crash
from tests.world import PERIOD, PROJECT, World

QUARANTINED = ((b"\xee" * 32, Reason.TOO_FAST), (b"\xee" * 32, Reason.REPEATED_ACT), (b"\xdd" * 32, "outside_period"))


def leaves_of(first: int, count: int, serial: int) -> list[bytes]:
    """Leaves of acts `first` to `first + count`, on the number line from `serial`."""
    leaves = []
    for number in range(first, first + count):
        act_id = hashlib.sha256(f"act {number}".encode()).digest()
        leaves.append(Leaf(serial, 100 + number, 1_000, PERIOD[0], 1, act_id, act_id).pack())
        serial += 100 + number
    return leaves


@dataclass
class Case:
    """A project with two accepted reports on chain and in the index, nothing published yet."""

    database: Database
    folder: Path
    first: list[bytes]
    second: list[bytes]

    @property
    def log(self) -> LogStore:
        return LogStore(self.folder)

    def publish(
        self,
        seq: int = 1,
        leaves: Sequence[bytes] | None = None,
        quarantined: Sequence[tuple[bytes, str]] = QUARANTINED,
        log: LogStore | None = None,
    ) -> Publication:
        given = (self.first, self.second)[seq - 1] if leaves is None else leaves
        return publish(self.database, log or self.log, PROJECT, seq, given, quarantined)

    def count(self, model: type[Act | QuarantinedAct | PublishedReport]) -> int:
        with self.database.session() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def is_empty(self) -> bool:
        return self.log.size + self.count(Act) + self.count(QuarantinedAct) + self.count(PublishedReport) == 0


FIRST = leaves_of(0, 300, 0)
SECOND = leaves_of(300, 20, Leaf.unpack(FIRST[-1]).serial_end)


@pytest.fixture(scope="module")
def reported(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that has followed a chain with the two reports."""
    folder = tmp_path_factory.mktemp("reported")
    world = told.open(shutil.copy(told.built, folder / "chain.sqlite"))
    for log in (FIRST, FIRST + SECOND):
        log_root = root([leaf_hash(leaf) for leaf in log])
        last = Leaf.unpack(log[-1]).serial_end
        world.submit(world.report(log_root=log_root, log_size=len(log), serial_end=last))
    path = folder / "reported.sqlite"
    database = open_database(shutil.copy(told.empty, path))
    Indexer(database, world.gateway, world.register).run_to_head()
    database.close()
    world.close()
    return path


@pytest.fixture
def case(reported: Path, tmp_path: Path) -> Iterator[Case]:
    database = open_database(shutil.copy(reported, tmp_path / "puhui.sqlite"))
    yield Case(database, tmp_path / "log", FIRST, SECOND)
    database.close()


def test_publish__what_was_reported__is_in_log_and_index(case: Case) -> None:
    done = case.publish()
    assert (done.log_size, done.acts, done.quarantined) == (300, 300, 3)
    assert case.log.root() == done.log_root
    with case.database.session() as session:
        act = session.get_one(Act, hashlib.sha256(b"act 299").digest())
        assert (act.project_id, act.leaf_index) == (PROJECT, 299)
        rows = session.scalars(select(QuarantinedAct).order_by(QuarantinedAct.position)).all()
        assert [(row.act_id, row.reason) for row in rows] == [(act_id, str(reason)) for act_id, reason in QUARANTINED]


def test_publish__the_next_report__goes_on_where_the_first_ended(case: Case) -> None:
    case.publish()
    done = case.publish(2, quarantined=())
    assert (done.log_size, done.acts) == (320, 20)
    with case.database.session() as session:
        assert session.get_one(Act, hashlib.sha256(b"act 319").digest()).leaf_index == 319
        assert done.log_root == session.get_one(Report, (PROJECT, 2)).log_root == case.log.root()


def test_publish__again__changes_nothing(case: Case) -> None:
    first = case.publish()
    assert case.publish() == first
    assert (case.count(Act), case.count(QuarantinedAct), case.log.size) == (300, 3, 300)


def test_publish__second_before_first__is_refused(case: Case) -> None:
    with pytest.raises(Conflict, match="report 1 before it"):
        case.publish(2)
    assert case.is_empty()


@pytest.mark.parametrize(("project", "seq"), [(PROJECT, 3), (PROJECT, 0), (PROJECT + 1, 1)])
def test_publish__no_such_report__is_not_found(case: Case, project: int, seq: int) -> None:
    with pytest.raises(NotFound):
        publish(case.database, case.log, project, seq, case.first, ())


Spoil = Callable[[list[bytes]], list[bytes]]

SPOILS: dict[str, Spoil] = {
    "one leaf less": lambda leaves: leaves[:-1],
    "one leaf more": lambda leaves: [*leaves, leaves[-1]],
    "no leaf": lambda leaves: [],
    "one bit of a person": lambda leaves: [*leaves[:7], leaves[7][:-1] + bytes([leaves[7][-1] ^ 1]), *leaves[8:]],
    "two leaves exchanged": lambda leaves: [*leaves[:-2], leaves[-1], leaves[-2]],
    "a short leaf": lambda leaves: [*leaves[:-1], leaves[-1][:-1]],
    "other acts of the same number": lambda leaves: leaves_of(1_000, len(leaves), 0),
    "serials that begin later": lambda leaves: leaves_of(0, len(leaves), 5),
}


@pytest.mark.parametrize("name", SPOILS)
def test_publish__other_leaves_than_reported__are_refused_with_nothing_written(case: Case, name: str) -> None:
    with pytest.raises((LeavesNotReported, InvalidInput)):
        case.publish(leaves=SPOILS[name](case.first))
    assert case.is_empty()


def test_publish__unknown_reason_or_short_act_id__is_refused_with_nothing_written(case: Case) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        case.publish(quarantined=[(b"\1" * 32, "looks odd")])
    with pytest.raises(InvalidInput):
        case.publish(quarantined=[(b"\1" * 31, Reason.TOO_FAST)])
    assert case.is_empty()


def test_publish__act_of_another_project__is_named_and_nothing_is_written(case: Case) -> None:
    """Invariant 10."""
    elsewhere = hashlib.sha256(b"act 7").digest()
    with case.database.transaction() as session:
        session.add(Act(act_id=elsewhere, project_id=PROJECT + 1, leaf_index=0))
    with pytest.raises(ActInAnotherLeaf) as refused:
        case.publish()
    assert refused.value.values["total"] == 1
    assert elsewhere.hex() in refused.value.values["acts"]
    assert case.log.size == 0
    assert case.count(Act) == 1


def test_publish__same_act_twice_in_one_report__is_refused(
    fresh_world: World, database: Database, tmp_path: Path
) -> None:
    leaves = leaves_of(0, 3, 0)
    again = Leaf.unpack(leaves[1])
    end = Leaf.unpack(leaves[-1]).serial_end
    leaves.append(Leaf(end, again.grams, again.quantity, PERIOD[0], 1, again.act_id, again.actor).pack())
    log_root = root([leaf_hash(leaf) for leaf in leaves])
    fresh_world.submit(fresh_world.report(log_root=log_root, log_size=4, serial_end=end + again.grams))
    Indexer(database, fresh_world.gateway, fresh_world.register).run_to_head()
    with pytest.raises(ActInAnotherLeaf) as refused:
        publish(database, LogStore(tmp_path / "log"), PROJECT, 1, leaves, ())
    assert refused.value.values["total"] == 1
    assert LogStore(tmp_path / "log").size == 0


def test_publish__log_of_something_else__is_refused(case: Case) -> None:
    case.log.append(leaves_of(5_000, 4, 0))
    with pytest.raises(Conflict, match="the log has 4 leaves"):
        case.publish()
    case.log.append(leaves_of(6_000, 400, case.log.serial_end))
    with pytest.raises(LeavesNotReported, match="root"):
        case.publish()
    assert case.count(Act) == 0


def test_publish__database_restored_from_before__takes_the_log_that_is_there(case: Case, tmp_path: Path) -> None:
    case.database.close()
    old = shutil.copy(Path(str(case.database.url.database)), tmp_path / "old.sqlite")
    case.publish()
    case.publish(2)
    case.database = open_database(old)
    assert case.publish().log_size == 300
    assert case.publish(2).log_size == 320
    assert case.log.size == 320
    case.database.close()


def test_publish__another_report_in_its_place__is_refused(case: Case) -> None:
    """A reorganisation after publication: the log cannot take leaves back, so a person has to look."""
    case.publish()
    with case.database.transaction() as session:
        session.get_one(Report, (PROJECT, 1)).digest = b"\7" * 32
    with pytest.raises(Conflict, match="another report"):
        case.publish()


class CrashingLog(LogStore):
    """Crashes before or after it appends."""

    def __init__(self, folder: Path, after: bool, crash: Callable[[], None]) -> None:
        super().__init__(folder)
        self.after = after
        self.crash = crash

    def append(self, leaves: Sequence[bytes]) -> tuple[int, bytes]:
        if not self.after:
            self.crash()
        done = super().append(leaves)
        self.crash()
        return done


@pytest.mark.parametrize("after", [False, True])
def test_publish__crash_around_the_append__is_whole_next_time(case: Case, after: bool) -> None:
    def crash() -> None:
        raise Crash

    with pytest.raises(Crash):
        case.publish(log=CrashingLog(case.folder, after, crash))
    assert (case.count(Act), case.log.size) == (0, 300 if after else 0)
    assert case.publish().acts == 300
    assert (case.count(Act), case.count(QuarantinedAct), case.log.size) == (300, 3, 300)


def test_publish__crash_before_the_commit__is_whole_next_time(case: Case) -> None:
    def crash(_connection: object) -> None:
        raise Crash

    event.listen(case.database.engine, "commit", crash)
    with pytest.raises(Crash):
        case.publish()
    event.remove(case.database.engine, "commit", crash)
    assert case.publish().acts == 300
    assert (case.count(Act), case.log.size) == (300, 300)


@pytest.mark.parametrize("after", [False, True])
def test_publish__killed_around_the_append__is_whole_next_time(case: Case, after: bool) -> None:
    child = os.fork()
    if child == 0:
        try:
            case.database = open_database(Path(str(case.database.url.database)))
            case.publish(log=CrashingLog(case.folder, after, lambda: os.kill(os.getpid(), 9)))
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    assert case.publish().acts == 300
    assert (case.count(Act), case.count(QuarantinedAct), case.log.size) == (300, 3, 300)
    assert case.publish(2).log_size == 320
