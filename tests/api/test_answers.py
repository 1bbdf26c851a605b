"""What every answer carries: an ETag, a trace id, headers, links to the neighbouring pages; and HEAD."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api import network_rows as rows
from tests.api.example_paths import BASE, EXAMPLE_PATHS

CACHED = [path for name, path in EXAMPLE_PATHS.items() if name != "getHealth"]


@pytest.mark.parametrize("path", CACHED)
def test_answer__asked_again_with_its_etag__is_304_without_body(client: TestClient, path: str) -> None:
    first = client.get(BASE + path)
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
    for header in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = client.get(BASE + path, headers={"If-None-Match": header})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert "content-length" not in again.headers
    assert client.get(BASE + path, headers={"If-None-Match": '"other"'}).content == first.content


def test_head__has_the_headers_of_get_and_no_body(client: TestClient) -> None:
    for path in (f"{BASE}/retirements/1", f"{BASE}/retirements/99", "/docs"):
        got, asked = client.get(path), client.head(path)
        assert asked.status_code == got.status_code
        assert asked.content == b""
        assert asked.headers["content-length"] == got.headers["content-length"] == str(len(got.content))


def test_trace_id__of_the_client__is_ours_too(client: TestClient) -> None:
    sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = client.get(f"{BASE}/retirements/99", headers={"traceparent": sent})
    assert answer.json()["trace_id"] == answer.headers["x-request-id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("sent", ["", "junk", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-<script>-x-01"])
def test_trace_id__unusable__is_replaced_by_a_fresh_one(client: TestClient, sent: str) -> None:
    found = client.get(f"{BASE}/health", headers={"traceparent": sent}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", found)
    assert set(found) != {"0"}


def test_headers__keep_browsers_from_guessing_and_let_other_sites_read(client: TestClient) -> None:
    headers = client.get(f"{BASE}/batches").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize(
    ("path", "cache"),
    [
        ("/health", "no-store"),
        ("/retirements/99", "no-store"),
        ("/logs/PH-310000-0001/tile/0/000.p/16", "public, max-age=31536000, immutable"),
        ("/logs/PH-310000-0001/checkpoint", "public, no-cache"),
    ],
)
def test_cache_control__fits_what_is_answered(client: TestClient, path: str, cache: str) -> None:
    assert client.get(BASE + path).headers["cache-control"] == cache


def followed(client: TestClient, path: str, relation: str) -> list[Any]:
    """The pages that the `Link` headers lead to."""
    pages = []
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        match = re.search(rf'<([^>]+)>; rel="{relation}"', answer.headers.get("link", ""))
        path = match[1] if match else ""
    return pages


@pytest.mark.parametrize("limit", [1, 7, 40, 100])
def test_pages__followed_by_link__hold_every_item_once_in_order(client: TestClient, limit: int) -> None:
    pages = followed(client, f"{BASE}/accounts?limit={limit}", "next")
    items = [(item["jurisdiction"], int(item["number"])) for page in pages for item in page["items"]]
    assert items == sorted(items)
    assert len(set(items)) == len(items) == 44
    assert all(len(page["items"]) == limit for page in pages[:-1])
    assert pages[0]["page_info"]["previous"] is None
    assert pages[-1]["page_info"]["next"] is None


def test_pages__followed_back__are_the_same(client: TestClient) -> None:
    forth = followed(client, f"{BASE}/accounts?limit=7", "next")
    last = forth[-2]["page_info"]["next"]
    back = followed(client, f"{BASE}/accounts?limit=7&after={last}", "prev")
    assert [page["items"] for page in reversed(back)] == [page["items"] for page in forth]


def test_pages__of_a_filtered_list__keep_the_filter(client: TestClient) -> None:
    pages = followed(client, f"{BASE}/accounts?limit=3&jurisdiction=340000", "next")
    assert {item["jurisdiction"] for page in pages for item in page["items"]} == {rows.ANHUI}
    assert sum(len(page["items"]) for page in pages) == 40


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/retirements", "retirement_id"),
        ("/requests", "request_id"),
        ("/reports", "seq"),
        ("/jurisdictions", "code"),
        ("/methodologies", "definition_hash"),
        ("/projects", "project_id"),
        (f"/accounts/{rows.ENTERPRISE}/movements", "origin"),
        (f"/accounts/{rows.PLATFORM}/movements", "origin"),
        ("/batches/PH-310000-0001-2016-001/holdings", "account"),
        ("/obligations", "account"),
        ("/transfers", "transfer_id"),
        ("/jurisdictions/310000/calendar", "date"),
        ("/disputes", "digest"),
        ("/emissions", "revision"),
        ("/orders", "origin"),
        ("/pools/310000/2027/reservations", "account"),
        ("/provisional-offsets", "offset_id"),
        ("/jurisdictions/420100/recognition-terms", "definition_hash"),
        ("/jurisdictions/420100/project-terms", "project"),
    ],
)
def test_every_list__one_item_a_page__is_the_whole_list(client: TestClient, path: str, key: str) -> None:
    whole = client.get(BASE + path).json()["items"]
    assert len(whole) >= 2
    forth = followed(client, f"{BASE}{path}?limit=1", "next")
    assert [page["items"][0][key] for page in forth] == [item[key] for item in whole]
    back = followed(client, f"{BASE}{path}?limit=1&after={forth[-2]['page_info']['next']}", "prev")
    assert [page["items"][0][key] for page in reversed(back)] == [item[key] for item in whole]


def test_every_answer__says_of_which_block_it_is(client: TestClient) -> None:
    for name, path in EXAMPLE_PATHS.items():
        answer = client.get(BASE + path)
        if answer.headers["content-type"] == "application/json" and "Problem" not in name:
            assert answer.json()["as_of"]["block_hash"] == "0x" + rows.block_hash(rows.HEAD).hex(), name


def test_request__with_a_hash_whose_text_is_public__tells_the_text(client: TestClient) -> None:
    answer = client.get(f"{BASE}/requests/3").json()
    assert [each["text"] for each in answer["texts"]] == [rows.REASON]
    assert answer["texts"][0]["sha256"] == answer["request"]["arguments"]["reasonHash"]


def test_methodology__shows_formulas_and_every_value_with_its_grade(client: TestClient) -> None:
    found = client.get(BASE + EXAMPLE_PATHS["getMethodology"]).json()
    definition = found["definition"]
    assert [each["formula"] for each in found["scenarios"]] == [each["formula"] for each in definition["scenarios"]]
    assert found["scenarios"][0]["field"] == {"code": "travel", "en": "green travel", "zh": "绿色出行"}
    assert found["parameters"] == definition["parameters"]
    assert (found["methodology"]["grade"], found["methodology"]["weakest_grade"]) == ("B", "C")
    assert found["illustration"] == definition["illustration"]
