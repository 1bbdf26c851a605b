"""The 96 bytes of a leaf."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.days import LAST_DAY
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.units import LINE_END
from registry.log.leaf import LEAF_BYTES, Leaf, serials_of

LEAF = Leaf(
    serial_start=0x0002030405060708,
    grams=0x11,
    quantity=0x2122,
    occurred_on=17_014,
    scenario=3,
    act_id=b"\xaa" * 32,
    actor=b"\xbb" * 32,
)


def test_pack__has_the_fixed_layout() -> None:
    assert LEAF.pack() == (
        bytes.fromhex("0002030405060708")
        + bytes.fromhex("0000000000000011")
        + bytes.fromhex("0000000000002122")
        + bytes.fromhex("00004276")
        + bytes.fromhex("0003")
        + bytes.fromhex("0001")
        + b"\xaa" * 32
        + b"\xbb" * 32
    )
    assert len(LEAF.pack()) == LEAF_BYTES


@given(
    st.builds(
        Leaf,
        serial_start=st.integers(0, LINE_END // 2),
        grams=st.integers(0, LINE_END // 2),
        quantity=st.integers(0, 2**63 - 1),
        occurred_on=st.integers(0, LAST_DAY),
        scenario=st.integers(1, 2**16 - 1),
        act_id=st.binary(min_size=32, max_size=32),
        actor=st.binary(min_size=32, max_size=32),
    )
)
def test_leaf__there_and_back__is_the_same(leaf: Leaf) -> None:
    packed = leaf.pack()
    assert Leaf.unpack(packed) == leaf
    assert serials_of(b"x" + packed, 1) == (leaf.serial_start, leaf.grams)
    assert leaf.serial_end == leaf.serial_start + leaf.grams


@pytest.mark.parametrize("length", [0, 95, 97, 192])
def test_unpack__of_another_length__is_refused(length: int) -> None:
    with pytest.raises(InvalidEvidence, match=f"has {length} bytes instead of 96"):
        Leaf.unpack(bytes(length))


@pytest.mark.parametrize("version", [0, 2, 65535])
def test_unpack__of_another_version__is_refused(version: int) -> None:
    packed = LEAF.pack()
    with pytest.raises(InvalidEvidence, match=f"version {version} is not 1"):
        Leaf.unpack(packed[:30] + version.to_bytes(2, "big") + packed[32:])


def test_unpack__of_zeros__is_refused() -> None:
    with pytest.raises(InvalidInput):
        Leaf.unpack(bytes(96))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("serial_start", -1), ("serial_start", 1.0), ("grams", -1), ("grams", True), ("grams", LINE_END)],
        *[("quantity", 2**63), ("occurred_on", -1), ("occurred_on", LAST_DAY + 1), ("scenario", 0)],
        *[("scenario", 2**16), ("act_id", b"x" * 31), ("actor", "x" * 32), ("actor", None), ("version", 2)],
    ],
)
def test_leaf__with_a_value_that_does_not_fit__is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput):
        replace(LEAF, **{field: value})
