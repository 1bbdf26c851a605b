"""The language of formulas: names, whole numbers, + - *, min(a, b), max(a, b), brackets. Nothing else.

    quantity * (baseline - factor)
    max(0, baseline - quantity) * grid

A formula is data of a definition and is never run as Python: the parser of Python is asked for a tree, and every node
of it that is not on a list of seven is refused with its place. There is no division: parameters are integers over a
scale, `rule.py` brings all of them over one scale, and one floor at the end makes grams (`Rule.grams`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.domain.errors import InvalidFormula

QUANTITY: Final = "quantity"
"""The amount of an act, in the scenario's base unit."""
BASELINE: Final = "baseline"
"""What a baseline rule finds for an act; in a scenario without such a rule it is a parameter like any other."""

NAME_PATTERN: Final = r"[a-z][a-z0-9_]{0,31}"
MAX_FORMULA_CHARS: Final = 300
MAX_DEPTH: Final = 12
MAX_WHOLE: Final = 10**15
MAX_NODE: Final = 2**63 - 1
"""No node may come to more, in either direction: columns of engines have 64 bits."""

_NAME = re.compile(NAME_PATTERN)
_CHARACTERS = re.compile(r"[^a-z0-9_ ()+*,-]")
# 1e5, 0x1f, 1_000: numbers for Python, and no whole numbers here. Python also warns of them before it can be asked.
_NUMBER_WITH_LETTERS = re.compile(r"(?<![a-z0-9_])[0-9]+[a-z_]")


