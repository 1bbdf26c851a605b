"""The API over the rows of `network_rows`, with a chain that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from registry.chain.contracts import Register
from registry.chain.gateway import Block
from registry.db.session import Database
from registry.domain.errors import ChainUnavailable
from registry.services.home import Home, NetworkSettings
from registry.services.outbox import Outbox
from registry.services.registry import Registry
from tests.api import network_rows as rows


class StillChain:
    """A node that knows its newest block and answers nothing else; `down` makes it answer nothing at all."""

    chain_id = 20260

    def __init__(self) -> None:
        self.height = rows.HEAD
        self.down = False

    def block(self, block: Any) -> Block:
        if self.down:
            raise ChainUnavailable(what="http://user:secret@node:8545", problem="connection refused")
        return Block(self.height, rows.block_hash(self.height), rows.block_hash(self.height - 1), 0, b"")

    def call(self, to: str, data: bytes, block: Any = None, sender: str | None = None) -> bytes:
        raise ChainUnavailable(what="http://user:secret@node:8545", problem="connection refused")

    def close(self) -> None:
        pass


class StillIndexer:
    """An index that has read everything; `error` makes a round fail."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.rounds = 0

    def run_to_head(self) -> int:
        self.rounds += 1
        if self.error is not None:
            raise self.error
        return 0


def make_registry(home: Path, database: Database, gateway: Any, indexer: Any) -> Registry:
    """A registry of parts."""
    network = NetworkSettings(
        label="Test network",
        chain="embedded",
        chain_id=20260,
        contracts=rows.CONTRACTS,
        pepper_hex="11" * 32,
        deployed_block=0,
    )
    return Registry(
        home=Home(home),
        network=network,
        gateway=gateway,
        register=Register(gateway, rows.CONTRACTS),
        database=database,
        outbox=Outbox(database, gateway),
        indexer=indexer,
    )


def serve(registry: Registry) -> FastAPI:
    """The app over a registry; the index is not followed in the background."""

    @contextmanager
    def opener() -> Iterator[Registry]:
        yield registry

    return create_app(opener, follow_seconds=None)


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rows.Network]:
    """Read only: a test that writes builds its own."""
    built = rows.build(tmp_path_factory.mktemp("network"))
    yield built
    built.database.close()


@pytest.fixture(scope="session")
def app(network: rows.Network) -> FastAPI:
    return serve(make_registry(network.home, network.database, StillChain(), StillIndexer()))


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as opened:
        yield opened
