"""Changes that the story does not need: agents, status, freezing, roles, and requests that come to nothing."""

from __future__ import annotations

import sqlite3

from tests import world as worlds
from tests.registry.cli.conftest import Puhui

OUTSIDER = worlds.ACTORS["OUTSIDER"].address
AS = ("--as", "registrar")


def decide(puhui: Puhui, *words: object, checker: str = "approver") -> dict[str, object]:
    request = puhui(*words)["request_id"]
    return puhui("desk", "approve", request, "--as", checker)


def test_agents__come_and_go(built: Puhui) -> None:
    decide(built, "account", "agents", "310000/1", "--agent", f"{OUTSIDER}=READ", *AS)
    assert built("account", "show", "310000/1")["agents"][OUTSIDER] == "read"
    decide(built, "account", "agents", "310000/1", "--agent", "outsider=none", *AS)
    assert OUTSIDER not in built("account", "show", "310000/1")["agents"]


def test_account__frozen__neither_sends_nor_retires_until_two_open_it(built: Puhui) -> None:
    frozen = built("account", "freeze", "310000/1", "--reason", "fraud", "--as", "regulator")
    assert frozen["status"] == "frozen"
    assert "frozen" in built.told("account", "show", "310000/1")
    transfer = ("transfer", "310000/1", "310000/2", "310000/1/1", "1t", "--as", "platform")
    assert "frozen" in built.refused(*transfer)
    claim = ("--purpose", "other", "--statement", "x", "--beneficiary", "y", "--as", "platform")
    assert "frozen" in built.refused("retire", "310000/1", "310000/1/1", 1, *claim)
    decide(built, "account", "status", "310000/1", "open", "--reason", "cleared", *AS)
    assert built(*transfer)["grams"] == 1_000_000


def test_transfer__repeated_with_its_key__moves_once(built: Puhui) -> None:
    words = ("transfer", "310000/1", "310000/2", "310000/1/1", 7, "--as", "platform", "--key", "order 7")
    assert built(*words) == built(*words)
    assert built("account", "show", "310000/2")["grams"] == 7
    other = ("transfer", "310000/1", "310000/2", "310000/1/1", 8, "--as", "platform", "--key", "order 7")
    assert "idempotency key" in built.refused(*other)


def test_role__granted_and_revoked__is_shown(built: Puhui) -> None:
    def experts() -> list[str]:
        members = built("jurisdiction", "show", 310000)["members"]
        return [member["member"] for member in members if member["role"] == "expert"]

    decide(built, "role", "grant", 310000, "--grant", "expert=outsider", "--as", "admin")
    assert experts() == [OUTSIDER]
    decide(built, "role", "revoke", 310000, "--grant", f"expert={OUTSIDER.lower()}", "--as", "admin")
    assert experts() == []


def test_requests__rejected_and_withdrawn__wait_no_more_and_are_remembered(built: Puhui) -> None:
    grant = ("role", "grant", 310000, "--grant", "expert=outsider", "--as", "admin")
    first, second = built(*grant)["request_id"], built(*grant)["request_id"]
    assert {row["request_id"] for row in built("desk", "list")["requests"]} == {first, second}
    assert f"puhui desk approve {second + 1}" in built.told(*grant)
    rejected = built("desk", "reject", first, "--reason", "not needed", "--as", "approver")
    built("desk", "withdraw", second, "--as", "admin")
    for request, status in ((first, "rejected"), (second, "withdrawn")):
        assert built("desk", "show", request)["status"] == status
        assert built("desk", "list", "--status", status)["requests"][0]["request_id"] == request
        assert "can no longer be decided" in built.refused("desk", "approve", request, "--as", "approver")
    assert built("desk", "show", first)["reason_hash"] == rejected["reason_hash"]


def test_index__changed_by_hand__is_told_by_reconcile_and_mended_by_rebuild(built: Puhui) -> None:
    built("index", "run")
    connection = sqlite3.connect(built.home / "puhui.sqlite")
    connection.execute("UPDATE holdings SET grams = grams + 1")
    connection.commit()
    connection.close()
    result = built.run("index", "reconcile")
    assert result.exit_code == 1
    assert "DIFFERS" in result.stdout
    assert built("index", "rebuild")["same"] is False
    assert built("index", "reconcile")["equal"] is True


def test_request__objected_to_recommended_and_rejected__is_told_with_all_texts(built: Puhui) -> None:
    offices = ("role", "grant", 310000, "--grant", "expert=outsider", "--grant", "auditor=verifier", "--as", "admin")
    decide(built, *offices)
    policy = ("desk", "policy", 310000, "Credits.cancel", "--maker", "registrar", "--checker", "approver")
    decide(built, *policy, "--notice", 3600, "--expiry", 7200, "--experts", 1, "--as", "admin")
    assert "000000  Accounts.freeze" not in built.told("desk", "policies")
    assert "310000  Credits.cancel: registrar (maker) then approver (checker), notice 3600 s" in built.told(
        "desk", "policies"
    )
    words = ("cancel", "310000/1", "310000/1/1", "1t", "--reason", "counted twice", *AS)
    request = built(*words)["request_id"]
    objecting = ("desk", "object", request, "--evidence", "it was ridden", "--account", "310000/1", "--as", "platform")
    objector = built(*objecting)["objector"]
    assert "objected" in built.refused(*objecting[:-3], "310000/1", "--as", "platform")
    built("desk", "opine", request, "--positive", "--opinion", "plausible", "--as", "outsider")
    ruling = ("desk", "rule", request, "310000/1", "--dismiss", "--reason", "no proof", "--as", "regulator")
    assert built(*ruling)["objector"] == objector
    built("desk", "object", request, "--evidence", "the books differ", "--as", "verifier")
    shown = built("desk", "show", request)
    assert [each["status"] for each in shown["objections"]] == ["dismissed", "open"]
    assert (shown["experts"], shown["positive_opinions"], shown["open_objections"]) == (1, 1, 1)
    built("desk", "rule", request, "verifier", "--uphold", "--reason", "right", "--as", "regulator")
    told = built.told("desk", "show", request)
    for text in ("it was ridden", "plausible", "no proof", "the books differ", "right", "rejected"):
        assert text in told
    assert built("role", "renounce", 310000, "expert", "--as", "outsider")["member"] == OUTSIDER
    assert "must stay" in built.refused("role", "renounce", 310000, "registrar", *AS)
    unknown = (*policy[:3], "Credits.nothing", *policy[4:], "--notice", 0, "--expiry", 1, "--as", "admin")
    assert "Filings.fileProject" in built.refused(*unknown)


def test_filing__suspended_at_once_and_withdrawn_by_two__is_told(built: Puhui) -> None:
    suspended = built("file", "suspend", "310000/1", "--reason", "audit", "--as", "regulator")
    assert suspended["suspended_until"] > "2020"
    assert built("project", "show", "310000/1")["status"] == "suspended"
    decide(built, "file", "status", "310000/1", "withdrawn", "--reason", "double counted", *AS)
    assert built("project", "show", "310000/1")["status"] == "withdrawn"
    methodology = built("project", "show", "310000/1")["methodology"]["definition_hash"]
    assert "suspended until" in built.told("file", "suspend", methodology, "--reason", "audit", "--as", "regulator")
    decide(built, "file", "status", methodology, "filed", "--reason", "cleared", *AS)
