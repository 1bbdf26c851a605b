"""unknown_scenario: the methodology has no such scenario, so no rule says what the record is worth."""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.methodology import Methodology
from registry.domain.reasons import Reason


class UnknownScenarioScreen:
    reason = Reason.UNKNOWN_SCENARIO

    def __init__(self, methodology: Methodology) -> None:
        self._known = {scenario.number for scenario in methodology.scenarios}

    def flag(self, acts: ActColumns) -> list[int]:
        known = self._known
        return [position for position, number in enumerate(acts.records.scenario) if number not in known]
