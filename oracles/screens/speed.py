"""too_fast: more quantity per hour than the methodology finds possible. Integers: quantity x 3600 > limit x seconds."""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.methodology import Methodology
from registry.domain.reasons import Reason

SECONDS_PER_HOUR = 3_600


class TooFastScreen:
    reason = Reason.TOO_FAST

    def __init__(self, methodology: Methodology) -> None:
        limits = {scenario.number: scenario.limits.max_speed_per_hour for scenario in methodology.scenarios}
        self._per_hour = {number: speed for number, speed in limits.items() if speed is not None}

    def flag(self, acts: ActColumns) -> list[int]:
        per_hour = self._per_hour
        records = acts.records
        rows = zip(records.scenario, records.quantity, records.duration_seconds, strict=True)
        return [
            position
            for position, (number, quantity, seconds) in enumerate(rows)
            # An act without a duration is told by the duration screen; it has no speed.
            if number in per_hour and seconds > 0 and quantity * SECONDS_PER_HOUR > per_hour[number] * seconds
        ]
