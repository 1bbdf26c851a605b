"""A fresh database per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.db.session import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "puhui.sqlite")
    yield opened
    opened.close()
