"""Compliance: what waits. Places in the queue for the pool, offsets that can be reversed, and where an account stands.

The rules in depth are forge tests (Pool.t.sol, ComplianceProvisional.t.sol); here each is called as Python calls it.
"""

from __future__ import annotations

from typing import Any

from registry.domain.rules import Fulfilment, Rule
from registry.services.calls import GuardedCall
from registry.services.provisional import details_hash
from tests.contracts.lands import CAP_GRAMS, LOCAL, OTHER, YEAR, Lands, obligation_call, rules_call, terms_call
from tests.contracts.ledger import BENEFICIARY, STATEMENT
from tests.contracts.parties import OUTSIDER, WUHAN_ENTERPRISE, WUHAN_PLATFORM
from tests.contracts.refusals import REASON, refused
from tests.world import DEFINITION, PROJECT, WUHAN

NEXT = YEAR + 1
POOL_GRAMS = 600_000
WINDOW = 3_600


def decide(lands: Lands, function: str, *args: Any) -> None:
    lands.world.decide(GuardedCall("Compliance", function, (WUHAN, *args)))


def send(lands: Lands, who: Any, function: str, *args: Any) -> Any:
    return lands.world.send(who, "Compliance", function, *args)


def provisionally(lands: Lands, *lines: tuple[int, int]) -> tuple[int, tuple[Any, ...]]:
    """Number and details of an offset that can be reversed."""
    event = lands.world.event(lands.offset(*lines), "ProvisionalOffsetMade")
    details = {**event["offset"], "lines": [tuple(line.values()) for line in event["offset"]["lines"]]}
    return event["offsetId"], tuple(details.values())


def test_pool__places_in_the_queue__are_held_used_and_given_up(lands: Lands) -> None:
    # Invariant 9
    world, enterprise, platform = lands.world, lands.enterprise, lands.world.account(2, WUHAN)
    pool = {"pooled": True, "poolGrams": POOL_GRAMS, "reservableUntil": 2**40 - 1, "deadline": 2**40 - 1}
    world.decide(rules_call(year=NEXT, **pool))
    for account in (enterprise, platform):
        world.decide(obligation_call(world, account=account, year=NEXT))
    send(lands, WUHAN_PLATFORM, "reserve", platform, NEXT, 500_000)
    send(lands, WUHAN_ENTERPRISE, "reserve", enterprise, NEXT, 300_000)
    assert world.call("Compliance", "reservationOf", enterprise, NEXT) == {
        "start": 500_000,
        "grams": 300_000,
        "grantedGrams": 100_000,
        "aheadGrams": 0,
    }
    assert lands.quote(LOCAL, NEXT)["poolHeadroom"] == 100_000
    values = {"rule": Rule.POOL, "wantedGrams": 100_010, "allowedGrams": 100_000}
    with refused("OffsetRefused", account=enterprise, year=NEXT, batchId=LOCAL, **values):
        lands.offset((LOCAL, 100_010), year=NEXT)
    lands.offset((LOCAL, 100_000), year=NEXT)
    send(lands, WUHAN_PLATFORM, "releaseReservation", platform, NEXT)
    assert world.call("Compliance", "poolOf", WUHAN, NEXT) == {
        "demandEnd": 800_000,
        "creditedGrams": 500_000,
        "usedGrams": 100_000,
    }
    decide(lands, "releaseByOrder", enterprise, NEXT, REASON)
    assert world.call("Compliance", "releasedAt", WUHAN, NEXT, 600_000) == 0
    with refused("NothingToCredit", start=600_000):
        send(lands, OUTSIDER, "creditReleased", WUHAN, NEXT, 600_000)


def test_pool__rules_as_an_offset_reads_them(lands: Lands) -> None:
    lands.world.decide(rules_call(methodologiesListed=True, methodologies=[DEFINITION], reversalSeconds=WINDOW))
    assert lands.world.call("RuleSets", "inForce", WUHAN, YEAR) >> 224 & 0xFFFF == 2, "version"
    assert lands.world.call("RuleSets", "rareOf", WUHAN, YEAR)["reversalSeconds"] == WINDOW
    assert lands.world.call("RuleSets", "lists", WUHAN, YEAR, 2, DEFINITION) is True
    assert lands.quote()["binding"] == Rule.METHODOLOGY


def test_compliance__names_the_contracts_it_asks(lands: Lands) -> None:
    asked = {"EMISSIONS": "Emissions", "RULE_SETS": "RuleSets", "RECOGNITION": "Recognition", "CREDITS": "Credits"}
    for view, contract in asked.items():
        assert lands.world.call("Compliance", view) == lands.world.register.address(contract)


def test_provisional__reversed_or_made_final(lands: Lands) -> None:
    # Invariant 2, Invariant 9
    world = lands.world
    world.decide(rules_call(reversalSeconds=WINDOW))
    world.decide(terms_call(discount_bps=1_000))
    first, details = provisionally(lands, (LOCAL, 100), (OTHER, 60))
    assert world.call("Compliance", "provisionalHashOf", first) == details_hash(details)
    key = world.call("Recognition", "termsFor", WUHAN, PROJECT, DEFINITION).key
    assert world.call("Compliance", "recognisedGrams", key, YEAR) == 60
    assert lands.used() == (100, 54)
    with refused("NotAgent", account=lands.enterprise, caller=OUTSIDER.address):
        send(lands, OUTSIDER, "reverse", first, details)
    send(lands, WUHAN_ENTERPRISE, "reverse", first, details)
    assert lands.used() == (0, 0)
    second, details = provisionally(lands, (LOCAL, 100), (OTHER, 60))
    third, ordered = provisionally(lands, (LOCAL, 10))
    assert world.call("Compliance", "provisionalCount") == 3
    world.clock.advance(2 * WINDOW)
    receipt = send(lands, OUTSIDER, "finalise", second, details)
    assert [event["countedGrams"] for event in world.events(receipt, "OffsetMade")] == [100, 54]
    decide(lands, "reverseByOrder", third, ordered, REASON)
    assert lands.used() == (100, 54)
    with refused("NotProvisional", offsetId=second):
        send(lands, WUHAN_ENTERPRISE, "reverse", second, details)


def test_status__figures_of_the_year(lands: Lands) -> None:
    lands.offset((LOCAL, CAP_GRAMS))
    decide(lands, "setFulfilment", lands.enterprise, YEAR, 18_999_999, False, REASON)
    found = lands.world.call("Compliance", "statusOf", lands.enterprise, YEAR)
    assert (found["fulfilment"], found["missingGrams"], found["offsetGrams"]) == (Fulfilment.SHORT, 1, CAP_GRAMS)
    decide(lands, "setFulfilment", lands.enterprise, YEAR, 19_000_000, False, REASON)
    assert lands.world.call("Compliance", "statusOf", lands.enterprise, YEAR)["fulfilment"] == Fulfilment.MET
    decide(lands, "setFulfilment", lands.enterprise, YEAR, 0, True, REASON)
    assert lands.world.call("Compliance", "statusOf", lands.enterprise, YEAR)["fulfilment"] == Fulfilment.EXCLUDED
    args = (lands.enterprise, YEAR, [(OTHER, 10)], BENEFICIARY, STATEMENT)
    values = {"rule": Rule.EXCLUDED, "wantedGrams": 10, "allowedGrams": 0}
    with refused("OffsetRefused", account=lands.enterprise, year=YEAR, batchId=OTHER, **values):
        send(lands, WUHAN_ENTERPRISE, "offset", *args)
