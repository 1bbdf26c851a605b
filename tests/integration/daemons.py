"""Four oracles as processes over a demonstration network in which a month is packed and nothing is reported yet."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from oracles.demo import setting
from oracles.demo.cast import DEMO_PASSWORD, ORACLES, SHANGHAI, Cast, Memory
from oracles.demo.command import _inputs, _opened
from oracles.demo.evidence import pack_month
from oracles.demo.setting import main_project
from registry.chain.keys import KeyStore
from registry.domain.errors import RegistryError
from registry.services.home import Home
from registry.services.registry import open_registry
from tests.conftest import ROOT

ENVIRONMENT = {**os.environ, "PUHUI_PASSWORD": DEMO_PASSWORD, "PYTHONPATH": str(ROOT)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(home: Home, chain: str, trips: int, data: Path | None = None) -> None:
    """The setting of the story: a network, a committee, a project that is filed, a month that is packed and signed."""
    home.root.mkdir(parents=True)
    memory = Memory.open(home.root / "demo.json")
    month, _ = _inputs(home, memory, data, None, trips)
    cast = Cast.gather(KeyStore(home.keys))
    with _opened(home, cast, chain) as registry:
        setting.gather_members(registry, cast, memory)
        setting.file_methodology_and_projects(registry, cast)
        pack_month(registry, cast, month)


@dataclass
class Daemon:
    """One oracle: its own home (or that of the registry), settings, key, and its process while it runs."""

    name: str
    folder: Path
    home: Path
    port: int
    key: Path
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))

    def start(self) -> None:
        words = ["-m", "registry.cli.main", "oracle", "run", "--settings", str(self.folder / "oracle.toml")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words, "--key", str(self.key)], stderr=log, stdout=log, env=self.environment, cwd=ROOT
            )

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends the process and gives its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        if number in (signal.SIGSTOP, signal.SIGCONT):
            return 0
        code, self.process = self.process.wait(30), None
        return code

    def lines(self) -> list[dict[str, Any]]:
        """What it logged."""
        text = (self.folder / "log").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)


@dataclass
class Daemons:
    """The committee of Shanghai."""

    registry_home: Home
    all: list[Daemon]

    def last_report(self) -> tuple[int, bytes]:
        """(number, digest) of the last accepted report of the project."""
        with open_registry(self.registry_home) as registry:
            seq = int(registry.call("OracleCommittee", "lastSeq", main_project()))
            if not seq:
                return 0, b""
            return seq, bytes(registry.call("OracleCommittee", "reportOf", main_project(), seq)["digest"])

    def kept(self, daemon: Daemon) -> int:
        """How many reports a daemon has kept, by its log."""
        return sum(1 for line in daemon.lines() if line["event"] == "kept")

    def told(self) -> str:
        return "\n".join(f"--- {each.name}\n{(each.folder / 'log').read_text('utf-8')[-4000:]}" for each in self.all)


def make_daemons(root: Path, registry_home: Home, *, own_homes: bool, mailboxes: list[str]) -> Daemons:
    """own_homes: each oracle in a home of its own, as on machines of their own; else all in that of the registry."""
    ports = [free_port() for _ in ORACLES]
    made = []
    for number, name in enumerate(ORACLES):
        folder = root / name
        (folder / "keys").mkdir(parents=True)
        shutil.copy(registry_home.keys / f"{name}.json", folder / "keys")
        if own_homes:
            shutil.copy(registry_home.network_file, folder)
        home = folder if own_homes else registry_home.root
        peers = [f"http://127.0.0.1:{port}" for port in ports if port != ports[number]]
        settings = {
            "home": str(home),
            "name": name,
            "jurisdictions": [SHANGHAI],
            "sources": [str(registry_home.packages)],
            "mailboxes": [*mailboxes, *peers],
        }
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
        text += f"[listen]\nport = {ports[number]}\n[pace]\nround = 0.3\nlist = 2\nturn = 1\nretry_max = 3\n"
        (folder / "oracle.toml").write_text(text)
        made.append(Daemon(name, folder, home, ports[number], folder / "keys" / f"{name}.json"))
    return Daemons(registry_home, made)


@contextmanager
def running(daemons: Daemons) -> Iterator[Daemons]:
    """Ends what still runs."""
    try:
        yield daemons
    finally:
        for each in daemons.all:
            if each.process is not None:
                # A stopped process dies of this one too.
                each.process.kill()
                each.process.wait(10)


@contextmanager
def served(home: Home) -> Iterator[str]:
    """The API of a home, as a process; its address."""
    port = free_port()
    words = ["-m", "registry.cli.main", "up", "--home", str(home.root), "--port", str(port)]
    with (home.root / "up.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *words], stderr=log, stdout=log, env=ENVIRONMENT, cwd=ROOT)
    try:
        until(lambda: requests.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=5).ok, "the API answers", 30)
        yield f"http://127.0.0.1:{port}/api/v1"
    finally:
        process.terminate()
        process.wait(10)


def until(holds: Callable[[], bool], what: str, seconds: float = 60, told: Callable[[], str] = lambda: "") -> float:
    """Waits until something holds; gives the seconds it took."""
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        try:
            if holds():
                return time.monotonic() - begun
        except (requests.RequestException, RegistryError, OSError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what}\n{told()}")
