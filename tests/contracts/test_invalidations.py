"""Invalidations: a batch found wrong, its holders recalled, and the four ways in which it is made good.

The rules in depth are forge tests; here the whole way is gone once as Python goes it.
"""

from __future__ import annotations

from typing import Any

from registry.domain.rules import Purpose, Role
from registry.services.calls import GuardedCall
from tests.contracts.ledger import held, retire, totals, transfer
from tests.contracts.modules import Module
from tests.contracts.parties import ENTERPRISE, NOBODY, OUTSIDER, PLATFORM, REGULATOR, WUHAN_ENTERPRISE
from tests.contracts.refusals import REASON, refused
from tests.world import BATCH, SHANGHAI, WUHAN, World

GRAMS = 10_000_000


def invalidate(grams: int, buffers: tuple[str, ...] = ()) -> GuardedCall:
    return GuardedCall("Invalidations", "invalidate", (SHANGHAI, BATCH, grams, REASON, list(buffers)))


def ask(world: World, function: str, *args: Any) -> Any:
    return world.call("Invalidations", function, *args)


def recalled(world: World, account: str) -> int:
    return int(world.call("Credits", "holdingOf", account, BATCH)["recalled"])


def test_invalidation__of_nearly_all__is_recalled_and_made_good(issued: World) -> None:
    # Invariant 14, Invariant 15
    platform, enterprise, wuhan = issued.account(1), issued.account(2), issued.account(1, WUHAN)
    spare = issued.issue_batch()
    transfer(issued, PLATFORM, platform, enterprise, 4_000_000)
    transfer(issued, PLATFORM, platform, wuhan, 2_000_000)
    retire(issued, PLATFORM, platform, 1_000_000)
    issued.send(REGULATOR, "Invalidations", "hold", BATCH, REASON)
    with refused("BatchHeld", batchId=BATCH):
        transfer(issued, PLATFORM, platform, enterprise, 1)

    assert ask(issued, "possibleOf", BATCH) == GRAMS
    issued.decide(invalidate(9_500_000))
    made = ask(issued, "invalidationOf", 1)
    assert tuple(made["split"].values()) == (3_000_000, 0, 0, 6_000_000, 500_000)
    assert (ask(issued, "invalidationCount"), ask(issued, "possibleOf", BATCH)) == (1, 0)
    assert ask(issued, "openLiabilityOf", platform) == 6_500_000
    assert ask(issued, "standingOf", BATCH)["recallingId"] == 1
    with refused("DeveloperSuspended", developer=platform):
        issued.issue_batch()
    assert issued.call("Credits", "isSuspended", platform)

    for holder in (wuhan, enterprise):
        issued.send(OUTSIDER, "Invalidations", "recallHoldings", 1, [holder])
    assert (recalled(issued, enterprise), recalled(issued, wuhan)) == (4_000_000, 2_000_000)
    assert ask(issued, "recallOf", 1, wuhan) == {"grams": 2_000_000, "openGrams": 2_000_000, "covered": True}

    issued.send(PLATFORM, "Invalidations", "replace", platform, 1, enterprise, spare, 4_000_000)
    issued.send(PLATFORM, "Invalidations", "settle", platform, 1, wuhan, spare, 1_000_000)
    issued.send(WUHAN_ENTERPRISE, "Invalidations", "giveUp", wuhan, 1, 500_000)
    issued.decide(GuardedCall("Invalidations", "waive", (SHANGHAI, 1, wuhan, 500_000, REASON)))
    receipt = issued.send(PLATFORM, "Invalidations", "settle", platform, 1, NOBODY, spare, 500_000)
    assert issued.event(receipt, "Settled")["retirementId"] == issued.event(receipt, "Retired")["retirementId"]
    retirement = issued.call("Credits", "retirementOf", spare, issued.event(receipt, "Retired")["serialStart"])
    assert (retirement["purpose"], retirement["grams"]) == (Purpose.EQUAL_REPLACEMENT, 500_000)

    assert ask(issued, "openLiabilityOf", platform) == 0
    assert (held(issued, enterprise), held(issued, enterprise, spare)) == (0, 4_000_000)
    assert (held(issued, wuhan), recalled(issued, wuhan)) == (1_500_000, 0)
    assert totals(issued) == (GRAMS, 1_000_000, 3_000_000 + 4_000_000 + 500_000, 0)
    issued.issue_batch()


def test_hold__by_a_regulator__is_lifted_by_the_desk_or_ends_by_itself(issued: World) -> None:
    platform, enterprise = issued.account(1), issued.account(2)
    issued.send(REGULATOR, "Invalidations", "hold", BATCH, REASON)
    issued.decide(GuardedCall("Invalidations", "liftHold", (SHANGHAI, BATCH, REASON)))
    transfer(issued, PLATFORM, platform, enterprise, 1)
    issued.send(REGULATOR, "Invalidations", "hold", BATCH, REASON)
    issued.clock.advance(ask(issued, "EMERGENCY_SECONDS") + 60)
    issued.send(OUTSIDER, "Invalidations", "endHold", BATCH)
    transfer(issued, PLATFORM, platform, enterprise, 1)


def test_suspension__by_a_corrector__stops_issues(issued: World) -> None:
    platform = issued.account(1)
    Module.deployed(issued).granted(Role.CORRECTOR).send(OUTSIDER, "Credits", "setSuspended", platform, True)
    with refused("DeveloperSuspended", developer=platform):
        issued.issue_batch()


def test_wiring__is_shown(world: World) -> None:
    addresses = {name.upper(): address for name, address in world.register.addresses.items()}
    for name in ("AUTHORITY", "DESK", "ACCOUNTS", "FILINGS", "CREDITS"):
        assert ask(world, name) == addresses[name]


def test_settle__by_an_enterprise_that_owes_nothing__pays_for_the_developer(issued: World) -> None:
    platform, enterprise = issued.account(1), issued.account(2)
    spare = issued.issue_batch(to=enterprise)
    retire(issued, PLATFORM, platform, GRAMS)
    issued.decide(invalidate(10))
    issued.send(ENTERPRISE, "Invalidations", "settle", enterprise, 1, NOBODY, spare, 10)
    assert ask(issued, "openLiabilityOf", platform) == 0
