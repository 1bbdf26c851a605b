"""The program as people run it: command lines in this process, on homes of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from registry.chain.embedded import EmbeddedGateway
from registry.chain.keys import KeyStore
from registry.cli.main import build_app
from registry.services.chain_identity import genesis_hash
from registry.services.home import Home, NetworkSettings
from registry.services.registry import open_registry
from tests import world as worlds

PASSWORD = "open sesame"
PEPPER = bytes(range(32))
# Names of keys in the built home: those of the test world, in lower case.
PEOPLE = {name.lower().replace("_", "-"): key for name, key in worlds.ACTORS.items()}


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass
class Puhui:
    """Runs command lines in a home and reads what they print."""

    command: Any
    home: Path
    environment: dict[str, str | None] = field(default_factory=dict)

    def run(self, *words: object) -> Ended:
        environment = {
            "PUHUI_HOME": str(self.home),
            "PUHUI_PASSWORD": PASSWORD,
            "PUHUI_DATABASE_URL": None,
            "PUHUI_TRACE": None,
            **self.environment,
        }
        # As CliRunner.invoke does, but without building all commands anew each time.
        with CliRunner(env=environment).isolation() as (stdout, stderr, _):
            exit_code = 0
            try:
                self.command.main([str(word) for word in words], "puhui")
            except SystemExit as end:
                exit_code = int(end.code or 0)
            return Ended(exit_code, stdout.getvalue().decode(), stderr.getvalue().decode())

    def __call__(self, *words: object) -> dict[str, Any]:
        """The JSON object of a command that succeeds: the only thing on standard output."""
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.stderr
        answer: dict[str, Any] = json.loads(result.stdout)
        assert result.stdout.count("\n") == 1
        assert isinstance(answer, dict)
        return answer

    def told(self, *words: object) -> str:
        """What a command that succeeds prints for people."""
        result = self.run(*words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def refused(self, *words: object, exit_code: int = 1) -> str:
        """The one line on standard error of a command that fails, which prints nothing else."""
        result = self.run(*words)
        lines = result.stderr.splitlines()
        assert result.exit_code == exit_code, (result.stdout, result.stderr)
        assert result.stdout == ""
        assert lines, "a failure says something"
        assert lines[-1].startswith("puhui: ")
        assert "Traceback" not in result.stderr
        assert "fault of Puhui" not in result.stderr
        return lines[-1].removeprefix("puhui: ")

    def code(self, *words: object) -> str:
        """The stable code of a command that fails, from its JSON."""
        result = self.run(*words, "--json")
        assert result.exit_code in (1, 2)
        return str(json.loads(result.stdout)["error"]["code"])


@pytest.fixture(scope="session")
def app() -> Any:
    """The program, all its commands built once."""
    return typer.main.get_command(build_app())


@pytest.fixture
def puhui(app: Any, tmp_path: Path) -> Puhui:
    """The program in a home where nothing was set up."""
    return Puhui(app, tmp_path / "home")


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the network of tests/world.py, one issued batch in account 310000/1, and everybody's key."""
    root = tmp_path_factory.mktemp("built") / "home"
    store = KeyStore(root / "keys")
    for name, person in PEOPLE.items():
        store.create(name, PASSWORD, key=bytes(person.key), scrypt_rounds=2)
    chain = root / "chain.sqlite"
    addresses = worlds.build(chain)
    gateway = EmbeddedGateway(chain)
    world = worlds.World(gateway, worlds.Register(gateway, addresses), worlds.Clock(worlds.START + 10_000))
    world.issue_batch(valid_until=2**33)
    genesis = genesis_hash(gateway)
    world.close()
    settings = NetworkSettings("test network", "embedded", 20260, addresses, PEPPER.hex(), 1, genesis)
    Home(root).write_network(settings)
    # With its database made and filled, so that no copy has to do it again.
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("PUHUI_DATABASE_URL", raising=False)
        with open_registry(Home(root)) as registry:
            registry.indexer.run_to_head()
    return root


@pytest.fixture
def built(app: Any, built_home: Path, tmp_path: Path) -> Puhui:
    """The program in a copy of that home."""
    shutil.copytree(built_home, tmp_path / "home")
    return Puhui(app, tmp_path / "home")


@pytest.fixture(scope="module")
def shared(app: Any, built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Puhui:
    """The program in a copy of that home that the tests of a module share, since none of them changes it."""
    root = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(built_home, root)
    return Puhui(app, root)


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file that a test hands to a command."""

    def to(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to
