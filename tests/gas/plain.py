"""A plain ERC-1155 of OpenZeppelin on the same chain: what its mint, transfer and burn cost, first and repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.chain.abi import Abi, encode_arguments
from scripts.compile_contracts import compile_sources
from tests.contracts.parties import DEPLOYER, ENTERPRISE, PLATFORM
from tests.gas.operations import GRAMS
from tests.world import BATCH, World

SOURCE = "test/PlainToken.sol"
ISSUED = 10_000_000


@dataclass(frozen=True, slots=True)
class PlainCost:
    """Gas of one function of the plain token."""

    name: str
    first: int
    repeat: int


def measure_plain(world: World) -> list[PlainCost]:
    """Compiles and deploys the token (needs Node) and calls each function twice, with numbers as the ledger's."""
    parts = compile_sources([SOURCE]).contracts["PlainToken"]
    abi = Abi("PlainToken", parts["abi"])
    address = world.deploy(DEPLOYER, None, bytes.fromhex(parts["evm"]["bytecode"]["object"])).contract_address

    def twice(name: str, *args: Any) -> PlainCost:
        signature = abi.function(name)
        data = signature.selector + encode_arguments(signature, args, "PlainToken")
        first, repeat = (world.deploy(PLATFORM, address, data).gas_used for _ in range(2))
        return PlainCost(name, first, repeat)

    return [
        twice("mint", PLATFORM.address, BATCH, ISSUED),
        twice("safeTransferFrom", PLATFORM.address, ENTERPRISE.address, BATCH, GRAMS, b""),
        twice("burn", PLATFORM.address, BATCH, GRAMS),
    ]
