"""Where two oracles differ: the first act that one has and the other has not, or has otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.log.leaf import Leaf

_SERIAL_BYTES = 8
_DAY = slice(24, 28)
_ACT_ID = slice(32, 64)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first differing act in the order of leaves, and how many differ."""

    act_id: bytes
    own: Leaf | None
    """None: only the proposal has it."""
    proposed: Leaf | None
    """None: the proposal lacks it."""
    only_own: int
    only_proposed: int
    otherwise: int
    """Acts that both have, with another quantity, day, scenario, actor or gram."""

    @property
    def total(self) -> int:
        return self.only_own + self.only_proposed + self.otherwise

    def text(self, name: str) -> str:
        """One sentence; `name` is how the act is called to the reader."""
        sides = f"own {_side(self.own)}, proposed {_side(self.proposed)}"
        counts = f"{self.only_own} only here, {self.only_proposed} only there, {self.otherwise} otherwise"
        return f"{self.total} act(s) differ ({counts}), first {name}: {sides}"


def first_difference(own: Sequence[bytes], proposed: Sequence[bytes]) -> Difference | None:
    """Compares two lists of packed leaves act by act, None if they hold the same acts.

    Serials are not compared: after the first difference they differ everywhere.
    """
    ours, theirs = _by_act(own), _by_act(proposed)
    if ours == theirs:
        return None
    only_own = [act_id for act_id in ours if act_id not in theirs]
    only_proposed = [act_id for act_id in theirs if act_id not in ours]
    otherwise = [act_id for act_id, leaf in ours.items() if act_id in theirs and theirs[act_id] != leaf]
    first = min(
        (*only_own, *only_proposed, *otherwise), key=lambda act_id: ((ours.get(act_id) or theirs[act_id])[_DAY], act_id)
    )
    return Difference(
        act_id=first,
        own=_leaf(ours.get(first)),
        proposed=_leaf(theirs.get(first)),
        only_own=len(only_own),
        only_proposed=len(only_proposed),
        otherwise=len(otherwise),
    )


def _by_act(leaves: Sequence[bytes]) -> dict[bytes, bytes]:
    return {leaf[_ACT_ID]: bytes(_SERIAL_BYTES) + leaf[_SERIAL_BYTES:] for leaf in leaves}


def _leaf(packed: bytes | None) -> Leaf | None:
    return None if packed is None else Leaf.unpack(packed)


def _side(leaf: Leaf | None) -> str:
    if leaf is None:
        return "not counted"
    return f"{leaf.grams} g of quantity {leaf.quantity} on day {leaf.occurred_on}"