@dataclass(frozen=True, slots=True)
class Name:
    """Quantity, baseline or a parameter."""

    name: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, never negative."""

    value: int


@dataclass(frozen=True, slots=True)
class Add:
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Subtract:
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Multiply:
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Min:
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Max:
    left: Expression
    right: Expression


Pair = Add | Subtract | Multiply | Min | Max
Expression = Name | Whole | Pair

_OPERATORS: Final[dict[type[ast.operator], type[Add] | type[Subtract] | type[Multiply]]] = {
    ast.Add: Add,
    ast.Sub: Subtract,
    ast.Mult: Multiply,
}
_CALLS: Final[dict[str, type[Min] | type[Max]]] = {"min": Min, "max": Max}
_SIGNS: Final[dict[type[Pair], str]] = {Add: "+", Subtract: "-", Multiply: "*", Min: "min", Max: "max"}
RESERVED: Final = frozenset({QUANTITY, *_CALLS})
"""Names that no parameter may have."""


def parse_formula(text: str) -> Expression:
    """The expression of a formula that is written in its one form (`formula_text`), so that one formula has one hash.

    Raises:
        InvalidFormula: with the character, counted from 1, at which something is not of the language.
    """
    if not isinstance(text, str) or not text:
        raise InvalidFormula(formula=str(text)[:40], at=1, problem="must be a text that is not empty")
    if len(text) > MAX_FORMULA_CHARS:
        raise InvalidFormula(
            formula=text[:40],
            at=MAX_FORMULA_CHARS + 1,
            problem=f"has {len(text)} characters, at most {MAX_FORMULA_CHARS}",
        )
    # Python would read full-width letters, line ends and comments, each of them another text of the same formula.
    if (found := _CHARACTERS.search(text)) is not None:
        problem = f"{found[0]!r} is none of: small letters, digits, _ ( ) + - * , and blank"
        raise InvalidFormula(formula=text, at=found.start() + 1, problem=problem)
    if (found := _NUMBER_WITH_LETTERS.search(text)) is not None:
        raise InvalidFormula(formula=text, at=found.start() + 1, problem="a whole number is digits alone")
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as cause:
        at = min(max(cause.offset or 1, 1), len(text))
        raise InvalidFormula(formula=text, at=at, problem=f"is not well formed ({cause.msg})") from None
    except (ValueError, RecursionError, MemoryError) as cause:
        raise InvalidFormula(formula=text, at=1, problem=f"is not well formed ({type(cause).__name__})") from None
    expression = _read(tree.body, text, 1)
    if (written := formula_text(expression)) != text:
        pairs = enumerate(zip(text, written, strict=False), 1)
        at = next((number for number, (one, other) in pairs if one != other), min(len(text), len(written)))
        raise InvalidFormula(formula=text, at=at, problem=f"has to be written {written!r}")
    return expression


def _read(node: ast.expr, text: str, depth: int) -> Expression:
    """The closed list of nodes."""

    def refused(problem: str) -> InvalidFormula:
        return InvalidFormula(formula=text, at=node.col_offset + 1, problem=problem)

    if depth > MAX_DEPTH:
        raise refused(f"is nested more than {MAX_DEPTH} deep")
    if isinstance(node, ast.Name):
        if _NAME.fullmatch(node.id) is None or node.id in _CALLS:
            raise refused(f"{node.id!r} is no name of a parameter")
        return Name(node.id)
    if isinstance(node, ast.Constant):
        if type(node.value) is not int or node.value > MAX_WHOLE:
            raise refused(f"a number must be a whole one of at most {MAX_WHOLE}")
        return Whole(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_read(node.left, text, depth + 1), _read(node.right, text, depth + 1))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        if len(node.args) != 2 or node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            raise refused(f"{node.func.id} takes two expressions")
        left, right = node.args
        return _CALLS[node.func.id](_read(left, text, depth + 1), _read(right, text, depth + 1))
    raise refused("is none of: name, whole number, + - *, min(a, b), max(a, b)")


def formula_text(expression: Expression) -> str:
    """The one way to write an expression: one blank around + - *, brackets only where the order needs them."""
    match expression:
        case Name(name):
            return name
        case Whole(value):
            return str(value)
        case Min(left, right) | Max(left, right):
            return f"{_SIGNS[type(expression)]}({formula_text(left)}, {formula_text(right)})"
        case Add(left, right) | Subtract(left, right) | Multiply(left, right):
            loose = (Add, Subtract)
            product = isinstance(expression, Multiply)
            first = _bracketed(left, product and isinstance(left, loose))
            # a - (b - c) is not a - b - c, and the tree of a + (b + c) is not that of a + b + c.
            second = _bracketed(right, isinstance(right, loose) or (product and isinstance(right, Multiply)))
            return f"{first} {_SIGNS[type(expression)]} {second}"


def _bracketed(expression: Expression, needed: bool) -> str:
    return f"({formula_text(expression)})" if needed else formula_text(expression)


def names_of(expression: Expression) -> list[str]:
    """The names in an expression, each once, in the order in which they stand."""
    match expression:
        case Name(name):
            return [name]
        case Whole():
            return []
        case _:
            return list(dict.fromkeys(names_of(expression.left) + names_of(expression.right)))


def evaluate(expression: Expression, values: Mapping[str, int]) -> int:
    """What an expression comes to, in integers of any size. Raises KeyError for a name without a value."""
    match expression:
        case Name(name):
            return values[name]
        case Whole(value):
            return value
        case _:
            return combine(type(expression), evaluate(expression.left, values), evaluate(expression.right, values))


def combine(kind: type[Pair], left: int, right: int) -> int:
    """What one node makes of the values of its two sides."""
    if kind is Add:
        return left + right
    if kind is Subtract:
        return left - right
    if kind is Multiply:
        return left * right
    return min(left, right) if kind is Min else max(left, right)


Bounds = tuple[int, int]


def bounds_of(expression: Expression, variables: Mapping[str, Bounds]) -> Bounds:
    """The least and the greatest that an expression can come to, while each name stays within its own bounds.

    Each side is taken to move freely, so the truth lies within, never outside.

    Raises:
        InvalidFormula: a node could leave 63 bits; `problem` shows it.
    """
    match expression:
        case Name(name):
            found = variables[name]
        case Whole(value):
            found = (value, value)
        case Add() | Subtract() | Multiply() | Min() | Max():
            kind = type(expression)
            left, right = bounds_of(expression.left, variables), bounds_of(expression.right, variables)
            if kind is Multiply:
                corners = [combine(kind, one, other) for one in left for other in right]
                found = (min(corners), max(corners))
            elif kind is Subtract:
                found = (left[0] - right[1], left[1] - right[0])
            else:  # all that is left grows with both of its sides
                found = (combine(kind, left[0], right[0]), combine(kind, left[1], right[1]))
    if found[0] < -MAX_NODE or found[1] > MAX_NODE:
        problem = f"reaches {max(found, key=abs)}, which is beyond 63 bits"
        raise InvalidFormula(formula=formula_text(expression)[:200], at=1, problem=problem)
    return found
