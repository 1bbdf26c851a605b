"""Invalidations as services and views: what the story left open is recalled, shown beside history, and made good."""

from __future__ import annotations

import pytest

from registry.chain import errors
from registry.domain.errors import InvalidInput
from registry.domain.rules import DischargeKind
from registry.log.store import LogStore
from registry.services import invalidations
from registry.services.desk import decide
from registry.services.registry import Registry
from registry.services.views import invalidations as views
from registry.services.views.provenance import Asked, SubjectKind, provenance
from tests.world import ACTORS, BATCH, SHANGHAI, WUHAN, World

SECOND = BATCH + 1


def test_views__of_the_story__show_what_is_made_good_and_what_is_owed(registry: Registry, story_world: World) -> None:
    platform = story_world.account(1)
    with registry.database.session() as session:
        detail = views.invalidation(session, 1)
        owed = views.liability(session, platform)
        asked = Asked(session, lambda project: LogStore(registry.home.log_folder(project)))
        told = provenance(asked, SubjectKind.ACCOUNT, story_world.account(1, WUHAN)).invalidations
    made = detail.invalidation
    assert (made.cancelled_at_once_grams, made.recalled_grams, made.used_grams) == (7_500_000, 100, 0)
    assert (made.replaced_grams, made.settled_grams, made.given_up_grams, made.waived_grams) == (40, 30, 10, 10)
    assert (made.open_grams, owed.open_grams, made.recall_complete) == (10, 10, True)
    assert [step.kind for step in detail.discharges] == [
        DischargeKind.REPLACED,
        DischargeKind.SETTLED,
        DischargeKind.GIVEN_UP,
        DischargeKind.WAIVED,
    ]
    assert made.words[0].startswith("7,500,100 g of the batch were found invalid; ")
    assert "10 g are owed by the developer" in made.words[0]
    assert [one.invalidation_id for one in told] == [1]


def test_services__from_hold_to_the_last_gram__leave_no_liability(registry: Registry, story_world: World) -> None:
    platform, wuhan = story_world.account(1), story_world.account(1, WUHAN)
    agent, holder = ACTORS["PLATFORM"], ACTORS["WUHAN_ENTERPRISE"]
    officers = ACTORS["REGISTRAR"], ACTORS["APPROVER"]
    invalidations.hold(registry, ACTORS["REGULATOR"], SECOND, "doubtful", key="hold")
    decide(registry, *officers, invalidations.lift_hold(SECOND, "cleared"), key="lift")
    decide(registry, *officers, invalidations.invalidate(SECOND, 1_000, "found wrong"), key="invalidate")
    assert invalidations.holders_to_cover(registry, 2) == [wuhan]
    assert invalidations.recall(registry, ACTORS["OUTSIDER"], 2, key="recall") == 1
    with pytest.raises(errors.NoRecallRunning):
        invalidations.recall(registry, ACTORS["OUTSIDER"], 2, key="recall again")
    invalidations.replace(registry, agent, platform, 2, wuhan, BATCH, 400, key="replace")
    invalidations.settle(registry, agent, platform, 2, wuhan, BATCH, 300, key="settle")
    invalidations.give_up(registry, holder, wuhan, 2, 200, key="give up")
    decide(registry, *officers, invalidations.waive(registry, 2, wuhan, 100, "was right"), key="waive")
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        made = views.invalidation(session, 2).invalidation
    assert (made.open_grams, made.replaced_grams, made.waived_grams) == (0, 400, 100)


def test_invalidate__buffer_named_twice__is_refused_before_the_desk() -> None:
    buffer = "0x" + "11" * 20
    with pytest.raises(InvalidInput):
        invalidations.invalidate(SHANGHAI << 96 | 1 << 64 | 1, 1, "reason", [buffer, buffer])
