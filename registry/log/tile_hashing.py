"""Hashes of many leaves at once: whole tiles of 256, by several processes when there are very many.

The floor of any log is two SHA-256 a leaf, one for the leaf and one for a node above it; nearly all of the time of a
large append goes there. A tile needs nothing but its own leaves, so tiles are shared out.
"""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Final

from registry.log.leaf import LEAF_BYTES
from registry.log.packed import PackedLeaves
from registry.log.tree import parents

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT

# Starting processes takes about a second; a million leaves take one process as long.
_SHARED_OUT_LEAVES: Final = 1 << 20
# A part of this many tiles takes a process a tenth of a second: enough parts that all processes end at one time.
_PART_TILES: Final = 1024


def leaf_hashes(leaves: PackedLeaves) -> list[bytes]:
    """SHA-256(0x00 || leaf) of each."""
    buffer = leaves.buffer
    return [sha256(b"\x00" + buffer[at : at + LEAF_BYTES]).digest() for at in range(0, buffer.nbytes, LEAF_BYTES)]


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = parents(hashes)
    return hashes[0]


def tile_roots(leaves: PackedLeaves, folder: Path | None = None, first_tile: int = 0) -> list[bytes]:
    """The roots of whole tiles over leaves, as many as there are.

    folder: where the tiles are written, the first of them as number `first_tile` of level 0; None to write nothing.
    Raises OSError.
    """
    tiles = len(leaves) // TILE_WIDTH
    cuts = [(at, min(_PART_TILES, tiles - at)) for at in range(0, tiles, _PART_TILES)]
    processes = min(os.cpu_count() or 1, len(cuts))
    if leaves.file is None or len(leaves) < _SHARED_OUT_LEAVES or processes == 1:
        return list(_part(leaves, folder, first_tile))
    parts = [
        (leaves.file, leaves.first + at * TILE_WIDTH, count * TILE_WIDTH, folder, first_tile + at) for at, count in cuts
    ]
    # Not forked: this process may have threads, whose locks a copy of it would never see opened.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        return [root for roots in pool.map(_part_of_file, parts) for root in roots]


def _part_of_file(part: tuple[Path, int, int, Path | None, int]) -> list[bytes]:
    path, first, count, folder, first_tile = part
    return list(_part(PackedLeaves.mapped(path)[first : first + count], folder, first_tile))


def _part(leaves: PackedLeaves, folder: Path | None, first_tile: int) -> Iterator[bytes]:
    for number in range(len(leaves) // TILE_WIDTH):
        hashes = leaf_hashes(leaves[number * TILE_WIDTH : (number + 1) * TILE_WIDTH])
        if folder is not None:
            path = folder / tile_path(0, first_tile + number)
            if path.name.startswith("000") or not number:
                path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(hashes))
        yield complete_root(hashes)


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile below the log's folder, with slashes: "tile/0/x001/x234/067", "tile/1/000.p/23"."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    name = "/".join(reversed(groups))
    return f"tile/{level}/{name}" + ("" if width == TILE_WIDTH else f".p/{width}")
