"""Strict RLP against the `rlp` package: the same values, and nothing that has a second writing."""

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidProof
from registry.proofs.strict_rlp import DEPTH_MAX, decode_list

VALUES = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=20)
RLP_LIKE = st.lists(
    st.sampled_from(
        [b"\x00", b"\x7f", b"\x80", b"\x81", b"\xb7", b"\xb8", b"\xbf", b"\xc0", b"\xc1", b"\xf7", b"\xf8", b"\xff"]
    )
    | st.binary(max_size=3),
    max_size=12,
).map(b"".join)


def depth(value) -> int:
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(values=st.lists(VALUES, max_size=6))
def test_what_is_encoded_is_decoded(values):
    if depth(values) <= DEPTH_MAX:
        assert decode_list(rlp.encode(values), "value") == values


@given(data=RLP_LIKE | RLP_LIKE.map(lambda data: bytes([0xC0 + min(len(data), 55)]) + data[:55]))
def test_what_is_accepted_is_what_the_package_reads_and_writes_the_same(data):
    try:
        expected = rlp.decode(data)
        is_list = isinstance(expected, list) and rlp.encode(expected) == data and depth(expected) <= DEPTH_MAX
    except rlp.exceptions.RLPException:
        is_list = False
    if is_list:
        assert decode_list(data, "value") == expected
    else:
        with pytest.raises(InvalidProof):
            decode_list(data, "value")


@pytest.mark.parametrize("size", [0, 1, 54, 55, 56, 255, 256, 65_535, 65_536])
def test_every_width_of_a_length_is_read(size):
    assert decode_list(rlp.encode([b"\xff" * size]), "value") == [b"\xff" * size]


def nested(levels: int) -> bytes:
    heads, length = [], 0
    for _ in range(levels):
        digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
        heads.append(bytes([0xC0 + length]) if length < 56 else bytes([0xF7 + len(digits)]) + digits)
        length += len(heads[-1])
    return b"".join(reversed(heads))


def test_nesting_has_a_limit_and_the_deepest_input_is_refused_at_once():
    assert depth(decode_list(nested(DEPTH_MAX), "value")) == DEPTH_MAX
    for levels in (DEPTH_MAX + 1, 500_000):
        with pytest.raises(InvalidProof, match="nested deeper"):
            decode_list(nested(levels), "value")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "80",
        "c1",
        "c28100",
        "c2817f",
        "c3b80101",
        "c0c0",
        "f800",
        "f80180",
        "f90001",
        "ff",
        "f8",
        "bf",
        "ffffffffffffffffff",
        "c1f8",
    ],
)
def test_what_has_another_writing_or_is_cut_off_is_refused(text):
    with pytest.raises(InvalidProof):
        decode_list(bytes.fromhex(text), "value")
