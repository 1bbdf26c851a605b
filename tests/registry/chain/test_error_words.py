"""Every error of the contracts has a text in both languages that its values fill."""

from __future__ import annotations

import string

import pytest

from registry.chain import artifacts
from registry.chain.error_words import texts, words
from registry.domain.rules import Rule

ERRORS = sorted(
    {(e.name, tuple(p.name for p in e.inputs)) for name in artifacts.names() for e in artifacts.load(name).abi.errors}
)


@pytest.mark.parametrize(("name", "parameters"), ERRORS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_words__each_error_of_each_contract__has_a_text_its_values_fill(
    name: str, parameters: tuple[str, ...], language: str
) -> None:
    template = texts()[name][language]
    used = {field for _, field, _, _ in string.Formatter().parse(template) if field}
    assert used <= set(parameters)
    assert words(name, dict.fromkeys(parameters, 1), language)  # type: ignore[arg-type]


def test_words__texts_without_an_error__do_not_linger() -> None:
    assert set(texts()) == {name for name, _ in ERRORS}


def test_words__enumeration__is_said_in_words() -> None:
    values = {"account": "0x1", "year": 2016, "batchId": 1, "rule": int(Rule.CAP), "wantedGrams": 2, "allowedGrams": 1}
    assert (words("OffsetRefused", values) or "").startswith("Offset refused by the cap on offsets")
    assert "抵销比例上限" in (words("OffsetRefused", values, "zh") or "")


def test_words__bytes32_with_a_name__is_shown_as_the_name() -> None:
    assert "opensAt" in (words("InvalidField", {"field": b"opensAt".ljust(32, b"\0")}) or "")


def test_words__values_of_another_error__give_nothing() -> None:
    assert words("OffsetRefused", {"account": "0x1"}) is None
    assert words("NoSuchError", {}) is None
