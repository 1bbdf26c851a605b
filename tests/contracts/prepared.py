"""The network built once for all tests of a process, as files of which each test takes a copy."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from tests.contracts.lands import settle
from tests.world import BATCH, START, Clock, World, build

OPENED_AT = START + 10_000


@dataclass(frozen=True)
class Prepared:
    """The files of the network: just built, with batch 1 issued, and with Wuhan issuing as well."""

    built: Path
    issued: Path
    settled: Path
    addresses: dict[str, str]

    def open(self, source: Path, path: Path, now: int = OPENED_AT) -> World:
        """A copy of one of the files at `path`, with the clock at `now`. The caller closes it."""
        shutil.copy(source, path)
        clock = Clock(now)
        gateway = EmbeddedGateway(path, clock=clock)
        return World(gateway, Register(gateway, self.addresses), clock)


def prepare(folder: Path) -> Prepared:
    """Builds the three files in an empty folder; takes a second or two."""
    built, issued, settled = (folder / f"{name}.sqlite" for name in ("built", "issued", "settled"))
    prepared = Prepared(built, issued, settled, build(built))
    world = prepared.open(built, issued)
    assert world.issue_batch() == BATCH
    world.close()
    world = prepared.open(issued, settled)
    settle(world)
    world.close()
    return prepared
