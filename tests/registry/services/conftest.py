"""A network with a whole story on it, built once; each test has its own copies of chain and database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from registry.db.session import Database, open_database
from registry.services.chain_identity import genesis_hash
from registry.services.home import Home, NetworkSettings
from registry.services.indexing import Indexer
from registry.services.registry import Registry, assemble
from tests import world as worlds
from tests.registry.services import ledger_story
from tests.registry.services.scripted import Recording
from tests.registry.services.sending import Sender


@dataclass(frozen=True)
class Told:
    """Files: the chain just built and after the story, a database that is empty and one with the story indexed.

    And the addresses of the contracts, and the story's blocks and logs.
    """

    built: Path
    told: Path
    empty: Path
    indexed: Path
    addresses: dict[str, str]
    recording: Recording

    def open(self, path: Path) -> worlds.World:
        """One of the chains, or a copy. The caller closes it."""
        return _open(path, self.addresses)


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("story")
    built, after = folder / "built.sqlite", folder / "told.sqlite"
    addresses = worlds.build(built)
    shutil.copy(built, after)
    world = _open(after, addresses)
    assert world.issue_batch() == worlds.BATCH
    ledger_story.tell(world)
    recording = Recording.of(world.gateway)
    empty, indexed = folder / "empty.sqlite", folder / "indexed.sqlite"
    open_database(empty).close()
    shutil.copy(empty, indexed)
    database = open_database(indexed)
    Indexer(database, world.gateway, world.register).run_to_head()
    database.close()
    world.close()
    return Told(built, after, empty, indexed, addresses, recording)


def _open(path: Path, addresses: dict[str, str]) -> worlds.World:
    clock = worlds.Clock(worlds.START + 10_000)
    gateway = EmbeddedGateway(path, clock=clock)
    return worlds.World(gateway, Register(gateway, addresses), clock)


@pytest.fixture
def recording(told: Told) -> Recording:
    return told.recording


@pytest.fixture
def story_world(told: Told, tmp_path: Path) -> Iterator[worlds.World]:
    """The network after the story."""
    shutil.copy(told.told, tmp_path / "chain.sqlite")
    world = told.open(tmp_path / "chain.sqlite")
    world.clock.now = max(world.clock.now, world.gateway.block("latest").timestamp)
    yield world
    world.close()


@pytest.fixture
def fresh_world(told: Told, tmp_path: Path) -> Iterator[worlds.World]:
    """The network before any report."""
    shutil.copy(told.built, tmp_path / "chain.sqlite")
    world = told.open(tmp_path / "chain.sqlite")
    yield world
    world.close()


@pytest.fixture
def database(told: Told, tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    shutil.copy(told.empty, tmp_path / "puhui.sqlite")
    opened = open_database(tmp_path / "puhui.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def indexed(told: Told, tmp_path: Path) -> Iterator[Database]:
    """A database with the story in it."""
    shutil.copy(told.indexed, tmp_path / "indexed.sqlite")
    opened = open_database(tmp_path / "indexed.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def registry(story_world: worlds.World, indexed: Database, tmp_path: Path) -> Registry:
    """The network after the story as a registry, in a home of its own."""
    network = NetworkSettings(
        label="test network",
        chain="embedded",
        chain_id=story_world.gateway.chain_id,
        contracts=story_world.register.addresses,
        pepper_hex=bytes(32).hex(),
        deployed_block=0,
        genesis_hash=genesis_hash(story_world.gateway),
    )
    return assemble(Home(tmp_path / "home"), network, story_world.gateway, indexed)


@pytest.fixture
def sender(fresh_world: worlds.World, database: Database) -> Sender:
    """Somebody who writes through an outbox."""
    return Sender(fresh_world, database)
