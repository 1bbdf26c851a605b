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
from tests import world as worlds
from tests.registry.services import ledger_story
from tests.registry.services.scripted import Recording


@dataclass(frozen=True)
class Told:
    """Files of the chain: just built, and after the story; the addresses; the story's blocks and logs."""

    built: Path
    told: Path
    addresses: dict[str, str]
    recording: Recording


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
    world.close()
    return Told(built, after, addresses, recording)


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
    world = _open(tmp_path / "chain.sqlite", told.addresses)
    world.clock.now = max(world.clock.now, world.gateway.block("latest").timestamp)
    yield world
    world.close()


@pytest.fixture
def fresh_world(told: Told, tmp_path: Path) -> Iterator[worlds.World]:
    """The network before any report."""
    shutil.copy(told.built, tmp_path / "chain.sqlite")
    world = _open(tmp_path / "chain.sqlite", told.addresses)
    yield world
    world.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "puhui.sqlite")
    yield opened
    opened.close()
