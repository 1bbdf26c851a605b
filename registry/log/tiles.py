"""Tiles: the hashes of a tree in files of 256, in the C2SP tlog-tiles layout, so that any file server can serve proofs.

    tile/<level>/<n>          256 hashes of 32 bytes, n in groups of three digits: x001/x234/067
    tile/<level>/<n>.p/<w>    the first w hashes of a tile that is not full

Hash j of level l is the root of the complete subtree over leaves [j * 256^l, (j + 1) * 256^l). Which files exist
follows from the size of the tree alone, and a file never changes: a tile that grows gets another name.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from registry.domain.errors import LogCorrupted
from registry.files import sync_path
from registry.log.tree import EMPTY_ROOT, HASH_BYTES, node_hash, parents, split

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT

# A server walks along the right edge again and again; a hundred tiles are less than a megabyte.
_CACHED_TILES: Final = 100

_SYNC_THREADS: Final = 8


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile below the log's folder, with slashes: "tile/0/x001/x234/067", "tile/1/000.p/23"."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    name = "/".join(reversed(groups))
    return f"tile/{level}/{name}" + ("" if width == TILE_WIDTH else f".p/{width}")


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

    def extend(self, size: int, leaf_hashes: Sequence[bytes]) -> None:
        """Writes what a tree of `size` leaves needs to grow by `leaf_hashes`, every level of it. Raises LogCorrupted.

        No file of the tree of `size` leaves is touched, so a crash in here costs nothing. Not yet on disk: `sync`.
        """
        level, first, hashes = 0, size, list(leaf_hashes)
        while hashes:
            number, there = divmod(first, TILE_WIDTH)
            if there:
                hashes = _hashes(self._read(level, number, there)) + hashes
            above: list[bytes] = []
            for start in range(0, len(hashes), TILE_WIDTH):
                tile = hashes[start : start + TILE_WIDTH]
                self._write(level, number + start // TILE_WIDTH, tile)
                if len(tile) == TILE_WIDTH:
                    above.append(_complete_root(tile))
            level, first, hashes = level + 1, number, above

    def sync(self) -> None:
        """Brings what `extend` wrote to the disk, files first, then the folders that name them."""
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
        return _complete_root(_hashes(tile[offset * HASH_BYTES : (offset + (1 << rest)) * HASH_BYTES]))

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


def _complete_root(hashes: list[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = parents(hashes)
    return hashes[0]
