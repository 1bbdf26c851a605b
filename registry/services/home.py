"""Where one installation keeps its files, and the network it belongs to.

A home folder holds everything of one installation::

    network.json     chain, chain id, genesis, contract addresses, pepper (readable by its owner only)
    deployment.json  the chain on which a deployment was begun, until it is complete
    chain.sqlite     the embedded chain, if there is one
    puhui.sqlite     the database (index, outbox, public texts)
    keys/            keystore files
    packages/        evidence packages
    oracles/<name>/  each oracle's own evidence copy, log and claims
    logs/            the public logs, one folder a project
    certificates/    certificates that were made
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eth_utils.address import is_address

from registry.domain.canonical import parse_strict_json
from registry.domain.errors import Conflict, InvalidInput, NotFound
from registry.files import OWNER_ONLY, write_whole

DEFAULT_HOME = Path(".puhui")
DATABASE_FILE = "puhui.sqlite"
DATABASE_VARIABLE = "PUHUI_DATABASE_URL"
NETWORK_FORMAT = 1
PEPPER_BYTES = 32


class HomeUnusable(InvalidInput):
    """The folder of an installation cannot be made or written. Values: home, problem."""

    code = "home_unusable"
    text = "The home {home} cannot be used: {problem}. Choose a folder that may be written, with --home or PUHUI_HOME."


class NoNetwork(NotFound):
    """No network was set up in this home. Values: file."""

    code = "no_network"
    text = "There is no network in {file}. Run `puhui demo` for a demonstration or `puhui chain init` for your own."


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """One network as its members know it.

    `contracts` maps contract names to addresses, `deployed_block` is the block of the first of them. `genesis_hash` is
    the hash of block 0 as 0x text, by which a chain is known again; None in a file that was written before it was kept.
    """

    label: str
    chain: str
    chain_id: int
    contracts: dict[str, str]
    # Not shown: a repr ends up in tracebacks and logs.
    pepper_hex: str = field(repr=False)
    deployed_block: int
    genesis_hash: str | None = None
    format_version: int = NETWORK_FORMAT

    @property
    def pepper(self) -> bytes:
        """The secret of the network that keeps act ids from being guessed, 32 bytes."""
        return bytes.fromhex(self.pepper_hex)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one installation; making the object touches nothing."""

    root: Path

    @property
    def network_file(self) -> Path:
        return self.root / "network.json"

    @property
    def deployment_file(self) -> Path:
        return self.root / "deployment.json"

    @property
    def database_url(self) -> str | Path:
        """The address in PUHUI_DATABASE_URL, else the SQLite file of this home."""
        return os.environ.get(DATABASE_VARIABLE) or self.root / DATABASE_FILE

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def packages(self) -> Path:
        return self.root / "packages"

    @property
    def oracles(self) -> Path:
        return self.root / "oracles"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def certificates(self) -> Path:
        return self.root / "certificates"

    def log_folder(self, project_id: int) -> Path:
        """Folder of the public log of one project."""
        return self.logs / str(project_id)

    def make(self) -> None:
        """Makes the folder if it is not there. Raises HomeUnusable."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as cause:
            raise HomeUnusable(home=str(self.root), problem=_reason(cause)) from cause

    def read_network(self) -> NetworkSettings:
        """The network of this home.

        Raises:
            NoNetwork: no network was set up here.
            InvalidInput: the file is not what this version writes.
        """
        raw = _read_object(self.network_file)
        if raw is None:
            raise NoNetwork(file=str(self.network_file))
        if raw.get("format_version") != NETWORK_FORMAT:
            raise _damaged(self.network_file, f"format_version is not {NETWORK_FORMAT}")
        try:
            settings = NetworkSettings(**raw)
        except TypeError as cause:
            raise _damaged(self.network_file, str(cause).removeprefix("NetworkSettings.__init__() ")) from cause
        for name, problem in _problems(settings):
            raise _damaged(self.network_file, f"{name} {problem}")
        return settings

    def write_network(self, settings: NetworkSettings) -> None:
        """Writes the network once, whole or not at all; another network in the same home is refused."""
        if self.network_file.exists():
            if self.read_network() != settings:
                raise Conflict(
                    kind="home", id=str(self.root), problem="it belongs to another network; choose another --home"
                )
            return
        self._write(self.network_file, asdict(settings))
        self.deployment_file.unlink(missing_ok=True)

    def bind_deployment(self, chain: dict[str, Any]) -> dict[str, Any]:
        """Keeps on which chain a deployment was begun, the first time; gives back what was kept."""
        kept = _read_object(self.deployment_file)
        if kept is None:
            self._write(self.deployment_file, chain)
            return chain
        return kept

    def _write(self, path: Path, content: dict[str, Any]) -> None:
        """Whole or not at all, readable by its owner only."""
        self.make()
        try:
            text = json.dumps(content, indent=1, sort_keys=True) + "\n"
            write_whole(path, text.encode("utf-8"), mode=OWNER_ONLY)
        except OSError as cause:
            raise HomeUnusable(home=str(self.root), problem=_reason(cause)) from cause


def _read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object of a file; None if there is no file."""
    try:
        raw = parse_strict_json(path.read_bytes(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as cause:
        raise _damaged(path, _reason(cause)) from cause
    if not isinstance(raw, dict):
        raise _damaged(path, "is not a JSON object")
    return raw


def _problems(settings: NetworkSettings) -> list[tuple[str, str]]:
    """What is wrong with settings that came from a file: (field, problem)."""
    found = [
        (field, "must be a text")
        for field in ("label", "chain", "pepper_hex")
        if not isinstance(getattr(settings, field), str)
    ]
    found += [
        (field, "must be an integer from 0")
        for field in ("chain_id", "deployed_block")
        if type(getattr(settings, field)) is not int or getattr(settings, field) < 0
    ]
    contracts = settings.contracts
    if not isinstance(contracts, dict) or not all(
        is_address(address) if isinstance(address, str) else False for address in contracts.values()
    ):
        found.append(("contracts", "must map names to addresses"))
    if not isinstance(settings.genesis_hash, str | None):
        found.append(("genesis_hash", "must be a text"))
    try:
        if len(settings.pepper) != PEPPER_BYTES:
            found.append(("pepper_hex", f"must be {PEPPER_BYTES} bytes"))
    except (TypeError, ValueError):
        found.append(("pepper_hex", "must be hexadecimal digits"))
    return found


def _damaged(path: Path, problem: str) -> InvalidInput:
    return InvalidInput(field="network file", problem=problem, given=str(path))


def _reason(cause: OSError) -> str:
    return f"{cause.filename}: {cause.strerror}" if cause.filename else str(cause)
