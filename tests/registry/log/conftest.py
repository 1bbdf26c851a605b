"""Stores for the log tests."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from registry.log import tree
from registry.log.store import LogStore
from tests.registry.log.lines import HASHES, LEAVES

# A shared machine stalls now and then; a slow example is no failure.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "1331439861760001"


@pytest.fixture
def store(folder: Path) -> LogStore:
    return LogStore(folder)


@pytest.fixture(scope="package")
def full(tmp_path_factory: pytest.TempPathFactory) -> LogStore:
    """The 1,000 LEAVES, appended in parts that end inside, at and beyond the edges of tiles. Read only."""
    store = LogStore(tmp_path_factory.mktemp("log"))
    for start, end in [(0, 1), (1, 255), (255, 256), (256, 600), (600, 768), (768, 1000)]:
        assert store.append(LEAVES[start:end]) == (end, tree.root(HASHES[:end]))
    return store


@pytest.fixture
def damaged(full: LogStore, tmp_path: Path) -> Path:
    """A copy of the full log, to be damaged."""
    return Path(shutil.copytree(full.folder, tmp_path / "copy"))
