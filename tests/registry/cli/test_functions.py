"""Whatever a person may do on chain, a command does: no right needs code to be used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.conftest import ROOT
from tests.contracts.functions import changing_functions

PACKAGES = ("registry", "oracles")
COMMANDS = ("registry.cli.", "oracles.cli")
# Whom docs/permissions.md names where no person calls: contracts among themselves, `puhui chain init`, closed entries.
NO_PERSON = ("a contract with", "any contract", "nobody", "the deployer, once", "the ledger")

Name = tuple[str, str]
"""Module and top-level function or class."""


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts), ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Names that a module imports: what they are called there -> (module, name)."""
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def graph() -> tuple[dict[Name, set[Name]], dict[Name, set[tuple[str, str]]]]:
    """What each function speaks of, and which functions of contracts it names: ("Desk", "propose") side by side."""
    known = changing_functions()
    uses: dict[Name, set[Name]] = {}
    calls: dict[Name, set[tuple[str, str]]] = {}
    for module, tree in parsed():
        imported = imports(tree)
        for top in (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)):
            here = uses.setdefault((module, top.name), set())
            for node in ast.walk(top):
                if isinstance(node, ast.Name):
                    here.add(imported.get(node.id, (module, node.id)))
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    package, name = imported.get(node.value.id, ("", ""))
                    here.add((f"{package}.{name}", node.attr))
                elif isinstance(node, ast.Call):
                    words = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
                    found = {pair for pair in pairwise(words) if pair in known}
                    calls.setdefault((module, top.name), set()).update(found)  # type: ignore[arg-type]
    return uses, calls


def called_by_commands() -> set[tuple[str, str]]:
    uses, calls = graph()
    waiting = [name for name in uses if name[0].startswith(COMMANDS)]
    reached: set[Name] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached and name in uses:
            reached.add(name)
            waiting += uses[name]
    return {pair for name in reached for pair in calls.get(name, set())}


def for_no_person() -> set[tuple[str, str]]:
    rows = re.findall(
        r"^\| (\w+) \| (\w+) \| ([^|]+) \|", Path(ROOT / "docs/permissions.md").read_text("utf-8"), re.MULTILINE
    )
    return {(contract, function) for contract, function, who in rows if who.startswith(NO_PERSON)}


def test_functions__each_that_a_person_may_call__has_a_command() -> None:
    assert changing_functions() - called_by_commands() == for_no_person()
