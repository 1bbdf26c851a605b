"""duration_too_short, duration_too_long: an act takes time, and not more than the methodology finds plausible."""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.methodology import Methodology
from registry.domain.reasons import Reason


class DurationTooShortScreen:
    reason = Reason.DURATION_TOO_SHORT

    def __init__(self, methodology: Methodology) -> None:
        # Without a limit of its own an act still cannot end at or before its beginning.
        self._least = {
            scenario.number: max(1, scenario.limits.min_duration_seconds or 1) for scenario in methodology.scenarios
        }

    def flag(self, acts: ActColumns) -> list[int]:
        least = self._least
        rows = zip(acts.records.scenario, acts.records.duration_seconds, strict=True)
        return [position for position, (number, seconds) in enumerate(rows) if seconds < least.get(number, 1)]


class DurationTooLongScreen:
    reason = Reason.DURATION_TOO_LONG

    def __init__(self, methodology: Methodology) -> None:
        limits = {scenario.number: scenario.limits.max_duration_seconds for scenario in methodology.scenarios}
        self._most = {number: most for number, most in limits.items() if most is not None}

    def flag(self, acts: ActColumns) -> list[int]:
        most = self._most
        rows = zip(acts.records.scenario, acts.records.duration_seconds, strict=True)
        return [position for position, (number, seconds) in enumerate(rows) if seconds > most.get(number, seconds)]
