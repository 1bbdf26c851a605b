"""What was promised about how the repository is built: pins, targets, licence, and a README that knows each file."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_docs import tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES = ("registry", "oracles", "api")
SHOWN = (*PACKAGES, "contracts", "scripts")
TARGETS = ("help", "demo", "up", "test", "test-fast", "lint", "types", "contracts", "bench")
BUILDERS = {"solcx", "subprocess", "pytest", "hypothesis", "httpx", "httpx2"}


def requirements(name: str) -> dict[str, str]:
    """What a file of pins installs: name -> its whole entry."""
    entries = (ROOT / ".ci" / "requirements" / name).read_text("utf-8").replace("\\\n", " ").splitlines()
    lines = [line for line in entries if line.strip() and not line.strip().startswith("#")]
    return {re.split(r"[=\[ ;]", line.strip(), maxsplit=1)[0].lower(): line for line in lines}


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_requirements__each__has_one_version_and_hashes(name: str) -> None:
    for requirement, entry in requirements(name).items():
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==[^ ]+", entry), requirement
        assert "--hash=sha256:" in entry, requirement


def test_requirements__of_the_project__are_pinned_as_it_says() -> None:
    for name, wanted in (("base.txt", PROJECT["dependencies"]), ("dev.txt", PROJECT["optional-dependencies"]["dev"])):
        pinned = requirements(name)
        for requirement in wanted:
            package, _, version = re.sub(r"\[.*?\]", "", requirement).lower().partition("==")
            if package != "puhui":
                assert f"=={version} " in pinned[package] + " ", requirement


def test_project__is_what_was_agreed() -> None:
    assert PROJECT["requires-python"] == ">=3.11"
    assert PROJECT["license"] == "Apache-2.0"
    assert PROJECT["scripts"] == {"puhui": "registry.cli.main:main"}
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")


def test_makefile__has_each_target_and_tells_of_it() -> None:
    told = re.findall(r"^([a-z-]+):.*## \S", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(TARGETS) <= set(told)


def test_running__neither_compiles_nor_starts_another_program() -> None:
    found = {}
    for path in (path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if builders := BUILDERS & {name.split(".")[0] for name in names}:
                found[path.relative_to(ROOT).as_posix()] = builders
    assert found == {}


def test_folders__each_file__stands_in_the_readme_above_it() -> None:
    missing = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix in (".py", ".sol") and path.name != "__init__.py" and path.relative_to(ROOT).parts[0] in SHOWN
        if not _is_told(path)
    ]
    assert missing == []


def _is_told(path: Path) -> bool:
    """Whether the nearest README names the file, or the folder beneath it in which the file lies."""
    readme = next(folder for folder in path.parents if (folder / "README.md").exists())
    text = (readme / "README.md").read_text("utf-8")
    parts = path.relative_to(readme).parts
    names = [path.name, path.stem] if len(parts) == 1 else [f"{part}/" for part in parts[:-1]] + [path.name]
    return any(re.search(rf"(?<![\w-]){re.escape(name)}", text) for name in names)
