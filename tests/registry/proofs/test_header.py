"""Reading block headers from their RLP."""

import pytest
import rlp

from registry.domain.errors import InvalidProof
from registry.proofs.header import HEADER_BYTES_MAX, parse_header


def fields(**changes):
    """The 16 fields of a London header; changes are field_<index>."""
    values = [b"\x01" * 32, bytes(32), b"\x02" * 20, bytes(32), bytes(32), b"\x05" * 32, bytes(256), b"", b"\x07"]
    values += [b"\x01\xc9\xc3\x80", b"", b"\x68\x00\x00\x00", b"", bytes(32), bytes(8), b""]
    for name, value in changes.items():
        values[int(name.removeprefix("field_"))] = value
    return values


def test_a_london_header_is_read():
    header = parse_header(rlp.encode(fields()))
    assert header.number == 7
    assert header.parent_hash == b"\x01" * 32
    assert header.receipts_root == b"\x05" * 32
    assert header.timestamp == 0x68000000
    assert header.proposer == b"\x02" * 20


@pytest.mark.parametrize("count", [15, 17, 21])
def test_headers_before_and_after_london_are_read(count):
    assert len(parse_header(rlp.encode((fields() + [bytes(32)] * 5)[:count])).fields) == count


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x80",
        b"\xc0",
        rlp.encode(b"text"),
        rlp.encode(fields()) + b"\x00",
        rlp.encode(fields())[:-1],
        rlp.encode(fields()[:14]),
        rlp.encode([*fields(), *[b""] * 6]),
        rlp.encode(fields(field_5=b"\x05" * 31)),
        rlp.encode(fields(field_5=[])),
        rlp.encode(fields(field_6=bytes(255))),
        rlp.encode(fields(field_8=b"\x00\x07")),
        rlp.encode(fields(field_11=b"\x01" * 33)),
        rlp.encode(fields(field_14=bytes(9))),
        rlp.encode(fields(field_15=[b""])),
        rlp.encode(fields(field_12=bytes(HEADER_BYTES_MAX))),
        b"\xc1" * 30_000,
    ],
)
def test_what_is_no_header_is_refused(raw):
    with pytest.raises(InvalidProof):
        parse_header(raw)


def test_a_length_written_in_a_longer_way_than_needed_is_refused():
    raw = rlp.encode(fields())
    assert raw[0] == 0xF9
    with pytest.raises(InvalidProof):
        parse_header(b"\xfa\x00" + raw[1:])
