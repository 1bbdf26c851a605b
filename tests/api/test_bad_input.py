"""Whatever a client sends, it gets a problem that says what is wrong, and never a 500."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.services.views.paging import encode_cursor
from tests.api import network_rows as rows
from tests.api.example_paths import BASE, EXAMPLE_PATHS, RANGE

NASTY = [
    "-1",
    "00",
    "01",
    "+1",
    "1e3",
    "0x1",
    "١",
    str(2**63),
    str(2**64 - 1),
    str(2**64),
    str(2**256),
    "9" * 400,
    "\x00",
    "a\x00b",
    "普惠",
    "%",
    "%00",
    "..",
    "'; DROP TABLE accounts; --",
    "<script>alert(1)</script>",
    "0x",
    "0x" + "0" * 63,
    "0x" + "0" * 64,
    "0x" + "g" * 64,
    "0x" + "0" * 40,
    "0x" + "0" * 39,
    "PH-",
    "PH-310000-0000",
    "PH-999999-0001",
    "PH-310000-0001-2016-000",
    "PH-310000-0001-2016-001-000000000002-000000000001",
    "PH-310000-0001:0",
    "PH-310000-0001:99999999999999999999",
    ":",
    "x" * 5_000,
]
WORST = ["-1", str(2**64), str(2**256), "\x00", "普惠", "0x" + "0" * 63, ".."]


def check_problem(response: Any, statuses: tuple[int, ...] = (404, 422)) -> dict[str, Any]:
    assert response.status_code in statuses, (response.request.url, response.status_code, response.text[:300])
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"] == f"/api/v1/problems/{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["trace_id"] == response.headers["x-request-id"]
    return dict(problem)


def test_every_path_parameter__nasty_value__is_a_problem_or_a_thing(client: TestClient, app: FastAPI) -> None:
    """All values once for each kind of parameter, the worst ones in every place."""
    seen: set[str] = set()
    for template, methods in app.openapi()["paths"].items():
        known = [BASE + path for path in EXAMPLE_PATHS.values() if _fits(template, BASE + path)]
        good = (known or [template])[0].partition("?")[0].split("/")
        parameters = {one["name"]: one["description"] for one in methods["get"].get("parameters", ())}
        for place, part in enumerate(template.split("/")):
            if not part.startswith("{"):
                continue
            kind = parameters[part.strip("{}").partition(":")[0]]
            for value in WORST if kind in seen else NASTY:
                tried = [*good[:place], quote(value, safe=""), *good[place + 1 :]]
                response = client.get("/".join(tried))
                if response.status_code != 200:
                    check_problem(response, (404, 409, 422, 503))
            seen.add(kind)


def _fits(template: str, path: str) -> bool:
    wanted, given_parts = template.split("/"), path.partition("?")[0].split("/")
    return len(wanted) == len(given_parts) and all(
        one == other or one.startswith("{") for one, other in zip(wanted, given_parts, strict=True)
    )


def test_every_query_parameter__nasty_value__is_a_problem_or_an_answer(client: TestClient, app: FastAPI) -> None:
    """Those that many lists share are tried on the first list that has them: it is one function that reads them."""
    seen: set[str] = set()
    for methods in app.openapi()["paths"].values():
        name, parameters = methods["get"]["operationId"], methods["get"].get("parameters", ())
        queries = [one for one in parameters if one["in"] == "query"]
        required = {one["name"]: RANGE for one in queries if one["required"]}
        for one in queries:
            if name not in EXAMPLE_PATHS or one["description"] in seen:
                continue
            seen.add(one["description"])
            for value in NASTY:
                address = BASE + EXAMPLE_PATHS[name].partition("?")[0]
                response = client.get(address, params={**required, one["name"]: value})
                if response.status_code != 200:
                    check_problem(response)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), path=st.sampled_from(sorted(EXAMPLE_PATHS.values())))
def test_any_text_in_place_of_the_last_part__never_a_500(client: TestClient, text: str, path: str) -> None:
    head, _, _ = path.partition("?")[0].rpartition("/")
    encoded = quote(text.encode("utf-8", "surrogatepass"), safe="")
    assert client.get(f"{BASE}{head}/{encoded}").status_code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/retirements/7",
        f"/projects/{rows.PROJECT + 7}",
        "/projects/PH-310000-0001/reports/7",
        "/batches/PH-310000-0001-2016-007",
        "/batches/PH-310000-0001-2017-001",
        "/accounts/0x" + "12" * 20,
        "/accounts/0x" + "12" * 20 + "/holdings",
        "/accounts/0x" + "12" * 20 + "/movements",
        "/obligations/" + rows.ENTERPRISE + "/1999",
        "/offsets/2",
        "/acts/0x" + "12" * 32,
        "/methodologies/0x" + "12" * 32,
        "/jurisdictions/110000",
        "/requests/99",
        "/provenance/certificate/99",
        "/provenance/offset/2",
        "/provenance?q=nothing",
        "/retirements?batch_id=PH-310000-0001-2016-007",
        "/certificates/99",
        "/logs/PH-310000-0007/checkpoint",
        "/problems/no_such_code",
    ],
)
def test_unknown_id__is_a_404_problem(client: TestClient, path: str) -> None:
    assert check_problem(client.get(BASE + path), (404,))["code"] == "not_found"


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1", "/api/v1/batches/", "/api/v2/health"])
def test_unknown_path__is_a_404_problem(client: TestClient, path: str) -> None:
    assert check_problem(client.get(path), (404,))["code"] == "unknown_path"


def test_account__wrong_checksum__says_so(client: TestClient) -> None:
    wrong = rows.ENTERPRISE[:-1] + rows.ENTERPRISE[-1].swapcase()
    if wrong == rows.ENTERPRISE:
        wrong = rows.ENTERPRISE.swapcase().replace("0X", "0x")
    problem = check_problem(client.get(f"{BASE}/accounts/{wrong}"), (422,))
    assert "checksum" in problem["detail"]
    assert problem["errors"][0]["field"] == "account"
    for spelling in (rows.ENTERPRISE.lower(), "0x" + rows.ENTERPRISE[2:].upper()):
        assert client.get(f"{BASE}/accounts/{spelling}").status_code == 200


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "x", "", str(2**70)])
def test_limit__out_of_range__is_a_422_problem_that_names_it(client: TestClient, limit: str) -> None:
    problem = check_problem(client.get(f"{BASE}/batches", params={"limit": limit}), (422,))
    assert problem["code"] == "invalid_parameters"
    assert problem["errors"][0]["field"] == "limit"


def test_parameter__that_does_not_exist__is_refused_and_the_known_ones_listed(client: TestClient) -> None:
    problem = check_problem(client.get(f"{BASE}/batches?projekt_id=1"), (422,))
    assert "project_id" in problem["detail"]
    assert problem["errors"][0]["field"] == "projekt_id"


@pytest.mark.parametrize(
    ("parameter", "path"),
    [("status", "/requests"), ("status", "/accounts"), ("kind", "/accounts"), ("purpose", "/retirements")],
)
@pytest.mark.parametrize("value", ["nonsense", "", "none", "OPEN", "1"])
def test_enumeration__unknown_member__lists_the_known_ones(
    client: TestClient, parameter: str, path: str, value: str
) -> None:
    problem = check_problem(client.get(BASE + path, params={parameter: value}), (422,))
    assert "must be one of" in problem["detail"]


def forged(*key: Any, name: str = "accounts") -> str:
    """A cursor with a right checksum: anyone can compute it."""
    return encode_cursor(name, key)


def test_cursor__altered_in_any_place__is_refused(client: TestClient) -> None:
    good = client.get(f"{BASE}/accounts?limit=1").json()["page_info"]["next"]
    assert client.get(f"{BASE}/accounts", params={"after": good}).status_code == 200
    for place in range(len(good)):
        other = "A" if good[place] != "A" else "B"
        altered = good[:place] + other + good[place + 1 :]
        problem = check_problem(client.get(f"{BASE}/accounts", params={"after": altered}), (422,))
        assert "cursor" in problem["detail"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "=",
        "AAAA",
        "%%%",
        "普惠",
        "\x00",
        "A" * 599,
        forged(310000, 1) + "=",
        forged(310000, 1, name="batches"),
        forged(310000),
        forged(310000, 1, 1),
        forged("310000", 1),
        forged(True, 1),
        forged(None, 1),
        forged(1.5, 1),
        forged(310000, -1),
        forged(310000, 2**64),
        forged(2**63, 1),
        forged([1], {}),
        base64.urlsafe_b64encode(hashlib.sha256(b"[").digest()[:6] + b"[").decode().rstrip("="),
        base64.urlsafe_b64encode(hashlib.sha256(b"[" * 300).digest()[:6] + b"[" * 300).decode().rstrip("="),
    ],
)
def test_cursor__forged__is_refused(client: TestClient, cursor: str) -> None:
    for parameter in ("after", "before"):
        check_problem(client.get(f"{BASE}/accounts", params={parameter: cursor}), (422,))


def test_cursor__forged_with_a_text_for_an_address__is_refused(client: TestClient) -> None:
    for bad in ("x", "0x" + "g" * 40, "\x00", ""):
        cursor = forged(bad, name="batch-holdings")
        path = f"{BASE}/batches/PH-310000-0001-2016-001/holdings"
        check_problem(client.get(path, params={"after": cursor}), (422,))


def test_cursor__after_and_before_together__are_refused(client: TestClient) -> None:
    cursor = forged(310000, 1)
    check_problem(client.get(f"{BASE}/accounts", params={"after": cursor, "before": cursor}), (422,))


def test_search__unusable_text__is_refused_and_unknown_text_finds_nothing(client: TestClient) -> None:
    for bad in ("", "   ", "x" * 201, "a\x00b", "a\nb"):
        check_problem(client.get(f"{BASE}/search", params={"q": bad}), (422,))
    assert check_problem(client.get(f"{BASE}/search"), (422,))["errors"][0]["field"] == "q"
    for unknown in ("zzz", "%%%", "___", "0x" + "12" * 32, "0x" + "12" * 20, "99999", "PH-310000-0009", "' OR 1=1 --"):
        assert client.get(f"{BASE}/search", params={"q": unknown}).json()["items"] == []


def test_provenance__unknown_kind__lists_the_known_ones(client: TestClient) -> None:
    problem = check_problem(client.get(f"{BASE}/provenance/tree/1"), (422,))
    assert "certificate" in problem["detail"]


def test_echoed_value__has_no_tag_in_it(client: TestClient) -> None:
    response = client.get(f"{BASE}/batches/%3Cscript%3E")
    assert b"<script>" not in response.content
    assert json.loads(response.content)["errors"][0]["given"] == "<script>"
