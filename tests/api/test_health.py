"""Health, the thread that follows the chain, and `puhui up`."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import AddressInUse, listen, register
from api.cli import serve as serve_home
from api.follower import Follower
from registry.db.session import open_database
from registry.domain.errors import ChainUnavailable, IntegrityError, InvalidInput, NotFound
from registry.services.home import Home, NetworkSettings, NoNetwork
from registry.services.registry import Registry
from tests import world as worlds
from tests.api import network_rows as rows
from tests.api.conftest import StillChain, StillIndexer, make_registry, serve

ROOT = Path(__file__).resolve().parents[2]


def health(network: rows.Network, chain: StillChain, indexer: StillIndexer) -> Any:
    with TestClient(serve(make_registry(network.home, network.database, chain, indexer))) as client:
        answer = client.get("/api/v1/health")
        assert answer.status_code == 200
        return answer.json()


def test_health__index_at_the_head__is_ok(network: rows.Network) -> None:
    found = health(network, StillChain(), StillIndexer())
    assert (found["status"], found["lag_blocks"], found["fault"]) == ("ok", 0, None)
    assert found["contracts"] == rows.CONTRACTS
    assert found["chain_reference"] == "eip155:20260"


@pytest.mark.parametrize(("ahead", "status"), [(5, "ok"), (6, "behind"), (1_000, "behind")])
def test_health__chain_ahead__says_by_how_much(network: rows.Network, ahead: int, status: str) -> None:
    chain = StillChain()
    chain.height += ahead
    found = health(network, chain, StillIndexer())
    assert (found["status"], found["lag_blocks"]) == (status, ahead)


def test_health__chain_down__says_so_and_reads_go_on(network: rows.Network) -> None:
    chain = StillChain()
    chain.down = True
    with TestClient(serve(make_registry(network.home, network.database, chain, StillIndexer()))) as client:
        found = client.get("/api/v1/health").json()
        assert (found["status"], found["fault"]["code"]) == ("chain_unavailable", "chain_unavailable")
        assert client.get("/api/v1/retirements/1").status_code == 200
        assert client.get("/").status_code == 200


def test_health__index_contradicts_itself__says_that_it_stopped(network: rows.Network) -> None:
    indexer = StillIndexer()
    indexer.error = IntegrityError(what="block 7", problem="impossible")
    found = health(network, StillChain(), indexer)
    assert (found["status"], found["fault"]["code"]) == ("index_stopped", "integrity_error")


def test_health__nothing_indexed_yet__is_starting_and_reads_say_so(tmp_path: Path) -> None:
    database = open_database(tmp_path / "empty.sqlite")
    registry = make_registry(tmp_path, database, StillChain(), StillIndexer())
    with TestClient(serve(registry), raise_server_exceptions=False) as client:
        assert client.get("/api/v1/health").json()["status"] == "starting"
        assert client.get("/").status_code == 200
        answer = client.get("/api/v1/batches")
        assert (answer.status_code, answer.json()["code"]) == (503, "not_indexed_yet")
    database.close()


def follower(network: rows.Network, chain: StillChain, indexer: StillIndexer) -> Follower:
    return Follower(make_registry(network.home, network.database, chain, indexer), interval_seconds=0.01)


def test_follower__a_fault_that_lasts__keeps_the_time_it_began_and_ends_with_it(network: rows.Network) -> None:
    indexer = StillIndexer()
    one = follower(network, StillChain(), indexer)
    indexer.error = ChainUnavailable(what="node", problem="down")
    one.run_once()
    first = one.state.fault
    one.run_once()
    assert first is not None
    assert one.state.fault is first
    indexer.error = RuntimeError("a fault of ours")
    one.run_once()
    assert one.state.fault is not None
    assert (one.state.fault.code, one.state.fault.passing) == ("internal_error", False)
    indexer.error = None
    one.run_once()
    assert one.state.fault is None


class Counted(StillIndexer):
    """An indexer that tells when it was asked a third time, and fails every time."""

    def __init__(self) -> None:
        super().__init__()
        self.third = threading.Event()

    def run_to_head(self) -> int:
        self.rounds += 1
        if self.rounds == 3:
            self.third.set()
        raise ChainUnavailable(what="node", problem="down")


def test_follower__goes_on_after_failures_until_it_is_stopped(network: rows.Network) -> None:
    indexer = Counted()
    registry = make_registry(network.home, network.database, StillChain(), indexer)

    @contextmanager
    def opener() -> Iterator[Registry]:
        yield registry

    with TestClient(create_app(opener, follow_seconds=0.01)):
        assert indexer.third.wait(10)
    stopped_at = indexer.rounds
    assert not [thread for thread in threading.enumerate() if thread.name == "puhui-follower"]
    assert indexer.rounds == stopped_at


def test_listen__port_in_use__is_one_readable_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=rf"^Another program serves 127\.0\.0\.1:{port} already\. .*--port\.$"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_listen__no_such_port__is_refused(port: int) -> None:
    with pytest.raises(InvalidInput):
        listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host", ""])
def test_listen__address_that_is_not_ours__is_refused(host: str) -> None:
    with pytest.raises(InvalidInput):
        listen(host, 9).close()


def test_up__home_without_a_network__says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoNetwork, match="puhui demo"):
        serve_home(Home(tmp_path), "127.0.0.1", 8000)
    with pytest.raises(NotFound):
        typer_app()(["--home", str(tmp_path)], standalone_mode=False)


def typer_app() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
    register(app)
    return app


def test_up__serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """The whole program: its own process, a real port, the chain of a home."""
    addresses = worlds.build(tmp_path / "chain.sqlite")
    settings = NetworkSettings("Test network", "embedded", 20260, addresses, "33" * 32, 0)
    Home(tmp_path).write_network(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "import typer, api.cli; app = typer.Typer(); api.cli.register(app); app()"
    command = [sys.executable, "-c", program, "--home", str(tmp_path), "--port", str(port), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            # The port listens before the line is printed: the first answer waits for the start, not for a retry.
            with urllib.request.urlopen(f"{told['url']}/api/v1/health", timeout=60) as answer:
                assert json.load(answer)["status"] == "ok"
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) in (0, -signal.SIGINT, 130)
