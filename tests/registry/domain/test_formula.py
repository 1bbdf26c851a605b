"""Formulas: a closed language, one way to write each, exact arithmetic, and bounds that hold."""

import random
import re
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.errors import InvalidFormula, InvalidQuantity
from registry.domain.formula import (
    MAX_FORMULA_CHARS,
    MAX_NODE,
    Add,
    Expression,
    Max,
    Min,
    Multiply,
    Name,
    Subtract,
    Whole,
    bounds_of,
    evaluate,
    formula_text,
    names_of,
    parse_formula,
)
from registry.domain.rule import Rule, Scaled, baseline_rule, check_rule, make_rule

PAIRS = (Add, Subtract, Multiply, Min, Max)
NAMES = ("quantity", "a", "b")


def expressions(leaves: Any) -> Any:
    return st.recursive(
        leaves, lambda parts: st.sampled_from(PAIRS).flatmap(lambda k: st.builds(k, parts, parts)), max_leaves=8
    )


ANY = expressions(st.sampled_from(NAMES).map(Name) | st.integers(0, 999).map(Whole))


def exact(expression: Expression, values: dict[str, Fraction]) -> Fraction:
    """The same as it would be on paper, written without the code under test."""
    if isinstance(expression, Name):
        return values[expression.name]
    if isinstance(expression, Whole):
        return Fraction(expression.value)
    left, right = exact(expression.left, values), exact(expression.right, values)
    results = {Add: left + right, Subtract: left - right, Multiply: left * right, Min: min(left, right)}
    return results.get(type(expression), max(left, right))


# Reading and writing


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("quantity", Name("quantity")),
        ("7", Whole(7)),
        ("quantity * (a - b)", Multiply(Name("quantity"), Subtract(Name("a"), Name("b")))),
        ("a - b - 1", Subtract(Subtract(Name("a"), Name("b")), Whole(1))),
        ("a - (b - 1)", Subtract(Name("a"), Subtract(Name("b"), Whole(1)))),
        ("a * b + 1", Add(Multiply(Name("a"), Name("b")), Whole(1))),
        ("a * (b * 2)", Multiply(Name("a"), Multiply(Name("b"), Whole(2)))),
        ("max(0, a - quantity) * b", Multiply(Max(Whole(0), Subtract(Name("a"), Name("quantity"))), Name("b"))),
        ("min(a, max(b, 2))", Min(Name("a"), Max(Name("b"), Whole(2)))),
    ],
)  # fmt: skip
def test_parse__what_is_written__is_the_tree_and_back(text: str, expression: Expression) -> None:
    assert parse_formula(text) == expression
    assert formula_text(expression) == text


@given(ANY)
def test_text__of_any_expression__reads_back_to_it(expression: Expression) -> None:
    text = formula_text(expression)
    if len(text) <= MAX_FORMULA_CHARS:
        assert parse_formula(text) == expression


def test_names__are_told_once_in_order() -> None:
    assert names_of(parse_formula("max(0, quantity * (b - a) - b)")) == ["quantity", "b", "a"]


