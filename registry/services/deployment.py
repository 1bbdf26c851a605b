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
from registry.chain.gateway import Gateway, Receipt
from registry.db.session import Database
from registry.domain.errors import Conflict, IntegrityError, InvalidInput
from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from registry.services.chain_identity import check_chain, check_identity, genesis_hash, identity
from registry.services.home import PEPPER_BYTES, Home, NetworkSettings
from registry.services.membership import grant_roles
from registry.services.outbox import KeyReused, Outbox
from registry.services.policies import emergency_seconds, guarded_functions, network_limits
from registry.services.views.references import read_account

EMERGENCY_SECONDS = "emergency_seconds"

# What each constructor is handed, in order of deployment: names of contracts deployed before, or EMERGENCY_SECONDS.
WIRING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Desk", ("Authority",)),
    ("Accounts", ("Authority", "Desk", EMERGENCY_SECONDS)),
    ("TransferRules", ("Authority", "Desk", "Accounts")),
    ("Recognition", ("Authority", "Desk")),
    ("Filings", ("Authority", "Desk", "Accounts", "Recognition", EMERGENCY_SECONDS)),
    ("OracleCommittee", ("Authority", "Desk", "Filings")),
    ("Emissions", ("Accounts", "OracleCommittee")),
    ("Credits", ("Authority", "Desk", "Accounts", "TransferRules", "Filings", "OracleCommittee")),
    ("Transfers", ("Accounts", "TransferRules", "Credits")),
    ("Pledges", ("Authority", "Desk", "Accounts", "Credits")),
    ("Enforcement", ("Authority", "Desk", "Accounts", "Credits")),
    ("Invalidations", ("Authority", "Desk", "Accounts", "Filings", "Credits", EMERGENCY_SECONDS)),
    ("RuleSets", ("Authority", "Desk")),
    (
        "Compliance",
        ("Authority", "Desk", "Accounts", "Filings", "Recognition", "RuleSets", "Emissions", "Credits"),
    ),
)

# What the policy contracts may do on the ledger.
MODULES: tuple[tuple[Role, str], ...] = (
    (Role.RETIRER, "Compliance"),
    (Role.LOCKER, "Transfers"),
    (Role.LOCKER, "Pledges"),
    (Role.LOCKER, "Compliance"),
    (Role.CORRECTOR, "Enforcement"),
    (Role.RETIRER, "Invalidations"),
    (Role.LOCKER, "Invalidations"),
    (Role.CORRECTOR, "Invalidations"),
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
    """Deploys and wires all contracts and writes `network.json` last. Where that was done already, nothing is changed.

    Raises:
        InvalidInput: a maker is also a checker, or there is none.
        ChainReplaced: the home belongs to another chain, or the deployment was begun on another one.
        Conflict: the deployment was begun with another council or deployer.
        ContractRefused, ChainUnavailable: as the chain answers; run again to go on.
    """
    makers = [read_account(address, "council maker") for address in council_makers]
    checkers = [read_account(address, "council checker") for address in council_checkers]
    if not makers or not checkers or set(makers) & set(checkers):
        raise InvalidInput(
            field="council",
            problem="needs at least one maker and one checker, and nobody who is both",
            given={"makers": makers, "checkers": checkers},
        )
    if home.network_file.exists():
        return _deployed_before(home, gateway, chain)
    begun = home.bind_deployment({"chain": chain, **identity(gateway)})
    check_identity(home, chain, begun, gateway)
    gateway.fund(deployer.address)
    try:
        contracts, first_block = _deploy(gateway, database, deployer, makers, checkers, demo=demo)
    except KeyReused as cause:
        raise Conflict(
            kind="home",
            id=str(home.root),
            problem="its deployment was begun with another deployer, council or notices; repeat it with those",
        ) from cause
    settings = NetworkSettings(
        label=label,
        chain=chain,
        chain_id=gateway.chain_id,
        contracts=contracts,
        pepper_hex=(pepper or secrets.token_bytes(PEPPER_BYTES)).hex(),
        deployed_block=first_block,
        genesis_hash=genesis_hash(gateway),
    )
    home.write_network(settings)
    return settings


def _deployed_before(home: Home, gateway: Gateway, chain: str) -> NetworkSettings:
    settings = home.read_network()
    if settings.chain != chain:
        problem = f"its network is on the chain {settings.chain!r}, not {chain!r}; choose another --home"
        raise Conflict(kind="home", id=str(home.root), problem=problem)
    check_chain(home, settings, gateway)
    return settings


def _deploy(
    gateway: Gateway,
    database: Database,
    deployer: LocalAccount,
    council_makers: Sequence[str],
    council_checkers: Sequence[str],
    *,
    demo: bool,
) -> tuple[dict[str, str], int]:
    """Contract names to addresses, and the block of the first one."""
    outbox = Outbox(database, gateway)

    def create(name: str, *args: Any) -> Receipt:
        return outbox.send(deployer, None, deployment_data(name, *args), key=f"deploy/{name}")

    first = create("Authority", list(council_makers), list(council_checkers))
    contracts = {"Authority": _address(first, "Authority")}
    for name, needed in WIRING:
        contracts[name] = _address(create(name, *constructor_arguments(needed, contracts, demo=demo)), name)
    register = Register(gateway, contracts)

    for contract, args in wires(contracts, demo=demo):
        data = register.encode(contract, "wire", *args)
        outbox.send(deployer, contracts[contract], data, key=f"wire/{contract}")
    return contracts, first.block_number


def wires(contracts: dict[str, str], *, demo: bool) -> list[tuple[str, tuple[Any, ...]]]:
    """The one-time calls of the deployer: contract and arguments of its `wire`, in this order."""
    return [
        ("Authority", (contracts["Desk"],)),
        ("Accounts", (contracts["Credits"],)),
        ("TransferRules", (contracts["Credits"], contracts["Transfers"], network_limits(demo=demo))),
        ("Desk", (_policy_entries(contracts, demo=demo), contracts["Accounts"])),
    ]


def constructor_arguments(needed: Sequence[str], contracts: dict[str, str], *, demo: bool) -> list[Any]:
    """What a row of WIRING stands for: addresses of contracts deployed before, and seconds."""
    values = {**contracts, EMERGENCY_SECONDS: emergency_seconds(demo=demo)}
    return [values[name] for name in needed]


def _address(receipt: Receipt, name: str) -> str:
    if receipt.contract_address is None:
        raise IntegrityError(what=f"the deployment of {name}", problem="the chain reports no contract address")
    return receipt.contract_address


def install_modules(contracts: dict[str, str]) -> GuardedCall:
    """Lets each policy contract do on the ledger what it needs. Decided by the council, like every later module."""
    return grant_roles(0, [(role, contracts[name]) for role, name in MODULES])


def _policy_entries(contracts: dict[str, str], *, demo: bool) -> list[tuple[Any, ...]]:
    return [
        (
            0,
            contracts[row.contract],
            selector(row.contract, row.function),
            row.policy,
        )
        for row in guarded_functions(demo=demo)
    ]
