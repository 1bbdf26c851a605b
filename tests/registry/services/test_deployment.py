"""Setting up a network: once, whatever happens in between, and on one chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.chain.embedded import EmbeddedGateway
from registry.chain.gateway import Gateway
from registry.db.session import Database
from registry.domain.errors import Conflict, ContractRefused, InvalidInput
from registry.domain.rules import Role
from registry.services.chain_identity import ChainReplaced
from registry.services.deployment import MODULES, deploy_network, install_modules
from registry.services.home import Home, NetworkSettings
from registry.services.outbox import Outbox
from registry.services.policies import guarded_functions
from registry.services.registry import assemble
from tests.registry.services.faulty import Crash, FaultyGateway
from tests.world import ACTORS

DEPLOYER, MAKER, CHECKER = ACTORS["DEPLOYER"], ACTORS["COUNCIL_MAKER"], ACTORS["COUNCIL_CHECKER"]
NAMES = [
    "Authority",
    "Desk",
    "Accounts",
    "TransferRules",
    "Recognition",
    "Filings",
    "OracleCommittee",
    "Emissions",
    "Credits",
    "Transfers",
    "Pledges",
    "Enforcement",
    "Invalidations",
    "RuleSets",
    "Compliance",
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def gateway() -> Iterator[EmbeddedGateway]:
    opened = EmbeddedGateway(None)
    yield opened
    opened.close()


def deploy(home: Home, gateway: Gateway, database: Database, **changed: Any) -> NetworkSettings:
    options: dict[str, Any] = {
        "chain": "embedded",
        "label": "test",
        "council_makers": [MAKER.address],
        "council_checkers": [CHECKER.address],
        "demo": True,
        **changed,
    }
    return deploy_network(home, gateway, database, DEPLOYER, **options)


def test_deploy__once__is_whole_and_the_deployer_has_no_power(
    home: Home, gateway: EmbeddedGateway, database: Database
) -> None:
    settings = deploy(home, gateway, database)
    assert list(settings.contracts) == NAMES
    assert home.read_network() == settings
    assert settings.genesis_hash == "0x" + gateway.block(0).hash.hex()
    assert settings.deployed_block == 1
    assert len(settings.pepper) == 32
    registry = assemble(home, settings, gateway, database)
    assert registry.call("Authority", "holds", 0, int(Role.REGISTRAR), MAKER.address)
    assert not any(registry.call("Authority", "holds", 0, int(role), DEPLOYER.address) for role in Role if role)
    with pytest.raises(ContractRefused):
        registry.send(DEPLOYER, "Authority", "wire", [DEPLOYER.address], key="again")
    registry.indexer.run_to_head()
    call = install_modules(settings.contracts)
    assert call.args == (0, [(int(role), settings.contracts[name]) for role, name in MODULES])


def test_deploy__again__gives_the_same_network_and_sends_nothing(
    home: Home, gateway: EmbeddedGateway, database: Database
) -> None:
    first = deploy(home, gateway, database)
    height = gateway.block("latest").number
    assert deploy(home, gateway, database, label="another label") == first
    assert gateway.block("latest").number == height
    with pytest.raises(Conflict, match="choose another --home"):
        deploy(home, gateway, database, chain="http://127.0.0.1:1")


def test_deploy__stopped_again_and_again__goes_on(home: Home, gateway: EmbeddedGateway, database: Database) -> None:
    stops = [2, 5, 9]
    for stop in stops:
        faulty = FaultyGateway(gateway)

        def hook(moment: str, faulty: FaultyGateway = faulty, stop: int = stop) -> None:
            if moment == "after send_raw" and faulty.inner.block("latest").number >= stop:
                raise Crash(moment)

        faulty.hook = hook
        with pytest.raises(Crash):
            deploy(home, faulty, database)
        assert not home.network_file.exists()
    settings = deploy(home, gateway, database)
    assert gateway.block("latest").number == len(NAMES) + 4
    assert all(gateway.code(address) for address in settings.contracts.values())


@pytest.fixture
def begun(home: Home, gateway: EmbeddedGateway, database: Database) -> Home:
    """A home whose deployment stopped before its first contract was wired."""

    def stop(moment: str) -> None:
        if moment == "after send_raw":
            raise Crash(moment)

    with pytest.raises(Crash):
        deploy(home, FaultyGateway(gateway, stop), database)
    return home


def test_deploy__resumed_with_another_council__is_refused(
    begun: Home, gateway: EmbeddedGateway, database: Database
) -> None:
    with pytest.raises(Conflict, match="another deployer, council or notices"):
        deploy(begun, gateway, database, council_makers=[ACTORS["OUTSIDER"].address])


def test_deploy__resumed_on_another_chain__is_refused(
    begun: Home, gateway: EmbeddedGateway, database: Database
) -> None:
    kept = json.loads(begun.deployment_file.read_text("utf-8"))
    begun.deployment_file.write_text(json.dumps({**kept, "genesis_hash": "0x" + "11" * 32}))
    with pytest.raises(ChainReplaced, match="hash of block 0"):
        deploy(begun, gateway, database)


def test_deploy__network_of_a_chain_that_was_reset__is_refused(
    home: Home, gateway: EmbeddedGateway, database: Database
) -> None:
    deploy(home, gateway, database)
    reset = EmbeddedGateway(None)
    with pytest.raises(ChainReplaced, match="there is no contract"):
        deploy(home, reset, database)
    reset.close()


@pytest.mark.parametrize(
    ("makers", "checkers", "problem"),
    [
        ([], [CHECKER.address], "at least one maker"),
        ([MAKER.address], [], "at least one maker"),
        ([MAKER.address], [MAKER.address.lower()], "nobody who is both"),
        (["0x12"], [CHECKER.address], "council maker"),
        ([MAKER.address], ["nobody"], "council checker"),
    ],
)
def test_deploy__council_that_cannot_be__is_refused_before_anything_is_sent(
    home: Home, gateway: EmbeddedGateway, database: Database, makers: list[str], checkers: list[str], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        deploy(home, gateway, database, council_makers=makers, council_checkers=checkers)
    assert gateway.block("latest").number == 0
    assert Outbox(database, gateway).recover() == 0
    assert not home.root.exists()


def test_policies__of_the_data_file__name_two_roles_and_a_notice() -> None:
    working, demo = guarded_functions(demo=False), guarded_functions(demo=True)
    assert [(row.contract, row.function) for row in working] == [(row.contract, row.function) for row in demo]
    assert len({(row.contract, row.function) for row in working}) == len(working)
    for slow, quick in zip(working, demo, strict=True):
        assert slow.maker is not slow.checker
        assert 0 <= quick.notice_seconds <= 1
        assert slow.notice_seconds >= quick.notice_seconds
        assert slow.expiry_seconds > slow.notice_seconds
