"""The first policies of the Desk: who proposes, who approves, how long the notice lasts, for each guarded function.

The table is data (`policies.json`), written out in `docs/permissions.md`. After deployment it changes only through
`Desk.setPolicy`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from registry.chain.contracts import Register
from registry.domain.rules import Role


@dataclass(frozen=True, slots=True)
class GuardedFunction:
    """One row of the table. Times in seconds; `experts` is how many positive opinions an approval needs."""

    contract: str
    function: str
    maker: Role
    checker: Role
    notice_seconds: int
    expiry_seconds: int
    experts: int

    @property
    def policy(self) -> tuple[int, int, int, int, int]:
        """The Desk's Policy, in the order of the struct."""
        return (int(self.maker), int(self.checker), self.notice_seconds, self.expiry_seconds, self.experts)


def guarded_functions(*, demo: bool) -> list[GuardedFunction]:
    """The rows of `policies.json`; `demo` picks the short public notices of a demonstration network."""
    table = _table()
    notice = "demo_notice_seconds" if demo else "notice_seconds"
    return [
        GuardedFunction(
            contract=row["contract"],
            function=row["function"],
            maker=_role(row["maker"]),
            checker=_role(row["checker"]),
            notice_seconds=row[notice],
            expiry_seconds=table["expiry_seconds"],
            experts=row.get("demo_experts" if demo else "experts", 0),
        )
        for row in table["policies"]
    ]


def emergency_seconds(*, demo: bool) -> int:
    """How long an emergency act of one regulator lasts unless the Desk confirms it."""
    return int(_table()["demo_emergency_seconds" if demo else "emergency_seconds"])


def is_demonstration(register: Register, block: int | None = None) -> bool:
    """Whether a network was deployed as a demonstration: an immutable of Accounts says so, for ever.

    Raises ContractRefused, ChainUnavailable.
    """
    found = register.call("Accounts", "EMERGENCY_SECONDS", block=block)
    return int(found) == emergency_seconds(demo=True)


def network_limits(*, demo: bool) -> tuple[int, int, int, int, bool]:
    """The first limits of transfers of a network, in the order of the contract's struct; all 0 and False: none."""
    row = _table()["demo_transfer_limits" if demo else "transfer_limits"]
    if row is None:
        return (0, 0, 0, 0, False)
    return (row["per_transfer_grams"], row["per_day_grams"], row["delay_seconds"], row["trust_seconds"], True)


def _table() -> dict[str, Any]:
    return dict(json.loads(resources.files("registry.services").joinpath("policies.json").read_text("utf-8")))


def _role(name: str) -> Role:
    return next(role for role in Role if role.solidity_name == name)
