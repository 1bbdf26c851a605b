"""The committed artifacts are what contracts/src compiles to, and the compiler wrapper keeps its promises.

Skipped without Node by tests/conftest.py, which makes the skip a failure where everything is required.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts import compile_contracts as script
from scripts import snapshots

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"
WRAPPER = CONTRACTS / "compiler" / "solc.js"
CONCRETE = {
    "Authority",
    "Desk",
    "Accounts",
    "Recognition",
    "TransferRules",
    "Transfers",
    "Filings",
    "OracleCommittee",
    "Emissions",
    "Credits",
    "Pledges",
    "Enforcement",
    "Invalidations",
    "Compliance",
    "RuleSets",
}

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def compiled(build: script.Compiled) -> dict[str, str]:
    return script.artifacts_of(build)


def ask_wrapper(*arguments: str, given: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    text = None if given is None else json.dumps(given)
    return subprocess.run([str(WRAPPER), *arguments], input=text, capture_output=True, text=True, check=False)


def source_input(**sources: str) -> dict[str, Any]:
    return {
        "language": "Solidity",
        "sources": {f"{name}.sol": {"content": text} for name, text in sources.items()},
        "settings": {"outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"], "": ["ast"]}}},
    }


def test_committed_artifacts_are_what_the_sources_compile_to(compiled: dict[str, str]) -> None:
    assert script.differences(compiled, script.ARTIFACTS) == [], (
        "run `make contracts` and commit registry/chain/artifacts"
    )


def test_committed_storage_layouts_are_those_of_the_sources(build: script.Compiled) -> None:
    assert snapshots.differences({"storage.txt": snapshots.storage_text(build)}) == [], (
        "a contract stores things elsewhere; if that is on purpose, run `make snapshots` and commit contracts/snapshots"
    )


def test_every_concrete_contract_has_an_artifact_and_nothing_else_has(compiled: dict[str, str]) -> None:
    assert compiled.keys() == {f"{name}.json" for name in CONCRETE} | {"compilation.json"}


def test_artifacts_hold_abi_codes_and_metadata_of_the_london_build(compiled: dict[str, str]) -> None:
    for name in CONCRETE:
        artifact = json.loads(compiled[f"{name}.json"])
        metadata = json.loads(artifact["metadata"])
        assert artifact["contractName"] == name
        assert metadata["settings"]["evmVersion"] == "london"
        assert metadata["settings"]["optimizer"] == {"enabled": True, "runs": 200}
        assert all(not source.startswith("/") for source in metadata["sources"]), "a source is named by this machine"
        assert bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
        assert len(artifact["deployedBytecode"]) // 2 - 1 <= 24_576


def test_no_abi_declares_an_error_or_event_twice(compiled: dict[str, str]) -> None:
    for name in CONCRETE:
        abi = json.loads(compiled[f"{name}.json"])["abi"]
        named = [(entry["type"], entry["name"]) for entry in abi if entry["type"] in ("error", "event")]
        assert sorted(named) == sorted(set(named))


def test_check__artifacts_altered__names_what_differs_and_writes_nothing(
    compiled: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in compiled.items():
        (tmp_path / name).write_text(text, "utf-8")
    altered = json.loads(compiled["Desk.json"])
    altered["bytecode"] += "00"
    (tmp_path / "Desk.json").write_text(json.dumps(altered), "utf-8")
    (tmp_path / "Filings.json").unlink()
    (tmp_path / "Stranger.json").write_text("{}", "utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert script.settle(compiled, tmp_path, check=True) == 1

    assert capsys.readouterr().out.splitlines() == [
        "Desk.json: differs in bytecode",
        "Filings.json: missing",
        "Stranger.json: no contract of contracts/src gives it",
    ]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_writing__stale_artifacts__leaves_exactly_what_was_compiled(compiled: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "Stranger.json").write_text("{}", "utf-8")

    assert script.settle(compiled, tmp_path, check=False) == 0

    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == compiled


def test_wrapper__version__answers_as_the_native_compiler() -> None:
    answer = ask_wrapper("--version")
    assert answer.returncode == 0
    assert "Version: 0.8.37+commit." in answer.stdout


def test_wrapper__output_beyond_128_kib__arrives_whole() -> None:
    functions = "\n".join(f"function f{n}() external pure returns (uint256) {{ return {n}; }}" for n in range(300))
    source = f"// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\ncontract Long {{\n{functions}\n}}\n"

    answer = ask_wrapper("--standard-json", given=source_input(Long=source))

    assert len(answer.stdout) > 131_072
    assert "Long" in json.loads(answer.stdout)["contracts"]["Long.sol"]


def test_wrapper__import_from_the_packages__is_found() -> None:
    source = 'pragma solidity 0.8.37;\nimport "@openzeppelin/contracts/utils/Errors.sol";\n'
    answer = json.loads(ask_wrapper("--standard-json", given=source_input(A=source)).stdout)
    assert not [error for error in answer.get("errors", []) if error["severity"] == "error"]


@pytest.mark.parametrize("outside", ["../pyproject.toml", "/etc/hostname", "no/such/file.sol"])
def test_wrapper__import_outside_contracts__is_refused(outside: str) -> None:
    source = f'pragma solidity 0.8.37;\nimport "{outside}";\n'
    answer = json.loads(ask_wrapper("--standard-json", given=source_input(A=source)).stdout)
    assert any("File not found inside contracts/" in error["message"] for error in answer["errors"])


def test_wrapper__unknown_arguments__fails_readably() -> None:
    answer = ask_wrapper("--bin", "A.sol")
    assert answer.returncode == 2
    assert "--standard-json" in answer.stderr


def test_wrapper__input_is_not_json__says_so_in_the_answer() -> None:
    answer = subprocess.run([str(WRAPPER), "--standard-json"], input="{", capture_output=True, text=True, check=False)
    assert "parse" in answer.stdout.lower()


def test_lock_names_no_registry_and_every_exact_version() -> None:
    lock = json.loads((CONTRACTS / "package-lock.json").read_text("utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    wanted = json.loads((CONTRACTS / "package.json").read_text("utf-8"))
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
