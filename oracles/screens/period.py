"""outside_period: the local day on which the act began is not in the period of the package.

Where acts are compared with earlier days of their asset, records of those days before the period belong in the package
too: baseline_history. An earlier report counted them, so they are not claimed before either.
"""

from __future__ import annotations

from collections.abc import Iterable

from oracles.screens.acts import ActColumns, Screen
from registry.domain.days import Period
from registry.domain.reasons import Reason


class OutsidePeriodScreen:
    reason = Reason.OUTSIDE_PERIOD

    def __init__(self, period: Period, history_days: int = 0) -> None:
        self._first, self._last = period.start_day - history_days, period.end_day

    def flag(self, acts: ActColumns) -> list[int]:
        first, last = self._first, self._last
        return [position for position, day in enumerate(acts.occurred_on) if not first <= day <= last]


class BaselineHistoryScreen:
    reason = Reason.BASELINE_HISTORY

    def __init__(self, period: Period, history_days: int) -> None:
        self._first, self._after = period.start_day - history_days, period.start_day

    def flag(self, acts: ActColumns) -> list[int]:
        first, after = self._first, self._after
        return [position for position, day in enumerate(acts.occurred_on) if first <= day < after]


class ExceptHistory:
    """A screen that does not hold for the days which are there to be compared with."""

    def __init__(self, screen: Screen, history: BaselineHistoryScreen) -> None:
        self._screen = screen
        self._history = history
        self.reason = screen.reason

    def flag(self, acts: ActColumns) -> Iterable[int]:
        history = set(self._history.flag(acts))
        return [position for position in self._screen.flag(acts) if position not in history]
