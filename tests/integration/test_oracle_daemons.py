"""Four oracles as processes: they report a month together, also while some of them are down, stopped or lie."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from oracles.committee.digest import sign_report
from oracles.demo.cast import DEMO_PASSWORD, SHANGHAI
from oracles.demo.setting import main_project
from registry.chain.keys import KeyStore
from registry.services.home import Home
from registry.services.oracle_messages import message_bytes, read_message, report_of
from registry.services.registry import open_registry
from registry.services.signatures import Signature
from tests.integration.daemons import Daemon, Daemons, free_port, make_daemons, prepare, running, served, until

pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_four_daemons__on_the_embedded_chain__report_keep_and_stop(tmp_path: Path) -> None:
    home = Home(tmp_path / "registry")
    prepare(home, "embedded", trips=300)
    with served(home) as api, running(make_daemons(tmp_path, home, own_homes=False, mailboxes=[api])) as daemons:
        for each in daemons.all:
            each.start()
        until(lambda: daemons.last_report()[0] == 1, "a report is accepted", 60, daemons.told)
        until(lambda: all(daemons.kept(each) for each in daemons.all), "all keep it", 30, daemons.told)
        assert daemons.all[0].get("/healthz").json()["well"]
        assert 'puhui_oracle_events_total{event="kept"} 1.0' in daemons.all[0].get("/metrics").text
        assert [each.end(signal.SIGTERM) for each in daemons.all] == [0, 0, 0, 0]


@pytest.mark.node
def test_four_daemons__on_a_node_with_faults__report_what_is_right_and_suspend_the_liar(
    node: str, tmp_path: Path
) -> None:
    """Each in a home of its own. The mailbox of the registry is down, one lies, one is killed, one stopped."""
    home = Home(tmp_path / "registry")
    prepare(home, node, trips=300)
    nowhere = f"http://127.0.0.1:{free_port()}/api/v1"
    with running(make_daemons(tmp_path, home, own_homes=True, mailboxes=[nowhere])) as daemons:
        first, killed, stopped, liar = daemons.all
        for each in (first, killed):
            each.start()
        until(lambda: len(messages(first)) == 2, "two have signed", 60, daemons.told)
        for lie in lies(messages(first)[0], liar, daemons):
            for each in (first, killed):
                assert post(each, lie) in (200, 201)
        before = signed_files(killed)
        killed.end(signal.SIGKILL)
        killed.start()
        stopped.start()
        until(lambda: bool(stopped.lines()), "the third begins", 30, daemons.told)
        stopped.end(signal.SIGSTOP)
        until(lambda: suspended(daemons, liar), "the liar is suspended", 60, daemons.told)
        assert daemons.last_report()[0] == 0
        stopped.end(signal.SIGCONT)
        until(lambda: daemons.last_report()[0] == 1, "a report is accepted", 60, daemons.told)
        honest = (first, killed, stopped)
        until(lambda: all(daemons.kept(each) for each in honest), "all keep it", 30, daemons.told)
        assert signed_files(killed) == before
        assert [each.end(signal.SIGTERM) for each in honest] == [0, 0, 0]


def messages(daemon: Daemon) -> list[dict[str, Any]]:
    """What a daemon's listener shows."""
    items: list[dict[str, Any]] = daemon.get(f"/oracle-messages?project_id={main_project()}&seq=1").json()["items"]
    return items


def post(daemon: Daemon, content: bytes) -> int:
    return requests.post(f"http://127.0.0.1:{daemon.port}/oracle-messages", data=content, timeout=5).status_code


def lies(told: dict[str, Any], liar: Daemon, daemons: Daemons) -> list[bytes]:
    """The right report and a wrong one, both signed by one oracle."""
    network = daemons.registry_home.read_network()
    contract = network.contracts["OracleCommittee"]
    right = report_of(read_message(json.dumps(told).encode(), network.chain_id, contract))
    key = KeyStore(liar.key.parent).load(liar.name, DEMO_PASSWORD)
    both = (right, replace(right, serial_end=right.serial_end + 1_000_000))
    signed = [(each, sign_report(each, key, network.chain_id, contract)) for each in both]
    return [message_bytes(Signature(each, key.address, signature)) for each, signature in signed]


def suspended(daemons: Daemons, daemon: Daemon) -> bool:
    with open_registry(daemons.registry_home) as registry:
        signer = KeyStore(daemon.key.parent).address_of(daemon.name)
        return bool(registry.call("OracleCommittee", "isSuspended", SHANGHAI, signer))


def signed_files(daemon: Daemon) -> dict[str, bytes]:
    folder = daemon.home / "oracles" / daemon.name / "signed"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
