"""Leaves to fill logs with."""

import hashlib

from registry.log.leaf import Leaf
from registry.log.tree import leaf_hash, root


def line_of_leaves(count: int, serial: int = 0, seed: str = "a") -> list[bytes]:
    """`count` packed leaves that continue the line at `serial`; every seventh is too small for a gram."""
    leaves = []
    for index in range(count):
        digest = hashlib.sha256(f"{seed}{index}".encode()).digest()
        grams = index % 7 * 13
        leaves.append(Leaf(serial, grams, index + 1, 17_014 + index // 500, 1, digest, digest[::-1]).pack())
        serial += grams
    return leaves


LEAVES = line_of_leaves(1000)
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
ROOT = root(HASHES)
END = sum(Leaf.unpack(leaf).grams for leaf in LEAVES)
