"""Tiles: the hashes of a tree in files of 256, in the C2SP tlog-tiles layout, so that any file server can serve proofs.

    tile/<level>/<n>          256 hashes of 32 bytes, n in groups of three digits: x001/x234/067
    tile/<level>/<n>.p/<w>    the first w hashes of a tile that is not full

Hash j of level l is the root of the complete subtree over leaves [j * 256^l, (j + 1) * 256^l). Which files exist
follows from the size of the tree alone, and a file never changes: a tile that grows gets another name.
"""

import os
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from registry.domain.errors import LogCorrupted
from registry.files import sync_path
from registry.log.packed import PackedLeaves
from registry.log.tile_hashing import (
    TILE_HEIGHT,
    TILE_WIDTH,
    complete_root,
    leaf_hashes,
    tile_path,
    tile_roots,
)
from registry.log.tree import EMPTY_ROOT, HASH_BYTES, extended_root, node_hash, root, split

# A server walks along the right edge again and again; a hundred tiles are less than a megabyte.
_CACHED_TILES: Final = 100

_SYNC_THREADS: Final = 8
# From here on it is faster to bring everything to the disk that the system has not written yet.
_SYNC_ALL_FILES: Final = 4096


class Tiles:
    """The tile files of one log. Knows no size: whoever asks says how large the tree is."""

    __slots__ = ("_cache", "_folder", "_unsynced")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cache: OrderedDict[tuple[int, int, int], bytes] = OrderedDict()
        self._unsynced: list[Path] = []

    def forget(self) -> None:
        """Empties the cache: files beyond the checkpoint may be written again with other content."""
        self._cache.clear()
        self._unsynced.clear()

    def extend(self, size: int, leaves: PackedLeaves) -> None:
        """Writes what a tree of `size` leaves needs to grow by `leaves`, every level of it. Raises LogCorrupted.

        No file of the tree of `size` leaves is touched, so a crash in here costs nothing. Not yet on disk: `sync`.
        """
        begun, whole, rest = self._divide(size, leaves)
        first = size // TILE_WIDTH
        above: list[bytes] = []
        if begun:
            self._write(0, first, begun)
            if len(begun) == TILE_WIDTH:
                above.append(complete_root(begun))
        first_whole = first + len(above)
        above += tile_roots(whole, self._folder, first_whole)
        whole_tiles = range(first_whole, first + len(above))
        self._unsynced.extend(self._folder / tile_path(0, number) for number in whole_tiles)
        if rest:
            self._write(0, first + len(above), rest)
        self._extend_above(first, above)

    def root_after(self, size: int, leaves: PackedLeaves) -> bytes:
        """The root that the tree of `size` leaves has after `extend`; nothing is written. Raises LogCorrupted."""
        begun, whole, rest = self._divide(size, leaves)
        # Nodes as high as a tile, of which only the last may be lower.
        nodes = [root(part) for part in (begun,) if part] + tile_roots(whole) + [root(part) for part in (rest,) if part]

        def tile_root(start: int, end: int) -> bytes:
            return self.root(start * TILE_WIDTH, end * TILE_WIDTH, size)

        return extended_root(size // TILE_WIDTH, tile_root, nodes)

    def _divide(self, size: int, leaves: PackedLeaves) -> tuple[list[bytes], PackedLeaves, list[bytes]]:
        """The hashes of the tile that a tree of `size` leaves has begun, with those of the leaves that go into it; the
        leaves of whole tiles after it; the hashes of those that begin another.
        """
        number, there = divmod(size, TILE_WIDTH)
        into = min(len(leaves), TILE_WIDTH - there) if there else 0
        begun = _hashes(self._read(0, number, there)) + leaf_hashes(leaves[:into]) if there else []
        end = into + (len(leaves) - into) // TILE_WIDTH * TILE_WIDTH
        return begun, leaves[into:end], leaf_hashes(leaves[end:])

    def _extend_above(self, first: int, hashes: list[bytes]) -> None:
        """The levels above the leaves: `hashes` follow hash `first` - 1 of level 1."""
        level = 1
        while hashes:
            number, there = divmod(first, TILE_WIDTH)
            if there:
                hashes = _hashes(self._read(level, number, there)) + hashes
            above: list[bytes] = []
            for start in range(0, len(hashes), TILE_WIDTH):
                tile = hashes[start : start + TILE_WIDTH]
                self._write(level, number + start // TILE_WIDTH, tile)
                if len(tile) == TILE_WIDTH:
                    above.append(complete_root(tile))
            level, first, hashes = level + 1, number, above

    def sync(self) -> None:
        """Brings what `extend` wrote to the disk, files first, then the folders that name them."""
        if len(self._unsynced) > _SYNC_ALL_FILES:
            os.sync()
            self._unsynced.clear()
            return
        folders = {folder for path in self._unsynced for folder in path.parents if folder.is_relative_to(self._folder)}
        # A disk commits what is asked for at the same time in one go: eight askers wait a twentieth of the time of one.
        with ThreadPoolExecutor(_SYNC_THREADS) as pool:
            for paths in (self._unsynced, sorted(folders)):
                for _ in pool.map(sync_path, paths):
                    pass
        self._unsynced.clear()

    def leaf_hash(self, index: int, size: int) -> bytes:
        """The hash of leaf `index` in a log of `size` leaves. Raises LogCorrupted."""
        return self._subtree(index, 0, size)

    def root(self, start: int, end: int, size: int) -> bytes:
        """The root of the leaves [start, end) as the RFC divides them, in a log of `size` leaves. Raises LogCorrupted.

        `start` must be where a subtree of that many leaves begins, as in every path of a tree.
        """
        count = end - start
        if count == 0:
            return EMPTY_ROOT
        if count & (count - 1) == 0:
            return self._subtree(start, count.bit_length() - 1, size)
        middle = start + split(count)
        return node_hash(self.root(start, middle, size), self.root(middle, end, size))

    def _subtree(self, start: int, height: int, size: int) -> bytes:
        """The root of the complete subtree of 2^height leaves from `start`."""
        level, rest = divmod(height, TILE_HEIGHT)
        position = start >> (TILE_HEIGHT * level)
        number, offset = divmod(position, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - number * TILE_WIDTH)
        tile = self._read(level, number, width)
        return complete_root(_hashes(tile[offset * HASH_BYTES : (offset + (1 << rest)) * HASH_BYTES]))

    def _read(self, level: int, number: int, width: int) -> bytes:
        key = (level, number, width)
        tile = self._cache.get(key)
        if tile is not None:
            self._cache.move_to_end(key)
            return tile
        path = self._folder / tile_path(level, number, width)
        try:
            tile = path.read_bytes()
        except OSError as error:
            raise LogCorrupted(path=path, problem=f"it cannot be read ({error.strerror})") from None
        if len(tile) != width * HASH_BYTES:
            raise LogCorrupted(path=path, problem=f"it has {len(tile)} bytes instead of {width * HASH_BYTES}")
        self._remember(key, tile)
        return tile

    def _write(self, level: int, number: int, hashes: Iterable[bytes]) -> None:
        tile = b"".join(hashes)
        width = len(tile) // HASH_BYTES
        path = self._folder / tile_path(level, number, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tile)
        self._unsynced.append(path)
        self._remember((level, number, width), tile)

    def _remember(self, key: tuple[int, int, int], tile: bytes) -> None:
        self._cache[key] = tile
        self._cache.move_to_end(key)
        if len(self._cache) > _CACHED_TILES:
            self._cache.popitem(last=False)


def _hashes(tile: bytes) -> list[bytes]:
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
