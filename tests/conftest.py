"""What every test shares: which tests can run on this machine, and why others cannot.

A test marked `node`, `shared_data`, `duckdb` or `spark` is skipped with its reason where that is absent.
Where PUHUI_REQUIRE_ALL is set, as in `.ci/run`, nothing may be skipped: an absence fails the test.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
NODE_PACKAGES = ROOT / "contracts" / "node_modules"
REQUIRE_ALL = bool(os.environ.get("PUHUI_REQUIRE_ALL"))


def _missing(marker: str) -> str | None:
    if marker == "node" and (shutil.which("node") is None or not (NODE_PACKAGES / "solc").is_dir()):
        return "needs Node and `npm ci --prefix contracts`"
    if marker == "shared_data" and not SHARED_DATA.is_dir():
        return f"needs the real input data in {SHARED_DATA.relative_to(ROOT.parent)} beside the project"
    if marker == "duckdb" and _absent("duckdb", "ibis"):
        return "needs the packages of `make test-long` (pip install 'puhui[duckdb]')"
    if marker == "spark" and (_absent("pyspark", "ibis") or shutil.which("java") is None):
        return "needs Java and the packages of `make test-long` (pip install 'puhui[spark]')"
    return None


def _absent(*packages: str) -> bool:
    return any(importlib.util.find_spec(name) is None for name in packages)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what cannot run here, with its reason."""
    if REQUIRE_ALL:
        return
    for item in items:
        for marker in ("node", "shared_data", "duckdb", "spark"):
            reason = _missing(marker) if item.get_closest_marker(marker) else None
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where everything is required, a skipped test is a failed one."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but PUHUI_REQUIRE_ALL is set: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real input data."""
    return SHARED_DATA
