"""Recognition through the Desk: what Wuhan accepts of Shanghai.

Each refusal stands in contracts/test/Recognition.t.sol."""

from __future__ import annotations

from typing import Any

from registry.services.calls import GuardedCall
from tests.contracts.refusals import refused
from tests.world import DEFINITION, PROJECT, SHANGHAI, WUHAN, World

DOCUMENT, REASON = b"\x55" * 32, b"\x56" * 32
TERMS = (1_000, 5_000_000, 1, 2**40 - 1)
NOTHING = {"discountBps": 0, "yearlyCapGrams": 0, "validFrom": 0, "validUntil": 0}


def decide(world: World, function: str, *args: Any) -> None:
    world.decide(GuardedCall("Recognition", function, (WUHAN, *args)))


def terms_for(world: World) -> dict[str, int]:
    """What Wuhan applies to Shanghai's project."""
    return dict(world.call("Recognition", "termsFor", WUHAN, PROJECT, DEFINITION).terms)


def test_recognition__methodology__is_recognised_and_withdrawn(world: World) -> None:
    decide(world, "recogniseMethodology", DEFINITION, DOCUMENT)
    assert world.call("Recognition", "recognisesMethodology", WUHAN, DEFINITION) is True
    assert world.call("Recognition", "recognisesMethodology", SHANGHAI, DEFINITION) is False
    decide(world, "withdrawMethodology", DEFINITION, REASON)
    assert world.call("Recognition", "recognisesMethodology", WUHAN, DEFINITION) is False


def test_recognition__terms__of_a_project_stand_before_the_general_ones(world: World) -> None:
    assert terms_for(world) == NOTHING
    decide(world, "setTerms", SHANGHAI, DEFINITION, TERMS)
    general = dict(zip(NOTHING, TERMS, strict=True))
    assert terms_for(world) == general == world.call("Recognition", "termsOf", WUHAN, SHANGHAI, DEFINITION)
    decide(world, "setProjectTerms", PROJECT, (2_000, *TERMS[1:]))
    assert terms_for(world)["discountBps"] == 2_000
    decide(world, "excludeProject", PROJECT, REASON)
    assert terms_for(world) == NOTHING
    assert world.call("Recognition", "projectTermsOf", WUHAN, PROJECT).excluded is True
    decide(world, "withdrawProjectTerms", PROJECT, REASON)
    assert terms_for(world) == general
    decide(world, "withdrawTerms", SHANGHAI, DEFINITION, REASON)
    assert terms_for(world) == NOTHING


def test_recognition__of_own_credits_or_nothing_new__is_refused(world: World) -> None:
    with refused("OwnCredits", jurisdiction=WUHAN):
        decide(world, "setTerms", WUHAN, DEFINITION, TERMS)
    with refused("RecognitionUnchanged", jurisdiction=WUHAN):
        decide(world, "withdrawTerms", SHANGHAI, DEFINITION, REASON)
