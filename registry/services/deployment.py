"""Setting up a network: deploying the contracts, wiring them together, writing the network file.

Can be stopped and repeated at any point: every transaction has an idempotency key, so a second run goes on where the
first one ended. After it the deployer has no power left; every change goes through the Desk.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from eth_account.signers.local import LocalAccount

from registry.chain.artifacts import deployment_data, selector
from registry.chain.contracts import Register
from registry.chain.gateway import Gateway
from registry.db.session import Database
from registry.domain.errors import InvalidInput
from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from registry.services.home import Home, NetworkSettings
from registry.services.membership import grant_roles
from registry.services.outbox import Outbox
from registry.services.policies import guarded_functions

# What each constructor is handed, in order of deployment: names of contracts deployed before.
_WIRING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Desk", ("Authority",)),
    ("Accounts", ("Authority", "Desk")),
    ("Filings", ("Authority", "Desk", "Accounts")),
    ("OracleCommittee", ("Authority", "Desk", "Filings")),
    ("Credits", ("Authority", "Desk", "Accounts", "Filings", "OracleCommittee")),
    ("Compliance", ("Authority", "Desk", "Accounts", "Filings", "OracleCommittee", "Credits")),
)


def deploy_network(
    home: Home,
    gateway: Gateway,
    database: Database,
    deployer: LocalAccount,
    *,
    chain: str,
    label: str,
    council_makers: Sequence[str],
    council_checkers: Sequence[str],
    demo: bool,
    pepper: bytes | None = None,
) -> NetworkSettings:
    """Deploys and wires all contracts and writes `network.json` last.

    Raises:
        InvalidInput: a maker is also a checker, or there is none.
        ContractRefused, ChainUnavailable: as the chain answers; run again to go on.
    """
    if not council_makers or not council_checkers or set(council_makers) & set(council_checkers):
        raise InvalidInput(
            field="council", problem="needs at least one maker and one checker, and nobody who is both", given=label
        )
    outbox = Outbox(database, gateway)
    gateway.fund(deployer.address)

    def create(name: str, *args: Any) -> str:
        receipt = outbox.send(deployer, None, deployment_data(name, *args), key=f"deploy/{name}")
        if receipt.contract_address is None:
            raise InvalidInput(field="deployment", problem="the chain reports no contract address", given=name)
        return receipt.contract_address

    contracts = {"Authority": create("Authority", list(council_makers), list(council_checkers))}
    for name, needed in _WIRING:
        contracts[name] = create(name, *(contracts[other] for other in needed))
    register = Register(gateway, contracts)

    def wire(contract: str, *args: Any) -> None:
        data = register.encode(contract, "wire", *args)
        outbox.send(deployer, contracts[contract], data, key=f"wire/{contract}")

    wire("Authority", contracts["Desk"])
    wire("Accounts", contracts["Credits"])
    wire("Desk", _policy_entries(contracts, demo=demo))
    settings = NetworkSettings(
        label=label,
        chain=chain,
        chain_id=gateway.chain_id,
        contracts=contracts,
        pepper_hex=(pepper or secrets.token_bytes(32)).hex(),
        deployed_block=0,
    )
    home.write_network(settings)
    return settings


def install_modules(contracts: dict[str, str]) -> GuardedCall:
    """Lets the Compliance contract act on the ledger. Decided by the network council, like every later module."""
    return grant_roles(0, [(Role.MODULE, contracts["Compliance"])])


def _policy_entries(contracts: dict[str, str], *, demo: bool) -> list[tuple[Any, ...]]:
    return [
        (
            0,
            contracts[row.contract],
            selector(row.contract, row.function),
            (int(row.maker), int(row.checker), row.notice_seconds, row.expiry_seconds),
        )
        for row in guarded_functions(demo=demo)
    ]
