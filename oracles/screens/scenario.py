"""unknown_scenario: the methodology has no such scenario, or the project is not filed for it: no rule says what the
record is worth."""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.reasons import Reason


class UnknownScenarioScreen:
    reason = Reason.UNKNOWN_SCENARIO

    def __init__(self, filed_scenario: int) -> None:
        """filed_scenario: the one of the project; a project is filed for one."""
        self._filed = filed_scenario

    def flag(self, acts: ActColumns) -> list[int]:
        filed = self._filed
        return [position for position, number in enumerate(acts.records.scenario) if number != filed]
