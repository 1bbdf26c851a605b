"""outside_period: the local day on which the act began is not in the period of the package."""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.days import Period
from registry.domain.reasons import Reason


class OutsidePeriodScreen:
    reason = Reason.OUTSIDE_PERIOD

    def __init__(self, period: Period) -> None:
        self._period = period

    def flag(self, acts: ActColumns) -> list[int]:
        first, last = self._period.start_day, self._period.end_day
        return [position for position, day in enumerate(acts.occurred_on) if not first <= day <= last]
