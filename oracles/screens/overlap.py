"""overlapping_act: one actor cannot do two of these acts at once.

Two records are of one actor if they share a day tag. Records come by beginning; a record is flagged if it begins before
an earlier one of the same actor has ended. An earlier record that was itself flagged here does not count, so one long
record does not drag a chain of others along; one that is implausible for another reason does count: two statements
contradict each other, and which of them is wrong is the platform's to find out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

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
        return list(overlapping(rows, exclusive, busy_until))


def overlapping(
    rows: Iterable[tuple[int, int, int, bytes, bytes]], exclusive: Collection[int], busy_until: dict[bytes, int]
) -> Iterator[int]:
    """Numbers of the rows that overlap, in their order: (scenario, beginning, seconds, day tags of beginning and end).

    busy_until: day tag -> until when its actor is known to be busy; goes on from row to row.
    """
    for position, (number, start, seconds, start_tag, end_tag) in enumerate(rows):
        if number not in exclusive or seconds <= 0:
            continue
        if max(busy_until.get(start_tag, start), busy_until.get(end_tag, start)) > start:
            yield position
            continue
        busy_until[start_tag] = busy_until[end_tag] = start + seconds
