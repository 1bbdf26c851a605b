"""The compiled contracts that are committed in `artifacts/`: reading them, nothing else. Running never compiles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from registry.chain.abi import Abi, encode_arguments
from registry.chain.failures import ArtifactMissing

FOLDER = Path(__file__).parent / "artifacts"
COMPILATION = "compilation"
"""`compilation.json` says how the artifacts were made; it is no contract."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled contract."""

    name: str
    abi: Abi
    bytecode: bytes
    deployed_bytecode: bytes
    metadata: str
    immutable_starts: tuple[int, ...]
    """Where the deployed bytecode has 32 zero bytes in the place of a deployment's own value."""

    def deployment_data(self, *arguments: Any) -> bytes:
        """Data of the transaction that deploys it. Raises InvalidArguments, or ArtifactMissing for an interface."""
        if not self.bytecode:
            raise ArtifactMissing(what="bytecode (it is an interface or abstract)", where=self.name)
        return self.bytecode + encode_arguments(self.abi.constructor, arguments, self.name)


def read_artifact(path: Path) -> Artifact:
    """Reads one artifact file. Raises ArtifactMissing if it is missing or is no artifact."""
    try:
        raw: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        return Artifact(
            name=raw["contractName"],
            abi=Abi(raw["contractName"], raw["abi"]),
            bytecode=bytes.fromhex(raw["bytecode"].removeprefix("0x")),
            deployed_bytecode=bytes.fromhex(raw["deployedBytecode"].removeprefix("0x")),
            metadata=raw["metadata"],
            immutable_starts=tuple(raw.get("immutableStarts", ())),
        )
    except FileNotFoundError:
        raise ArtifactMissing(what=f"contract {path.stem}", where=str(path.parent)) from None
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise ArtifactMissing(what=f"readable artifact {path.name} ({cause})", where=str(path.parent)) from cause


@lru_cache(maxsize=64)
def load(name: str) -> Artifact:
    """The artifact of a contract of ours. Raises ArtifactMissing."""
    if name not in names():
        raise ArtifactMissing(what=f"contract {name}", where="the artifacts of this build")
    return read_artifact(FOLDER / f"{name}.json")


def names() -> tuple[str, ...]:
    """All contracts of this build, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != COMPILATION))


def deployment_data(name: str, *arguments: Any) -> bytes:
    """Data of the transaction that deploys a contract of ours. Raises ArtifactMissing, InvalidArguments."""
    return load(name).deployment_data(*arguments)


def selector(contract: str, function: str) -> bytes:
    """The four bytes by which a function of ours is called. Raises ArtifactMissing."""
    return load(contract).abi.function(function).selector
