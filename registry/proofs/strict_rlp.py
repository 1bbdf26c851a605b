"""RLP read strictly: one value has one encoding, and whatever else is InvalidProof.

Source: Ethereum Yellow Paper, appendix B. The `rlp` package does the work; here is what hostile input needs on top.
"""

from typing import cast

import rlp

from registry.domain.errors import InvalidProof

# An item is a byte string or a list of items.
Item = bytes | list["Item"]


def decode_list(data: bytes, what: str) -> list[Item]:
    """Decodes the RLP of a list and nothing after it. `what` names it in the error. Raises InvalidProof."""
    try:
        item = rlp.decode(data, strict=True)
        same = rlp.encode(item) == data
    except (rlp.exceptions.RLPException, RecursionError) as error:
        raise InvalidProof(kind=what, problem=f"it is not RLP ({type(error).__name__})") from error
    if not same:
        raise InvalidProof(kind=what, problem="its RLP is not the canonical encoding")
    if isinstance(item, bytes):
        raise InvalidProof(kind=what, problem="its RLP is a string, not a list")
    return cast(list[Item], item)


def to_bytes(item: Item, what: str, length: int | None = None) -> bytes:
    """The item as a byte string, of `length` bytes if given. Raises InvalidProof."""
    if not isinstance(item, bytes):
        raise InvalidProof(kind=what, problem="a list stands where bytes are expected")
    if length is not None and len(item) != length:
        raise InvalidProof(kind=what, problem=f"{len(item)} bytes stand where {length} are expected")
    return item


def to_list(item: Item, what: str) -> list[Item]:
    """The item as a list. Raises InvalidProof."""
    if isinstance(item, bytes):
        raise InvalidProof(kind=what, problem="bytes stand where a list is expected")
    return item


def to_integer(item: Item, what: str) -> int:
    """The item as an unsigned integer of at most 256 bits, without leading zero bytes. Raises InvalidProof."""
    data = to_bytes(item, what)
    if len(data) > 32 or data[:1] == b"\x00":
        raise InvalidProof(kind=what, problem="not an unsigned integer of 256 bits without leading zeros")
    return int.from_bytes(data)
