"""Pools, provisional offsets and recognition by commands alone."""

from __future__ import annotations

import json

from tests import world as worlds
from tests.registry.cli.conftest import Puhui, Write
from tests.registry.cli.test_committee import decide
from tests.registry.cli.test_story import RULES

HOLDER, BATCH, YEAR = "310000/1", "310000/1/1", 2026
PLATFORM, REGISTRAR, ADMIN = ("--as", "platform"), ("--as", "registrar"), ("--as", "admin")
CLAIM = ("--statement", "Offset of 2026.", "--beneficiary", "The platform", *PLATFORM)
POOL_GRAMS = 1_000


def pooled(puhui: Puhui, write: Write) -> None:
    """Rules with a small pool and a window of a second, and an account that owes."""
    changed = {"pool_grams": POOL_GRAMS, "reservable_until": 4102415999, "reversal_seconds": 1}
    rules = write("rules.json", json.dumps({**RULES, **changed}))
    decide(puhui, "rules", "set", 310000, YEAR, rules, *ADMIN)
    owed = ("--initial-allocation", 0, "--verified-emissions", 0, "--amount-due", "1t", "--issued-allowances", "1t")
    decide(puhui, "obligation", "set", HOLDER, YEAR, *owed, *REGISTRAR)


def test_pool__reserved_offset_reversed_and_made_final__is_shown_at_each_step(built: Puhui, write: Write) -> None:
    assert "There is no pool" in built.refused("pool", "show", 310000, YEAR)
    pooled(built, write)
    assert built("reserve", HOLDER, YEAR, POOL_GRAMS, *PLATFORM)["granted_grams"] == POOL_GRAMS
    shown = built("pool", "show", 310000, YEAR)
    assert (shown["free_grams"], shown["waiting_grams"]) == (0, 0)
    (place,) = shown["reservations"]
    assert (place["grams"], place["granted_grams"], place["ahead_grams"]) == (POOL_GRAMS, POOL_GRAMS, 0)

    offset = ("offset", HOLDER, YEAR, "--line", f"{BATCH}=600", *CLAIM)
    built(*offset)
    built(*offset[:4], f"{BATCH}=300", *CLAIM)
    assert [each["counted_grams"] for each in built("provisional", "list")["offsets"]] == [300, 600]
    by_order = built("provisional", "reverse", 1, "--by-order", "A mistake.", *REGISTRAR)["request_id"]
    assert "A mistake." in built.told("desk", "show", by_order)
    built("desk", "approve", by_order, "--as", "approver")
    reversed_one = built("provisional", "show", 1)
    assert reversed_one == built("provisional", "list", "--all")["offsets"][1]
    assert (reversed_one["state"], reversed_one["reason"]) == ("reversed", "A mistake.")
    for _ in range(100):
        result = built.run("provisional", "finalise", 2, *PLATFORM, "--json")
        if result.exit_code == 0:
            break
        assert json.loads(result.stdout)["error"]["code"] == "reversal_open", result.stderr
    assert "final" in built.told("provisional", "show", 2)
    built("release-reservation", HOLDER, YEAR, *PLATFORM)
    assert built.code("credit-released", 310000, YEAR, POOL_GRAMS, *PLATFORM) == "nothing_to_credit"
    assert built("obligation", "status", HOLDER, YEAR)["offset_grams"] == 300
    fulfil = built(
        "obligation", "fulfil", HOLDER, YEAR, "--surrendered", "0.5t", "--reason", "Surrendered in May.", *REGISTRAR
    )
    assert built("desk", "show", fulfil["request_id"])["texts"][0]["text"] == "Surrendered in May."
    assert built("pool", "show", 310000, YEAR)["used_grams"] == 300
    assert built("index", "reconcile")["equal"] is True


def test_recognition__decided_and_ended__is_shown(built: Puhui) -> None:
    definition = "0x" + worlds.DEFINITION.hex()
    maker = ("--as", "wuhan-admin")
    terms = ("--yearly-cap", "100t", "--valid-until", 4102415999, "--discount-bps", 1000)
    decide(built, "recognise", "credits", 420100, 310000, definition, *terms, *maker, checker="wuhan-approver")
    refuse = ("recognise", "exclude-project", 420100, "310000/1", "--reason", "Counted twice.", *maker)
    decide(built, *refuse, checker="wuhan-approver")
    shown = built("recognise", "show", 420100)
    assert [each["discount_bps"] for each in shown["credits"]] == [1000]
    assert shown["projects"] == [{"project": "PH-310000-0001", "terms": None}]
    assert "refused" in built.told("recognise", "show", 420100)
    for words in (
        ("methodology", 420100, definition, "--decision", "Accepted in May."),
        ("withdraw-credits", 420100, 310000, definition, "--reason", "No longer."),
        ("project", 420100, "310000/1", *terms),
    ):
        assert built("recognise", *words, *maker)["request_id"]
