"""Compile contracts/src and write registry/chain/artifacts, or (`--check`) say what differs from what is committed.

The compiler is the native solc of py-solc-x where it is installed, else the pinned npm package behind
contracts/compiler/solc.js; both give the same bytes. Nothing is downloaded here: `npm ci` in contracts/ does that.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import posixpath
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import solcx

from registry.files import write_whole

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "registry" / "chain" / "artifacts"
SOLC_VERSION = "0.8.37"
RUNTIME_BYTES_MAX = 24_576  # EIP-170
SETTINGS = {"evmVersion": "london", "optimizer": {"enabled": True, "runs": 200}, "metadata": {"bytecodeHash": "ipfs"}}
# The layout of the storage is for contracts/snapshots, the rest for the artifacts.
OUTPUTS = [
    *("abi", "metadata", "storageLayout"),
    *("evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"),
]
# An import statement begins its line, so examples inside comments do not match.
IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*\sfrom\s+)?["']([^"']+)["']\s*;""", re.MULTILINE)


class CompilationError(Exception):
    """The contracts cannot be compiled here; the text says what to do."""


@dataclass(frozen=True)
class Compiled:
    """What the compiler made: by contract name its parts as in standard JSON, and the hash of all that it was given."""

    contracts: dict[str, dict[str, Any]]
    compiler: str
    input_sha256: str


def own_sources() -> list[str]:
    return sorted(f"src/{path.name}" for path in (CONTRACTS / "src").glob("*.sol"))


def collect_sources(first: Iterable[str]) -> dict[str, dict[str, str]]:
    """The sources named, relative to contracts/, and what they import, by names that are the same on every machine."""
    pending = list(first)
    sources: dict[str, dict[str, str]] = {}
    while pending:
        name = pending.pop()
        if name in sources:
            continue
        path = CONTRACTS / name if name.startswith(("src/", "test/")) else CONTRACTS / "node_modules" / name
        if not path.is_file():
            raise CompilationError(f"{path} is missing: run `npm ci --ignore-scripts` in {CONTRACTS}")
        text = path.read_text("utf-8")
        sources[name] = {"content": text}
        for other in IMPORT.findall(text):
            pending.append(posixpath.normpath(f"{name}/../{other}") if other.startswith(".") else other)
    return dict(sorted(sources.items()))


def standard_input(first: list[str]) -> dict[str, object]:
    """The compiler's standard JSON input; outputs only for the contracts of the sources named."""
    selection = {name: {Path(name).stem: OUTPUTS} for name in sorted(first)}
    settings = {**SETTINGS, "outputSelection": selection}
    return {"language": "Solidity", "sources": collect_sources(first), "settings": settings}


def find_compiler() -> Path:
    """The native compiler if py-solc-x has it installed, else the wrapper around the npm package."""
    if SOLC_VERSION in map(str, solcx.get_installed_solc_versions()):
        return Path(solcx.install.get_executable(SOLC_VERSION))
    if shutil.which("node") is None or not (CONTRACTS / "node_modules" / "solc").is_dir():
        raise CompilationError(f"no native solc {SOLC_VERSION}, and no Node with the packages that `npm ci` installs")
    return CONTRACTS / "compiler" / "solc.js"


def json_text(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def is_our_warning(error: dict[str, Any]) -> bool:
    where = str(error.get("sourceLocation", {}).get("file", "src/"))
    return error["severity"] == "warning" and where.startswith(("src/", "test/"))


def compile_sources(first: list[str]) -> Compiled:
    """Compiles the sources named. Raises CompilationError, also for a warning about a source of ours."""
    compiler = find_compiler()
    given = standard_input(first)
    canonical = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    try:
        output = solcx.compile_standard(given, solc_binary=compiler)
    except solcx.exceptions.SolcError as error:
        raise CompilationError(error.message) from error
    if warnings := [error["formattedMessage"] for error in output.get("errors", []) if is_our_warning(error)]:
        raise CompilationError("\n".join(warnings))
    made = {name: parts for contracts in output["contracts"].values() for name, parts in contracts.items()}
    return Compiled(
        # An interface and an abstract contract have no code.
        contracts={name: parts for name, parts in made.items() if parts["evm"]["deployedBytecode"]["object"]},
        compiler=str(solcx.wrapper.get_solc_version(compiler, with_commit_hash=True)),
        input_sha256=hashlib.sha256(canonical).hexdigest(),
    )


def runtime_bytes(compiled: Compiled) -> dict[str, int]:
    return {name: len(parts["evm"]["deployedBytecode"]["object"]) // 2 for name, parts in compiled.contracts.items()}


def artifacts_of(compiled: Compiled) -> dict[str, str]:
    """File name -> text of every artifact. Raises CompilationError for a contract that no chain would take."""
    sizes = runtime_bytes(compiled)
    if too_large := [f"{name} ({size} bytes)" for name, size in sorted(sizes.items()) if size > RUNTIME_BYTES_MAX]:
        raise CompilationError(f"larger than {RUNTIME_BYTES_MAX} bytes: {', '.join(too_large)}")
    files = {f"{name}.json": artifact(name, parts) for name, parts in compiled.contracts.items()}
    files["compilation.json"] = json_text(
        {
            "compiler": compiled.compiler,
            "settings": SETTINGS,
            "input_sha256": compiled.input_sha256,
            "runtime_bytes": sizes,
        }
    )
    return files


def compile_all() -> dict[str, str]:
    """File name -> text of every artifact of contracts/src. Raises CompilationError."""
    return artifacts_of(compile_sources(own_sources()))


def artifact(name: str, parts: dict[str, Any]) -> str:
    """The text of an artifact file. `immutableStarts`: where the code has a deployment's own values, of 32 bytes."""
    codes = {key: "0x" + parts["evm"][key]["object"] for key in ("bytecode", "deployedBytecode")}
    # Without their keys, which are places in the syntax tree that other sources move.
    references = parts["evm"]["deployedBytecode"].get("immutableReferences", {}).values()
    starts = sorted(place["start"] for places in references for place in places)
    rest = {"metadata": parts["metadata"], "immutableStarts": starts}
    return json_text({"contractName": name, "abi": parts["abi"], **rest, **codes})


def differences(files: dict[str, str], folder: Path) -> list[str]:
    """What a commit of `files` to the folder would change, one line each."""
    kept = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    lines = [f"{name}: missing" for name in files.keys() - kept.keys()]
    lines += [f"{name}: no contract of contracts/src gives it" for name in kept.keys() - files.keys()]
    for name in files.keys() & kept.keys():
        before, after = json.loads(kept[name]), json.loads(files[name])
        keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        if files[name] != kept[name]:
            lines.append(f"{name}: differs in {', '.join(keys) or 'its layout only'}")
    return sorted(lines)


def settle(files: dict[str, str], folder: Path, *, check: bool) -> int:
    """Prints what differs; then writes it, or with `check` gives 1 if there is any. Returns the exit code."""
    changed = differences(files, folder)
    print("\n".join(changed) or f"{len(files) - 1} artifacts are as compiled")
    if check:
        return 1 if changed else 0
    for name, text in files.items():
        write_whole(folder / name, text.encode("utf-8"))
    for path in folder.glob("*.json"):
        if path.name not in files:
            path.unlink()
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile contracts/src and write registry/chain/artifacts.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name what differs")
    check = parser.parse_args().check
    try:
        return settle(compile_all(), ARTIFACTS, check=check)
    except CompilationError as error:
        print(f"compile_contracts: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
