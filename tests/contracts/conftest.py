"""A fresh copy of the test network for each test: as built, with a batch issued, with two jurisdictions that issue."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from tests import world as worlds
from tests.contracts.lands import OPENS_AT, Lands, settle


@dataclass(frozen=True)
class Prepared:
    """The files of the network: just built, with batch 1 issued, and with Wuhan issuing as well."""

    built: Path
    issued: Path
    settled: Path
    addresses: dict[str, str]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("network")
    built, issued, settled = (folder / f"{name}.sqlite" for name in ("built", "issued", "settled"))
    addresses = worlds.build(built)
    shutil.copy(built, issued)
    world = _open(issued, addresses)
    assert world.issue_batch() == worlds.BATCH
    world.close()
    shutil.copy(issued, settled)
    world = _open(settled, addresses)
    settle(world)
    world.close()
    return Prepared(built, issued, settled, addresses)


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


@pytest.fixture
def lands(prepared: Prepared, tmp_path: Path) -> Iterator[Lands]:
    """The network with a Wuhan enterprise that holds local and other credits, at the opening of its offset period."""
    path = tmp_path / "chain.sqlite"
    shutil.copy(prepared.settled, path)
    opened = _open(path, prepared.addresses)
    opened.clock.now = OPENS_AT
    yield Lands(opened)
    opened.close()
