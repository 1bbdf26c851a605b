"""The listener: messages of peers for the open place, health and metrics."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from oracles.committee.digest import sign_report
from oracles.daemon.listener import create_listener
from oracles.daemon.state import State
from registry.domain.report import Report
from registry.services.oracle_messages import MESSAGE_BYTES_MAX, MessageBox, OpenPlace, message_bytes
from registry.services.signatures import Signature
from tests.oracles.factory import CHAIN_ID, PROJECT
from tests.world import ACTORS, ORACLES

CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
NOW = 1_700_000_000.0
PLACE = OpenPlace(PROJECT, 1, bytes(32), 1, tuple(oracle.address for oracle in ORACLES), 3)
REPORT = Report(PROJECT, 1, 17014, 17044, b"m" * 32, b"e" * 32, b"r" * 32, 3, 3_000, bytes(32), 2_000_000_000, 1)


def message(report: Report = REPORT, key: Any = ORACLES[0]) -> bytes:
    return message_bytes(Signature(report, key.address, sign_report(report, key, CHAIN_ID, CONTRACT)))


@pytest.fixture
def state() -> State:
    state = State(dry_run=False, seen_chain_at=NOW, round_ended_at=NOW)
    state.note_place(PROJECT, PLACE)
    return state


@pytest.fixture
def client(state: State) -> TestClient:
    return TestClient(create_listener(MessageBox(), state, CHAIN_ID, CONTRACT, lambda: NOW))


def post(client: TestClient, content: bytes) -> int:
    return client.post("/oracle-messages", content=content).status_code


def test_message__for_the_open_place__is_kept_and_shown(client: TestClient) -> None:
    assert [post(client, message()), post(client, message())] == [201, 200]
    items = client.get(f"/oracle-messages?project_id={PROJECT}&seq=1").json()["items"]
    assert [item["signer"] for item in items] == [ORACLES[0].address]
    assert client.get(f"/oracle-messages?project_id={PROJECT}&seq=2").json() == {"items": []}


def test_message__that_cannot_matter__is_refused(client: TestClient, state: State) -> None:
    assert post(client, message(replace(REPORT, seq=2))) == 409
    assert post(client, message(key=ACTORS["OUTSIDER"])) == 409
    assert post(client, b"x" * (MESSAGE_BYTES_MAX + 1)) == 413
    assert post(client, b"{}") == 422
    state.note_place(PROJECT, None)
    assert post(client, message()) == 409
    assert client.get("/oracle-messages?project_id=x&seq=1").status_code == 422


def test_message__too_often__is_refused(client: TestClient) -> None:
    assert 429 in [post(client, b"{}") for _ in range(60)]


def test_health__says_what_is_wrong(client: TestClient, state: State) -> None:
    assert client.get("/healthz").status_code == 200
    state.seen_chain_at = NOW - 61
    state.wrong.add(b"d" * 32)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == [
        "the chain does not answer",
        "1 accepted report(s) are not what this oracle computes",
    ]
    # A long computation is no fault.
    state.round_ended_at = NOW - 3_600
    with state.busy("report 1"):
        assert "the loop stands still" not in client.get("/healthz").json()["problems"]
    assert "the loop stands still" in client.get("/healthz").json()["problems"]


def test_metrics__are_in_the_text_format(client: TestClient, state: State) -> None:
    state.counts["signed"] += 2
    state.behind[PROJECT] = 3
    text = client.get("/metrics").text
    assert 'puhui_oracle_events_total{event="signed"} 2.0' in text
    assert f'puhui_oracle_behind_reports{{project="{PROJECT}"}} 3.0' in text
