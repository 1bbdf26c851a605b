"""The folder of an installation: what it keeps is whole, its owner's alone, and checked when it is read."""

from __future__ import annotations

import json
import stat
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from registry.domain.errors import Conflict, InvalidInput, RegistryError
from registry.services.home import Home, HomeUnusable, NetworkSettings, NoNetwork
from tests import world as worlds

DESK = worlds.actor("any address").address
NETWORK = NetworkSettings("test", "embedded", 20260, {"Desk": DESK}, bytes(range(32)).hex(), 1, "0x" + "11" * 32)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_network__written_and_read__is_the_same_and_its_owners_alone(home: Home) -> None:
    home.write_network(NETWORK)
    assert home.read_network() == NETWORK
    assert home.read_network().pepper == bytes(range(32))
    assert stat.S_IMODE(home.network_file.stat().st_mode) == 0o600
    assert list(home.root.iterdir()) == [home.network_file]


def test_network__written_again__same_is_kept_and_another_is_refused(home: Home) -> None:
    home.write_network(NETWORK)
    home.write_network(NETWORK)
    with pytest.raises(Conflict, match="choose another --home"):
        home.write_network(replace(NETWORK, chain_id=1))
    assert home.read_network() == NETWORK


def test_network__file_of_before_the_genesis_was_kept__is_read(home: Home) -> None:
    content = asdict(NETWORK)
    del content["genesis_hash"]
    home.make()
    home.network_file.write_text(json.dumps(content))
    assert home.read_network() == replace(NETWORK, genesis_hash=None)


def test_network__nothing_there__says_what_to_run(home: Home) -> None:
    with pytest.raises(NoNetwork, match="puhui chain init"):
        home.read_network()
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"format_version": 2}, "format_version is not 1"),
        ({"pepper_hex": "00"}, "pepper_hex must be 32 bytes"),
        ({"pepper_hex": "zz"}, "pepper_hex must be hexadecimal"),
        ({"pepper_hex": 7}, "pepper_hex must be a text"),
        ({"chain_id": "20260"}, "chain_id must be an integer"),
        ({"chain_id": -1}, "chain_id must be an integer"),
        ({"chain_id": True}, "chain_id must be an integer"),
        ({"deployed_block": None}, "deployed_block must be an integer"),
        ({"contracts": []}, "contracts must map"),
        ({"contracts": {"Desk": "0x12"}}, "contracts must map"),
        ({"contracts": {"Desk": 5}}, "contracts must map"),
        ({"genesis_hash": 5}, "genesis_hash must be a text"),
        ({"label": None}, "label must be a text"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_network__with_a_field_that_cannot_be__names_file_and_field(
    home: Home, changed: dict[str, Any], problem: str
) -> None:
    home.make()
    home.network_file.write_text(json.dumps({**asdict(NETWORK), **changed}))
    with pytest.raises(InvalidInput, match=problem) as refused:
        home.read_network()
    assert "network.json" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"label": 1.5}', b'{"a":1,"a":2}'])
def test_network__file_that_does_not_read__is_told(home: Home, content: bytes) -> None:
    home.make()
    home.network_file.write_bytes(content)
    with pytest.raises(RegistryError, match=r"network\.json"):
        home.read_network()


def test_network__is_a_folder__is_told(home: Home) -> None:
    home.network_file.mkdir(parents=True)
    with pytest.raises(InvalidInput, match="directory"):
        home.read_network()


def test_home__that_cannot_be_made__is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        with pytest.raises(HomeUnusable, match="--home"):
            Home(root).make()
        with pytest.raises(RegistryError):
            Home(root).write_network(NETWORK)


def test_deployment__begun__is_kept_until_the_network_is_written(home: Home) -> None:
    first = {"chain": "embedded", "chain_id": 1}
    assert home.bind_deployment(first) == first
    assert home.bind_deployment({"chain": "embedded", "chain_id": 2}) == first
    home.write_network(NETWORK)
    assert not home.deployment_file.exists()


def test_database__is_the_homes_unless_the_environment_names_another(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUHUI_DATABASE_URL", raising=False)
    assert home.database_url == home.root / "puhui.sqlite"
    monkeypatch.setenv("PUHUI_DATABASE_URL", "postgresql://host/name")
    assert home.database_url == "postgresql://host/name"


def test_log_folder__is_named_by_the_project(home: Home) -> None:
    assert home.log_folder(7) == home.root / "logs" / "7"
