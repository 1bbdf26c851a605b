"""Credits: what holds grams back, by modules. The rules in depth are forge tests; here each is called as by Python."""

from __future__ import annotations

from typing import Any

import pytest

from registry.chain.gateway import Receipt
from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from tests.contracts.ledger import held, totals, transfer
from tests.contracts.modules import Module
from tests.contracts.parties import OUTSIDER, PLATFORM
from tests.contracts.refusals import REASON, refused
from tests.world import BATCH, PROJECT, SHANGHAI, World

GRAMS = 10_000_000


def by(module: Module, function: str, *args: Any) -> Receipt:
    return module.send(OUTSIDER, "Credits", function, *args)


def holding(world: World, account: str) -> tuple[int, ...]:
    """Grams, locked, frozen, recalled."""
    found = world.call("Credits", "holdingOf", account, BATCH)
    return found["grams"], found["locked"], found["frozen"], found["recalled"]


def test_lock__holds_back_and_gives_free_and_moves(issued: World) -> None:
    locker = Module.deployed(issued).granted(Role.LOCKER)
    platform, enterprise = issued.account(1), issued.account(2)
    by(locker, "lock", platform, BATCH, GRAMS - 10)
    short = {"account": platform, "tokenId": BATCH, "amount": 11, "unfrozen": 10}
    with refused("ERC7943InsufficientUnfrozenBalance", **short):
        transfer(issued, PLATFORM, platform, enterprise, 11)
    assert not issued.call("Credits", "canTransfer", platform, enterprise, BATCH, 11)
    assert issued.call("Credits", "canTransfer", platform, enterprise, BATCH, 10)
    by(locker, "moveLocked", platform, enterprise, BATCH, 100)
    by(locker, "seizeLocked", platform, enterprise, BATCH, 100)
    by(locker, "unlock", platform, BATCH, 50)
    assert holding(issued, platform) == (GRAMS - 200, GRAMS - 260, 0, 0)
    assert held(issued, enterprise) == 200


def test_corrections__by_a_corrector__reach_everything(issued: World) -> None:
    corrector = Module.deployed(issued).granted(Role.CORRECTOR)
    platform, enterprise = issued.account(1), issued.account(2)
    by(corrector, "setFrozenTokens", platform, BATCH, 500)
    assert issued.call("Credits", "getFrozenTokens", platform, BATCH) == 500
    by(corrector, "recall", platform, BATCH, 100)
    by(corrector, "unrecall", platform, BATCH, 40)
    by(corrector, "cancelFor", platform, BATCH, 60, REASON, True)
    by(corrector, "forcedTransfer", platform, enterprise, BATCH, 7)
    assert holding(issued, platform) == (GRAMS - 67, 0, 500, 0)
    assert totals(issued) == (GRAMS, 0, 60, 0)
    by(corrector, "setHold", BATCH, True)
    with refused("BatchHeld", batchId=BATCH):
        transfer(issued, PLATFORM, platform, enterprise, 1)


def test_can_send_and_receive__are_the_status(issued: World) -> None:
    for address, expected in ((issued.account(1), True), (OUTSIDER.address, False)):
        assert issued.call("Credits", "canSend", address) is expected
        assert issued.call("Credits", "canReceive", address) is expected


def test_issue_many__issues_each_report(issued: World) -> None:
    for _ in range(2):
        issued.submit(issued.report())
    lines = [(PROJECT, seq, [issued.account(seq - 1)], [GRAMS]) for seq in (2, 3)]
    issued.decide(GuardedCall("Credits", "issueMany", (SHANGHAI, lines)))
    assert [held(issued, issued.account(seq - 1), BATCH + seq - 1) for seq in (2, 3)] == [GRAMS, GRAMS]


@pytest.mark.parametrize("lines", [0, 11])
def test_issue_many__none_or_over_ten__reverts(issued: World, lines: int) -> None:
    with refused("InvalidLineCount", lines=lines):
        issued.decide(GuardedCall("Credits", "issueMany", (SHANGHAI, [(PROJECT, 1, [], [])] * lines)))
