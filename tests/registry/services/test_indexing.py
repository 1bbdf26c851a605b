"""Following the chain: from nothing, in pieces, across reorganisations, after crashes, several at once."""

import os
import shutil
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.chain.contracts import Register
from registry.chain.gateway import LogEntry
from registry.db.models import Batch, Block, ChainLog, Document, Retirement
from registry.db.session import Database, open_database
from registry.domain.errors import ChainUnavailable, NotFound
from registry.services.digest import digest_of_derived
from registry.services.indexing import (
    ChainBehind,
    ChainUnsteady,
    ForeignNetwork,
    IndexContradiction,
    Indexer,
    Position,
)
from registry.services.texts import keep_text
from tests.registry.services import ledger_story
from tests.registry.services.conftest import Told
from tests.registry.services.scripted import Recording, ScriptedGateway
from tests.world import PROJECT, World

NewDatabase = Callable[[], Database]


@pytest.fixture
def another(told: Told, tmp_path: Path) -> NewDatabase:
    """Makes one more database."""
    count = iter(range(100))
    return lambda: open_database(shutil.copy(told.empty, tmp_path / f"another{next(count)}.sqlite"))


@pytest.fixture
def register(story_world: World) -> Register:
    return story_world.register


@pytest.fixture
def story_digest(indexed: Database) -> str:
    """Of the tables that one undisturbed run over the whole story filled."""
    with indexed.session() as session:
        return digest_of_derived(session)


def digest_of(database: Database, register: Register, recording: Recording) -> str:
    indexer = Indexer(database, ScriptedGateway(recording), register)
    indexer.run_to_head()
    return indexer.digest()


def test_run_to_head__from_nothing__adds_all_blocks_then_none(
    database: Database, register: Register, recording: Recording
) -> None:
    indexer = Indexer(database, ScriptedGateway(recording), register)
    told: list[tuple[int, int]] = []
    last = len(recording.blocks) - 1
    assert indexer.run_to_head(lambda done, head: told.append((done, head))) == last + 1
    assert told[-1] == (last, last)
    assert indexer.position() == Position(last, recording.blocks[-1].hash)
    assert indexer.run_to_head() == 0


def test_run_to_head__totals_and_serials__are_those_of_the_story(
    database: Database, register: Register, recording: Recording
) -> None:
    digest_of(database, register, recording)
    with database.session() as session:
        batch = session.get_one(Batch, (PROJECT, 1))
        of_batch = select(Retirement).where(Retirement.seq == 1)
        retirements = session.scalars(of_batch.order_by(Retirement.serial_start)).all()
    assert (batch.issued_grams, batch.cancelled_grams) == (10_000_000, 300_000)
    assert batch.retired_grams == 700_001 + 1 + 5 + 30 + 2 * 10_077 + 11 + 17 + 40_000
    serials = [(row.serial_start, row.serial_end) for row in retirements]
    assert serials[0][0] == batch.serial_start
    assert all(end == start for (_, end), (start, _) in pairwise(serials))


@pytest.mark.parametrize("chunk_blocks", [1, 7])
def test_run_to_head__in_pieces_as_the_chain_grows__gives_the_same_tables(
    database: Database, story_digest: str, register: Register, recording: Recording, chunk_blocks: int
) -> None:
    gateway = ScriptedGateway(recording.cut(3))
    indexer = Indexer(database, gateway, register, chunk_blocks=chunk_blocks)
    for count in (3, 4, 20, len(recording.blocks)):
        gateway.recording = recording.cut(count)
        indexer.run_to_head()
        assert indexer.position().block_number == count - 1
    assert indexer.digest() == story_digest


def test_run_to_head__on_the_real_chain__gives_the_same_as_its_recording(
    database: Database, story_digest: str, story_world: World, recording: Recording
) -> None:
    indexer = Indexer(database, story_world.gateway, story_world.register)
    indexer.run_to_head()
    assert indexer.digest() == story_digest
    ledger_story.retire(story_world, 10)
    assert indexer.run_to_head() == 1


def test_rebuild__after_anything__gives_the_same_digest_and_keeps_the_texts(
    database: Database, register: Register, recording: Recording
) -> None:
    indexer = Indexer(database, ScriptedGateway(recording), register)
    indexer.run_to_head()
    before = indexer.digest()
    statement = keep_text(database, "statement", "This event was carbon neutral.")
    # Somebody's slip with a database tool: a rebuild puts it right, and the digest shows both.
    with database.transaction() as session:
        session.get_one(Batch, (PROJECT, 1)).vintage = 1999
    assert indexer.digest() != before
    logs = sum(len(entries) for entries in recording.logs)
    assert indexer.rebuild() == logs
    assert indexer.digest() == before
    with database.session() as session:
        assert session.get(Document, statement) is not None


