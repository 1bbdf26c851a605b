"""quantity_too_small, quantity_too_large: zero, negative, or beyond what one act of the scenario can be."""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.methodology import Methodology
from registry.domain.reasons import Reason


class QuantityTooSmallScreen:
    reason = Reason.QUANTITY_TOO_SMALL

    def __init__(self, methodology: Methodology) -> None:
        self._least = {scenario.number: max(1, scenario.limits.min_quantity) for scenario in methodology.scenarios}

    def flag(self, acts: ActColumns) -> list[int]:
        least = self._least
        rows = zip(acts.records.scenario, acts.records.quantity, strict=True)
        # Of an unknown scenario only this much is known: nothing is not an act.
        return [position for position, (number, quantity) in enumerate(rows) if quantity < least.get(number, 1)]


class QuantityTooLargeScreen:
    reason = Reason.QUANTITY_TOO_LARGE

    def __init__(self, methodology: Methodology) -> None:
        self._most = {scenario.number: scenario.limits.max_quantity for scenario in methodology.scenarios}

    def flag(self, acts: ActColumns) -> list[int]:
        most = self._most
        rows = zip(acts.records.scenario, acts.records.quantity, strict=True)
        return [position for position, (number, quantity) in enumerate(rows) if quantity > most.get(number, quantity)]
