"""A fresh copy of the test network for each test: as built, with a batch issued, with two jurisdictions that issue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.compile_contracts import Compiled, compile_sources, own_sources
from tests.contracts.lands import OPENS_AT, Lands
from tests.contracts.prepared import Prepared, prepare
from tests.world import World


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("network"))


@pytest.fixture
def world(prepared: Prepared, tmp_path: Path) -> Iterator[World]:
    """The network before any report."""
    opened = prepared.open(prepared.built, tmp_path / "chain.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def issued(prepared: Prepared, tmp_path: Path) -> Iterator[World]:
    """The network with 10,000,000 g of batch 1 in account 1, the platform's."""
    opened = prepared.open(prepared.issued, tmp_path / "chain.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def lands(prepared: Prepared, tmp_path: Path) -> Iterator[Lands]:
    """The network with a Wuhan enterprise that holds local and other credits, at the opening of its offset period."""
    opened = prepared.open(prepared.settled, tmp_path / "chain.sqlite", OPENS_AT)
    yield Lands(opened)
    opened.close()


@pytest.fixture(scope="session")
def build() -> Compiled:
    """What contracts/src compiles to, for tests marked `node`."""
    return compile_sources(own_sources())
