"""The part of the story in which Shanghai's enterprises share a pool, and offsets can be reversed for a day."""

from __future__ import annotations

import hashlib
from typing import Any

from registry.domain.rules import CapBase
from registry.services.calls import GuardedCall
from tests.world import ACTORS, BATCH, SHANGHAI, START, World

POOLED_YEAR = 2027
POOL_GRAMS = 1_000_000
REASON = hashlib.sha256(b"reason").digest()
CLAIM = (hashlib.sha256(b"salt and beneficiary").digest(), hashlib.sha256(b"statement").digest())
WINDOW_SECONDS = 86_400


def pooled_rules(pool_grams: int) -> tuple[Any, ...]:
    """Rules by the gram, with a pool that can be reserved and a window of a day, in the order of the struct."""
    end = START + 10**8
    shares = (int(CapBase.ISSUED_ALLOWANCES), 500, 500, 0, 0, 2015, 2026, 1, False, True, True)
    return (*shares, 1, START, end, end, WINDOW_SECONDS, pool_grams, CLAIM[1], [], [])


def tell_of_the_pool(world: World) -> None:
    """Both accounts of Shanghai reserve, offset, reverse, give up; one offset and one reservation stay open."""
    platform, enterprise = world.account(1), world.account(2)
    _decide(world, "RuleSets", "setRuleSet", POOLED_YEAR, pooled_rules(POOL_GRAMS))
    for account in (platform, enterprise):
        _decide(world, "Compliance", "setObligation", account, POOLED_YEAR, (0, 10**9, 0, 10**9))
    _decide(world, "Compliance", "setFulfilment", enterprise, POOLED_YEAR, 900_000_000, False, REASON)
    _send(world, "ENTERPRISE", "reserve", enterprise, POOLED_YEAR, POOL_GRAMS)
    _send(world, "PLATFORM", "reserve", platform, POOLED_YEAR, 500_000)
    reversed_id, reversed_details = _offset(world, enterprise, 100_000)
    final_id, final_details = _offset(world, enterprise, 40_000)
    _send(world, "ENTERPRISE", "reverse", reversed_id, reversed_details)
    world.clock.advance(2 * WINDOW_SECONDS)
    _send(world, "OUTSIDER", "finalise", final_id, final_details)
    # A smaller pool does not reach the platform's place any more.
    _decide(world, "RuleSets", "setRuleSet", POOLED_YEAR, pooled_rules(POOL_GRAMS - 200_000))
    _send(world, "PLATFORM", "releaseReservation", platform, POOLED_YEAR)
    _decide(world, "Compliance", "releaseByOrder", enterprise, POOLED_YEAR, REASON)
    _send(world, "OUTSIDER", "creditReleased", SHANGHAI, POOLED_YEAR, POOL_GRAMS)
    _send(world, "ENTERPRISE", "reserve", enterprise, POOLED_YEAR, 50_000)
    ordered_id, ordered_details = _offset(world, enterprise, 50_000)
    _decide(world, "Compliance", "reverseByOrder", ordered_id, ordered_details, REASON)
    _send(world, "PLATFORM", "reserve", platform, POOLED_YEAR, 7_000)
    _offset(world, enterprise, 5_000)


def _offset(world: World, account: str, grams: int) -> tuple[int, tuple[Any, ...]]:
    """The number of the provisional offset, and its details as the contract takes them back."""
    receipt = _send(world, "ENTERPRISE", "offset", account, POOLED_YEAR, [(BATCH, grams)], *CLAIM)
    event = world.event(receipt, "ProvisionalOffsetMade")
    details = event["offset"]
    lines = [tuple(line.values()) for line in details["lines"]]
    return event["offsetId"], (*(value for name, value in details.items() if name != "lines"), lines)


def _send(world: World, who: str, function: str, *args: Any) -> Any:
    return world.send(ACTORS[who], "Compliance", function, *args)


def _decide(world: World, contract: str, function: str, *args: Any) -> None:
    world.decide(GuardedCall(contract, function, (SHANGHAI, *args)))
