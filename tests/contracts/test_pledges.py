"""Pledges and orders against holders, as Python calls them. The refusals in depth are forge tests."""

from __future__ import annotations

from registry.services.calls import GuardedCall
from tests.contracts.ledger import STATEMENT, held, pledge
from tests.contracts.parties import ENTERPRISE, PLATFORM
from tests.contracts.refusals import REASON, refused
from tests.world import BATCH, SHANGHAI, WUHAN, World

GRAMS = 10_000_000


def test_pledge__released_in_parts_by_the_pledgee_and_by_order(issued: World) -> None:
    pledge_id = pledge(issued, 100)
    assert issued.call("Pledges", "pledgeCount") == pledge_id
    receipt = issued.send(ENTERPRISE, "Pledges", "release", pledge_id, 30)
    told = {"pledgeId": pledge_id, "grams": 30, "gramsLeft": 70, "reasonHash": bytes(32), "by": ENTERPRISE.address}
    assert issued.event(receipt, "PledgeReleased") == told
    issued.decide(GuardedCall("Pledges", "releaseByOrder", (SHANGHAI, pledge_id, 20, REASON)))
    assert issued.call("Pledges", "pledgeOf", pledge_id)["grams"] == 50
    assert issued.call("Credits", "holdingOf", issued.account(1), BATCH)["locked"] == 50


def test_seize__moves_to_the_pledgee(issued: World) -> None:
    pledge_id = pledge(issued, 100)
    receipt = issued.decide(GuardedCall("Pledges", "seize", (SHANGHAI, pledge_id, 40, REASON)))
    told = {"pledgeId": pledge_id, "grams": 40, "gramsLeft": 60, "reasonHash": REASON}
    assert issued.event(receipt, "PledgeSeized") == told
    assert (held(issued, issued.account(1)), held(issued, issued.account(2))) == (GRAMS - 40, 40)


def test_pledge__to_itself__reverts(issued: World) -> None:
    with refused("SelfPledge", account=issued.account(1)):
        issued.send(PLATFORM, "Pledges", "pledge", issued.account(1), issued.account(1), BATCH, 1, STATEMENT)


def test_orders__freeze_grams_and_move_them(issued: World) -> None:
    platform, enterprise = issued.account(1), issued.account(2)
    receipt = issued.decide(GuardedCall("Enforcement", "setFrozen", (SHANGHAI, platform, BATCH, 500, REASON)))
    told = {"account": platform, "batchId": BATCH, "previousGrams": 0, "grams": 500, "reasonHash": REASON}
    assert issued.event(receipt, "GramsFrozen") == told
    order = (SHANGHAI, platform, enterprise, BATCH, GRAMS - 100, REASON)
    receipt = issued.decide(GuardedCall("Enforcement", "forceTransfer", order))
    assert issued.event(receipt, "Frozen")["amount"] == 100
    assert issued.event(receipt, "TransferForced")["grams"] == GRAMS - 100
    assert issued.call("Credits", "holdingOf", platform, BATCH)["frozen"] == 100


def test_orders__by_another_jurisdiction__reverts(issued: World) -> None:
    platform, wuhan = issued.account(1), issued.account(1, WUHAN)
    wrong = {"accountJurisdiction": WUHAN, "jurisdiction": SHANGHAI}
    with refused("WrongJurisdiction", account=wuhan, **wrong):
        issued.decide(GuardedCall("Enforcement", "setFrozen", (SHANGHAI, wuhan, BATCH, 1, REASON)))
    with refused("WrongJurisdiction", account=wuhan, **wrong):
        issued.decide(GuardedCall("Enforcement", "forceTransfer", (SHANGHAI, wuhan, platform, BATCH, 1, REASON)))
