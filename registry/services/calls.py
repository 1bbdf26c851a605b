"""A call that the Desk guards, as data: what a maker proposes and a checker approves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class GuardedCall:
    """`contract.function(*args)`; the first argument is the jurisdiction that decides.

    `reasons` are the public texts behind hashes in `args`; the Desk's service keeps them when the call is proposed.
    """

    contract: str
    function: str
    args: tuple[Any, ...]
    reasons: tuple[str, ...] = ()
