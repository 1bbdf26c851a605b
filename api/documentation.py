"""What the OpenAPI document says beyond the routes: the problems of each operation, and examples."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import PROBLEM_PATH, PROBLEM_TYPE, Problem
from api.links import BASE

TITLE = "Puhui 普惠"
DESCRIPTION = """\
Public reads of a permissioned carbon-credit registry: where a credit came from, and where it went.

Grams of CO2e are JSON integers; ids of 64 bits and more are decimal texts; hashes are `0x` and lower case; days are ISO
dates, times RFC 3339 in UTC. Lists come in pages by cursor (`limit`, `after`, `before`). Failures are RFC 9457
problems: `code` is stable, `title` follows `Accept-Language` (zh, en). Answers say of which block they are (`as_of`).
"""
TAGS = [
    {"name": "network", "description": "Health, sums, search, requests at the desk."},
    {"name": "filings", "description": "Jurisdictions, methodologies, projects."},
    {"name": "committees", "description": "Committees, disputes, suspended signers, verified emissions."},
    {
        "name": "ledger",
        "description": "Reports, batches, accounts, retirements, certificates, restraints.",
    },
    {"name": "transfers", "description": "Transfers that do not move at once; limits, working hours, trust."},
    {"name": "compliance", "description": "Obligations, offsets, what may still be offset; pools; recognition."},
    {
        "name": "provenance",
        "description": "Acts with their proofs; from a claim to its acts, from an act to its use.",
    },
    {"name": "log", "description": "The public act logs as static tiles (C2SP tlog-tiles)."},
]

_PROBLEM_TITLES = {
    404: "There is no such thing.",
    409: "Its state does not allow this yet.",
    422: "A parameter is not valid.",
    500: "Something went wrong here.",
    503: "The database, the chain or the index does not answer; try again later.",
}


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": _PROBLEM_TITLES[status], "content": {PROBLEM_TYPE: {"schema": schema}}}


COMMON_PROBLEMS: dict[int | str, dict[str, Any]] = {status: _problem(status) for status in (422, 500, 503)}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _problem(404)}
NOT_YET: dict[int | str, dict[str, Any]] = {409: _problem(409)}

_TRACE_EXAMPLE = "4bf92f3577b34da6a3ce929d0e0e4736"
# status -> (code, title, detail)
_PROBLEM_EXAMPLES = {
    "404": (
        "not_found",
        "There is no such thing",
        "There is no retirement 7. Check the id, or whether the index has reached it.",
    ),
    "409": (
        "not_published",
        "The acts are not published yet, try again later",
        "The acts of report 1331439861760001-2 are not published yet, so nothing can prove them. Try again later.",
    ),
    "422": (
        "invalid_input",
        "What was handed in is not valid",
        "retirement id is not valid: must be digits without leading zeros. Given: 'x'.",
    ),
    "500": ("internal_error", "Something went wrong here", f"Something went wrong here. Trace: {_TRACE_EXAMPLE}."),
    "503": (
        "chain_unavailable",
        "The chain does not answer, try again later",
        f"The chain does not answer, try again later. Trace: {_TRACE_EXAMPLE}.",
    ),
}


def examples() -> dict[str, Any]:
    """operation id -> {"path", "body"}: answers of this API on the network of its tests, kept true by a test."""
    text = resources.files("api").joinpath("examples.json").read_text("utf-8")
    return dict(json.loads(text))


def install(app: FastAPI) -> None:
    """Makes `app.openapi()` the document of this module."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def query_names(document: dict[str, Any]) -> dict[str, frozenset[str]]:
    """operation id -> names of its query parameters."""
    return {
        operation["operationId"]: frozenset(
            parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"
        )
        for operations in document["paths"].values()
        for operation in operations.values()
    }


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=app.servers,
        license_info=app.license_info,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(
        Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")["$defs"]
    )
    problem = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    problem.pop("$defs")
    schemas["Problem"] = problem
    known = examples()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _add_examples(path, operation, known.get(operation["operationId"]))
    return document


def _add_examples(path: str, operation: dict[str, Any], example: dict[str, Any] | None) -> None:
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            if media_type == PROBLEM_TYPE and status in _PROBLEM_EXAMPLES:
                content["example"] = _problem_example(path, status)
            elif example is not None and status == "200":
                content["example"] = example["body"]
    if example is None:
        return
    operation["x-example-path"] = example["path"]
    values = _path_values(path, example["path"])
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]


def _path_values(template: str, path: str) -> dict[str, str]:
    parts = zip(template.split("/"), path.partition("?")[0].split("/"), strict=False)
    return {name.strip("{}").partition(":")[0]: value for name, value in parts if name.startswith("{")}


def _problem_example(path: str, status: str) -> dict[str, Any]:
    code, title, detail = _PROBLEM_EXAMPLES[status]
    return {
        "type": PROBLEM_PATH + code,
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": path if path.startswith(BASE) else BASE,
        "code": code,
        "errors": [],
        "trace_id": _TRACE_EXAMPLE,
    }
