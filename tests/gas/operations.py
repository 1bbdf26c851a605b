"""What one transaction of each operation costs in gas: the first of its kind, and the next one like it.

Whole transactions under London rules with 200 optimizer runs, on a network of the embedded chain that is the same in
every run: gas is deterministic, so these are no measurements of time and depend on no machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from registry.chain.gateway import Receipt
from registry.domain.rules import Purpose
from registry.services.calls import GuardedCall
from registry.services.wiring import COUNCIL
from tests.contracts.lands import LOCAL, OPENS_AT, OTHER, Lands
from tests.contracts.ledger import BENEFICIARY, STATEMENT, issue, retire, transfer
from tests.contracts.parties import PLATFORM, REGISTRAR
from tests.contracts.prepared import OPENED_AT, Prepared
from tests.world import PROJECT, SHANGHAI, World

GRAMS = 1_234_560
Act = Callable[[World], int]
"""Does it once and answers its gas."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the table: `act` is done twice on a fresh network. `budget` is the design's, for the second time."""

    name: str
    act: Act
    includes: str
    budget: int | None = None
    plain: str | None = None
    """The operation of a plain ERC-1155 that it stands beside."""
    network: Literal["built", "issued", "settled"] = "issued"
    """The prepared network that it starts from: without a batch, with one, with two jurisdictions that issue."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Gas of an operation."""

    operation: Operation
    first: int
    repeat: int


def submit(world: World) -> int:
    return world.submit(world.report()).gas_used


def propose_issue(world: World) -> int:
    """Proposes to issue the next report, without deciding."""
    call = _next_issue(world)
    data = world.register.encode(call.contract, call.function, *call.args)
    return world.send(REGISTRAR, "Desk", "propose", world.register.address(call.contract), data).gas_used


def approve_issue(world: World) -> int:
    """The approval in which the issue is executed; the report and the proposal are not counted."""
    return world.decide(_next_issue(world)).gas_used


def _next_issue(world: World) -> GuardedCall:
    report = world.report()
    world.submit(report)
    return issue([world.account(1)], [10_000_000], seq=report.seq)


def transfer_once(world: World) -> int:
    return transfer(world, PLATFORM, world.account(1), world.account(2), GRAMS).gas_used


def transfer_limited(world: World) -> int:
    """Under limits of account, jurisdiction and network, within working hours; the settings are not counted."""
    account, limits = world.account(1), (100 * GRAMS, 100 * GRAMS, 0, 0, True)
    if not world.call("TransferRules", "limitsOf", SHANGHAI)["isSet"]:
        world.decide(GuardedCall("TransferRules", "setLimits", (COUNCIL, limits)))
        world.decide(GuardedCall("TransferRules", "setLimits", (SHANGHAI, limits)))
        world.decide(GuardedCall("TransferRules", "setAccountLimits", (SHANGHAI, account, limits)))
        every_day = (SHANGHAI, 127, 0, 86_400)
        world.decide(GuardedCall("TransferRules", "setHours", every_day))
    return transfer_once(world)


def transfer_line(world: World) -> int:
    """What a third and a fourth batch in one transfer cost each."""
    sender, receiver, batches = world.account(1), world.account(2), _batches(world, 4)

    def gas(lines: int) -> int:
        args = (sender, receiver, batches[:lines], [GRAMS] * lines, b"")
        return world.send(PLATFORM, "Credits", "safeBatchTransferFrom", *args).gas_used

    return (gas(4) - gas(2)) // 2


def retire_once(world: World) -> int:
    return retire(world, PLATFORM, world.account(1), GRAMS).gas_used


def retire_line(world: World) -> int:
    """What a third and a fourth line of a bulk retirement cost each."""
    batches = _batches(world, 4)
    return (retire_many(world, batches[:4]).gas_used - retire_many(world, batches[:2]).gas_used) // 2


def retire_many(world: World, batches: list[int]) -> Receipt:
    """One claim for some grams of each batch of account 1."""
    lines = [(batch, GRAMS) for batch in batches]
    args = (world.account(1), lines, int(Purpose.VOLUNTARY_NEUTRALITY), BENEFICIARY, STATEMENT)
    return world.send(PLATFORM, "Credits", "retireMany", *args)


def _batches(world: World, count: int) -> list[int]:
    """The first batches of the project, issued to account 1 where they are missing."""
    while world.call("OracleCommittee", "lastSeq", PROJECT) < count:
        world.issue_batch()
    return [PROJECT << 64 | seq for seq in range(1, count + 1)]


def offset_local(world: World) -> int:
    return Lands(world).offset((LOCAL, 123_450)).gas_used


def offset_from_elsewhere(world: World) -> int:
    """After enough local credits that the local share allows it; those are not counted."""
    lands = Lands(world)
    if not sum(lands.used()):
        lands.offset((LOCAL, 500_000))
    return lands.offset((OTHER, 123_450)).gas_used


OPERATIONS = (
    Operation(
        "report, 3 of 4 signatures",
        submit,
        "EIP-712 digest, 3 signatures recovered and matched to the epoch's signers, chain to the report before, period,"
        " crediting period, methodology and project in force; the number line and the log's root stored",
        budget=150_000,
        network="built",
    ),
    Operation(
        "propose an issue",
        propose_issue,
        "maker's role, policy, the exact call in the event and by its hash, times of the notice",
        network="built",
    ),
    Operation(
        "issue, by the approval",
        approve_issue,
        "second person's role, notice, the call executed as published; final report, ceiling, status of the account,"
        " batch with its serials, totals of batch and project",
        budget=150_000,
        plain="mint",
        network="built",
    ),
    Operation(
        "transfer",
        transfer_once,
        "agent's right, status of both accounts, balance with the reason of a refusal",
        budget=75_000,
        plain="safeTransferFrom",
    ),
    Operation(
        "transfer, under all limits",
        transfer_limited,
        "the same, limits of a transfer and of the day of account, jurisdiction and network, and working hours",
        budget=75_000,
        plain="safeTransferFrom",
    ),
    Operation("transfer, each further batch", transfer_line, "in one transaction, all or none; accounts checked once"),
    Operation(
        "retire",
        retire_once,
        "agent, status, serials assigned, record that contracts can read, beneficiary and statement in the event",
        budget=110_000,
        plain="burn",
    ),
    Operation(
        "retire, each further line",
        retire_line,
        "in one transaction, all or none; a number, serials, a record and an event of its own",
        budget=45_000,
        plain="burn",
    ),
    Operation(
        "offset, local credits",
        offset_local,
        "all of retire, and every rule of the rule set, every cap counted, version of the rules in the event",
        budget=160_000,
        plain="burn",
        network="settled",
    ),
    Operation(
        "offset, credits from elsewhere",
        offset_from_elsewhere,
        "the same, terms of the recognition with its yearly cap, and the share that must be local",
        budget=160_000,
        plain="burn",
        network="settled",
    ),
)


def measure(operation: Operation, prepared: Prepared, folder: Path) -> Cost:
    """Does an operation twice on a fresh copy of the network, in an empty file of `folder`."""
    source = {"built": prepared.built, "issued": prepared.issued, "settled": prepared.settled}[operation.network]
    path = folder / f"{OPERATIONS.index(operation)}.sqlite"
    world = prepared.open(source, path, OPENS_AT if operation.network == "settled" else OPENED_AT)
    first, repeat = (operation.act(world) for _ in range(2))
    world.close()
    return Cost(operation, first, repeat)


def measure_all(prepared: Prepared, folder: Path) -> list[Cost]:
    """Every operation, in the order of the table."""
    return [measure(operation, prepared, folder) for operation in OPERATIONS]
