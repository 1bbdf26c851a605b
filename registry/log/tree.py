"""RFC 6962 Merkle trees with SHA-256: hashes, roots, inclusion and consistency proofs, and how they are verified.

Section numbers are those of RFC 6962 and, for verification, of RFC 9162, which spells it out. Sizes and indexes are
integers; a proof is a list of 32-byte hashes from the leaf's side upwards.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from registry.domain.errors import InvalidProof, LogTooShort

HASH_BYTES: Final = 32

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of the tree without leaves (RFC 6962, 2.1)."""

_LEAF_PREFIX: Final = b"\x00"
_NODE_PREFIX: Final = b"\x01"

# A log of 2^63 leaves has proofs of 63 hashes. Anything longer is no proof, and is not worth hashing.
_MAX_SIZE: Final = 2**63

SubtreeRoot = Callable[[int, int], bytes]
"""(start, end) -> root of the leaves [start, end)."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return hashlib.sha256(_LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(_NODE_PREFIX + left + right).digest()


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """The level above: one hash for each complete pair. A last hash without a partner is left out."""
    sha256 = hashlib.sha256
    lefts, rights = hashes[0 : len(hashes) - 1 : 2], hashes[1::2]
    return [sha256(_NODE_PREFIX + left + right).digest() for left, right in zip(lefts, rights, strict=True)]


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of leaves given by their leaf hashes (2.1)."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level = list(leaf_hashes)
    while len(level) > 1:
        # An unpaired last hash moves up as it is: that is the RFC's split at the largest power of two, from below.
        odd = [level[-1]] if len(level) % 2 else []
        level = parents(level) + odd
    return level[0]


def split(size: int) -> int:
    """The largest power of two below `size` (size >= 2), where the RFC divides a tree."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_path(index: int, size: int, subtree_root: SubtreeRoot) -> list[bytes]:
    """PATH(index, D[size]) of 2.1.1, with the roots of subtrees from wherever they are kept.

    Raises LogTooShort if there is no such leaf.
    """
    if not 0 <= index < size:
        raise LogTooShort(asked=f"leaf {index}", size=size)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree_root(middle, end))
            end = middle
        else:
            path.append(subtree_root(start, middle))
            start = middle
    path.reverse()
    return path


def consistency_path(size_before: int, size: int, subtree_root: SubtreeRoot) -> list[bytes]:
    """PROOF(size_before, D[size]) of 2.1.2. Empty for equal sizes and for size_before 0: nothing is to be proved.

    Raises LogTooShort if size_before > size.
    """
    if not 0 <= size_before <= size:
        raise LogTooShort(asked=f"size {size_before}", size=size)
    if size_before in (0, size):
        return []
    path: list[bytes] = []
    start, end = 0, size
    # The old tree is [0, size_before); where its last subtree is complete and begins at 0, the verifier has it already.
    while end != size_before:
        middle = start + split(end - start)
        if size_before <= middle:
            path.append(subtree_root(middle, end))
            end = middle
        else:
            path.append(subtree_root(start, middle))
            start = middle
    if start > 0:
        path.append(subtree_root(start, end))
    path.reverse()
    return path


