"""A fresh copy of the test network for each test, and one with a batch issued to the platform's account."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from tests import world as worlds


@dataclass(frozen=True)
class Prepared:
    """The files of the network: just built, and with batch 1 issued."""

    built: Path
    issued: Path
    addresses: dict[str, str]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("network")
    built, issued = folder / "built.sqlite", folder / "issued.sqlite"
    addresses = worlds.build(built)
    shutil.copy(built, issued)
    world = _open(issued, addresses)
    assert world.issue_batch() == worlds.BATCH
    world.close()
    return Prepared(built, issued, addresses)


def _open(path: Path, addresses: dict[str, str]) -> worlds.World:
    clock = worlds.Clock(worlds.START + 10_000)
    gateway = EmbeddedGateway(path, clock=clock)
    return worlds.World(gateway, Register(gateway, addresses), clock)


@pytest.fixture
def world(prepared: Prepared, tmp_path: Path) -> Iterator[worlds.World]:
    """The network before any report."""
    path = tmp_path / "chain.sqlite"
    shutil.copy(prepared.built, path)
    opened = _open(path, prepared.addresses)
    yield opened
    opened.close()


@pytest.fixture
def issued(prepared: Prepared, tmp_path: Path) -> Iterator[worlds.World]:
    """The network with 10,000,000 g of batch 1 in account 1, the platform's."""
    path = tmp_path / "chain.sqlite"
    shutil.copy(prepared.issued, path)
    opened = _open(path, prepared.addresses)
    yield opened
    opened.close()