@pytest.mark.parametrize(
    ("text", "at", "problem"),
    [
        ("", 1, "not empty"),
        (None, 1, "not empty"),
        (7, 1, "not empty"),
        ("a" * 301, 301, "301 characters"),
        ("a / b", 3, "none of: small letters"),
        ("a\n+ b", 2, "none of"),
        ("a # b", 3, "none of"),
        ("ａ + b", 1, "none of"),
        ("A", 1, "none of"),
        ("a.b", 2, "none of"),
        ("a[0]", 2, "none of"),
        ("a if b else c", 1, "is none of: name"),
        ("not a", 1, "is none of: name"),
        ("a and b", 1, "is none of: name"),
        ("lambda", None, "is not well formed"),
        ("(a, b)", 1, "is none of: name"),
        ("()", 1, "is none of: name"),
        ("a ** b", 1, "is none of: name"),
        ("-a", 1, "is none of: name"),
        ("a + -1", 5, "is none of: name"),
        ("+a", 1, "is none of: name"),
        ("*a", None, "is not well formed"),
        ("a +", None, "is not well formed"),
        ("(a", None, "is not well formed"),
        ("a)", None, "is not well formed"),
        ("a b", None, "is not well formed"),
        ("1e5", 1, "digits alone"),
        ("0x10", 1, "digits alone"),
        ("1_000", 1, "digits alone"),
        ("a + 1or b", 5, "digits alone"),
        ("007", None, "is not well formed"),
        ("00", 1, "has to be written '0'"),
        ("1000000000000001", 1, "at most 1000000000000000"),
        ("a+b", 2, "has to be written 'a + b'"),
        ("(a)", 1, "has to be written 'a'"),
        ("a  + b", 3, "has to be written"),
        ("a + (b * c)", 5, "has to be written"),
        ("(a + b) + c", 1, "has to be written"),
        ("max(a,b)", 7, "has to be written"),
        ("max(a, b,)", 9, "has to be written"),
        ("max(a)", 1, "max takes two expressions"),
        ("max(a, b, c)", 1, "max takes two expressions"),
        ("max(*a, b)", 1, "max takes two expressions"),
        ("max", 1, "no name of a parameter"),
        ("min + 1", 1, "no name of a parameter"),
        ("_a", 1, "no name of a parameter"),
        ("a" * 33, 1, "no name of a parameter"),
        ("sum(a, b)", 1, "is none of: name"),
        ("eval(a)", 1, "is none of: name"),
        ("max(a, b)(c)", 1, "is none of: name"),
        ("a()", 1, "is none of: name"),
        ("max(" * 13 + "a" + ", 0)" * 13, 49, "nested more than 12 deep"),
        ("(" * 150 + "a" + ")" * 149, None, "is not well formed"),
        ("(" * 149 + "a" + ")" * 149, None, "has to be written"),
        ("yield", None, "is not well formed"),
        ("await a", 1, "is none of: name"),
        ("none", None, None),
    ],
)  # fmt: skip
def test_parse__what_is_not_of_the_language__is_refused_with_its_place(text: Any, at: int, problem: str | None) -> None:
    if problem is None:
        assert parse_formula(text) == Name(text)
        return
    with pytest.raises(InvalidFormula, match=re.escape(problem)) as caught:
        parse_formula(text)
    assert at is None or caught.value.values["at"] == at


@settings(max_examples=200)
@given(st.text(alphabet="ab01_ ()+-*,.minx\n", max_size=40) | st.text(max_size=20))
def test_parse__any_text__is_read_or_refused_and_nothing_else(text: str) -> None:
    with suppress(InvalidFormula):
        assert formula_text(parse_formula(text)) == text


# Bounds


@given(ANY, st.data())
def test_bounds__hold_whatever_the_variables_are(expression: Expression, data: st.DataObject) -> None:
    ends = st.tuples(st.integers(-50, 9999), st.integers(0, 9999)).map(lambda pair: (pair[0], pair[0] + pair[1]))
    variables = {name: data.draw(ends) for name in NAMES}
    try:
        low, high = bounds_of(expression, variables)
    except InvalidFormula:
        return
    values = {name: data.draw(st.integers(*variables[name])) for name in NAMES}
    assert low <= evaluate(expression, values) <= high


@pytest.mark.parametrize(("value", "fits"), [(MAX_NODE, True), (MAX_NODE + 1, False)])
def test_bounds__of_a_node_at_63_bits__end_there(value: int, fits: bool) -> None:
    for expression, quantity in ((Name("quantity"), (0, value)), (Subtract(Whole(0), Name("quantity")), (0, value))):
        if fits:
            assert MAX_NODE in {abs(end) for end in bounds_of(expression, {"quantity": quantity})}
        else:
            with pytest.raises(InvalidFormula, match=rf"reaches -?{value}, which is beyond 63 bits"):
                bounds_of(expression, {"quantity": quantity})


# Rules


def ruled(text: str, least: int, greatest: int, **values: tuple[int, int]) -> Rule:
    rule = make_rule(parse_formula(text), {name: Scaled(*pair) for name, pair in values.items()}, None)
    check_rule(rule, least, greatest)
    return rule


def test_rule__values_of_several_scales__come_over_one() -> None:
    rule = ruled("quantity * (a - b)", 1, 10, a=(104, 1000), b=(87, 10_000))
    assert (rule.text, rule.scale) == ("quantity * 953 / 10000", 10_000)
    detour = ruled("max(0, quantity * (a - c * b) - d)", 1, 1000, a=(5, 10), b=(2, 10), c=(11, 10), d=(7, 3))
    assert detour.text == "max(0, quantity * 28 * 3 - 700) / 300"
    assert detour.grams(100) == (8400 - 700) // 300


SCALED = st.builds(Scaled, st.integers(0, 10**6), st.sampled_from([1, 2, 7, 10, 100, 3600, 10**4]))


