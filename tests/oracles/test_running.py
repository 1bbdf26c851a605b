"""Submitting a report: once, however often the run is cut off, and never blocked for ever by an attempt that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from oracles.running import RunResult, run_report
from oracles.sources import FolderSource
from registry.db.models import OutboxTransaction
from registry.db.session import open_database
from registry.domain.errors import ContractRefused
from registry.domain.rules import FilingStatus
from registry.services.calls import GuardedCall
from registry.services.home import Home, NetworkSettings
from registry.services.outbox import Outbox, TransactionDisplaced
from registry.services.registry import Registry, assemble
from tests import world as worlds
from tests.oracles.conftest import Committee
from tests.oracles.factory import CHAIN_ID, PEPPER, PROJECT, month, signed
from tests.registry.services.faulty import Crash, FaultyGateway, Hook, crash_at

SENDER = worlds.ACTORS["OUTSIDER"]
REASON = b"r" * 32


class Runs:
    """Runs of one package, over a chain that may fail at any moment."""

    def __init__(self, committee: Committee, registry: Registry, gateway: FaultyGateway, package: Path) -> None:
        self.committee, self.registry, self.gateway, self.package = committee, registry, gateway, package

    def run(self, hook: Hook = lambda _moment: None, oracles: slice = slice(0, 4)) -> RunResult:
        self.gateway.hook = hook
        members = self.committee.oracles[oracles]
        return run_report(self.registry, members, FolderSource(self.package.parent), self.package.name, SENDER)

    def states(self) -> list[str]:
        """What became of each attempt, in order."""
        with self.registry.database.session() as session:
            rows = session.scalars(select(OutboxTransaction).order_by(OutboxTransaction.id))
            return [f"{row.key.rsplit('/', 1)[1]} {row.state}" for row in rows]

    def reports(self) -> int:
        return self.committee.view().last_seq(PROJECT)

    def set_project(self, status: FilingStatus) -> None:
        self.committee.world.decide(
            GuardedCall("Filings", "setProjectStatus", (worlds.SHANGHAI, PROJECT, int(status), REASON))
        )


@pytest.fixture
def runs(committee: Committee, tmp_path: Path) -> Iterator[Runs]:
    network = NetworkSettings(
        "test", "embedded", CHAIN_ID, committee.world.register.addresses, PEPPER.hex(), deployed_block=0
    )
    gateway = FaultyGateway(committee.world.gateway)
    database = open_database(tmp_path / "puhui.sqlite")
    opened = assemble(Home(tmp_path / "home"), network, committee.world.gateway, database)
    (tmp_path / "packages").mkdir()
    package = signed(tmp_path / "packages" / "august", month(10))
    faulty: Registry = replace(opened, outbox=Outbox(database, gateway, wait_seconds=1))
    yield Runs(committee, faulty, gateway, package)
    database.close()


def test_run__submission_was_displaced__the_next_run_submits_the_same_report(runs: Runs) -> None:
    def use_the_number_elsewhere(moment: str) -> None:
        if moment == "before send_raw":
            runs.gateway.hook = lambda _moment: None
            runs.committee.world.deploy(SENDER, worlds.ACTORS["ADMIN"].address, b"")

    with pytest.raises(TransactionDisplaced):
        runs.run(use_the_number_elsewhere)
    assert runs.reports() == 0
    result = runs.run()
    assert (runs.reports(), result.report.seq) == (1, 1)
    assert runs.states() == ["1 displaced", "2 mined"]


def test_run__submission_reverted__is_submitted_again_when_the_reason_is_gone(runs: Runs) -> None:
    def suspend_first(moment: str) -> None:
        if moment == "before send_raw":
            runs.gateway.hook = lambda _moment: None
            runs.set_project(FilingStatus.SUSPENDED)

    with pytest.raises(ContractRefused):
        runs.run(suspend_first)
    assert runs.states() == ["1 reverted"]
    runs.set_project(FilingStatus.FILED)
    assert runs.run().kept.keys() == {oracle.name for oracle in runs.committee.oracles}
    assert runs.reports() == 1
    assert runs.states() == ["1 reverted", "2 mined"]


@pytest.mark.parametrize("moment", ["before send_raw", "after send_raw", "after wait"])
def test_run__cut_off_and_run_by_other_oracles__submits_once(runs: Runs, moment: str) -> None:
    with pytest.raises(Crash):
        runs.run(crash_at(moment), oracles=slice(0, 3))
    # Other signatures, so another transaction, of the same report.
    result = runs.run(oracles=slice(1, 4))
    assert (runs.reports(), result.report.seq) == (1, 1)
    assert len(runs.states()) == 1
