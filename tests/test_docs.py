"""What the documents promise about the repository itself."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

TOP_LEVEL = {
    *("contracts", "registry", "oracles", "api", "scripts", "tests", "hardhat-free-devnet", "docs"),
    *("pyproject.toml", "README.md", "Makefile", "LICENSE", "CHANGELOG.md"),
}
MAX_LINES = 400
MAX_FUNCTION_LINES = 70


def tracked() -> list[Path]:
    """The files of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("needs a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_repository__top_level__holds_what_was_agreed_and_nothing_else() -> None:
    visible = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in visible if not name.startswith(".")} == TOP_LEVEL


def test_repository__source_files__stay_readable() -> None:
    sources = [path for path in tracked() if path.suffix in (".py", ".sol", ".js", ".html", ".mjs", ".cjs")]
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources
        if (count := len(path.read_text("utf-8").splitlines())) > MAX_LINES and "versions" not in path.parts
    }
    assert long == {}


def test_functions__stay_short_and_no_float__comes_near_a_credit() -> None:
    exact = ("registry/domain", "registry/log", "oracles/accounting", "oracles/screens", "oracles/packing")
    for path in (path for path in tracked() if path.suffix == ".py" and "versions" not in path.parts):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert lines <= MAX_FUNCTION_LINES, f"{name}: {node.name} has {lines} lines"
            if name.startswith(exact) and isinstance(node, ast.Constant):
                assert not isinstance(node.value, float), f"{name}:{node.lineno} has the float {node.value}"


def test_repository__no_file__names_a_package_host_or_a_folder_of_one_machine() -> None:
    # Written apart, so that this file does not find itself.
    hosts = [f"{name}.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
    pattern = re.compile("|".join(map(re.escape, hosts)) + r"|(?<![\w.])/(?:work|root|home)/[a-z]")
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix not in (".parquet", ".gz", ".png") and pattern.search(path.read_text("utf-8", "replace"))
    ]
    assert found == []


def test_invariants__each__names_tests_that_exist() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs" / "invariants.md").read_text("utf-8").splitlines()
        if re.match(r"\| \d+ \|", line)
    ]
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
    for number, _, holders in rows:
        named = re.findall(r"`([\w./-]+)::(\w+)`", holders)
        assert named, f"invariant {number} names no test"
        for file, test in named:
            assert re.search(rf"\b{test}\b", (ROOT / file).read_text("utf-8")), (
                f"invariant {number}: {file} has no {test}"
            )


def test_decisions__each_record__is_listed_and_has_its_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text("utf-8")
    for record in sorted(folder.glob("0*.md")):
        text = record.read_text("utf-8")
        assert f"({record.name})" in listed
        assert all(part in text for part in ("**Context.**", "**Decision.**", "**Consequences.**"))


def test_readme__commands__are_targets_of_the_makefile() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE))
    assert named <= set(targets)
    # The two commands a newcomer needs come first.
    assert re.findall(r"^make (\S+)$", readme, re.MULTILINE)[:2] == ["demo", "test"]


def test_links__in_documents__lead_somewhere() -> None:
    for document in (path for path in tracked() if path.suffix == ".md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.relative_to(ROOT)} links to {target}"