@given(ANY, SCALED, SCALED, st.integers(0, 10**6))
def test_rule__grams__are_the_floor_of_what_fractions_give(
    formula: Expression, a: Scaled, b: Scaled, quantity: int
) -> None:
    rule = make_rule(formula, {"a": a, "b": b}, None)
    fractions = {"quantity": Fraction(quantity), "a": Fraction(a.value, a.scale), "b": Fraction(b.value, b.scale)}
    paper = exact(formula, fractions)
    assert Fraction(evaluate(rule.numerator, {"quantity": quantity}), rule.scale) == paper
    if 0 <= paper < 2**63:
        assert rule.grams(quantity) == paper.__floor__()


@given(SCALED.filter(lambda each: each.value > 0), st.integers(1, 10**6))
def test_rule__at_the_border_of_a_gram__rounds_down(factor: Scaled, grams: int) -> None:
    rule = make_rule(parse_formula("quantity * a"), {"a": factor}, None)
    enough = -(-grams * factor.scale // factor.value)  # the least quantity that gives so many grams
    assert rule.grams(enough) >= grams > rule.grams(enough - 1)


@pytest.mark.parametrize(
    ("text", "greatest", "problem"),
    [
        ("quantity * (b - a)", 10, "never gives a reduction, at most -17"),
        ("quantity * 0", 10, "never gives a reduction, at most 0"),
        ("quantity * a - 600", 10_000, r"can come to -\d+, less than nothing; max\(0, ...\) is missing"),
        ("quantity * a - quantity", 10, r"max\(0"),
        ("quantity * a", 2**63 // 104 + 1, "beyond 63 bits"),
        ("max(0, quantity * a - quantity * a * a)", 2**60, "beyond 63 bits"),
    ],
)
def test_rule__that_can_leave_what_a_register_holds__is_refused(text: str, greatest: int, problem: str) -> None:
    with pytest.raises(InvalidFormula, match=problem):
        ruled(text, 1, greatest, a=(104, 1000), b=(87, 1000))


def test_rule__at_63_bits__holds_to_the_last_quantity() -> None:
    greatest = MAX_NODE // 104
    assert ruled("quantity * a", 1, greatest, a=(104, 1000)).grams(greatest) == greatest * 104 // 1000


@pytest.mark.parametrize("quantity", [-1, 1.5, "1", None, True, 2**63])
def test_grams__of_no_quantity__are_refused(quantity: Any) -> None:
    with pytest.raises(InvalidQuantity):
        ruled("quantity * a", 1, 10, a=(1, 1)).grams(quantity)


def test_grams__that_no_register_could_hold__are_refused() -> None:
    with pytest.raises(InvalidQuantity, match="grams"):
        ruled("quantity * a", 1, 10, a=(144, 1)).grams(2**63 - 1)


# Baselines


@given(st.integers(1, 31), SCALED | st.none(), st.data())
def test_baseline__is_the_mean_or_the_fixed_quantity__exactly(
    days: int, fixed: Scaled | None, data: st.DataObject
) -> None:
    rule = make_rule(
        parse_formula("max(0, baseline - quantity) * a"), {"a": Scaled(42, 100)}, baseline_rule(days, fixed)
    )
    assert rule.baseline is not None
    quantity = data.draw(st.integers(1, 10**6))
    history = [random.Random(quantity + day).randrange(10**6) for day in range(days)]
    city = None if fixed is None else Fraction(fixed.value, fixed.scale)
    wanted = city if city is not None and quantity < city else Fraction(sum(history), days)
    if rule.baseline.is_fixed(quantity):
        assert rule.baseline.fixed is not None
        found = rule.baseline.fixed
    else:
        found = rule.baseline.of_sum(sum(history))
    assert Fraction(found, rule.baseline.scale) == wanted
    assert rule.grams(quantity, found) == (max(Fraction(0), wanted - quantity) * Fraction(42, 100)).__floor__()
    low, high = rule.baseline.bounds(0, 10**6)
    assert low <= found <= high


def test_baseline__not_given_or_not_wanted__is_refused() -> None:
    compared = make_rule(parse_formula("max(0, baseline - quantity)"), {}, baseline_rule(7, None))
    with pytest.raises(InvalidQuantity, match="is needed by this rule"):
        compared.grams(1)
    with pytest.raises(InvalidQuantity, match="is not known to this rule"):
        ruled("quantity", 1, 10).grams(1, 7)


def test_baseline__that_leaves_63_bits__is_refused() -> None:
    rule = make_rule(parse_formula("max(0, baseline - quantity)"), {}, baseline_rule(7, None))
    check_rule(rule, 1, MAX_NODE // 7)
    with pytest.raises(InvalidFormula, match="beyond 63 bits"):
        check_rule(rule, 1, MAX_NODE // 7 + 1)
