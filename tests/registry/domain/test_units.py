"""Grams, tonnes as text, and decimal text read into integers."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidQuantity
from registry.domain.units import (
    MAX_GRAMS,
    check_grams,
    check_integer,
    check_quantity,
    decimal_text_to_integer,
    grams_to_tonnes_text,
    tonnes_text_to_grams,
)

grams = st.integers(0, MAX_GRAMS)


@pytest.mark.parametrize("value", [True, False, 1.0, "1", None, b"1", float("nan"), [1]])
def test_check_grams__of_another_type__is_refused(value: Any) -> None:
    with pytest.raises(InvalidQuantity, match="must be an integer"):
        check_grams(value)


@pytest.mark.parametrize(("value", "problem"), [(-1, "at least 0"), (MAX_GRAMS + 1, "at most"), (2**64, "at most")])
def test_check_grams__out_of_range__is_refused(value: int, problem: str) -> None:
    with pytest.raises(InvalidQuantity, match=problem):
        check_grams(value)


@pytest.mark.parametrize("value", [0, 1, MAX_GRAMS])
def test_check_grams__at_its_limits__is_returned(value: int) -> None:
    assert check_grams(value) == value


def test_check_grams__with_a_least__names_the_field() -> None:
    with pytest.raises(InvalidQuantity) as caught:
        check_grams(0, "transfer", least=1)
    assert caught.value.values == {"field": "transfer", "problem": "must be at least 1", "given": 0}


def test_check_quantity__enormous__is_refused() -> None:
    with pytest.raises(InvalidQuantity):
        check_quantity(10**30)


def test_check_integer__at_both_ends__is_returned() -> None:
    assert [check_integer(value, "x", -2, 3) for value in (-2, 3)] == [-2, 3]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.000000"), (1, "0.000001"), (999_999, "0.999999"), (12_345_678, "12.345678"), (10**6, "1.000000")],
)
def test_tonnes__are_exact(value: int, text: str) -> None:
    assert grams_to_tonnes_text(value) == text
    assert tonnes_text_to_grams(text) == value


@given(grams)
def test_tonnes__there_and_back__is_the_same(value: int) -> None:
    text = grams_to_tonnes_text(value)
    assert tonnes_text_to_grams(text) == value
    assert Decimal(text) * 10**6 == value


@pytest.mark.parametrize(("text", "value"), [("7", 7_000_000), ("7.5", 7_500_000), ("007.50", 7_500_000)])
def test_tonnes__with_fewer_decimals__are_read(text: str, value: int) -> None:
    assert tonnes_text_to_grams(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1_000", " 1", "1\n", "NaN", "Infinity", "1.0000000", "0x1"],
        *["１２", "1.٣", "9223372036854.775808", "9" * 40, None, 1, 1.5],
    ],
)
def test_tonnes__malformed_or_too_many__are_refused(text: Any) -> None:
    with pytest.raises(InvalidQuantity):
        tonnes_text_to_grams(text)


@pytest.mark.parametrize("value", [-1, MAX_GRAMS + 1, 1.5, None])
def test_tonnes_text__of_no_amount__is_refused(value: Any) -> None:
    with pytest.raises(InvalidQuantity):
        grams_to_tonnes_text(value)


@pytest.mark.parametrize(
    ("text", "multiplier", "value"),
    [("867.65", 1, 867), ("0.42", 1000, 420), ("0.999999999999999999", 1, 0), ("1.005", 1000, 1005), ("3", 60, 180)],
)
def test_decimal_text__is_cut_downwards(text: str, multiplier: int, value: int) -> None:
    assert decimal_text_to_integer(text, multiplier) == value


@given(st.decimals(0, 10**12, allow_nan=False, places=7), st.integers(1, 10**9))
def test_decimal_text__is_the_floor_of_the_exact_product(value: Decimal, multiplier: int) -> None:
    text = f"{value:f}"
    numerator, denominator = Decimal(text).as_integer_ratio()
    assert decimal_text_to_integer(text, multiplier) == numerator * multiplier // denominator


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "1e5", "-0.5", "+1", "1.2.3", "1,234", " 1", "1 ", "٣", ".5", "5.", "9" * 31, None, 1.5]
)
def test_decimal_text__malformed__is_refused(text: Any) -> None:
    with pytest.raises(InvalidQuantity):
        decimal_text_to_integer(text, 1)


def test_decimal_text__negative__says_so() -> None:
    with pytest.raises(InvalidQuantity, match="path_m is not a valid amount: must not be negative"):
        decimal_text_to_integer("-3", 1, "path_m")


@pytest.mark.parametrize("multiplier", [0, -1, 1.5, True])
def test_decimal_text__with_a_multiplier_that_is_none__is_refused(multiplier: Any) -> None:
    with pytest.raises(InvalidQuantity):
        decimal_text_to_integer("1", multiplier)
