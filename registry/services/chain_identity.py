"""Whether the chain that answers is the one on which the network of a home was set up.

A deleted chain file or a reset node looks like a chain without anything on it. Everything that is asked or sent there
would fail later and less clearly, or worse, go to a chain nobody else knows; so it is told at opening.
"""

from __future__ import annotations

from typing import Any

from registry.chain.gateway import Gateway
from registry.chain.opening import CHAIN_FILE, EMBEDDED
from registry.domain.errors import Conflict, NotFound
from registry.services.home import Home, NetworkSettings


class ChainMissing(NotFound):
    """The file of the embedded chain is gone. Values: file, home."""

    code = "chain_missing"
    text = (
        "The chain file {file} is not there, but the network of home {home} was set up on it. Put it back from a copy, "
        "or begin a new network in another --home."
    )


class ChainReplaced(Conflict):
    """Another chain answers than the one the home belongs to. Values: chain (file or URL), home, problem."""

    code = "chain_replaced"
    text = (
        "The chain {chain} is not the one that home {home} belongs to: {problem}. Bring that chain back (its file, its "
        "node's data, or the URL in network.json), or begin a new network in another --home."
    )


def require_chain_file(home: Home, chain: str) -> None:
    """Raises ChainMissing if the file of the embedded chain is gone: opening it would make an empty one."""
    file = home.root / CHAIN_FILE
    if chain == EMBEDDED and not file.exists():
        raise ChainMissing(file=str(file), home=str(home.root))


def genesis_hash(gateway: Gateway) -> str:
    """The hash of block 0 as 0x text."""
    return "0x" + gateway.block(0).hash.hex()


def identity(gateway: Gateway) -> dict[str, Any]:
    """By what a chain is known again: its id and its first block."""
    return {"chain_id": gateway.chain_id, "genesis_hash": genesis_hash(gateway)}


def check_identity(home: Home, chain: str, known: dict[str, Any], gateway: Gateway) -> None:
    """Compares chain id and genesis with what was kept. Raises ChainReplaced."""
    found = identity(gateway)
    words = {"chain_id": "chain id", "genesis_hash": "hash of block 0"}
    for name, value in found.items():
        if known.get(name) is not None and known[name] != value:
            problem = f"its {words[name]} is {value}, not {known[name]}"
            raise ChainReplaced(chain=_place(home, chain), home=str(home.root), problem=problem)


def check_chain(home: Home, network: NetworkSettings, gateway: Gateway) -> None:
    """Compares the chain with the network of a home, and looks whether the contracts are there.

    The contracts tell what the genesis cannot: every new embedded chain begins with the same block.

    Raises:
        ChainReplaced: another chain, or one that was begun anew.
    """
    known = {"chain_id": network.chain_id, "genesis_hash": network.genesis_hash}
    check_identity(home, network.chain, known, gateway)
    for name, address in network.contracts.items():
        if not gateway.code(address):
            height = gateway.block("latest").number
            problem = f"at its block {height} there is no contract {name} at {address}"
            raise ChainReplaced(chain=_place(home, network.chain), home=str(home.root), problem=problem)


def _place(home: Home, chain: str) -> str:
    return str(home.root / CHAIN_FILE) if chain == EMBEDDED else chain
