"""Act keys, nullifiers, look-alikes and actor commitments."""

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.acts import (
    AssetForm,
    act_id,
    act_key_text,
    actor_day,
    actor_of,
    actor_secret,
    look_alike,
    look_alike_key,
    parse_act_key,
)
from registry.domain.errors import InvalidEvidence, InvalidPeriod

PEPPER = bytes(range(32))
RIDE = "shared-bike;bike=79699;start=2016-08-01T00:23+08:00"

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
values = st.text(
    st.characters(codec="ascii", exclude_characters=";= ", exclude_categories=["Cc"]), min_size=1, max_size=9
)
fields = st.dictionaries(names, values, min_size=1, max_size=5)


def test_act_key__has_its_fields_in_order_of_name() -> None:
    given_fields = {"start": "2016-08-01T00:23+08:00", "bike": "79699"}
    assert act_key_text("shared-bike", given_fields) == RIDE
    assert parse_act_key(RIDE) == ("shared-bike", given_fields)


@given(fields)
def test_act_key__there_and_back__is_the_same_in_any_order(given_fields: dict[str, str]) -> None:
    text = act_key_text("bus-ride", dict(reversed(given_fields.items())))
    assert parse_act_key(text) == ("bus-ride", given_fields)


@pytest.mark.parametrize("kind", ["", "Bike", "shared bike", "1bike", "bike;", "自行车", "b" * 65, None])
def test_act_key__of_a_malformed_kind__is_refused(kind: Any) -> None:
    with pytest.raises(InvalidEvidence):
        act_key_text(kind, {"a": "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("Bike", "1"), ("", "1"), ("a b", "1"), (1, "1")],
        *[("a", ""), ("a", " 1"), ("a", "1 "), ("a", "1;b=2"), ("a", "x=y"), ("a", "1\n2"), ("a", "\x00")],
        *[("a", "e\u0301"), ("a", 1), ("a", None), ("a", "x" * 600)],
        # What looks like another value: inner blanks, full-width and circled digits, what has no width at all.
        *[("a", f"1{blank}2") for blank in (" ", "\u00a0", "\u2009", "\u3000", "\u2028", "\u2029")],
        *[("a", f"1{nothing}2") for nothing in ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\x85")],
        *[("a", "１２"), ("a", "①"), ("a", "ﬁ"), ("a", "Ａ"), ("a", "²"), ("a", "\ud800"), ("a", "\ue000")],
    ],
)
def test_act_key__of_a_malformed_field__is_refused(name: Any, value: Any) -> None:
    with pytest.raises(InvalidEvidence):
        act_key_text("bike", {name: value})


@pytest.mark.parametrize("value", ["车7", "沪A12345", "é", "a-b_c.d/e"])
def test_act_key__of_visible_text_in_one_form__is_written(value: str) -> None:
    assert parse_act_key(act_key_text("bike", {"a": value})) == ("bike", {"a": value})


# What no asset may be written with, in whichever form.
NO_ASSET = [
    "",
    "0",
    "07",
    " 7",
    "7 ",
    "7\n",
    "1 2",
    "1\u00a02",
    "1\u200b2",
    "+7",
    "-7",
    "7.0",
    "1_2",
    "７",
    "７A",
    "٧",
    "²",
]


@pytest.mark.parametrize("asset", [*NO_ASSET, "A7", "7a", "7A", "1" * 19])
def test_decimal__in_any_other_writing__is_refused(asset: str) -> None:
    assert not AssetForm.DECIMAL.accepts(asset)


@pytest.mark.parametrize("asset", [*NO_ASSET, "a7", "A-7", "A" * 33, "Ａ7", "É", "ß", "0A", "ǅ"])
def test_upper_alphanumeric__in_any_other_writing__is_refused(asset: str) -> None:
    assert not AssetForm.UPPER_ALPHANUMERIC.accepts(asset)


@pytest.mark.parametrize("asset", ["1", "79699", "10", "9" * 18])
def test_decimal__is_accepted_in_both_forms(asset: str) -> None:
    assert AssetForm.DECIMAL.accepts(asset)
    assert AssetForm.UPPER_ALPHANUMERIC.accepts(asset)


@pytest.mark.parametrize("asset", ["A", "A0", "7A", "ZZ99", "A" * 32, "1" * 32])
def test_upper_alphanumeric__is_accepted(asset: str) -> None:
    assert AssetForm.UPPER_ALPHANUMERIC.accepts(asset)


@given(st.integers(1, 10**18 - 1))
def test_decimal__accepts_one_writing_of_every_number(number: int) -> None:
    assert AssetForm.DECIMAL.accepts(str(number))


@given(st.text(max_size=20), st.sampled_from(AssetForm))
def test_asset__of_any_form__can_stand_in_an_act_key(asset: str, form: AssetForm) -> None:
    if form.accepts(asset):
        assert parse_act_key(act_key_text("bike", {"a": asset})) == ("bike", {"a": asset})
        assert asset == asset.strip().lstrip("0").upper()


def test_act_key__without_fields__is_refused() -> None:
    with pytest.raises(InvalidEvidence, match="every act of its kind"):
        act_key_text("bike", {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bike",
        "bike;",
        "bike;a",
        "bike;b=1;a=2",
        "bike;a=1;a=1",
        ";a=1",
        "bike;a=1;",
        "bike;a=1=2",
        "bike;a= 1",
        None,
    ],
)
def test_act_key__in_any_other_writing__is_refused(text: Any) -> None:
    with pytest.raises(InvalidEvidence):
        parse_act_key(text)


def test_act_id__is_the_hmac_of_the_key() -> None:
    assert act_id(PEPPER, RIDE) == hmac.new(PEPPER, RIDE.encode(), hashlib.sha256).digest()


def test_act_id__under_another_pepper__is_another() -> None:
    assert act_id(PEPPER, RIDE) != act_id(PEPPER[::-1], RIDE)


@pytest.mark.parametrize("pepper", [b"", b"short", "x" * 32, None])
def test_act_id__under_a_weak_pepper__is_refused(pepper: Any) -> None:
    with pytest.raises(InvalidEvidence, match="at least 16 bytes"):
        act_id(pepper, RIDE)


def test_act_id__of_no_unicode__is_refused() -> None:
    with pytest.raises(InvalidEvidence, match="not Unicode"):
        act_id(PEPPER, "bike;a=\ud800")


@pytest.mark.parametrize(
    ("key", "alike"),
    [
        (RIDE, "shared-bike;bike=79699;start=--08-01T00:23+08:00"),
        ("rail-ride;start=2020-01-02T03:04+08:00;ticket=A", "rail-ride;start=--01-02T03:04+08:00;ticket=A"),
        # What only looks like a date is part of a name.
        ("bike;number=2016-08-01-7", "bike;number=2016-08-01-7"),
        ("bike;number=12016-08-01", "bike;number=12016-08-01"),
        ("meal;plate=2016", "meal;plate=2016"),
    ],
)
def test_look_alike__has_the_year_of_its_beginning_removed(key: str, alike: str) -> None:
    assert look_alike_key(key) == alike


def test_look_alike__of_a_relabelled_copy__is_the_same() -> None:
    copy = RIDE.replace("2016", "2020")
    assert look_alike_key(RIDE) == look_alike_key(copy)
    assert look_alike(RIDE) == look_alike(copy) == hashlib.sha256(look_alike_key(copy).encode()).digest()[:16]


def test_look_alike__of_another_bike_day_or_minute__differs() -> None:
    others = [RIDE.replace("79699", "79698"), RIDE.replace("08-01", "08-02"), RIDE.replace("00:23", "00:24")]
    assert look_alike_key(RIDE) not in [look_alike_key(other) for other in others]


def test_actor__is_one_commitment_for_each_act() -> None:
    secret = actor_secret(PEPPER, "759")
    assert secret == hmac.new(PEPPER, b"actor:759", hashlib.sha256).digest()
    assert actor_of(secret, RIDE) == hmac.new(secret, RIDE.encode(), hashlib.sha256).digest()
    assert actor_of(secret, RIDE) != actor_of(secret, RIDE.replace("00:23", "00:24"))


def test_actor_day__is_the_same_within_a_day_and_nowhere_else() -> None:
    secret = actor_secret(PEPPER, "759")
    assert actor_day(secret, 17014) == hmac.new(secret, b"day:2016-08-01", hashlib.sha256).digest()[:16]
    assert len({actor_day(secret, 17014), actor_day(secret, 17015), actor_day(actor_secret(PEPPER, "760"), 17014)}) == 3


@pytest.mark.parametrize("user", ["", None, 759])
def test_actor_secret__of_nobody__is_refused(user: Any) -> None:
    with pytest.raises(InvalidEvidence):
        actor_secret(PEPPER, user)


def test_actor_day__of_no_day__is_refused() -> None:
    with pytest.raises(InvalidPeriod):
        actor_day(PEPPER, -1)
