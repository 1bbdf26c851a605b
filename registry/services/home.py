"""Where one installation keeps its files, and the network it belongs to.

A home folder holds everything of one installation::

    network.json     chain, chain id, contract addresses, pepper (readable by its owner only)
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
from dataclasses import asdict, dataclass
from pathlib import Path

from registry.domain.errors import Conflict, InvalidInput, NotFound

DEFAULT_HOME = Path(".puhui")
NETWORK_FORMAT = 1


class NoNetwork(NotFound):
    """No network was set up in this home. Values: file."""

    code = "no_network"
    text = "There is no network in {file}. Run `puhui demo` for a demonstration or `puhui chain init` for your own."


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """One network as its members know it. `contracts` maps contract names to addresses."""

    label: str
    chain: str
    chain_id: int
    contracts: dict[str, str]
    pepper_hex: str
    deployed_block: int
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
    def database_url(self) -> str:
        return os.environ.get("PUHUI_DATABASE_URL") or f"sqlite:///{self.root / 'puhui.sqlite'}"

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

    def read_network(self) -> NetworkSettings:
        """The network of this home.

        Raises:
            NotFound: no network was set up here.
            InvalidInput: the file is not what this version writes.
        """
        try:
            raw = json.loads(self.network_file.read_text("utf-8"))
        except FileNotFoundError:
            raise NoNetwork(file=str(self.network_file)) from None
        except (ValueError, OSError) as cause:
            raise InvalidInput(field="network file", problem=str(cause), given=str(self.network_file)) from cause
        if not isinstance(raw, dict) or raw.get("format_version") != NETWORK_FORMAT:
            raise InvalidInput(
                field="network file", problem=f"format_version is not {NETWORK_FORMAT}", given=str(self.network_file)
            )
        try:
            settings = NetworkSettings(**raw)
            if len(settings.pepper) != 32:
                raise ValueError("pepper_hex is not 32 bytes")
        except (TypeError, ValueError) as cause:
            raise InvalidInput(field="network file", problem=str(cause), given=str(self.network_file)) from cause
        return settings

    def write_network(self, settings: NetworkSettings) -> None:
        """Writes the network once, whole or not at all; another network in the same home is refused."""
        if self.network_file.exists():
            if self.read_network() != settings:
                raise Conflict(
                    kind="home", id=str(self.root), problem="it belongs to another network; choose another --home"
                )
            return
        self.root.mkdir(parents=True, exist_ok=True)
        draft = self.network_file.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(asdict(settings), out, indent=1, sort_keys=True)
            out.write("\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self.network_file)
