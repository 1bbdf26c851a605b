"""Transaction receipts: the Merkle-Patricia proof of one, and its logs.

Sources: Ethereum Yellow Paper 4.3.1 and appendix D (the trie), EIP-2718 (typed receipts), EIP-658 (status).
Built with the `trie` package; checked by a walk written here, so that one mistake cannot be on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from registry.domain.errors import InvalidProof
from registry.proofs.strict_rlp import Item, decode_list, to_bytes, to_integer, to_list

# A path has 2 nibbles per byte of rlp(index), which is at most 9 bytes, and every node eats one or more.
PROOF_NODES_MAX = 20


@dataclass(frozen=True, slots=True)
class Log:
    """One log of a receipt. Its place in the receipt is its position in `Receipt.logs`."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A decoded receipt. `kind` is its EIP-2718 type, 0 for a legacy one."""

    kind: int
    succeeded: bool
    logs: tuple[Log, ...]


def receipts_root(receipts: Sequence[bytes]) -> bytes:
    """The root that a header holds for these encoded receipts, in the order of their transactions."""
    return bytes(_trie_of(receipts).root_hash)


def prove_receipt(receipts: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The RLP of the trie's nodes from the root to receipt `index`. Typed receipts are kept as they are.

    Raises InvalidProof if there is no such receipt.
    """
    if not 0 <= index < len(receipts):
        raise InvalidProof(kind="receipt", problem=f"there is no receipt {index}, the block has {len(receipts)}")
    nodes = _trie_of(receipts).get_proof(rlp.encode(index))
    return tuple(bytes(rlp.encode(node)) for node in nodes)


def proven_receipt(root: bytes, index: int, nodes: Sequence[bytes]) -> bytes:
    """The encoded receipt at `index` under `root`, which `nodes` lead to. Raises InvalidProof.

    Every node has to be on the path and in its order: a proof has one form.
    A receipt is longer than 31 bytes, so no node on the way to one is embedded in its parent.
    """
    if len(nodes) > PROOF_NODES_MAX:
        raise InvalidProof(kind="receipt", problem=f"{len(nodes)} nodes, more than {PROOF_NODES_MAX}")
    path = _nibbles(rlp.encode(index))
    expected = root
    for position, node in enumerate(nodes):
        if keccak(node) != expected:
            raise InvalidProof(kind="receipt", problem=f"node {position} is not the one its parent names")
        next_item, path, at_end = _step(decode_list(node, "receipt"), path, position)
        if at_end:
            if position != len(nodes) - 1:
                raise InvalidProof(kind="receipt", problem=f"nodes stand after the last one, {position}")
            return to_bytes(next_item, "receipt")
        expected = to_bytes(next_item, "receipt", 32)
    raise InvalidProof(kind="receipt", problem=f"the path ends after {len(nodes)} nodes")


def decode_receipt(encoded: bytes) -> Receipt:
    """Decodes a legacy or typed receipt of a chain at Byzantium or later. Raises InvalidProof."""
    kind = 0
    if encoded[:1] and encoded[0] < 0x80:
        kind = encoded[0]
        encoded = encoded[1:]
        if kind == 0:
            raise InvalidProof(kind="receipt", problem="type 0 is not written out")
    fields = decode_list(encoded, "receipt")
    if len(fields) != 4:
        raise InvalidProof(kind="receipt", problem=f"{len(fields)} fields, not 4")
    status = to_integer(fields[0], "receipt")
    if status > 1:
        raise InvalidProof(kind="receipt", problem="its status is neither 0 nor 1")
    to_integer(fields[1], "receipt")
    to_bytes(fields[2], "receipt", 256)
    logs = tuple(_log(item) for item in to_list(fields[3], "receipt"))
    return Receipt(kind=kind, succeeded=status == 1, logs=logs)


def _log(item: Item) -> Log:
    fields = to_list(item, "receipt")
    if len(fields) != 3:
        raise InvalidProof(kind="receipt", problem=f"a log has {len(fields)} fields, not 3")
    return Log(
        address=to_bytes(fields[0], "receipt", 20),
        topics=tuple(to_bytes(topic, "receipt", 32) for topic in to_list(fields[1], "receipt")),
        data=to_bytes(fields[2], "receipt"),
    )


def _trie_of(receipts: Sequence[bytes]) -> HexaryTrie:
    trie = HexaryTrie({})
    for index, receipt in enumerate(receipts):
        trie[rlp.encode(index)] = receipt
    return trie


def _step(items: list[Item], path: tuple[int, ...], position: int) -> tuple[Item, tuple[int, ...], bool]:
    """One node of the walk: what it leads to, the path left, and whether that is the value itself."""
    if len(items) == 17:
        if not path:
            return items[16], (), True
        return items[path[0]], path[1:], False
    if len(items) != 2:
        raise InvalidProof(kind="receipt", problem=f"node {position} has {len(items)} items, not 2 or 17")
    prefix = _nibbles(to_bytes(items[0], "receipt"))
    if not prefix or prefix[0] > 3 or (prefix[0] % 2 == 0 and prefix[1] != 0):
        raise InvalidProof(kind="receipt", problem=f"node {position} has no hex-prefix key")
    is_leaf = prefix[0] >= 2
    key = prefix[1:] if prefix[0] % 2 else prefix[2:]
    if path[: len(key)] != key or (is_leaf and len(key) != len(path)):
        raise InvalidProof(kind="receipt", problem=f"node {position} is not on the path to this receipt")
    return items[1], path[len(key) :], is_leaf


def _nibbles(data: bytes) -> tuple[int, ...]:
    return tuple(nibble for byte in data for nibble in (byte >> 4, byte & 15))
