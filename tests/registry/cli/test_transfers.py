"""What an account asks for, what limits transfers, and transfers that wait, by commands alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.registry.cli.conftest import Puhui
from tests.registry.cli.test_changing import OUTSIDER, decide
from tests.registry.cli.test_committee import opened

FIRST, SECOND, BATCH = "310000/1", "310000/2", "310000/1/1"
REGISTRAR, ADMIN = ("--as", "registrar"), ("--as", "admin")
PLATFORM, ENTERPRISE, SECONDER = ("--as", "platform"), ("--as", "enterprise"), ("--as", "outsider")
TRADE = "0x" + "7d" * 32


@pytest.fixture(scope="module")
def guarded(app: Any, built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Puhui:
    """A jurisdiction with limits; the first account under dual control, the second confirms receipts."""
    root = tmp_path_factory.mktemp("guarded") / "home"
    shutil.copytree(built_home, root)
    puhui = Puhui(app, root)
    limits = ("--per-transfer", "5t", "--per-day", "20t", "--delay", 1, "--trust-delay", 0)
    decide(puhui, "limits", "set", 310000, *limits, *ADMIN)
    decide(puhui, "account", "limits", FIRST, "--per-transfer", "4t", "--per-day", "9t", *REGISTRAR)
    decide(puhui, "account", "agents", FIRST, "--agent", "outsider=approve+read", *REGISTRAR)
    decide(puhui, "account", "flags", FIRST, "--dual-control", *REGISTRAR)
    decide(puhui, "account", "flags", SECOND, "--confirm-receipts", *REGISTRAR)
    return puhui


def executed(puhui: Puhui, number: int) -> dict[str, Any]:
    """Executes a transfer once its second is over."""
    for _ in range(100):
        result = puhui.run("transfer", "execute", number, *SECONDER, "--json")
        if result.exit_code == 0:
            break
        assert json.loads(result.stdout)["error"]["code"] == "too_early", result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_transfers__under_all_controls__move_when_everybody_agreed_and_end_in_every_way(guarded: Puhui) -> None:
    built = guarded
    shown = built("limits", "show", 310000)
    assert (shown["limits"]["per_transfer_grams"], shown["network_limits"]) == (5_000_000, None)
    assert built("account", "show", FIRST)["limits"]["per_day_grams"] == 9_000_000
    assert "puhui transfer initiate" in built.refused("transfer", FIRST, SECOND, BATCH, "1t", *PLATFORM)
    assert "at most 4000000 g" in built.refused("transfer", "initiate", FIRST, SECOND, BATCH, "4.000001t", *PLATFORM)

    begun = built("transfer", "initiate", FIRST, SECOND, BATCH, "1t", "--trade", TRADE, *PLATFORM)
    assert (begun["transfer_id"], begun["kind"], begun["trade_hash"]) == (1, "sale", TRADE)
    assert "another agent" in built.refused("transfer", "approve", 1, *PLATFORM)
    assert built("transfer", "approve", 1, *SECONDER)["approver"] == OUTSIDER
    assert built("transfer", "accept", 1, *ENTERPRISE)["accepted"] is True
    assert executed(built, 1)["state"] == "executed"
    assert built("account", "show", SECOND)["grams"] == 1_000_000

    for number, (step, who) in enumerate((("refuse", ENTERPRISE), ("cancel", SECONDER)), start=2):
        built("transfer", "initiate", FIRST, SECOND, "--line", f"{BATCH}=7", *PLATFORM)
        assert [row["transfer_id"] for row in built("transfer", "list")["transfers"]] == [number]
        assert "lasts until" in built.refused("transfer", "expire", number, *SECONDER)
        assert built("transfer", step, number, *who)["state"] in ("refused", "cancelled")
    listed = built("transfer", "list", "--state", "all", "--account", SECOND)["transfers"]
    assert [row["state"] for row in listed] == ["cancelled", "refused", "executed"]
    assert "refused by the receiver" in built.told("transfer", "show", 2)
    assert "There is no transfer 9" in built.refused("transfer", "show", 9)

    request = built("freeze-grams", FIRST, BATCH, 5, "--reason", "A judgment of May.", *REGISTRAR)["request_id"]
    assert "A judgment of May." in built.told("desk", "show", request)
    assert built("index", "reconcile")["equal"] is True


def test_consent__to_exactly_one_call__lets_it_through_once(guarded: Puhui) -> None:
    built = guarded
    trust = ("account", "trust", FIRST, SECOND, *PLATFORM, "--key", "trust")
    missing = json.loads(built.run(*trust, "--json").stdout)["error"]
    assert missing["code"] == "consent_missing"
    call = (missing["values"]["target"], missing["values"]["data"])
    assert f"puhui account consent {missing['values']['account']} {call[0]} {call[1]}" in built.refused(*trust)
    assert "--key" in built.run(*trust[:-2]).stderr
    consent = ("account", "consent", FIRST, *call, *SECONDER)
    assert "TransferRules.trust" in built.told(*consent)
    (given,) = built("account", "show", FIRST)["consents"]
    assert given["agent"] == OUTSIDER
    built("account", "revoke-consent", FIRST, given["call_hash"], *SECONDER)
    assert "no consent" in built.refused("account", "revoke-consent", FIRST, given["call_hash"], *SECONDER)
    built(*consent)
    since = built(*trust)["trusted_from"]
    shown = built("account", "show", FIRST)
    assert (shown["consents"], list(shown["trusts"].values())) == ([], [since])
    built("account", "distrust", FIRST, SECOND, *SECONDER)
    assert built("account", "show", FIRST)["trusts"] == {}


def test_calendar__set_through_the_desk__is_shown(built: Puhui) -> None:
    hours = ("--open", "00:00", "--close", "24:00", "--weekdays", "mon,tue,wed,thu,fri,sat,sun")
    decide(built, "calendar", "set", 310000, *hours, *ADMIN)
    decide(built, "calendar", "days", 310000, "holiday", "2026-10-01..2026-10-03", *ADMIN)
    decide(built, "calendar", "days", 310000, "usual", "2026-10-03", *ADMIN)
    shown = built("calendar", "show", 310000)
    assert shown["hours"]["close"] == "24:00"
    assert [(row["date"], row["kind"]) for row in shown["days"]] == [
        ("2026-10-01", "holiday"),
        ("2026-10-02", "holiday"),
    ]
    for wrong, said in (
        (("days", 310000, "sunny", "2026-10-01"), "must be one of holiday"),
        (("days", 310000, "holiday", "2026-10-03..2026-10-01"), "later one last"),
        (("set", 310000, "--open", "9", "--close", "17:00"), "such as 09:00"),
        (("set", 310000, "--open", "09:00", "--close", "17:00", "--weekdays", "monday"), "mon, tue"),
    ):
        assert said in built.refused("calendar", *wrong, *ADMIN)
    decide(built, "calendar", "remove", 310000, *ADMIN)
    assert built("calendar", "show", 310000)["hours"] is None


def test_batches__issued_and_moved_together__are_all_or_none(built: Puhui) -> None:
    with opened(built) as (_, world):
        for _ in range(2):
            world.submit(world.report(valid_until=2**33))
    second, third = (f"310000/1/{seq}:{FIRST}=9t+{SECOND}=1t" for seq in (2, 3))
    wrong = ("issue-many", "--batch", second, "--batch", f"310000/1/3:{FIRST}=9t", *REGISTRAR)
    assert "must be equal" in built.refused(*wrong)
    decide(built, "issue-many", "--batch", second, "--batch", third, *REGISTRAR)
    lines = ("--line", "310000/1/2=5", "--line", "310000/1/3=6")
    moved = built("transfer", SECOND, FIRST, *lines, "--trade", TRADE, *ENTERPRISE)
    assert [row["grams"] for row in moved["lines"]] == [5, 6]
    assert "used the trade" in built.refused("transfer", SECOND, FIRST, *lines, "--trade", TRADE, *ENTERPRISE)
    assert built("account", "show", SECOND)["grams"] == 2_000_000 - 11
    assert "one way" in built.refused("transfer", SECOND, FIRST, BATCH, 1, *lines, *ENTERPRISE)
