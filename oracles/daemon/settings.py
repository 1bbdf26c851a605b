"""The settings of a daemon: one TOML file, read strictly. Secrets are not in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from oracles.accounting.engines import SPARK_HERE, EngineName
from registry.domain.errors import InvalidInput

Seconds = Annotated[float, Field(gt=0, le=86_400)]

TEMPLATE = """# Settings of one oracle. Paths begin at the folder of this file. There is no secret in it: the key is a
# keystore file (`puhui oracle run --key`), its password comes from PUHUI_PASSWORD or --password-file.

home = "."                          # folder with network.json; index and outbox are made here
name = "oracle"                     # copies, log, claims and signed reports are in oracles/<name>
jurisdictions = [310000]            # GB/T 2260 codes of the projects to watch

# Where platforms publish packages: addresses with packages.json, or folders.
sources = ["packages"]

# Where messages go and come from: the API of the registry, and the listeners of the other oracles.
mailboxes = ["http://127.0.0.1:8000/api/v1"]

# Definitions of methodologies besides the shipped ones.
methodologies = []

# Publish final reports in this home: only beside the registry whose home it is.
publish = false

[listen]                            # messages of the others, /healthz, /metrics; port 0 for none
host = "127.0.0.1"
port = 9310

[engine]                            # what computes: reference; duckdb, spark for millions of acts
name = "reference"
spark_master = "local[*]"           # or spark://host:7077, a cluster of this oracle alone

[pace]                              # seconds
round = 1
list = 10
turn = 5
retry_max = 120
refused = 600
missing_package = 600
"""


class SettingsRefused(InvalidInput):
    """Values: file, path (where in it), problem."""

    code = "oracle_settings"
    text = "The settings {file} are not valid at {path}: {problem}. `puhui oracle settings` shows a file that is."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listen(_Strict):
    """Where the listener is. Port 0: nowhere."""

    host: str = "127.0.0.1"
    port: int = Field(default=9310, ge=0, le=65_535)


class PaceSettings(_Strict):
    """How often, in seconds; see `daemon.Pace`."""

    round: Seconds = 1
    list: Seconds = 10
    turn: Seconds = 5
    retry_max: Seconds = 120
    refused: Seconds = 600
    missing_package: Seconds = 600


class EngineSettings(_Strict):
    """What computes; see `oracles/accounting/engines.py`."""

    name: EngineName = EngineName.REFERENCE
    spark_master: str = SPARK_HERE


class Settings(_Strict):
    """What a daemon is told. Made by `read_settings`."""

    home: Path
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    jurisdictions: list[Annotated[int, Field(ge=1, le=999_999)]] = Field(min_length=1, max_length=100)
    sources: list[str] = Field(min_length=1, max_length=32)
    mailboxes: list[str] = Field(default_factory=list, max_length=64)
    methodologies: list[str] = Field(default_factory=list, max_length=1_000)
    publish: bool = False
    listen: Listen = Listen()
    engine: EngineSettings = EngineSettings()
    pace: PaceSettings = PaceSettings()

    @field_validator("mailboxes")
    @classmethod
    def _addresses(cls, values: list[str]) -> list[str]:
        for value in values:
            if not value.startswith(("http://", "https://")):
                raise ValueError(f"{value!r} is no http or https address")
        return values


def read_settings(path: Path) -> Settings:
    """Reads a settings file. Raises SettingsRefused with what is wrong, and where."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as cause:
        raise SettingsRefused(file=str(path), path="the file", problem=str(cause.strerror)) from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise SettingsRefused(file=str(path), path="the file", problem=f"it is no TOML: {cause}") from cause
    try:
        settings = Settings.model_validate(content)
    except ValidationError as cause:
        first = cause.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsRefused(file=str(path), path=where, problem=f"{first['msg']}, given {first['input']!r}") from None
    below = path.resolve().parent
    sources = [each if "://" in each else str(below / each) for each in settings.sources]
    # A file beside the settings, or the id of a shipped definition.
    definitions = [str(below / each) if (below / each).is_file() else each for each in settings.methodologies]
    changed = {"home": below / settings.home, "sources": sources, "methodologies": definitions}
    return settings.model_copy(update=changed)
