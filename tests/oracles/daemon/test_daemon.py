"""One daemon over real contracts, a real index and a real outbox: dry run, wrong reports, publishing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from oracles.committee.digest import sign_report
from oracles.daemon.daemon import Daemon, Pace, Surroundings
from oracles.daemon.network import HomePublisher, RegistryChain
from oracles.sources import FolderSource
from registry.db.session import open_database
from registry.domain.rules import ReportStatus
from registry.log.store import LogStore
from registry.services.home import Home, NetworkSettings
from registry.services.oracle_messages import MessageBox
from registry.services.registry import Registry, assemble
from registry.services.signatures import Signature
from tests import world as worlds
from tests.oracles.conftest import Committee
from tests.oracles.factory import CHAIN_ID, PEPPER, PROJECT, month, signed

pytestmark = pytest.mark.long


class Lines:
    """A log that is kept."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **values: object) -> None:
        self.lines.append((event, values))

    warning = error = info

    def events(self) -> list[str]:
        return [event for event, _ in self.lines]


@dataclass
class Bench:
    """A daemon of oracle 3, a package that is due, and the registry it runs beside."""

    committee: Committee
    registry: Registry
    packages: Path
    log: Lines
    box: MessageBox

    def daemon(self, *, signs: bool = True) -> Daemon:
        around = Surroundings(
            chain=RegistryChain(self.registry, worlds.ORACLES[3] if signs else None),
            sources=[FolderSource(self.packages)],
            mailboxes=[],
            box=self.box,
            clock=self.committee.world.clock,
            chance=Random(1),
            log=self.log,
            records=self.committee.root / "3",
            publisher=HomePublisher(self.registry),
        )
        return Daemon(self.committee.oracles[3], around, [worlds.SHANGHAI], Pace(turn_seconds=0.001), signs=signs)

    def hear(self, daemon: Daemon, numbers: range) -> None:
        """Messages of the other oracles, which sign what they compute."""
        world = self.committee.world
        view, place = self.committee.view(), daemon.state.places[PROJECT]
        contract = world.register.address("OracleCommittee")
        for number in numbers:
            oracle = self.committee.oracles[number]
            folder = oracle.pull(FolderSource(self.packages), "august")
            report = oracle.compute(folder, view, oracle.terms_now(PROJECT, view)).report
            signature = sign_report(report, worlds.ORACLES[number], CHAIN_ID, contract)
            self.box.put(Signature(report, oracle.address, signature), place)

    def status(self) -> ReportStatus:
        return ReportStatus(self.committee.world.call("OracleCommittee", "reportOf", PROJECT, 1)["status"])


@pytest.fixture
def bench(committee: Committee, tmp_path: Path) -> Iterator[Bench]:
    addresses = committee.world.register.addresses
    network = NetworkSettings("test", "embedded", CHAIN_ID, addresses, PEPPER.hex(), deployed_block=0)
    database = open_database(tmp_path / "puhui.sqlite")
    registry = assemble(Home(tmp_path / "home"), network, committee.world.gateway, database)
    packages = tmp_path / "packages"
    packages.mkdir()
    signed(packages / "august", month(10))
    yield Bench(committee, registry, packages, Lines(), MessageBox())
    database.close()


def test_dry_run__says_what_it_would_sign_and_leaves_nothing(bench: Bench) -> None:
    daemon = bench.daemon(signs=False)
    for _ in range(3):
        daemon.tick()
    assert bench.log.events().count("would sign") == 1
    assert bench.committee.oracles[3].signed(PROJECT, 1) == []
    assert bench.box.at(PROJECT, 1) == []


def test_quorum__is_submitted_kept_and_published(bench: Bench) -> None:
    daemon = bench.daemon()
    daemon.tick()
    bench.hear(daemon, range(2))
    for _ in range(4):
        daemon.tick()
        bench.committee.world.clock.advance(1)
    assert [event for event in bench.log.events() if event in ("submitted", "kept", "published")] == [
        *("submitted", "kept", "published")
    ]
    log = LogStore(bench.registry.home.log_folder(PROJECT))
    assert log.root() == bench.committee.oracles[3].log(PROJECT).root()
    # Another process goes on where this one was, and finds nothing to do.
    lines, again = bench.log.lines.copy(), bench.daemon()
    again.tick()
    assert bench.log.lines == lines
    assert again.state.behind == {PROJECT: 0, PROJECT - 1: 0}


def with_window(bench: Bench) -> None:
    signers = [oracle.address for oracle in worlds.ORACLES]
    bench.committee.world.next_committee(worlds.SHANGHAI, signers, 3_600)


def accept_wrong(bench: Bench, **changes: Any) -> None:
    """Three stolen keys have a report accepted."""
    world, oracle = bench.committee.world, bench.committee.oracles[0]
    view = bench.committee.view()
    folder = oracle.pull(FolderSource(bench.packages), "august")
    right = oracle.compute(folder, view, oracle.terms_now(PROJECT, view)).report
    world.submit(replace(right, **changes))


def test_wrong_report__is_disputed_with_its_findings(bench: Bench) -> None:
    with_window(bench)
    accept_wrong(bench, serial_end=10_000_000)
    daemon = bench.daemon()
    for _ in range(2):
        daemon.tick()
    assert bench.status() is ReportStatus.DISPUTED
    (findings,) = (bench.committee.root / "3" / "disputes").iterdir()
    assert "serial" in json.loads(findings.read_bytes())["problem"] or "computes" in findings.read_text()
    assert bench.log.events().count("disputed") == 1


def test_report_without_evidence__is_disputed_when_half_of_the_time_is_over(bench: Bench) -> None:
    with_window(bench)
    accept_wrong(bench, evidence_hash=b"n" * 32)
    daemon = bench.daemon()
    for _ in range(2):
        daemon.tick()
    assert (bench.status(), daemon.state.unjudged) == (ReportStatus.ACCEPTED, {PROJECT: 1})
    bench.committee.world.clock.advance(1_900)
    daemon.tick()
    assert bench.status() is ReportStatus.DISPUTED


def test_right_report_of_others__is_not_disputed(bench: Bench) -> None:
    with_window(bench)
    accept_wrong(bench)
    daemon = bench.daemon()
    for _ in range(2):
        daemon.tick()
    assert bench.status() is ReportStatus.ACCEPTED
    assert "agrees" in bench.log.events()
