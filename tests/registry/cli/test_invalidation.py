"""Grams found wrong, by commands alone: held, invalidated, recalled, made good in each way."""

from __future__ import annotations

from tests.registry.cli.conftest import Puhui
from tests.registry.cli.test_committee import decide, opened

FIRST, SECOND, BATCH, OTHER = "310000/1", "310000/2", "310000/1/1", "310000/1/2"
REGISTRAR, PLATFORM, ENTERPRISE = ("--as", "registrar"), ("--as", "platform"), ("--as", "enterprise")


def test_invalidation__held_recalled_and_made_good_in_each_way__leaves_no_debt(built: Puhui) -> None:
    with opened(built) as (_, world):
        world.issue_batch(valid_until=2**33)
    built("transfer", FIRST, SECOND, BATCH, "4t", *PLATFORM)
    claim = ("--purpose", "other", "--statement", "A claim.", "--beneficiary", "Somebody")
    built("retire", FIRST, BATCH, "1t", *claim, *PLATFORM)

    built("invalidation", "hold", BATCH, "--reason", "Doubts.", "--as", "regulator")
    assert "is held" in built.refused("transfer", FIRST, SECOND, BATCH, 1, *PLATFORM)
    assert built.code("invalidation", "end-hold", BATCH, *PLATFORM) == "hold_not_over"
    decide(built, "invalidation", "lift-hold", BATCH, "--reason", "Cleared.", *REGISTRAR)

    # 5 t of the developer, 4 t of the one holder, 0.5 t of what was used.
    decide(built, "invalidate", BATCH, "9.5t", "--reason", "Counted twice.", *REGISTRAR)
    assert built("invalidation", "recall", 1, *PLATFORM)["covered"] == 1
    assert built("liability", FIRST)["open_grams"] == 4_500_000
    built("invalidation", "replace", 1, SECOND, OTHER, "2t", *PLATFORM)
    built("invalidation", "settle", 1, OTHER, "0.9t", "--holder", SECOND, *PLATFORM)
    built("invalidation", "settle", 1, OTHER, "0.3t", *PLATFORM)
    built("invalidation", "give-up", 1, SECOND, "1t", *ENTERPRISE)
    decide(built, "invalidation", "waive", 1, "0.1t", "--holder", SECOND, "--reason", "A trifle.", *REGISTRAR)
    waiver = built("invalidation", "waive", 1, "0.2t", "--reason", "Another.", *REGISTRAR)["request_id"]
    assert [each["text"] for each in built("desk", "show", waiver)["texts"]] == ["Another."]
    built("desk", "approve", waiver, "--as", "approver")
    assert built("liability", FIRST)["open_grams"] == 0
    shown = built("invalidation", "show", 1)
    assert len(shown["discharges"]) == 6
    assert built("invalidation", "list")["invalidations"][0]["reason"]["text"] == "Counted twice."
    assert built("index", "reconcile")["equal"] is True
