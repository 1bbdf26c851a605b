"""Baselines out of the package itself: the mean of what one asset had on the days before (`BaselineRule`).

A day of an asset is its first record that day of which nothing speaks against counting, in the order of the package; a
record that was set aside is no day, and what depends on it is set aside as well. A second one on the same day has no
baseline: half a day beside the mean of whole days would look like a great saving.
"""

from __future__ import annotations

from oracles.screens.acts import ActColumns
from registry.domain.acts import parse_act_key
from registry.domain.methodology import ActNaming, BaselineRule
from registry.domain.reasons import Reason


class Baselines:
    """Batches come in the order of the package, which is that of time."""

    def __init__(self, rule: BaselineRule, naming: ActNaming) -> None:
        self._rule = rule
        self._asset = naming.asset
        self._days: dict[str, dict[int, int]] = {}

    def find(self, acts: ActColumns, reasons: dict[int, Reason]) -> dict[int, int]:
        """Position -> baseline, of those records without a reason that have one."""
        rule, found = self._rule, {}
        rows = zip(acts.records.act_key, acts.occurred_on, acts.records.quantity, strict=True)
        for position, (act_key, day, quantity) in enumerate(rows):
            reason = reasons.get(position)
            if reason not in (None, Reason.BASELINE_HISTORY):
                continue
            known = self._days.setdefault(parse_act_key(act_key)[1][self._asset], {})
            if day in known:
                continue
            known[day] = quantity
            for old in [earlier for earlier in known if earlier < day - rule.days]:
                del known[old]
            if reason is not None:
                continue
            if rule.is_fixed(quantity):
                assert rule.fixed is not None
                found[position] = rule.fixed
            elif len(before := [known[each] for each in range(day - rule.days, day) if each in known]) == rule.days:
                found[position] = rule.of_sum(sum(before))
        return found
