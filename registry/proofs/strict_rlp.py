"""RLP read strictly: one value has one encoding, and whatever else is InvalidProof.

Source: Ethereum Yellow Paper, appendix B. Written here because the reader of the `rlp` package recurses as deep as its
input says and copies it at each level: a hostile file of a few hundred kilobytes keeps it busy for half a minute.
"""

from registry.domain.errors import InvalidProof

# An item is a byte string or a list of items.
Item = bytes | list["Item"]

# A receipt nests deepest, with the topics of a log: receipt, logs, log, topics.
DEPTH_MAX = 8


def decode_list(data: bytes, what: str) -> list[Item]:
    """Decodes the RLP of a list and nothing after it. `what` names it in the error. Raises InvalidProof."""
    if not data:
        raise InvalidProof(kind=what, problem="its RLP is empty")
    item, end = _read(data, 0, len(data), what, 0)
    if end != len(data):
        raise InvalidProof(kind=what, problem="bytes stand after its RLP")
    return to_list(item, what)


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


def _read(data: bytes, start: int, limit: int, what: str, depth: int) -> tuple[Item, int]:
    """The item that begins at `start` and ends at or before `limit`, and where it ends."""
    prefix = data[start]
    if prefix < 0x80:
        return data[start : start + 1], start + 1
    is_list = prefix >= 0xC0
    payload, end = _bounds(data, start, limit, 0xC0 if is_list else 0x80, what)
    if not is_list:
        if end - payload == 1 and data[payload] < 0x80:
            raise InvalidProof(kind=what, problem="its RLP gives a length to a byte that needs none")
        return data[payload:end], end
    if depth >= DEPTH_MAX:
        raise InvalidProof(kind=what, problem=f"its RLP is nested deeper than {DEPTH_MAX}")
    items: list[Item] = []
    while payload < end:
        item, payload = _read(data, payload, end, what, depth + 1)
        items.append(item)
    return items, end


def _bounds(data: bytes, start: int, limit: int, base: int, what: str) -> tuple[int, int]:
    """Where the payload of a prefixed item begins and ends."""
    short = data[start] - base
    payload, length = start + 1, short
    if short > 55:
        payload += short - 55
        digits = data[start + 1 : payload]
        length = int.from_bytes(digits)
        if payload > limit or digits[0] == 0 or length <= 55:
            raise InvalidProof(kind=what, problem="a length in its RLP is cut off or longer than it needs to be")
    if payload + length > limit:
        raise InvalidProof(kind=what, problem="its RLP is cut off")
    return payload, payload + length
