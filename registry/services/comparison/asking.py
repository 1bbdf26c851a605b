"""The chain at one block, and what a comparison is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from registry.chain.contracts import Register
from registry.domain.errors import ContractRefused

BALANCES_AT_ONCE = 200
"""Pairs of account and batch in one `balanceOfBatch`: a few hundred storage reads stay below the gas cap of a node."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One value in both places. `what` is its kind (`balance`), `where` names the thing it belongs to."""

    what: str
    where: str
    database: Any
    chain: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """A contract refused to answer: what the database holds is unknown to it."""

    error_name: str

    def __str__(self) -> str:
        return f"refused: {self.error_name}"


@dataclass(frozen=True, slots=True)
class Chain:
    """The contracts as they were after one block."""

    register: Register
    block_number: int
    block_time_seconds: int

    def ask(self, contract: str, function: str, *args: Any) -> Any:
        """The answer of a view, or Refused."""
        try:
            return self.register.call(contract, function, *args, block=self.block_number)
        except ContractRefused as refused:
            return Refused(refused.error_name)


def fields(
    what: str, where: str, database: Mapping[str, Any], answer: Any, read: Callable[[Any], Mapping[str, Any]]
) -> Iterator[Comparison]:
    """A comparison for each field. `read` puts the chain's answer under the same names."""
    if isinstance(answer, Refused):
        yield Comparison(what, where, dict(database), answer)
        return
    chain = read(answer)
    for name, value in database.items():
        yield Comparison(what, f"{where} {name}", value, chain[name])


def hexed(value: bytes) -> str:
    """Bytes as people compare them."""
    return "0x" + value.hex()
