"""A node for the tests that need one."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT
from tests.integration.daemons import free_port


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
