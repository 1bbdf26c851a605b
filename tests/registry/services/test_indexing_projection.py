"""Projections are pure, cover every event, and stop at what cannot be."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError as BrokenConstraint

from registry.chain import artifacts
from registry.chain.contracts import Event, Register
from registry.chain.gateway import LogEntry
from registry.db.models import DeskRequest, Holding, Retirement
from registry.db.session import Database
from registry.services.indexing import Indexer
from registry.services.projection.apply import GramsDoNotAdd, UnknownEvent, apply_block, changes_of, check_batch
from registry.services.projection.change import ChangeMissed, Hold, Origin, Touch, make
from registry.services.projection.events import IGNORED, PROJECTIONS, PROPOSED
from registry.services.projection.filings import short_text
from tests.registry.services.scripted import Recording, ScriptedGateway
from tests.world import BATCH, PROJECT, World

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def origin_of(log: LogEntry) -> Origin:
    return Origin(log.block_number, NOW, log.tx_hash, log.log_index)


def events_of(world: World, recording: Recording) -> list[Event]:
    decoded = [world.register.decode_log(log) for logs in recording.logs for log in logs]
    return [event for event in decoded if event is not None]


def test_events__every_event_of_every_contract__is_projected_or_ignored_with_a_reason() -> None:
    declared = {(name, event.name) for name in artifacts.names() for event in artifacts.load(name).abi.events.values()}
    assert declared == set(PROJECTIONS) | {PROPOSED} | set(IGNORED)
    assert set(PROJECTIONS).isdisjoint(IGNORED)
    assert all(IGNORED.values())


def test_events__the_story__has_every_projected_event(story_world: World, recording: Recording) -> None:
    told = {(event.contract, event.name) for event in events_of(story_world, recording)}
    assert told >= set(PROJECTIONS) | {PROPOSED}


def test_changes_of__event_in_no_table__is_unknown(story_world: World, recording: Recording) -> None:
    event = replace(events_of(story_world, recording)[0], name="Surprise")
    with pytest.raises(UnknownEvent) as stopped:
        changes_of(event, origin_of(event.log), story_world.register)
    assert stopped.value.values["what"] == event.contract


@pytest.mark.parametrize("topics", [(), (b"\x11" * 32,)])
def test_apply_block__log_of_ours_that_no_abi_explains__is_unknown(
    database: Database, story_world: World, recording: Recording, topics: tuple[bytes, ...]
) -> None:
    log = replace(recording.logs[-1][0], topics=topics)
    with pytest.raises(UnknownEvent), database.transaction() as session:
        apply_block(session, story_world.register, [log], NOW)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"cycling".ljust(32, b"\0"), "cycling"),
        (b"a" * 32, "a" * 32),
        (bytes(32), "0x" + "00" * 32),
        (b"a\0b".ljust(32, b"\0"), "0x" + b"a\0b".ljust(32, b"\0").hex()),
        (b"\xff" * 32, "0x" + "ff" * 32),
        # Would read like another's hexadecimal form.
        (b"0x61".ljust(32, b"\0"), "0x" + b"0x61".ljust(32, b"\0").hex()),
    ],
)
def test_short_text__any_bytes__have_one_text_each(value: bytes, text: str) -> None:
    assert short_text(value) == text


class TestOnTheIndexedStory:
    """What is stored cannot be brought into disorder by an event that should not exist."""

    @pytest.fixture(autouse=True)
    def _indexed(self, database: Database, story_world: World, recording: Recording) -> None:
        Indexer(database, ScriptedGateway(recording), story_world.register).run_to_head()

    def retired(self, world: World, recording: Recording) -> Event:
        return [event for event in events_of(world, recording) if event.name == "Retired"][-1]

    @pytest.mark.parametrize("shift", [-1, 1, 1_000])
    def test_retired__not_the_next_serial__stops(
        self, database: Database, story_world: World, recording: Recording, shift: int
    ) -> None:
        event = self.retired(story_world, recording)
        following = event.args["serialStart"] + event.args["grams"]
        args = {**event.args, "retirementId": 99, "serialStart": following + shift}
        counted = PROJECTIONS["Credits", "Retired"](args, origin_of(event.log))[0]
        with pytest.raises(ChangeMissed), database.transaction() as session:
            make(session, counted, origin_of(event.log), "test")

    def test_retired__without_the_movement__grams_do_not_add(
        self, database: Database, story_world: World, recording: Recording
    ) -> None:
        event = self.retired(story_world, recording)
        args = {**event.args, "retirementId": 99, "serialStart": event.args["serialStart"] + event.args["grams"]}

        def retire_only() -> None:
            with database.transaction() as session:
                for change in PROJECTIONS["Credits", "Retired"](args, origin_of(event.log)):
                    make(session, change, origin_of(event.log), "test")
                check_batch(session, (PROJECT, 1))

        with pytest.raises(GramsDoNotAdd) as stopped:
            retire_only()
        values = stopped.value.values
        assert values["issued"] == values["held"] + values["retired"] + values["cancelled"] - event.args["grams"]
        with database.session() as session:
            assert session.get(Retirement, 99) is None
            check_batch(session, (PROJECT, 1))

    def test_hold__less_than_nothing__is_refused(self, database: Database, story_world: World) -> None:
        platform = story_world.account(1)
        origin = Origin(1, NOW, b"\1" * 32, 0)
        with database.session() as session:
            held = session.get_one(Holding, (platform, PROJECT, 1)).grams
        with pytest.raises(BrokenConstraint), database.transaction() as session:
            make(session, Hold(platform, (PROJECT, 1), -held - 1), origin, "test")
        with pytest.raises(ChangeMissed), database.transaction() as session:
            make(session, Hold(story_world.account(7), (PROJECT, 1), -1), origin, "test")
        with database.transaction() as session:
            make(session, Hold(platform, (PROJECT, 1), -held), origin, "test")
            make(session, Hold(platform, (PROJECT, 1), held), origin, "test")

    def test_executed__request_that_is_decided__stops(
        self, database: Database, story_world: World, recording: Recording
    ) -> None:
        event = next(event for event in events_of(story_world, recording) if event.name == "Rejected")
        (change,) = PROJECTIONS["Desk", "Executed"](event.args, origin_of(event.log))
        with pytest.raises(ChangeMissed), database.transaction() as session:
            make(session, change, origin_of(event.log), "test")

    def test_proposed__known_call__is_in_words__unknown_bytes__stay_bytes(
        self, database: Database, story_world: World, recording: Recording
    ) -> None:
        with database.session() as session:
            requests = session.scalars(select(DeskRequest).order_by(DeskRequest.request_id)).all()
        assert all(request.decoded for request in requests)
        last = requests[-1]
        assert (last.contract, last.function) == ("Credits", "cancel")
        assert f'"batchId":"{BATCH}"' in last.arguments
        event = [event for event in events_of(story_world, recording) if event.name == "Proposed"][-1]
        # A selector of no function, data that end too early, and a contract that is not ours.
        for changed in ({"data": b"\1\2\3\4" + bytes(32)}, {"data": last.data[:40]}, {"target": last.maker}):
            strange = Event("Desk", "Proposed", {**event.args, "requestId": 1, **changed}, event.log)
            (change,) = changes_of(strange, origin_of(event.log), story_world.register)
            row = change.rows[0]  # type: ignore[union-attr]
            assert (row["decoded"], row["contract"], row["arguments"]) == (False, None, "{}")

    def test_touch__alone__changes_nothing(self, database: Database) -> None:
        with database.transaction() as session:
            make(session, Touch((PROJECT, 1)), Origin(1, NOW, b"\1" * 32, 0), "test")


def test_register__without_an_event__does_not_pass_over_it(
    database: Database, story_world: World, recording: Recording
) -> None:
    """The index stops before the block of the unknown event and goes on once a version that knows it runs."""
    abi = artifacts.load("Credits").abi
    blind = type(abi)("Credits", [])
    blind.events = {topic: event for topic, event in abi.events.items() if event.name != "Cancelled"}
    register = Register(story_world.gateway, story_world.register.addresses, {"Credits": blind})
    indexer = Indexer(database, ScriptedGateway(recording), register)
    with pytest.raises(UnknownEvent) as stopped:
        indexer.run_to_head()
    assert indexer.position().block_number == stopped.value.values["block"] - 1
    better = Indexer(database, ScriptedGateway(recording), story_world.register)
    assert better.run_to_head() == len(recording.blocks) - stopped.value.values["block"]
