"""overlapping_act: one actor cannot do two of these acts at once.

Two records are of one actor if they share a day tag. Records come by beginning; a record is flagged if it begins before
an earlier one of the same actor has ended. An earlier record that was itself flagged here does not count, so one long
record does not drag a chain of others along; one that is implausible for another reason does count: two statements
contradict each other, and which of them is wrong is the platform's to find out.
"""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.methodology import Methodology
from registry.domain.reasons import Reason


class OverlappingActScreen:
    reason = Reason.OVERLAPPING_ACT

    def __init__(self, methodology: Methodology) -> None:
        self._exclusive = {scenario.number for scenario in methodology.scenarios if scenario.limits.overlap}
        self._busy_until: dict[bytes, int] = {}

    def flag(self, acts: ActColumns) -> list[int]:
        exclusive, busy_until = self._exclusive, self._busy_until
        records = acts.records
        rows = zip(
            records.scenario,
            records.occurred_at,
            records.duration_seconds,
            records.actor_start_day,
            records.actor_end_day,
            strict=True,
        )
        found = []
        for position, (number, start, seconds, start_tag, end_tag) in enumerate(rows):
            if number not in exclusive or seconds <= 0:
                continue
            if max(busy_until.get(start_tag, start), busy_until.get(end_tag, start)) > start:
                found.append(position)
                continue
            busy_until[start_tag] = busy_until[end_tag] = start + seconds
        return found
