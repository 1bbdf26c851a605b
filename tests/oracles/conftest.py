"""The test network with the cycling methodology and a project filed, and the oracles of its committee."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from oracles.committee import ChainView, LocalMember, Oracle, OracleNetwork
from oracles.sources import FolderSource
from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from registry.domain.methodology import definition_hash, document_hash, id_bytes32
from registry.domain.rules import FilingStatus
from registry.services.calls import GuardedCall
from tests import world as worlds
from tests.oracles.factory import CHAIN_ID, PEPPER, PROJECT, cycling

NETWORK = OracleNetwork(PEPPER, {definition_hash(cycling()): cycling()})


@dataclass
class Committee:
    """Four oracles on a test network, each with its own home and its own copy of what it pulls."""

    world: worlds.World
    root: Path
    oracles: list[Oracle] = field(default_factory=list)

    def view(self) -> ChainView:
        return ChainView.newest(self.world.gateway, self.world.register)

    def open(self, number: int) -> Oracle:
        """Another oracle object over the home and key of oracle `number`."""
        oracle = Oracle(self.root / str(number), worlds.ORACLES[number], NETWORK, clock=self.world.clock)
        self.oracles.append(oracle)
        return oracle

    def member(self, number: int, package: Path, view: ChainView | None = None) -> LocalMember:
        oracle = self.oracles[number]
        folder = oracle.pull(FolderSource(package.parent), package.name)
        return LocalMember(oracle, folder, view or self.view())

    def members(self, package: Path) -> list[LocalMember]:
        view = self.view()
        return [self.member(number, package, view) for number in range(4)]

    def pass_time(self, seconds: int) -> None:
        """Moves the chain's time on; any transaction makes a block of the new time."""
        self.world.clock.advance(seconds)
        for status in (FilingStatus.SUSPENDED, FilingStatus.FILED):
            args = (worlds.SHANGHAI, PROJECT, int(status), b"r" * 32)
            self.world.decide(GuardedCall("Filings", "setProjectStatus", args))

    def close(self) -> None:
        for oracle in self.oracles:
            oracle.close()


@dataclass(frozen=True)
class Filed:
    """The files of the network with the project filed."""

    path: Path
    addresses: dict[str, str]


@pytest.fixture(scope="session")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Filed:
    path = tmp_path_factory.mktemp("filed") / "chain.sqlite"
    addresses = worlds.build(path)
    world = _open(path, addresses)
    digest = definition_hash(cycling())
    names = (id_bytes32(cycling()), cycling().version, document_hash(cycling()))
    world.decide(GuardedCall("Filings", "fileMethodology", (worlds.SHANGHAI, digest, *names)))
    filing = worlds.project_filing(world.account(1), definition_hash=digest)
    world.decide(GuardedCall("Filings", "fileProject", (worlds.SHANGHAI, filing)))
    world.close()
    return Filed(path, addresses)


def _open(path: Path, addresses: dict[str, str]) -> worlds.World:
    clock = worlds.Clock(worlds.START + 10_000)
    gateway = EmbeddedGateway(path, clock=clock)
    assert gateway.chain_id == CHAIN_ID
    return worlds.World(gateway, Register(gateway, addresses), clock)


@pytest.fixture
def world(filed: Filed, tmp_path: Path) -> Iterator[worlds.World]:
    """The network before any report of project 2."""
    path = tmp_path / "chain.sqlite"
    shutil.copy(filed.path, path)
    opened = _open(path, filed.addresses)
    yield opened
    opened.close()


@pytest.fixture
def committee(world: worlds.World, tmp_path: Path) -> Iterator[Committee]:
    """The committee of Shanghai: four oracles, three of which have to sign."""
    opened = Committee(world, tmp_path / "oracles")
    for number in range(4):
        opened.open(number)
    yield opened
    opened.close()
