"""Opening a home: the chain must be the one it belongs to, and what a crash left unsent is sent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from registry.chain.embedded import EmbeddedGateway
from registry.db.models import OutboxTransaction
from registry.db.session import DatabaseUnavailable, open_database
from registry.domain.errors import ChainUnavailable, Conflict, InvalidInput, NotFound, RegistryError
from registry.services.chain_identity import ChainMissing, ChainReplaced, genesis_hash
from registry.services.home import Home, NetworkSettings
from registry.services.outbox import Outbox
from registry.services.registry import Registry, open_registry
from tests.registry.services.conftest import Told
from tests.registry.services.faulty import Crash, FaultyGateway, crash_at
from tests.world import ACTORS, BATCH, PROJECT, World

PLATFORM = ACTORS["PLATFORM"]


@pytest.fixture
def home(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("PUHUI_DATABASE_URL", raising=False)
    root = tmp_path / "home"
    root.mkdir()
    shutil.copy(told.told, root / "chain.sqlite")
    gateway = EmbeddedGateway(root / "chain.sqlite")
    network = NetworkSettings("test", "embedded", 20260, told.addresses, bytes(32).hex(), 0, genesis_hash(gateway))
    gateway.close()
    home = Home(root)
    home.write_network(network)
    return home


def rewrite(home: Home, change: Callable[[NetworkSettings], NetworkSettings]) -> None:
    network = home.read_network()
    home.network_file.unlink()
    home.write_network(change(network))


def test_open__its_own_chain__reads_it(home: Home) -> None:
    with open_registry(home) as registry:
        assert registry.call("Credits", "batchOf", BATCH)["issued"] == 10_000_000
        registry.indexer.run_to_head()


def test_open__network_file_without_genesis__looks_for_the_contracts(home: Home, tmp_path: Path) -> None:
    rewrite(home, lambda network: replace(network, genesis_hash=None))
    with open_registry(home) as registry:
        assert registry.network.genesis_hash is None


def test_open__chain_file_gone__says_so_and_makes_none(home: Home) -> None:
    (home.root / "chain.sqlite").unlink()
    with pytest.raises(ChainMissing, match=r"chain\.sqlite is not there"), open_registry(home):
        pass
    assert not (home.root / "chain.sqlite").exists()


def test_open__chain_begun_anew__says_which_contract_is_missing(home: Home) -> None:
    for path in home.root.glob("chain.sqlite*"):
        path.unlink()
    EmbeddedGateway(home.root / "chain.sqlite").close()
    with pytest.raises(ChainReplaced, match="at its block 0 there is no contract"), open_registry(home):
        pass


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda network: replace(network, genesis_hash="0x" + "22" * 32), "hash of block 0"),
        (lambda network: replace(network, chain_id=1), "chain id is 20260, not 1"),
        (lambda network: replace(network, contracts={"Desk": PLATFORM.address}), "no contract Desk"),
    ],
)
def test_open__another_chain__says_how_it_differs(
    home: Home, change: Callable[[NetworkSettings], NetworkSettings], said: str
) -> None:
    rewrite(home, change)
    with pytest.raises(ChainReplaced, match=said) as refused, open_registry(home):
        pass
    assert "chain.sqlite" in str(refused.value)
    assert str(home.root) in str(refused.value)


def test_open__node_that_does_not_answer__names_it(home: Home) -> None:
    rewrite(home, lambda network: replace(network, chain="http://127.0.0.1:9"))
    with pytest.raises(ChainUnavailable, match=r"127\.0\.0\.1:9"), open_registry(home):
        pass


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("postgresql://u:secret@127.0.0.1:9/d", DatabaseUnavailable),
        ("sqlite:////proc/nowhere/x.sqlite", DatabaseUnavailable),
        ("sqlite://", InvalidInput),
        ("oracle://x/y", InvalidInput),
    ],
)
def test_open__database_that_cannot_be_opened__is_an_error_of_ours(
    home: Home, monkeypatch: pytest.MonkeyPatch, url: str, kind: type[RegistryError]
) -> None:
    monkeypatch.setenv("PUHUI_DATABASE_URL", url)
    with pytest.raises(kind) as refused, open_registry(home):
        pass
    assert "secret" not in str(refused.value)


def interrupted(home: Home, moment: str) -> str:
    """A transfer whose sender died at a moment; gives its idempotency key."""
    network = home.read_network()
    gateway = EmbeddedGateway(home.root / "chain.sqlite")
    database = open_database(home.database_url)
    try:
        outbox = Outbox(database, FaultyGateway(gateway, crash_at(moment)))
        with open_registry(home) as registry:
            sender, receiver = (registry.call("Accounts", "addressOf", 310000, number) for number in (1, 2))
            data = registry.register.encode("Credits", "safeTransferFrom", sender, receiver, BATCH, 5, b"")
        with pytest.raises(Crash):
            outbox.send(PLATFORM, network.contracts["Credits"], data, key="interrupted")
    finally:
        database.close()
        gateway.close()
    return "interrupted"


@pytest.mark.parametrize("moment", ["before send_raw", "after send_raw"])
def test_open__after_a_crash__what_was_signed_is_settled_once(home: Home, moment: str) -> None:
    with open_registry(home) as registry:
        receiver = registry.call("Accounts", "addressOf", 310000, 2)
        held = registry.call("Credits", "balanceOf", receiver, BATCH)
    key = interrupted(home, moment)
    for _ in range(2):
        with open_registry(home) as registry, registry.database.session() as session:
            row = session.scalars(select(OutboxTransaction).where(OutboxTransaction.key == key)).one()
            assert row.state == "mined"
            assert registry.call("Credits", "balanceOf", receiver, BATCH) == held + 5


def test_send__same_key_twice__is_one_transaction(registry: Registry, story_world: World) -> None:
    receiver = story_world.account(2)
    args = [story_world.account(1), receiver, BATCH, 3, b""]
    first = registry.send(PLATFORM, "Credits", "safeTransferFrom", args, key="transfer")
    assert registry.send(PLATFORM, "Credits", "safeTransferFrom", args, key="transfer") == first


def test_event__missing_or_several__is_told(registry: Registry, story_world: World) -> None:
    args = [story_world.account(1), story_world.account(2), BATCH, 3, b""]
    receipt = registry.send(PLATFORM, "Credits", "safeTransferFrom", args, key="transfer")
    assert registry.event(receipt, "TransferSingle")["value"] == 3
    with pytest.raises(NotFound, match="event Retired"):
        registry.event(receipt, "Retired")
    doubled = replace(receipt, logs=receipt.logs * 2)
    with pytest.raises(Conflict, match="2 TransferSingle"):
        registry.event(doubled, "TransferSingle")
    assert registry.keys.list() == {}
    assert registry.call("OracleCommittee", "lastSeq", PROJECT) == 4
