"""Block headers, read from their RLP.

Sources: Ethereum Yellow Paper 4.3 (the first 15 fields), EIP-1559 (baseFee); EIP-4895, EIP-4844, EIP-4788 and
EIP-7685 (the others).
"""

from dataclasses import dataclass

from registry.domain.errors import InvalidProof
from registry.proofs.strict_rlp import Item, decode_list, to_bytes, to_integer

# The largest real header is about 600 bytes; QBFT adds 20 bytes per validator and 67 per seal, so this allows 300.
HEADER_BYTES_MAX = 32_768
FIELDS_MIN = 15
FIELDS_MAX = 21

EXTRA_DATA_INDEX = 12

_HASH_INDEXES = (0, 1, 3, 4, 5, 13)
_INTEGER_INDEXES = (7, 8, 9, 10, 11)


@dataclass(frozen=True, slots=True)
class Header:
    """A block header. `fields` holds all of them in order, `raw` the RLP they were read from."""

    raw: bytes
    fields: tuple[Item, ...]
    parent_hash: bytes
    proposer: bytes
    receipts_root: bytes
    difficulty: int
    number: int
    timestamp: int
    extra_data: bytes
    mix_hash: bytes


def parse_header(header_rlp: bytes) -> Header:
    """Reads a header and checks the width of every field that all forks share. Raises InvalidProof.

    The timestamp is in the chain's unit, which is seconds on every network that Puhui supports.
    """
    if len(header_rlp) > HEADER_BYTES_MAX:
        raise InvalidProof(kind="header", problem=f"{len(header_rlp)} bytes, more than {HEADER_BYTES_MAX}")
    fields = decode_list(header_rlp, "header")
    if not FIELDS_MIN <= len(fields) <= FIELDS_MAX:
        raise InvalidProof(kind="header", problem=f"{len(fields)} fields, not {FIELDS_MIN} to {FIELDS_MAX}")
    for index in _HASH_INDEXES:
        to_bytes(fields[index], "header", 32)
    for index in _INTEGER_INDEXES:
        to_integer(fields[index], "header")
    to_bytes(fields[6], "header", 256)
    to_bytes(fields[14], "header", 8)
    for field in fields[15:]:
        to_bytes(field, "header")
    return Header(
        raw=header_rlp,
        fields=tuple(fields),
        parent_hash=to_bytes(fields[0], "header", 32),
        proposer=to_bytes(fields[2], "header", 20),
        receipts_root=to_bytes(fields[5], "header", 32),
        difficulty=to_integer(fields[7], "header"),
        number=to_integer(fields[8], "header"),
        timestamp=to_integer(fields[11], "header"),
        extra_data=to_bytes(fields[EXTRA_DATA_INDEX], "header"),
        mix_hash=to_bytes(fields[13], "header", 32),
    )
