"""What the operations cost where state has grown large: done in full on the embedded chain, not extrapolated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.rules import AccountKind, Right
from registry.services.accounts import open_account
from registry.services.calls import GuardedCall
from registry.services.membership import set_committee
from tests.contracts.lands import WUHAN_DEFINITION, WUHAN_PROJECT
from tests.contracts.ledger import retire, transfer
from tests.contracts.parties import PLATFORM, WUHAN_PLATFORM
from tests.contracts.prepared import Prepared
from tests.gas.operations import retire_many
from tests.world import CREDITING, PERIOD, PROJECT, WUHAN, World, actor, project_filing

RETIREMENTS = 10_000
BATCHES = 1_000
SIGNERS = 31
LINES = 100
GRAMS = 1_000
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class WorstCase:
    """Gas of one transaction in a large state, and what it is to be compared with."""

    name: str
    gas: int
    comparison: str


def measure_worst_cases(prepared: Prepared, folder: Path, note: Note) -> list[WorstCase]:
    """All of them; takes minutes. `note` is told what is being done."""
    cases: list[WorstCase] = []
    for number, measured in enumerate((_many_retirements, _many_batches)):
        world = prepared.open(prepared.issued, folder / f"worst-{number}.sqlite")
        cases += measured(world, note)
        world.close()
    world = prepared.open(prepared.built, folder / "worst-committee.sqlite")
    cases += _large_committee(world, note)
    world.close()
    return cases


def _many_retirements(world: World, note: Note) -> list[WorstCase]:
    """One batch, 10,000 retirements of it, each a transaction."""
    note(f"{RETIREMENTS:,} retirements of one batch")
    account, costs = world.account(1), {}
    for number in range(1, RETIREMENTS + 1):
        receipt = retire(world, PLATFORM, account, GRAMS - 1)
        costs[number] = receipt.gas_used
    sampled = ", ".join(f"{number:,}th {costs[number]:,}" for number in (4, 10, 100, 1_000))
    later = sorted(gas for number, gas in costs.items() if number > 1)
    name = f"the {RETIREMENTS:,}th retirement of one batch"
    return [WorstCase(name, costs[RETIREMENTS], f"{sampled}; from the 2nd on they differ by {later[-1] - later[0]:,}")]


def _many_batches(world: World, note: Note) -> list[WorstCase]:
    """1,000 batches of one project in one account, then the usual operations with the newest of them."""
    note(f"{BATCHES:,} batches in one account")
    sender, receiver = world.account(1), world.account(2)

    def twice(batch: int) -> dict[str, int]:
        costs = {}
        for _ in range(2):
            costs["transfer"] = transfer(world, PLATFORM, sender, receiver, GRAMS, batch).gas_used
            costs["retire"] = retire(world, PLATFORM, sender, GRAMS, batch=batch).gas_used
        return costs

    before = twice(PROJECT << 64 | 1)
    assert CREDITING[1] - PERIOD[1] >= BATCHES
    for day in range(PERIOD[1] + 1, PERIOD[1] + BATCHES):
        batch = world.issue_batch(period_start=day, period_end=day)
    after = twice(batch)
    bulk = [retire_many(world, [batch - position for position in range(lines)]).gas_used for lines in (1, 1, LINES)]
    return [
        WorstCase(
            f"a bulk retirement of {LINES} lines",
            bulk[2],
            f"one line {bulk[1]:,}, so each further line {(bulk[2] - bulk[1]) // (LINES - 1):,}",
        ),
        *(
            WorstCase(f"{name} in an account with {BATCHES:,} batches", after[name], f"with one batch {before[name]:,}")
            for name in before
        ),
    ]


def _large_committee(world: World, note: Note) -> list[WorstCase]:
    """A committee of 31 signers, so a quorum of 21."""
    note(f"a committee of {SIGNERS}")
    keys = sorted((actor(f"WUHAN_ORACLE_{n}") for n in range(SIGNERS)), key=lambda key: int(key.address, 16))
    quorum = 2 * ((SIGNERS - 1) // 3) + 1
    agents = [(WUHAN_PLATFORM.address, Right.INITIATE)]
    world.decide(open_account(WUHAN, 2, AccountKind.PLATFORM, b"\x77" * 32, agents))
    world.decide(set_committee(WUHAN, [key.address for key in keys], 0))
    filed = (WUHAN, WUHAN_DEFINITION, b"walking".ljust(32, b"\0"), 1, b"\x88" * 32)
    world.decide(GuardedCall("Filings", "fileMethodology", filed))
    filing = project_filing(world.account(2, WUHAN), definition_hash=WUHAN_DEFINITION)
    world.decide(GuardedCall("Filings", "fileProject", (WUHAN, filing)))
    first, repeat = (_submit(world, keys[:quorum]).gas_used for _ in range(2))
    name = f"report with {quorum} of {SIGNERS} signatures"
    return [WorstCase(name, repeat, f"the first of a project {first:,}")]


def _submit(world: World, signers: list[LocalAccount]) -> Receipt:
    report = world.report(project_id=WUHAN_PROJECT, methodology_hash=WUHAN_DEFINITION)
    return world.submit(report, world.sign(report, signers))
