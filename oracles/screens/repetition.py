"""repeated_act: the same act stands twice in one package. The first is kept, the one with the least quantity."""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.reasons import Reason


class RepeatedActScreen:
    reason = Reason.REPEATED_ACT

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def flag(self, acts: ActColumns) -> list[int]:
        seen, fresh = self._seen, set(acts.act_id)
        # Most packages repeat nothing, and then two set operations tell so.
        if len(fresh) == len(acts) and seen.isdisjoint(fresh):
            seen |= fresh
            return []
        found = []
        for position, act_id in enumerate(acts.act_id):
            if act_id in seen:
                found.append(position)
            seen.add(act_id)
        return found
