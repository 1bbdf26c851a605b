"""The rule of one scenario in one year and region: its formula with every value filled in, over one scale.

    grams = floor(numerator / scale)

Engines walk `numerator`. They meet the names `quantity` and, where there is a baseline rule, `baseline`, and know of no
parameter, table or lookup. Nothing is divided before the one floor at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm

from registry.domain.errors import InvalidFormula, InvalidQuantity
from registry.domain.formula import (
    BASELINE,
    MAX_NODE,
    QUANTITY,
    Add,
    Bounds,
    Expression,
    Multiply,
    Name,
    Pair,
    Subtract,
    Whole,
    bounds_of,
    combine,
    evaluate,
    formula_text,
)
from registry.domain.units import Grams, check_grams, check_integer, check_quantity


@dataclass(frozen=True, slots=True)
class Scaled:
    """An integer over a scale: value / scale, the value in the register's integers."""

    value: int
    scale: int


@dataclass(frozen=True, slots=True)
class BaselineRule:
    """What one act is compared with: the mean of its own asset, or below a fixed quantity that quantity.

    All of it are integers over `scale`; `baseline` in a numerator means such an integer:

        baseline = fixed                  where quantity x scale < fixed
                   sum x sum_multiplier   else; sum: the quantities of the asset on each of the `days` days before
    """

    days: int
    scale: int
    sum_multiplier: int
    fixed: int | None

    def is_fixed(self, quantity: int) -> bool:
        """Whether the fixed quantity is the baseline of an act, so that none of its earlier days is needed."""
        return self.fixed is not None and quantity * self.scale < self.fixed

    def of_sum(self, total: int) -> int:
        """The baseline of an act whose asset had `total` in the days before."""
        return total * self.sum_multiplier

    def bounds(self, least: int, greatest: int) -> Bounds:
        """Between what the baseline lies, for acts of `least` to `greatest`."""
        known = [self.of_sum(self.days * least), self.of_sum(self.days * greatest)]
        known += [] if self.fixed is None else [self.fixed]
        return min(known), max(known)


@dataclass(frozen=True, slots=True)
class Rule:
    """How an act becomes grams. Made by `Methodology.rule`."""

    numerator: Expression
    """Over the names quantity and, with a baseline rule, baseline; all else are whole numbers."""
    scale: int
    baseline: BaselineRule | None = None

    @property
    def text(self) -> str:
        """The rule in words: "quantity * 953 / 10000"."""
        body = formula_text(self.numerator)
        if self.scale == 1:
            return body
        return f"({body}) / {self.scale}" if isinstance(self.numerator, Add | Subtract) else f"{body} / {self.scale}"

    def grams(self, quantity: int, baseline: int | None = None) -> Grams:
        """Grams of one act, rounded down once. `quantity` in the scenario's base unit, `baseline` over its scale.

        Raises InvalidQuantity: no quantity, a baseline too few or too many, or what no register could hold.
        """
        values = {QUANTITY: check_quantity(quantity)}
        if (baseline is None) != (self.baseline is None):
            problem = "is needed by this rule" if self.baseline else "is not known to this rule"
            raise InvalidQuantity(field=BASELINE, problem=problem, given=baseline)
        if baseline is not None:
            values[BASELINE] = check_integer(baseline, BASELINE, 0, MAX_NODE)
        return check_grams(evaluate(self.numerator, values) // self.scale)


def baseline_rule(days: int, fixed: Scaled | None) -> BaselineRule:
    """The mean of `days` days, and the fixed quantity, as integers over one scale."""
    scale = lcm(days, fixed.scale if fixed else 1)
    return BaselineRule(days, scale, scale // days, fixed.value * (scale // fixed.scale) if fixed else None)


def make_rule(formula: Expression, values: Mapping[str, Scaled], baseline: BaselineRule | None) -> Rule:
    """Fills the values into a formula and brings all of it over one scale. Raises KeyError for a name without one."""
    numerator, scale = _over_one_scale(formula, values, baseline)
    return Rule(numerator, scale, baseline)


def check_rule(rule: Rule, least: int, greatest: int) -> None:
    """Shows that acts of `least` to `greatest` stay within 63 bits at every node, and never come to less than nothing.

    Raises:
        InvalidFormula: they may not, or no act ever gives a gram.
    """
    variables = {QUANTITY: (least, greatest)}
    if rule.baseline is not None:
        variables[BASELINE] = rule.baseline.bounds(least, greatest)
        if greatest * rule.baseline.scale > MAX_NODE:
            raise InvalidFormula(formula=rule.text, at=1, problem=f"quantity x {rule.baseline.scale} is beyond 63 bits")
    low, high = bounds_of(rule.numerator, variables)
    if rule.scale > MAX_NODE:
        raise InvalidFormula(formula=rule.text, at=1, problem=f"its scale {rule.scale} is beyond 63 bits")
    if high <= 0:
        raise InvalidFormula(formula=rule.text, at=1, problem=f"it never gives a reduction, at most {high}")
    if low < 0:
        problem = f"it can come to {low}, less than nothing; max(0, ...) is missing around what can be negative"
        raise InvalidFormula(formula=rule.text, at=1, problem=problem)


def _over_one_scale(
    formula: Expression, values: Mapping[str, Scaled], baseline: BaselineRule | None
) -> tuple[Expression, int]:
    if isinstance(formula, Whole):
        return formula, 1
    if isinstance(formula, Name):
        if formula.name == QUANTITY:
            return formula, 1
        if formula.name == BASELINE and baseline is not None:
            return formula, baseline.scale
        found = values[formula.name]
        return Whole(found.value), found.scale
    left, left_scale = _over_one_scale(formula.left, values, baseline)
    right, right_scale = _over_one_scale(formula.right, values, baseline)
    if isinstance(formula, Multiply):
        return _joined(Multiply, left, right), left_scale * right_scale
    common = lcm(left_scale, right_scale)
    left = _joined(Multiply, left, Whole(common // left_scale))
    right = _joined(Multiply, right, Whole(common // right_scale))
    return _joined(type(formula), left, right), common


def _joined(kind: type[Pair], left: Expression, right: Expression) -> Expression:
    """One node, worked out at once where both sides are known; a known number never becomes negative."""
    if isinstance(left, Whole) and isinstance(right, Whole):
        value = combine(kind, left.value, right.value)
        if value >= 0:
            return Whole(value)
    if kind is Multiply:
        if right == Whole(1):
            return left
        if left == Whole(1):
            return right
    return kind(left, right)
