"""Problems: every error has a status and titles in both languages, and failures inside tell nothing of the inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from api.catalogue import error_classes, problem_kinds
from api.errors import TITLES, detail_of, status_of
from api.languages import preferred
from registry.chain.errors import error_classes as contract_errors
from registry.db.models import MethodologyDefinition
from registry.domain.errors import ChainUnavailable, IntegrityError
from tests.api import network_rows as rows
from tests.api.conftest import StillChain, StillIndexer, make_registry, serve
from tests.api.example_paths import BASE


def test_every_registry_error_has_a_status_and_titles_in_both_languages() -> None:
    codes = {kind.code: kind for kind in problem_kinds()}
    found = list(error_classes())
    assert set(contract_errors().values()) <= set(found)
    for error in found:
        assert status_of(error) in (403, 404, 409, 422, 500, 503), error
        assert status_of(error) in codes[error.code].statuses
        assert codes[error.code].title_en
        assert codes[error.code].title_zh


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("RoleMissing", 403),
        ("CheckerIsMaker", 403),
        ("NotAgent", 403),
        ("UnknownBatch", 404),
        ("UnknownRetirement", 404),
        ("InsufficientGrams", 409),
        ("OffsetRefused", 409),
        ("AccountNotUsable", 409),
    ],
)
def test_contract_error__has_the_status_of_what_it_says(name: str, status: int) -> None:
    assert status_of(contract_errors()[name]) == status


def test_every_title__is_in_both_languages() -> None:
    for english, chinese in TITLES.values():
        assert english.isascii()
        assert not chinese.isascii()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nan, en", "en"),
        ("zh;q=2", "en"),
        ("ZH-hant-TW", "zh"),
        ("*", "en"),
        (";;;,,,=", "en"),
        ("en;q=0.5, zh;q=0.500001", "zh"),
    ],
)
def test_language__is_the_one_with_the_highest_quality(header: str | None, language: str) -> None:
    assert preferred(header) == language


def test_title__follows_the_language_and_the_code_does_not(client: TestClient) -> None:
    path = f"{BASE}/retirements/99"
    english, chinese = client.get(path), client.get(path, headers={"Accept-Language": "zh-CN"})
    assert (english.json()["title"], chinese.json()["title"]) == ("There is no such thing", "未找到")
    assert english.json()["code"] == chinese.json()["code"] == "not_found"
    assert chinese.headers["content-language"] == "zh"
    assert "Accept-Language" in chinese.headers["vary"]


def test_type_of_a_problem__leads_to_what_it_means(client: TestClient) -> None:
    problem = client.get(f"{BASE}/retirements/99").json()
    assert client.get(problem["type"]).json()["statuses"] == [404]
    listed = client.get(f"{BASE}/problems").json()["items"]
    assert {"not_found", "invalid_serial", "offset_refused", "method_not_allowed"} <= {one["code"] for one in listed}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/api/v1/batches", "/api/v1/retirements/1", "/", "/docs"])
def test_other_method__is_a_405_problem(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]


def test_large_body__is_a_413_problem(client: TestClient) -> None:
    answer = client.request("GET", f"{BASE}/batches", content=b"x" * 20_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.request("GET", f"{BASE}/batches", content=b"x" * 100).status_code == 200


class BrokenDatabase:
    """A database whose sessions fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def session(self) -> Any:
        raise self.error


def answer_of(database: Any, path: str, chain: Any = None) -> Any:
    registry = make_registry(rows.Path("/nowhere"), database, chain or StillChain(), StillIndexer())
    with TestClient(serve(registry), raise_server_exceptions=False) as client:
        return client.get(BASE + path)


def test_unexpected_failure__is_a_500_problem_without_internals() -> None:
    answer = answer_of(BrokenDatabase(RuntimeError("password=hunter2 at /srv/secret.py")), "/batches")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["trace_id"] == answer.headers["x-request-id"]
    assert "hunter2" not in answer.text
    assert "secret" not in answer.text


def test_database_that_does_not_answer__is_a_503_problem() -> None:
    broken = BrokenDatabase(OperationalError("SELECT secret", {}, Exception("disk I/O error at /srv/db")))
    answer = answer_of(broken, "/batches")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "SELECT" not in answer.text
    assert "/srv" not in answer.text


def test_chain_that_does_not_answer__is_a_503_problem_without_its_address(network: rows.Network) -> None:
    chain = StillChain()
    chain.down = True
    path = f"/obligations/{rows.ENTERPRISE}/2025/quote?batch_id={rows.BATCH}"
    answer = answer_of(network.database, path, chain)
    assert (answer.status_code, answer.json()["code"]) == (503, ChainUnavailable.code)
    assert "secret" not in answer.text
    assert "node" not in answer.text
    assert answer.headers["retry-after"] == "5"


@pytest.fixture
def own_network(tmp_path: rows.Path) -> Iterator[rows.Network]:
    built = rows.build(tmp_path)
    yield built
    built.database.close()


def served(network: rows.Network, path: str) -> Any:
    registry = make_registry(network.home, network.database, StillChain(), StillIndexer())
    with TestClient(serve(registry), raise_server_exceptions=False) as client:
        return client.get(BASE + path)


def test_definition_that_is_not_the_filed_one__is_never_shown(own_network: rows.Network) -> None:
    with own_network.database.transaction() as session:
        row = session.get_one(MethodologyDefinition, rows.DEFINITION)
        row.definition = row.definition.replace("1040", "1041")
    answer = served(own_network, "/methodologies/0x" + rows.DEFINITION.hex())
    assert (answer.status_code, answer.json()["code"]) == (500, IntegrityError.code)
    assert "1041" not in answer.text


@pytest.mark.parametrize("damage", ["leaf", "tile", "gone"])
def test_damaged_log__gives_a_problem_and_no_proof(own_network: rows.Network, damage: str) -> None:
    folder = own_network.home / "logs" / str(rows.PROJECT)
    tile = folder / "tile" / "0" / "000.p" / "16"
    file = folder / "leaves.bin" if damage == "leaf" else tile
    if damage == "gone":
        file.unlink()
    else:
        content = bytearray(file.read_bytes())
        content[2 * (96 if damage == "leaf" else 32)] ^= 1
        file.write_bytes(bytes(content))
    for path in (f"/acts/0x{rows.act_id(1, 2).hex()}", f"/acts/0x{rows.act_id(1, 2).hex()}/proof"):
        answer = served(own_network, path)
        assert (answer.status_code, answer.json()["code"]) == (500, "log_corrupted")
        assert str(folder) not in answer.text


def test_refusal__is_told_in_the_language_that_is_asked_for() -> None:
    refusal = contract_errors()["InsufficientGrams"](
        contract="Credits", account="0x1", batchId=7, heldGrams=5, wantedGrams=9
    )

    def request(language: str) -> Request:
        return Request({"type": "http", "headers": [(b"accept-language", language.encode())]})

    assert "holds 5 g" in detail_of(request("en"), refusal)
    assert "持有批次 7 5 克" in detail_of(request("zh-CN"), refusal)
    assert detail_of(request("zh-CN"), IntegrityError(what="x", problem="y")).startswith("x is not intact")
