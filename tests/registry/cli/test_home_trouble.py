"""A home that is not as it should be: passwords, files, the chain and the database. Each is told in one line."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from registry.chain.embedded import EmbeddedGateway
from tests.registry.cli.conftest import Puhui, Write

HASH = "0x" + "11" * 32


def test_password__wrong_or_missing__is_told(built: Puhui) -> None:
    words = ("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as", "platform")
    built.environment["PUHUI_PASSWORD"] = "guess"
    assert "password" in built.refused(*words)
    built.environment["PUHUI_PASSWORD"] = None
    assert "PUHUI_PASSWORD" in built.refused(*words)
    built.environment["PUHUI_PASSWORD"] = ""
    assert "password" in built.refused("key", "new", "fresh")


def test_home__nothing_there__says_what_to_run(puhui: Puhui) -> None:
    for words in (("chain", "status"), ("desk", "list"), ("index", "run"), ("act", HASH)):
        assert "puhui chain init" in puhui.refused(*words)
    assert puhui.code("chain", "status") == "no_network"
    assert not puhui.home.exists()


def test_home__a_file_or_not_writable__is_told(puhui: Puhui, write: Write) -> None:
    puhui.home = write("home", "a file")
    assert "home/keys" in puhui.refused("key", "new", "anna")
    assert "no network" in puhui.refused("chain", "status")
    puhui.home = Path("/proc/nowhere")
    assert "/proc/nowhere" in puhui.refused("key", "new", "anna")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "line 1"),
        ("[]", "is not a JSON object"),
        ('{"format_version": 99}', "format_version is not 1"),
        ('{"format_version": 1, "chain": "embedded"}', "missing"),
    ],
)
def test_home__network_file_damaged__is_told(built: Puhui, content: str, expected: str) -> None:
    (built.home / "network.json").write_text(content)
    line = built.refused("chain", "status")
    assert expected in line
    assert "network.json" in line


def test_chain__file_deleted__is_told_and_no_empty_chain_is_made(built: Puhui) -> None:
    (built.home / "chain.sqlite").unlink()
    assert "chain.sqlite is not there" in built.refused("account", "show", "310000/1")
    assert not (built.home / "chain.sqlite").exists()
    shutil.copy(built.home / "network.json", built.home / "chain.sqlite")
    assert "chain.sqlite" in built.refused("account", "show", "310000/1")


def test_chain__another_one_in_its_place__is_told(built: Puhui, puhui: Puhui) -> None:
    (built.home / "chain.sqlite").unlink()
    EmbeddedGateway(built.home / "chain.sqlite").close()
    line = built.refused("transfer", "310000/1", "310000/2", "310000/1/1", 1, "--as", "platform")
    assert "there is no contract" in line
    assert "in another --home" in line
    network = json.loads((built.home / "network.json").read_text("utf-8"))
    (built.home / "network.json").write_text(json.dumps({**network, "chain": "http://127.0.0.1:1"}))
    assert "http://127.0.0.1:1" in built.refused("chain", "status")


@pytest.mark.parametrize("url", ["mysql://h/d", "postgresql://u:secret@127.0.0.1:1/d", "sqlite:////proc/x/y", "??://"])
def test_database__that_cannot_be_opened__is_told_without_its_password(built: Puhui, url: str) -> None:
    built.environment["PUHUI_DATABASE_URL"] = url
    line = built.refused("account", "show", "310000/1")
    assert "database" in line
    assert "secret" not in line


def test_database__damaged_file__is_told(built: Puhui) -> None:
    built.told("index", "run")
    for path in built.home.glob("puhui.sqlite*"):
        path.write_bytes(b"this was a database" * 400)
    assert "database" in built.refused("account", "show", "310000/1")


def test_database__half_of_its_tables_gone__is_told(built: Puhui) -> None:
    built.told("index", "run")
    with sqlite3.connect(built.home / "puhui.sqlite") as connection:
        connection.execute("DROP TABLE holdings")
    connection.close()
    assert "no such table: holdings" in built.refused("account", "show", "310000/1")
