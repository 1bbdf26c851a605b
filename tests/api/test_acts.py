"""Acts: what the API says of each, and its proofs by a checker that shares no code with the log."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api import network_rows as rows


def verify_inclusion(leaf_bytes: str, index: int, proof: dict[str, Any]) -> None:
    """RFC 9162, 2.1.3.2, word by word: fails unless the hashes lead from the leaf to the root."""
    size, root = proof["size"], proof["root"]
    assert index < size
    fn, sn = index, size - 1
    r = hashlib.sha256(b"\x00" + bytes.fromhex(leaf_bytes[2:])).digest()
    for p in (bytes.fromhex(text[2:]) for text in proof["hashes"]):
        assert sn != 0
        if fn % 2 == 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    assert "0x" + r.hex() == root


def act(client: TestClient, report: int, position: int, **parameters: Any) -> Any:
    response = client.get(f"/api/v1/acts/0x{rows.act_id(report, position).hex()}", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(("report", "position"), [(1, n) for n in range(10)] + [(2, n) for n in range(6)])
def test_every_counted_act_has_a_leaf_and_proofs_that_hold(client: TestClient, report: int, position: int) -> None:
    act_id = "0x" + rows.act_id(report, position).hex()
    proof = client.get(f"/api/v1/acts/{act_id}/proof").json()
    assert proof["leaf_bytes"][2 + 64 : 2 + 128] == act_id[2:]
    assert proof["leaf_bytes"][2:] == rows.leaves(report)[position].pack().hex()
    for name, seq in (("in_report", report), ("in_newest", 2)):
        assert proof[name]["seq"] == seq
        verify_inclusion(proof["leaf_bytes"], proof["leaf_index"], proof[name])


def test_checker_of_these_tests_refuses_an_altered_leaf(client: TestClient) -> None:
    proof = client.get(f"/api/v1/acts/0x{rows.act_id(1, 2).hex()}/proof").json()
    altered = proof["leaf_bytes"][:-1] + ("0" if proof["leaf_bytes"][-1] != "0" else "1")
    with pytest.raises(AssertionError):
        verify_inclusion(altered, proof["leaf_index"], proof["in_report"])
    with pytest.raises(AssertionError):
        verify_inclusion(proof["leaf_bytes"], proof["leaf_index"] + 1, proof["in_report"])


def test_act__grams_in_two_claims__names_both_with_their_share(client: TestClient) -> None:
    found = act(client, 1, 2)
    assert [(use["kind"], use["id"], use["grams_of_stretch"]) for use in found["uses"]] == [
        ("offset", "1", 500),
        ("retirement", "2", 500),
    ]
    assert found["outcome"]["code"] == "used"


@pytest.mark.parametrize(
    ("report", "position", "outcome", "used"),
    [
        (1, 0, "used", 1_000),
        (1, 3, "used", 1_000),
        (1, 4, "not_used", 0),
        (1, 7, "not_used", 0),
        (1, 8, "cancelled", 0),
        (1, 9, "no_grams", 0),
        (2, 0, "not_issued", 0),
    ],
)
def test_act__says_what_became_of_it(client: TestClient, report: int, position: int, outcome: str, used: int) -> None:
    found = act(client, report, position)
    assert found["outcome"]["code"] == outcome
    assert found["outcome"]["zh"]
    assert found["totals"]["retired_grams"] == used


def test_act__not_used__says_that_live_credits_are_interchangeable_and_who_holds_some(client: TestClient) -> None:
    found = client.get(f"/api/v1/provenance/act/0x{rows.act_id(1, 5).hex()}").json()
    assert "interchangeable" in found["outcome"]["en"]
    assert {(one["account"]["address"], one["grams"]) for one in found["holders"]} == {
        (rows.PLATFORM, 1_000),
        (rows.ENTERPRISE, 3_000),
    }


def test_act__too_small_for_a_gram__has_no_serial(client: TestClient) -> None:
    found = act(client, 1, 9)
    assert found["counted"]["serials"] is None
    assert found["uses"] == []


def test_act__set_aside__says_why_in_words_and_has_no_leaf(client: TestClient) -> None:
    response = client.get(f"/api/v1/acts/0x{rows.QUARANTINED.hex()}").json()
    assert response["counted"] is None
    assert response["outcome"]["code"] == "quarantined"
    (reason,) = response["quarantines"]
    assert reason["reason"] == "too_fast"
    assert reason["words"] == {"en": "too fast to be possible", "zh": "速度异常"}


def test_act__counted_and_set_aside_elsewhere__shows_both(client: TestClient) -> None:
    found = act(client, 1, 0)
    assert found["counted"] is not None
    assert [one["reason"] for one in found["quarantines"]] == ["repeated_act"]


def test_act__of_a_report_that_is_not_published__is_not_found(client: TestClient) -> None:
    response = client.get(f"/api/v1/acts/0x{rows.act_id(3, 0).hex()}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_proof__of_an_act_that_was_set_aside__is_not_found(client: TestClient) -> None:
    assert client.get(f"/api/v1/acts/0x{rows.QUARANTINED.hex()}/proof").status_code == 404


def acts_of(client: TestClient, serial: str, **parameters: Any) -> Any:
    return client.get("/api/v1/acts", params={"serial": serial, **parameters})


def test_acts_of_serials__cover_every_gram_of_the_range_and_no_act_more(client: TestClient) -> None:
    found = acts_of(client, "PH-310000-0001-2016-001-000000002001-000000004500").json()["acts"]
    assert [item["leaf"]["serial_start"] for item in found["items"]] == [2_000, 3_000, 4_000]
    assert (found["first_leaf"], found["end_leaf"]) == (2, 5)


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9, 100])
def test_acts_of_serials__paged_forth_and_back__are_the_same(client: TestClient, limit: int) -> None:
    serial = "PH-310000-0001-2016-001-000000000001-000000009000"
    wanted = [f"0x{rows.act_id(1, n).hex()}" for n in range(9)]
    forth: list[str] = []
    page = acts_of(client, serial, limit=limit).json()["acts"]
    pages = [page]
    while page["page_info"]["next"]:
        page = acts_of(client, serial, limit=limit, after=page["page_info"]["next"]).json()["acts"]
        pages.append(page)
    forth = [item["act_id"] for one in pages for item in one["items"]]
    assert forth == wanted
    back = [page["items"]]
    while page["page_info"]["previous"]:
        page = acts_of(client, serial, limit=limit, before=page["page_info"]["previous"]).json()["acts"]
        back.insert(0, page["items"])
    assert [item["act_id"] for items in back for item in items] == wanted


def test_acts_of_serials__not_published__are_null(client: TestClient) -> None:
    assert acts_of(client, "PH-310000-0001-2016-003-000000015001-000000015001").json()["acts"] is None


@pytest.mark.parametrize(
    "serial",
    [
        "PH-310000-0001-2016-001-000000009000-000000009001",
        "PH-310000-0001-2017-001-000000000001-000000000002",
        "PH-310000-0001-2016-009-000000000001-000000000002",
        "PH-310000-0009-2016-001-000000000001-000000000002",
    ],
)
def test_acts_of_serials__that_do_not_exist__are_not_found(client: TestClient, serial: str) -> None:
    assert acts_of(client, serial).status_code == 404
