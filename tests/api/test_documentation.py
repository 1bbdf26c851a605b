"""The OpenAPI document and the page made from it: complete, with examples that are true, and no outside host."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.documentation import examples
from tests.api.example_paths import BASE, EXAMPLE_PATHS, EXAMPLES_FILE, ON_CHAIN, POSTED

# A list of a hundred problems says no more as an example than three of them.
SHORTENED = {"listProblems": 3}


def operations(app: FastAPI) -> list[tuple[str, dict[str, Any]]]:
    return [(path, one) for path, methods in app.openapi()["paths"].items() for one in methods.values()]


def body_of(client: TestClient, name: str, path: str) -> Any:
    response = client.get(BASE + path)
    assert response.status_code == 200, response.text
    if response.headers["content-type"] == "application/json":
        body = response.json()
        if name in SHORTENED:
            body["items"] = body["items"][: SHORTENED[name]]
        return body
    if response.headers["content-type"].startswith("text/plain"):
        return response.text
    return f"({len(response.content)} bytes)"


def test_every_operation_has_an_address_here(app: FastAPI) -> None:
    names = [one["operationId"] for _, one in operations(app)]
    assert len(names) == len(set(names))
    assert sorted(names) == sorted([*EXAMPLE_PATHS, *ON_CHAIN, *POSTED])


@pytest.mark.parametrize("name", EXAMPLE_PATHS)
def test_every_operation_answers_as_its_example_says(client: TestClient, name: str) -> None:
    """With PUHUI_UPDATE_EXAMPLES=1 the answers become the examples; read the difference before you commit it."""
    path = EXAMPLE_PATHS[name]
    found = {"path": BASE + path, "body": body_of(client, name, path)}
    if os.environ.get("PUHUI_UPDATE_EXAMPLES"):
        known = json.loads(EXAMPLES_FILE.read_text("utf-8"))
        known[name] = found
        EXAMPLES_FILE.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    assert examples()[name] == found


def test_every_operation_is_documented_with_example_and_problems(app: FastAPI) -> None:
    for path, one in operations(app):
        name = one["operationId"]
        assert one["description"].strip(), name
        assert len(one["tags"]) == 1, name
        assert all(parameter["description"] for parameter in one.get("parameters", ())), name
        assert any("example" in content for content in one["responses"]["200"]["content"].values()), name
        wanted = {"422", "500", "503"} | ({"404"} if "{" in path or "provenance" in path else set())
        assert wanted <= set(one["responses"]), name
        for status in set(one["responses"]) - {"200"}:
            content = one["responses"][status]["content"]
            assert set(content) == {"application/problem+json"}, (name, status)
            assert content["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert content["application/problem+json"]["example"]["status"] == int(status)


def test_document_is_of_openapi_3_1_and_its_references_resolve(client: TestClient) -> None:
    document = client.get(f"{BASE}/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    named = set(re.findall(r'"#/components/schemas/([A-Za-z0-9_]+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_examples_have_the_fields_of_their_schemas(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    for _, one in operations(app):
        content = one["responses"]["200"]["content"].get("application/json")
        reference = (content or {}).get("schema", {}).get("$ref")
        if content and reference:
            schema = schemas[reference.rpartition("/")[2]]
            assert set(content["example"]) == set(schema["properties"]), one["operationId"]


class Links(HTMLParser):
    """Collects what a page points to."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: set[str] = set()
        self.inline_scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.targets += [value for name in ("href", "src", "action") if (value := values.get(name))]
        if values.get("id"):
            self.ids.add(str(values["id"]))
        if tag == "script" and not values.get("src"):
            self.inline_scripts += 1
        assert not any(name.startswith("on") for name in values)
        assert "style" not in values


@pytest.mark.parametrize("page", ["/", "/docs"])
def test_pages_need_no_outside_host_and_their_links_work(client: TestClient, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    links = Links()
    links.feed(response.text)
    assert links.inline_scripts == 0
    for target in set(links.targets):
        if target.startswith("#"):
            assert target[1:] in links.ids, target
        else:
            assert target.startswith("/"), target
            assert not target.startswith("//"), target
            assert client.get(target.replace("/search", "/search?q=abc")).status_code == 200, target


def test_start_page_says_what_this_is_in_both_languages(client: TestClient) -> None:
    text = client.get("/").text
    for expected in (
        "carbon-inclusion",
        "碳普惠",
        "Test network",
        "in step with the chain",
        "0.009000 t",
        "eip155:20260",
    ):
        assert expected in text


def test_reference_has_every_operation_with_a_line_to_copy(client: TestClient, app: FastAPI) -> None:
    text = client.get("/docs").text
    for _, one in operations(app):
        assert f'id="{one["operationId"]}"' in text
    assert "curl &#x27;http://127.0.0.1:8000/api/v1/projects/PH-310000-0001&#x27;" in text


def test_reference_escapes_the_host_of_the_client(client: TestClient) -> None:
    response = client.get("/docs", headers={"Host": 'x"><script>alert(1)</script>'})
    assert "<script>alert" not in response.text
