"""Canonical JSON: one form, no floats; and strict reading."""

import hashlib
import json
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.canonical import MAX_DEPTH, InvalidJson, canonical_json, canonical_sha256, parse_strict_json

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**255), 2**256 - 1) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)


def test_canonical__sorts_names_and_has_no_blanks() -> None:
    assert canonical_json({"b": [1, None, True], "a": {"z": "字", "y": -1}}) == (
        '{"a":{"y":-1,"z":"字"},"b":[1,null,true]}'.encode()
    )


def test_canonical_sha256__is_the_hash_of_those_bytes() -> None:
    assert canonical_sha256({"a": 1}) == hashlib.sha256(b'{"a":1}').digest()


@given(documents)
def test_canonical__there_and_back__is_the_same(document: Any) -> None:
    data = canonical_json(document)
    assert parse_strict_json(data) == document
    assert canonical_json(json.loads(data)) == data


@given(st.dictionaries(text, st.integers(0, 9), min_size=2, max_size=6))
def test_canonical__does_not_depend_on_order(document: dict[str, int]) -> None:
    assert canonical_json(dict(reversed(document.items()))) == canonical_json(document)


def test_canonical__of_an_enumeration__is_its_number() -> None:
    class Two(IntEnum):
        TWO = 2

    assert canonical_json([Two.TWO, (1,)]) == b"[2,[1]]"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (1.0, "$"),
        ({"a": [1, {"b": 0.5}]}, "$.a[1].b"),
        (float("nan"), "$"),
        ({"a": b"bytes"}, "$.a"),
        ({1: "a"}, "$"),
        ({"a": {1, 2}}, "$.a"),
        ("\ud800", "$"),
        ({"\ud800": 1}, "$"),
        (2**256, "$"),
        ([-(2**255) - 1], "$[0]"),
    ],
)
def test_canonical__of_what_has_no_form__names_the_path(value: Any, path: str) -> None:
    with pytest.raises(InvalidJson) as caught:
        canonical_json(value)
    assert caught.value.values["path"] == path


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ('{"a":1,"a":1}', "stands twice in one object: 'a'"),
        ('[{"x":{"b":1,"b":2}}]', "'b'"),
        ("1.0", "1.0 is not an integer"),
        ("1e2", "not an integer"),
        ("NaN", "NaN is not an integer"),
        ("-Infinity", "not an integer"),
        ("", "Expecting value"),
        ("{", "Expecting"),
        ("[1] 2", "Extra data"),
        ("\ufeff[]", "BOM"),
        (b"\xef\xbb\xbf[]", "BOM"),
        (b'"\xff"', "is not UTF-8"),
        ('"\\ud800"', "not Unicode"),
        ("[" * 40 + "]" * 40, f"deeper than {MAX_DEPTH}"),
        ("[" * 100_000, "deeper than"),
        ("1" * 5000, "absurd length"),
        ("1" * 90, "256 bits"),
        ("'a'", "Expecting value"),
    ],
)
def test_strict_reading__of_what_two_readers_could_read_differently__is_refused(
    data: str | bytes, problem: str
) -> None:
    with pytest.raises(InvalidJson, match=problem) as caught:
        parse_strict_json(data, "manifest.json")
    assert caught.value.values["what"] == "manifest.json"