def extended_root(size: int, subtree_root: SubtreeRoot, new_nodes: Sequence[bytes]) -> bytes:
    """The root of a tree of `size` nodes after `new_nodes` are appended, from its subtrees on the right edge.

    Nodes are leaf hashes, or roots of subtrees of one height, of which the last new one may be lower. `subtree_root` is
    asked for complete subtrees of the old tree only.
    """
    level = list(new_nodes)
    start, width = size, 1
    while start > 0 or len(level) > 1:
        if start & width:
            # The old tree has a complete subtree here that nothing to its right has been paired with yet.
            level.insert(0, subtree_root(start - width, start))
            start -= width
        odd = [level[-1]] if len(level) % 2 else []
        level = parents(level) + odd
        width *= 2
    return level[0] if level else EMPTY_ROOT


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of all `leaf_hashes`. Raises LogTooShort."""
    return inclusion_path(index, len(leaf_hashes), lambda start, end: root(leaf_hashes[start:end]))


def consistency_proof(leaf_hashes: Sequence[bytes], size_before: int) -> list[bytes]:
    """The proof that the first `size_before` leaves are a beginning of all `leaf_hashes`. Raises LogTooShort."""
    return consistency_path(size_before, len(leaf_hashes), lambda start, end: root(leaf_hashes[start:end]))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> None:
    """Returns if the leaf with hash `leaf` is number `index` of the tree of `size` leaves with `expected_root`.

    Raises InvalidProof for anything else (RFC 9162, 2.1.3.2).
    """
    if not 0 < size <= _MAX_SIZE or not 0 <= index < size:
        raise InvalidProof(kind="inclusion", problem=f"there is no leaf {index} in a tree of {size}")
    _check_hashes("inclusion", [leaf, expected_root, *proof])
    found = leaf
    for sibling, is_left in _climb("inclusion", index, size - 1, proof):
        found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
    if found != expected_root:
        raise InvalidProof(kind="inclusion", problem=f"it leads to {found.hex()}, the root is {expected_root.hex()}")


def verify_consistency(
    size_before: int, size: int, root_before: bytes, expected_root: bytes, proof: Sequence[bytes]
) -> None:
    """Returns if the tree (`size`, `expected_root`) begins with the tree (`size_before`, `root_before`).

    The empty tree is the beginning of every tree, with an empty proof and its own root only.
    Raises InvalidProof for anything else (RFC 9162, 2.1.4.2).
    """
    if not 0 <= size_before <= size <= _MAX_SIZE:
        raise InvalidProof(kind="consistency", problem=f"{size_before} leaves are no beginning of {size}")
    _check_hashes("consistency", [root_before, expected_root, *proof])
    if size_before in (0, size):
        _verify_trivial(size_before, size, root_before, expected_root, proof)
        return
    nodes = list(proof)
    if size_before & (size_before - 1) == 0:
        nodes.insert(0, root_before)
    if not nodes:
        raise InvalidProof(kind="consistency", problem="it is empty")
    position, last = size_before - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    found_before = found = nodes[0]
    for sibling, is_left in _climb("consistency", position, last, nodes[1:]):
        if is_left:
            found_before = node_hash(sibling, found_before)
            found = node_hash(sibling, found)
        else:
            found = node_hash(found, sibling)
    if found_before != root_before:
        raise InvalidProof(kind="consistency", problem=f"the earlier root is not {root_before.hex()}")
    if found != expected_root:
        raise InvalidProof(kind="consistency", problem=f"the later root is not {expected_root.hex()}")


def _climb(kind: str, position: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each hash of a proof and whether it is the left sibling, from node `position` of a level that ends at `last` up
    to the root. Raises InvalidProof after the last hash if the root is not reached, or before it if it is.
    """
    for sibling in proof:
        if last == 0:
            raise InvalidProof(kind=kind, problem=f"it is too long, {len(proof)} hashes")
        is_left = bool(position & 1) or position == last
        yield sibling, is_left
        if is_left:
            # The last node of a level moves up without a partner until it is a right child.
            while not position & 1 and position != 0:
                position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    if last != 0:
        raise InvalidProof(kind=kind, problem=f"it is too short, {len(proof)} hashes")


def _verify_trivial(
    size_before: int, size: int, root_before: bytes, expected_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise InvalidProof(kind="consistency", problem=f"{size_before} to {size} needs no hashes, has {len(proof)}")
    if size_before == size and root_before != expected_root:
        raise InvalidProof(kind="consistency", problem=f"two roots for one size {size}")
    # Covers size 0 on either side: the empty tree has one root.
    for name, tree_size, tree_root in (("earlier", size_before, root_before), ("later", size, expected_root)):
        if tree_size == 0 and tree_root != EMPTY_ROOT:
            raise InvalidProof(kind="consistency", problem=f"the {name} root is not that of the empty tree")


def _check_hashes(kind: str, hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if not isinstance(value, bytes) or len(value) != HASH_BYTES:
            raise InvalidProof(kind=kind, problem=f"a hash is not {HASH_BYTES} bytes")
