"""Compile contracts/src and write registry/chain/artifacts, or (`--check`) say what differs from what is committed.

    .venv/bin/python scripts/compile_contracts.py [--check] [--artifacts FOLDER]

The compiler is the native solc of py-solc-x where it is installed, else the pinned npm package behind contracts/compiler/solc.js;
both give the same bytes. Nothing is ever downloaded here: Node packages come by `npm ci` in contracts/.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import posixpath
import re
import shutil
import sys
from pathlib import Path

import solcx

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
ARTIFACTS = ROOT / "registry" / "chain" / "artifacts"
SOLC_VERSION = "0.8.37"
RUNTIME_BYTES_MAX = 24_576  # EIP-170
COMPILATION = "compilation.json"
SETTINGS = {
    "evmVersion": "london",
    "optimizer": {"enabled": True, "runs": 200},
    "metadata": {"bytecodeHash": "ipfs"},
}
OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata"]
# An import statement begins its line, so examples inside comments do not match.
IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*\sfrom\s+)?["']([^"']+)["']\s*;""", re.MULTILINE)


class CompilationError(Exception):
    """The contracts cannot be compiled here; the text says what to do."""


def source_file(name: str) -> Path:
    """The file of a source name: `src/...` is ours, anything else is an npm package."""
    return CONTRACTS / name if name.startswith("src/") else CONTRACTS / "node_modules" / name


def collect_sources() -> dict[str, dict[str, str]]:
    """Every source of contracts/src and what it imports, by names that are the same on every machine."""
    pending = sorted(f"src/{path.name}" for path in (CONTRACTS / "src").glob("*.sol"))
    sources: dict[str, dict[str, str]] = {}
    while pending:
        name = pending.pop()
        if name in sources:
            continue
        path = source_file(name)
        if not path.is_file():
            raise CompilationError(f"{path} is missing: run `npm ci --ignore-scripts` in {CONTRACTS}")
        text = path.read_text("utf-8")
        sources[name] = {"content": text}
        for imported in IMPORT.findall(text):
            relative = imported.startswith(".")
            pending.append(
                posixpath.normpath(posixpath.join(posixpath.dirname(name), imported)) if relative else imported
            )
    return dict(sorted(sources.items()))


def standard_input() -> dict[str, object]:
    """The compiler's standard JSON input."""
    sources = collect_sources()
    ours = [name for name in sources if posixpath.dirname(name) == "src"]
    selection = {name: {Path(name).stem: OUTPUTS} for name in ours}
    return {"language": "Solidity", "sources": sources, "settings": {**SETTINGS, "outputSelection": selection}}


def find_compiler() -> Path:
    """The native compiler if py-solc-x has it installed, else the wrapper around the npm package."""
    if SOLC_VERSION in map(str, solcx.get_installed_solc_versions()):
        return Path(solcx.install.get_executable(SOLC_VERSION))
    if shutil.which("node") is None:
        raise CompilationError(f"neither a native solc {SOLC_VERSION} of py-solc-x nor Node is installed")
    if not (CONTRACTS / "node_modules" / "solc").is_dir():
        raise CompilationError(f"the npm package solc is missing: run `npm ci --ignore-scripts` in {CONTRACTS}")
    return CONTRACTS / "compiler" / "solc.js"


def json_text(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def compile_all() -> dict[str, str]:
    """File name -> text of every artifact. Raises CompilationError."""
    compiler = find_compiler()
    given = standard_input()
    canonical = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    try:
        output = solcx.compile_standard(given, solc_binary=compiler)
    except solcx.exceptions.SolcError as error:
        raise CompilationError(error.message) from error
    files: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for contracts in output["contracts"].values():
        for name, made in contracts.items():
            runtime = made["evm"]["deployedBytecode"]["object"]
            if not runtime:  # an interface or an abstract contract
                continue
            sizes[name] = len(runtime) // 2
            artifact = {
                "contractName": name,
                "abi": made["abi"],
                "bytecode": "0x" + made["evm"]["bytecode"]["object"],
                "deployedBytecode": "0x" + runtime,
                "metadata": made["metadata"],
            }
            files[f"{name}.json"] = json_text(artifact)
    too_large = [f"{name} ({size} bytes)" for name, size in sorted(sizes.items()) if size > RUNTIME_BYTES_MAX]
    if too_large:
        raise CompilationError(f"larger than {RUNTIME_BYTES_MAX} bytes: {', '.join(too_large)}")
    summary = {
        "compiler": str(solcx.wrapper.get_solc_version(compiler, with_commit_hash=True)),
        "settings": SETTINGS,
        "input_sha256": hashlib.sha256(canonical).hexdigest(),
        "runtime_bytes": sizes,
    }
    files[COMPILATION] = json_text(summary)
    return files


def differences(files: dict[str, str], folder: Path) -> list[str]:
    """What a commit of `files` to the folder would change, one line each."""
    kept = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    lines = [f"{name}: missing" for name in files if name not in kept]
    lines += [f"{name}: no contract of contracts/src gives it" for name in kept if name not in files]
    for name in files.keys() & kept.keys():
        if files[name] != kept[name]:
            before, after = json.loads(kept[name]), json.loads(files[name])
            keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
            lines.append(f"{name}: differs in {', '.join(keys) or 'its layout only'}")
    return sorted(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name what differs")
    parser.add_argument("--artifacts", type=Path, default=ARTIFACTS, help="folder of the artifacts")
    options = parser.parse_args(arguments)
    try:
        files = compile_all()
    except CompilationError as error:
        print(f"compile_contracts: {error}", file=sys.stderr)
        return 1
    changed = differences(files, options.artifacts)
    print("\n".join(changed) or f"{len(files) - 1} artifacts are as compiled")
    if options.check:
        return 1 if changed else 0
    options.artifacts.mkdir(parents=True, exist_ok=True)
    for path in options.artifacts.glob("*.json"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (options.artifacts / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