def test_position__before_the_first_run__is_not_found(
    database: Database, register: Register, recording: Recording
) -> None:
    with pytest.raises(NotFound):
        Indexer(database, ScriptedGateway(recording), register).position()


class TestReorganisation:
    """Blocks that were replaced leave no trace in the derived tables, and their raw logs stay."""

    def fork(self, recording: Recording, at: int) -> Recording:
        """From block `at` on another chain, in which nothing of ours happens."""
        return recording.forked(at, keep=lambda _log: False)

    @pytest.mark.parametrize("from_end", [1, 2, 12, 40])
    def test_blocks_replaced__tables_are_those_of_the_new_chain(
        self, database: Database, another: NewDatabase, register: Register, recording: Recording, from_end: int
    ) -> None:
        gateway = ScriptedGateway(recording)
        indexer = Indexer(database, gateway, register, chunk_blocks=9)
        indexer.run_to_head()
        fork = self.fork(recording, len(recording.blocks) - from_end)
        gateway.recording = fork
        assert indexer.run_to_head() == from_end
        assert indexer.digest() == digest_of(another(), register, fork)

    def test_replaced_and_come_back__tables_and_raw_logs_are_as_before(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        gateway = ScriptedGateway(recording)
        indexer = Indexer(database, gateway, register)
        indexer.run_to_head()
        before = indexer.digest()
        for recorded in (recording.forked(30), recording):
            gateway.recording = recorded
            indexer.run_to_head()
        assert indexer.digest() == before
        indexer.rebuild()
        assert indexer.digest() == before
        after_fork = sum(len(entries) for entries in recording.logs[30:])
        with database.session() as session:
            stored = session.scalar(select(func.count()).select_from(ChainLog))
            blocks = session.scalar(select(func.count()).select_from(Block))
        assert stored == sum(len(entries) for entries in recording.logs) + after_fork
        assert blocks == len(recording.blocks)

    def test_shorter_fork__is_followed(
        self, database: Database, another: NewDatabase, register: Register, recording: Recording
    ) -> None:
        gateway = ScriptedGateway(recording)
        indexer = Indexer(database, gateway, register)
        indexer.run_to_head()
        gateway.recording = self.fork(recording, 25).cut(28)
        indexer.run_to_head()
        assert indexer.position().block_number == 27
        assert indexer.digest() == digest_of(another(), register, gateway.recording)

    def test_node_behind_on_the_same_chain__nothing_is_undone(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        gateway = ScriptedGateway(recording)
        indexer = Indexer(database, gateway, register)
        indexer.run_to_head()
        before = indexer.digest()
        gateway.recording = recording.cut(20)
        with pytest.raises(ChainBehind) as behind:
            indexer.run_to_head()
        assert behind.value.values == {"head": 19, "checkpoint": len(recording.blocks) - 1}
        assert indexer.digest() == before

    def test_another_genesis__is_another_network(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        gateway = ScriptedGateway(recording)
        indexer = Indexer(database, gateway, register)
        indexer.run_to_head()
        before = indexer.digest()
        gateway.recording = recording.forked(0)
        with pytest.raises(ForeignNetwork, match="genesis"):
            indexer.run_to_head()
        assert indexer.digest() == before

    def test_chain_changes_between_two_reads__is_read_again(
        self, database: Database, another: NewDatabase, register: Register, recording: Recording
    ) -> None:
        """Logs are asked for by number: those of the fork must not be taken for those of the block before it."""
        fork = self.fork(recording, 50)

        def swap(gateway: ScriptedGateway, method: str) -> None:
            if method == "logs" and gateway.asked["logs"] == 60:
                gateway.recording = fork

        indexer = Indexer(database, ScriptedGateway(recording, before=swap), register)
        indexer.run_to_head()
        assert indexer.digest() == digest_of(another(), register, fork)

    def test_chain_never_at_rest__gives_up_with_nothing_half_done(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        forks = [recording.forked(1), recording.forked(2)]

        def shake(gateway: ScriptedGateway, method: str) -> None:
            if method == "logs":
                gateway.recording = forks[gateway.asked["logs"] % 2]

        with pytest.raises(ChainUnsteady):
            Indexer(database, ScriptedGateway(recording, before=shake), register).run_to_head()


class TestContradiction:
    """Events that cannot be stop the index at the last good block."""

    def stopped_at(self, database: Database, register: Register, recording: Recording) -> tuple[int, Exception]:
        indexer = Indexer(database, ScriptedGateway(recording), register)
        with pytest.raises(Exception) as stopped:  # noqa: PT011
            indexer.run_to_head()
        return indexer.position().block_number, stopped.value

    def without(self, recording: Recording, register: Register, contract: str, name: str) -> tuple[int, Recording]:
        """The recording without the last event of this name, and the number of its block."""

        def is_it(log: LogEntry) -> bool:
            event = register.decode_log(log)
            return event is not None and (event.contract, event.name) == (contract, name)

        victim = [log for logs in recording.logs for log in logs if is_it(log)][-1]
        return victim.block_number, recording.forked(victim.block_number, keep=lambda log: log.data != victim.data)

    def test_movement_missing__grams_do_not_add(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        block, damaged = self.without(recording, register, "Credits", "TransferSingle")
        position, error = self.stopped_at(database, register, damaged)
        assert position == block - 1
        assert getattr(error, "code", "") == "grams_do_not_add"

    def test_account_missing__constraint_stops_it(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        _, damaged = self.without(recording, register, "Accounts", "AccountOpened")
        position, error = self.stopped_at(database, register, damaged)
        assert isinstance(error, IndexContradiction)
        assert position == error.values["first_block"] - 1

    def test_same_event_twice__constraint_stops_it(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        logs = list(recording.logs)
        number = next(number for number, entries in enumerate(logs) if entries)
        logs[number] = logs[number] + logs[number][:1]
        doubled = Recording(recording.chain_id, recording.blocks, tuple(logs))
        position, error = self.stopped_at(database, register, doubled)
        assert isinstance(error, IndexContradiction)
        assert position == number - 1


class TestNetwork:
    def test_another_chain_id__is_refused(self, database: Database, register: Register, recording: Recording) -> None:
        Indexer(database, ScriptedGateway(recording), register).run_to_head()
        other = Recording(1, recording.blocks, recording.logs)
        with pytest.raises(ForeignNetwork, match="20260"):
            Indexer(database, ScriptedGateway(other), register).run_to_head()

    def test_other_contracts__are_refused_by_name(
        self, database: Database, register: Register, recording: Recording
    ) -> None:
        gateway = ScriptedGateway(recording)
        Indexer(database, gateway, register).run_to_head()
        moved = {**register.addresses, "Credits": "0x" + "11" * 20}
        with pytest.raises(ForeignNetwork, match="Credits"):
            Indexer(database, gateway, Register(gateway, moved)).run_to_head()

    def test_later_first_block__is_followed_from_there(
        self, database: Database, story_digest: str, register: Register, recording: Recording
    ) -> None:
        first = next(number for number, entries in enumerate(recording.logs) if entries)
        indexer = Indexer(database, ScriptedGateway(recording), register, first_block=first)
        assert indexer.run_to_head() == len(recording.blocks) - first
        assert indexer.digest() == story_digest


class TestCrash:
    def test_chain_fails_at_any_question__next_run_ends_right(
        self, another: NewDatabase, story_digest: str, register: Register, recording: Recording
    ) -> None:
        whole = ScriptedGateway(recording)
        Indexer(another(), whole, register, chunk_blocks=16).run_to_head()
        questions = sum(whole.asked.values())
        for stop in range(1, questions, max(1, questions // 5)):

            def fail(gateway: ScriptedGateway, _method: str, stop: int = stop) -> None:
                if sum(gateway.asked.values()) == stop:
                    raise ChainUnavailable(what="script", problem="stopped")

            database = another()
            with pytest.raises(ChainUnavailable):
                Indexer(database, ScriptedGateway(recording, fail), register, chunk_blocks=16).run_to_head()
            assert digest_of(database, register, recording) == story_digest
            database.close()

    def test_killed_at_random__no_block_is_lost_or_doubled(
        self, database: Database, story_digest: str, register: Register, recording: Recording
    ) -> None:
        """Real kills: the process ends at once, with a transaction open or not, and the next one goes on."""
        path = Path(str(database.url.database))
        for stop in (2, 3, 9, 30, 31, 55, 80, 111):
            child = os.fork()
            if child == 0:

                def kill(gateway: ScriptedGateway, _method: str, stop: int = stop) -> None:
                    if sum(gateway.asked.values()) == stop:
                        os.kill(os.getpid(), 9)

                try:
                    opened = open_database(path)
                    Indexer(opened, ScriptedGateway(recording, kill), register, chunk_blocks=3).run_to_head()
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
        assert digest_of(database, register, recording) == story_digest

    def test_several_at_once__each_block_is_added_once(
        self, database: Database, story_digest: str, register: Register, recording: Recording
    ) -> None:
        added: list[int] = []
        indexers = [Indexer(database, ScriptedGateway(recording), register, chunk_blocks=n) for n in (2, 3, 5)]
        threads = [threading.Thread(target=lambda i=i: added.append(i.run_to_head())) for i in indexers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(added) == len(recording.blocks)
        assert indexers[0].digest() == story_digest
