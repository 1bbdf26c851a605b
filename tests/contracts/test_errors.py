"""Every custom error of the contracts is reached by a test, and every function is called by one.

By name: an error that several contracts declare counts once.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from registry.chain import artifacts
from tests.conftest import ROOT

PYTHON_TESTS = Path(__file__).parent
FORGE_TESTS = ROOT / "contracts" / "test"
# In the ABIs through OpenZeppelin's code, but on no path that our contracts leave open.
UNREACHABLE = {
    "ERC7943CannotSend": "the standard declares it; AccountNotUsable says which status forbids it",
    "ERC7943CannotReceive": "the standard declares it; AccountNotUsable says which status forbids it",
    "ERC7943CannotTransfer": "the standard declares it; our errors say what exactly forbids the transfer",
    "InsufficientBalance": "the Desk sends no ether with a call",
    "InvalidShortString": "name and version of the EIP-712 domain are constants of under 32 bytes",
    "StringTooLong": "name and version of the EIP-712 domain are constants of under 32 bytes",
}


def errors() -> set[str]:
    return {error.name for name in artifacts.names() for error in artifacts.load(name).abi.errors}


def functions() -> set[tuple[str, str]]:
    return {(name, part.name) for name in artifacts.names() for part in artifacts.load(name).abi.functions}


def python_texts() -> str:
    others = [path for path in sorted(PYTHON_TESTS.glob("*.py")) if path != Path(__file__)]
    return "\n".join(path.read_text("utf-8") for path in [*others, PYTHON_TESTS.parent / "world.py"])


def reached_in_python() -> set[str]:
    return set(re.findall(r'refused\(\s*"(\w+)"', python_texts()))


def reached_in_forge() -> set[str]:
    texts = "\n".join(path.read_text("utf-8") for path in sorted(FORGE_TESTS.glob("*.sol")))
    return set(re.findall(r"\b(\w+)\.selector", texts))


@pytest.mark.parametrize("name", sorted(errors() - set(UNREACHABLE)))
def test_error__of_any_contract__is_reached_by_a_test(name: str) -> None:
    assert name in reached_in_python() | reached_in_forge()


def test_errors__said_to_be_unreachable__are_known_and_reached_by_no_test() -> None:
    assert set(UNREACHABLE) <= errors()
    assert not set(UNREACHABLE) & reached_in_python()


def test_functions__of_every_contract__are_called_by_a_test() -> None:
    texts = python_texts()
    missing = {(contract, name) for contract, name in functions() if f'"{name}"' not in texts}
    assert missing == set()
