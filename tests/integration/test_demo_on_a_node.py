"""The same story on a node behind a URL."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracles.demo.command import run_demo
from registry.domain.errors import ChainUnavailable
from registry.services.home import Home
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.node]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def node() -> Iterator[str]:
    """An anvil of the development network on a free port of loopback; ended by its own process id."""
    port = free_port()
    process = subprocess.Popen(
        [ROOT / "hardhat-free-devnet" / "anvil.sh"], env={"PORT": str(port), "PATH": "/usr/bin:/bin"}, cwd=ROOT
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


def test_demo__on_a_node__ends_as_on_the_embedded_chain(node: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    told = run_demo(home, data=None, claimed_again=None, chain=node, tell=lambda line: None, trips=500)
    embedded = Home(tmp_path / "embedded")
    same = run_demo(embedded, data=None, claimed_again=None, chain="embedded", tell=lambda line: None, trips=500)
    for key in ("log_root", "issued_grams", "offset_grams", "retired_grams", "refused_offset_error"):
        assert told[key] == same[key], key
    assert told["certificates_verified"] == 2
    assert told["reconciled"]["values_compared"] == same["reconciled"]["values_compared"]


def test_demo__no_node_there__says_so(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ChainUnavailable, match=url):
        run_demo(Home(tmp_path), data=None, claimed_again=None, chain=url, tell=lambda line: None, trips=500)
