"""How two methodologies count the same acts: the policy texts complain that one act is worth more on one platform.

All figures are integers: a ratio is in basis points, a quantile is the grams of an act that exists.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from oracles.accounting.engine import BASIS_POINTS, CountedAct
from oracles.trying.data import TrialData, scenario_of
from oracles.trying.trial import Counting, count, notes_of
from registry.domain.days import from_day
from registry.domain.errors import InvalidInput
from registry.domain.methodology import Methodology, Scenario

QUANTILES_PERCENT = (0, 1, 5, 25, 50, 75, 95, 99, 100)
GREATEST_SHOWN = 10
BINS = 20


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, over all acts that it counts."""

    methodology: str
    version: int
    scenario: int
    rule: str
    base_unit: str
    in_pieces: bool
    """True: every act is one piece to it, however long or large."""
    counted: int
    grams: int
    grams_of_both: int
    """Of the acts that both count."""
    only_here: dict[str, int]
    """Acts that it counts and the other does not, by the other's reason."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One act as both count it."""

    act_id: bytes
    """HMAC of its key under TRIAL_PEPPER."""
    day: str
    quantity: int
    """In the first one's base unit."""
    grams_a: int
    grams_b: int

    @property
    def difference(self) -> int:
        return self.grams_b - self.grams_a


@dataclass(frozen=True, slots=True)
class Bin:
    """How many acts differ by `least` grams or more, and by less than `below`."""

    least: int
    below: int
    acts: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What both make of the same acts. Differences are the second's grams less the first's."""

    period: str
    region: int | None
    notes: list[str]
    a: Side
    b: Side
    both: int
    """Acts that both count; all of the following are of them."""
    ratio_bps: int | None
    """The second's grams for 10,000 of the first's, rounded down; None if the first gives none."""
    equal: int
    more_by_a: int
    more_by_b: int
    difference_grams: dict[int, int]
    """Percent -> the difference that so many of the acts do not exceed."""
    bins: list[Bin]
    greatest: list[Pair]
    """The acts with the greatest differences, in either direction."""
    pairs: list[Pair]
    """All of them, for the plot; not printed."""

    def data(self) -> dict[str, Any]:
        """As a command prints it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "pairs"}


def compare(
    data: TrialData, a: Methodology, b: Methodology, scenario_a: int | None = None, scenario_b: int | None = None
) -> Comparison:
    """Counts the same acts by both. Quantities are in the base unit of `a`; `b` may also count in pieces.

    Raises:
        InvalidInput: one of the two counts no acts of this kind, or their base units cannot be compared.
        and what `trial.count` raises.
    """
    first, second = scenario_of(a, data.kind, scenario_a), scenario_of(b, data.kind, scenario_b)
    in_pieces = first.base_unit != second.base_unit
    if in_pieces and not _counts_pieces(second):
        problem = f"{a.id} has {first.base_unit}, {b.id} {second.base_unit}"
        hint = "; name the one that counts in pieces second" if _counts_pieces(first) else ""
        raise InvalidInput(field="base units", problem=f"cannot be compared: {problem}{hint}", given=data.kind)
    left, right = count(data, a, first), count(data, b, second, in_pieces)
    ours = {act.act_id: act for act in left.accounting.counted}
    theirs = {act.act_id: act for act in right.accounting.counted}
    pairs = [_pair(act, theirs[act.act_id]) for act in left.accounting.counted if act.act_id in theirs]
    differences = sorted(pair.difference for pair in pairs)
    grams_a, grams_b = sum(pair.grams_a for pair in pairs), sum(pair.grams_b for pair in pairs)
    return Comparison(
        period=data.period.text,
        region=data.region,
        notes=notes_of(data, a, b),
        a=_side(left, grams_a, theirs, right),
        b=_side(right, grams_b, ours, left),
        both=len(pairs),
        ratio_bps=grams_b * BASIS_POINTS // grams_a if grams_a else None,
        equal=sum(not each for each in differences),
        more_by_a=sum(each < 0 for each in differences),
        more_by_b=sum(each > 0 for each in differences),
        difference_grams=_quantiles(differences),
        bins=_bins(differences),
        greatest=sorted(pairs, key=lambda pair: (-abs(pair.difference), pair.act_id))[:GREATEST_SHOWN],
        pairs=pairs,
    )


def _counts_pieces(scenario: Scenario) -> bool:
    return scenario.limits.min_quantity == scenario.limits.max_quantity == 1


def _pair(a: CountedAct, b: CountedAct) -> Pair:
    return Pair(a.act_id, from_day(a.occurred_on).isoformat(), a.quantity, a.grams, b.grams)


def _side(own: Counting, grams_of_both: int, other: dict[bytes, CountedAct], others: Counting) -> Side:
    # The first reason of an act decides; one that stands twice in the data is counted once and set aside once.
    why = {act.act_id: act.reason.value for act in reversed(others.accounting.quarantined)}
    missing = Counter(why[act.act_id] for act in own.accounting.counted if act.act_id not in other)
    return Side(
        methodology=own.methodology.id,
        version=own.methodology.version,
        scenario=own.scenario.number,
        rule=own.rule.text,
        base_unit=own.scenario.base_unit,
        in_pieces=own.in_pieces,
        counted=len(own.accounting.counted),
        grams=own.accounting.grams,
        grams_of_both=grams_of_both,
        only_here=dict(sorted(missing.items())),
    )


def _quantiles(ordered: list[int]) -> dict[int, int]:
    if not ordered:
        return {}
    last = len(ordered) - 1
    # Rounded up: of two acts the second is what half of them do not exceed together with all below.
    return {percent: ordered[-(-last * percent // 100)] for percent in QUANTILES_PERCENT}


def _bins(ordered: list[int]) -> list[Bin]:
    if not ordered:
        return []
    width = max(1, -(-(ordered[-1] - ordered[0] + 1) // BINS))
    counts = Counter((each - ordered[0]) // width for each in ordered)
    return [
        Bin(ordered[0] + number * width, ordered[0] + (number + 1) * width, counts[number])
        for number in range(max(counts) + 1)
    ]
