"""The mailbox of the oracles: only signatures of signers in office for the open place, and of each only what counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, update

from api.documentation import examples
from registry.chain.signing import sign_typed
from registry.db import models
from registry.domain.report import Report
from registry.services.oracle_messages import MESSAGE_BYTES_MAX, MESSAGES_PER_SECOND, message_bytes
from registry.services.signatures import Signature
from tests.api import network_rows as rows
from tests.api.conftest import StillChain, StillIndexer, make_registry, serve
from tests.world import ORACLES, actor

PATH = "/api/v1/oracle-messages"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rows.Network]:
    """With keys that sign in the places of the committee of Shanghai."""
    built = rows.build(tmp_path_factory.mktemp("messages"))
    with built.database.transaction() as session:
        session.execute(delete(models.SignerSuspension))
        for position, oracle in enumerate(ORACLES):
            seat = models.CommitteeSigner
            where = (seat.jurisdiction == rows.SHANGHAI, seat.epoch == 1, seat.position == position)
            session.execute(update(seat).where(*where).values(signer=oracle.address))
    yield built
    built.database.close()


@pytest.fixture
def client(network: rows.Network) -> Iterator[TestClient]:
    app: FastAPI = serve(make_registry(network.home, network.database, StillChain(), StillIndexer()))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(network: rows.Network) -> Report:
    """The next report of the project."""
    with network.database.session() as session:
        last = max(session.query(models.Report).filter_by(project_id=rows.PROJECT).all(), key=lambda row: row.seq)
        return Report(
            project_id=rows.PROJECT,
            seq=last.seq + 1,
            period_start=last.period_end_day + 1,
            period_end=last.period_end_day + 30,
            methodology_hash=last.methodology_hash,
            evidence_hash=b"e" * 32,
            log_root=b"r" * 32,
            log_size=last.log_size + 1,
            serial_end=last.serial_end + 1,
            prev_digest=last.digest,
            valid_until=2_000_000_000,
            epoch=1,
        )


def message(report: Report, number: int = 0, key: Any = None) -> bytes:
    key = key or ORACLES[number]
    signature = sign_typed(report, key, 20260, rows.CONTRACTS["OracleCommittee"])
    return message_bytes(Signature(report, key.address, signature))


def post(client: TestClient, content: bytes) -> Any:
    return client.post(PATH, content=content, headers={"Content-Type": "application/json"})


def kept(client: TestClient, report: Report) -> list[dict[str, Any]]:
    answer = client.get(PATH, params={"project_id": str(report.project_id), "seq": str(report.seq)})
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_post__signature_in_office__is_kept_once_and_shown_as_it_was_signed(client: TestClient, report: Report) -> None:
    first = post(client, message(report))
    assert (first.status_code, first.json()) == (200, {"new": True})
    assert first.json() == examples()["postOracleMessage"]["body"]
    assert post(client, message(report)).json() == {"new": False}
    assert post(client, message(report, 1)).json() == {"new": True}
    assert kept(client, report) == sorted(
        (json.loads(message(report, number)) for number in (0, 1)), key=lambda one: one["signer"]
    )


def test_post__same_content__the_latest_terms_stay_and_other_content_is_shown_beside(
    client: TestClient, report: Report
) -> None:
    later = replace(report, valid_until=report.valid_until + 1)
    lies = [replace(report, log_root=bytes([number]) * 32) for number in (1, 2)]
    assert post(client, message(later)).json() == {"new": True}
    assert post(client, message(report)).json() == {"new": False}
    assert post(client, message(lies[0])).json() == {"new": True}
    # Two are proof enough; a third would only fill the mailbox.
    assert post(client, message(lies[1])).json() == {"new": False}
    assert [one["message"]["validUntil"] for one in kept(client, report)] == [later.valid_until, report.valid_until]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"seq": 1}, "open is report"),
        ({"prev_digest": b"p" * 32}, "open is report"),
        ({"epoch": 2}, "in epoch 2"),
    ],
)
def test_post__not_for_the_open_place__is_refused(
    client: TestClient, report: Report, changes: dict[str, Any], problem: str
) -> None:
    answer = post(client, message(replace(report, **changes)))
    assert (answer.status_code, answer.json()["code"]) == (409, "message_refused")
    assert problem in answer.json()["detail"]


def test_post__signer_of_no_seat_or_an_altered_report__is_refused(client: TestClient, report: Report) -> None:
    assert post(client, message(report, key=actor("OUTSIDER"))).status_code == 409
    altered = json.loads(message(report))
    altered["message"]["serialEnd"] += 1
    # The signature recovers to somebody else then, whatever the message calls its signer.
    assert post(client, json.dumps(altered).encode()).status_code == 409
    assert kept(client, report) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"x", b'{"type": "Report", "message": {}, "signature": "0x"}'])
def test_post__no_message__is_a_422_problem(client: TestClient, content: bytes) -> None:
    answer = post(client, content)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_post__too_large_or_too_often__is_refused(client: TestClient, report: Report) -> None:
    assert post(client, b" " * (MESSAGE_BYTES_MAX + 1)).status_code == 422
    codes = [post(client, message(report)).status_code for _ in range(2 * MESSAGES_PER_SECOND + 10)]
    assert codes[0] == 200
    assert codes[-1] == 429


def test_post__project_is_not_there__is_404(client: TestClient, report: Report) -> None:
    assert post(client, message(replace(report, project_id=report.project_id + 99))).status_code == 404
