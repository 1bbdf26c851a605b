"""`make bench`: measures what matters and prints ratios of one run, since machines differ and are shared.

Each figure stands beside a floor measured in the same run: two SHA-256 for each leaf (hashing it and its share of the
tree above) for everything that makes leaves, one bare signature recovery for headers. Times are the best of three.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from eth_account import Account

from oracles.accounting import account
from oracles.demo.cast import DEMO_PEPPER, DEMO_PLATFORM_SECRET, SHANGHAI
from oracles.demo.evidence import AUGUST_2016
from oracles.demo.generated import write_trips
from oracles.demo.setting import CYCLING, methodology
from oracles.packing import load_mapping, pack
from oracles.screens import ReportKey, SqliteClaimStore, all_screens
from oracles.sources.records import read_records
from registry.chain.embedded import EmbeddedGateway
from registry.chain.sending import Transaction, sign_transaction
from registry.domain.ids import project_id
from registry.log.store import LogStore

TRIPS = 50_000
TRANSACTIONS = 100
REPEATS = 3


def best(act: Callable[[], object]) -> float:
    """Seconds of the fastest of a few runs."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return min(times)


def row(what: str, seconds: float, count: int, floor: float | None = None) -> None:
    """One line of the table: rate, and the ratio to the floor."""
    ratio = f"{seconds / floor:8.1f}" if floor else "       -"
    sys.stdout.write(f"| {what:44} | {count / seconds:12,.0f} | {seconds * 1000:10.1f} | {ratio} |\n")


def main() -> None:
    """Measures and prints the table."""
    sys.stdout.write("| what | per second | ms | times the floor |\n|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as scratch:
        _accounting(Path(scratch))
        _chain(Path(scratch))


def _accounting(folder: Path) -> None:
    table, definition = folder / "trips.csv", methodology()
    project = project_id(SHANGHAI, 1)
    write_trips(table, trips=TRIPS)
    packages = iter(range(REPEATS))

    def packing() -> None:
        pack(
            table,
            load_mapping("mobike-2016"),
            folder / f"package-{next(packages)}",
            project_id=project,
            methodology=definition,
            period=AUGUST_2016,
            platform_secret=DEMO_PLATFORM_SECRET,
        )

    seconds = best(packing)
    records = folder / "package-0" / "records.parquet"
    claims = SqliteClaimStore(folder / "claims.sqlite")

    def accounting() -> list[bytes]:
        screens = all_screens(definition, CYCLING, AUGUST_2016, claims, ReportKey(project, 1))
        rule = definition.rule(CYCLING, AUGUST_2016.vintage, SHANGHAI)
        return account(read_records(records), definition, CYCLING, rule, DEMO_PEPPER, screens).leaves(0)

    leaves = accounting()
    floor = best(lambda: [hashlib.sha256(hashlib.sha256(leaf).digest()).digest() for leaf in leaves])
    row("floor: two SHA-256 a leaf", floor, len(leaves), floor)
    row("pack: CSV to evidence package", seconds, TRIPS, floor)
    row("account: package to leaves, all screens", best(accounting), TRIPS, floor)
    stores = iter(range(REPEATS))
    row(
        "log: append, with tiles on disk",
        best(lambda: LogStore(folder / f"log-{next(stores)}").append(leaves)),
        len(leaves),
        floor,
    )
    log = LogStore(folder / "log-0")
    step = len(leaves) // 500
    row(
        "log: inclusion proof from tiles",
        best(lambda: [log.inclusion_proof(i) for i in range(0, len(leaves), step)]),
        500,
    )


def _chain(folder: Path) -> None:
    gateway = EmbeddedGateway(folder / "chain.sqlite")
    sender = Account.create()
    numbers = iter(range(TRANSACTIONS * REPEATS))

    def sending() -> None:
        for _ in range(TRANSACTIONS):
            transaction = Transaction(gateway.chain_id, next(numbers), 21_000, 0, sender.address, b"")
            gateway.wait(gateway.send_raw(sign_transaction(transaction, sender).raw))

    row("embedded chain: transaction to stored block", best(sending), TRANSACTIONS)
    gateway.close()


if __name__ == "__main__":
    main()
