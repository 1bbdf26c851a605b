"""Transfers that wait, from Python. The refusals one by one are forge tests."""

from __future__ import annotations

from registry.domain.rules import AccountFlag, Right, TransferKind, TransferState
from registry.services.calls import GuardedCall
from tests.contracts.ledger import transfer
from tests.contracts.parties import ENTERPRISE, OUTSIDER, PLATFORM
from tests.contracts.refusals import refused
from tests.world import BATCH, SHANGHAI, World

GRAMS, DELAY, NO_TRADE = 400, 60, bytes(32)
LIMITS = (10_000, 10_000, DELAY, 120, True)


def initiate(world: World, kind: TransferKind = TransferKind.GIFT, trade: bytes = NO_TRADE) -> int:
    lines = [(BATCH, GRAMS)]
    args = (world.account(1), world.account(2), lines, int(kind), trade)
    return int(world.event(world.send(PLATFORM, "Transfers", "initiate", *args), "TransferInitiated")["transferId"])


def test_transfer__to_an_account_not_trusted__waits_and_anyone_executes(issued: World) -> None:
    sender, receiver = issued.account(1), issued.account(2)
    issued.decide(GuardedCall("TransferRules", "setLimits", (SHANGHAI, LIMITS)), maker="ADMIN")
    needs = {"waitSeconds": DELAY, "needsApproval": False, "needsAcceptance": False}
    with refused("NeedsTransfer", **{"from": sender, "to": receiver, **needs}):
        transfer(issued, PLATFORM, sender, receiver, GRAMS)
    transfer_id = initiate(issued, TransferKind.SALE, b"\x07" * 32)
    assert issued.call("Credits", "holdingOf", sender, BATCH)["locked"] == GRAMS
    assert issued.call("Transfers", "linesOf", transfer_id) == [{"batchId": BATCH, "grams": GRAMS}]
    issued.clock.advance(DELAY + 60)
    issued.send(OUTSIDER, "Transfers", "execute", transfer_id)
    assert issued.call("Credits", "balanceOf", receiver, BATCH) == GRAMS
    stored = issued.call("Transfers", "transferOf", transfer_id)
    assert (stored["state"], stored["initiator"]) == (TransferState.EXECUTED, PLATFORM.address)
    with refused("TradeUsedBefore", account=sender, referenceHash=b"\x07" * 32):
        initiate(issued, TransferKind.SALE, b"\x07" * 32)
    assert issued.call("Transfers", "transferCount") == transfer_id
    assert issued.call("Credits", "TRANSFER_RULES") == issued.register.address("TransferRules")
    for view, name in (("ACCOUNTS", "Accounts"), ("RULES", "TransferRules"), ("CREDITS", "Credits")):
        assert issued.call("Transfers", view) == issued.register.address(name)


def test_transfer__under_dual_control_to_one_who_confirms__needs_both_words(issued: World) -> None:
    sender, receiver = issued.account(1), issued.account(2)
    issued.decide(GuardedCall("Accounts", "setAgents", (SHANGHAI, sender, [(OUTSIDER.address, int(Right.APPROVE))])))
    for account, flag in ((sender, AccountFlag.DUAL_CONTROL), (receiver, AccountFlag.CONFIRMS_RECEIPTS)):
        issued.decide(GuardedCall("Accounts", "setFlags", (SHANGHAI, account, int(flag))))
    first, second = initiate(issued), initiate(issued)
    with refused("ApprovalMissing", transferId=first):
        issued.send(PLATFORM, "Transfers", "execute", first)
    with refused("ApproverIsInitiator", transferId=first, agent=PLATFORM.address):
        issued.send(PLATFORM, "Transfers", "approve", first)
    issued.send(OUTSIDER, "Transfers", "approve", first)
    issued.send(ENTERPRISE, "Transfers", "accept", first)
    issued.send(PLATFORM, "Transfers", "execute", first)
    issued.send(ENTERPRISE, "Transfers", "refuse", second)
    third = initiate(issued)
    issued.send(OUTSIDER, "Transfers", "cancel", third)
    fourth = initiate(issued)
    issued.clock.advance(issued.call("Transfers", "EXPIRY_SECONDS") + 3_600)
    issued.send(OUTSIDER, "Transfers", "expire", fourth)
    states = [TransferState.EXECUTED, TransferState.REFUSED, TransferState.CANCELLED, TransferState.EXPIRED]
    assert [issued.call("Transfers", "transferOf", n)["state"] for n in range(first, fourth + 1)] == states
    assert issued.call("Credits", "holdingOf", sender, BATCH)["locked"] == 0
