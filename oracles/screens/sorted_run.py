"""Runs: sorted arrays on disk that are written once. Looking up a sorted batch reads each part of a run at most once.

    <name>.keys    n keys, ascending, 8 bytes each; then every 512th of them again, the fences
    <name>.rows    n rows of the run's own type, in the order of the keys

A key is the first 8 bytes of a longer value; equal keys are told apart by what the rows hold. The fences fit in memory
(16 bytes for 1,024 keys) and say which part of the keys has to be read, whatever the keys look like. All numbers are
little-endian on disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.domain.errors import IntegrityError
from registry.files import written_aside

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[Any]
Positions = npt.NDArray[np.intp]

KEY = np.dtype("<u8")
BLOCK_ROWS = 512
# 16 MiB of keys: long enough to read at the speed of the disk, short enough for any memory.
_READ_BLOCKS = 4_096
# Skipping less than 64 KiB costs more than reading it.
_GAP_BLOCKS = 16
MERGE_ROWS = 4_000_000
"""Rows of all runs together that a merge holds at once."""


class Run:
    """One run, open for reading. Closing it is the caller's."""

    def __init__(self, folder: Path, name: str, rows: int, row: np.dtype[Any]) -> None:
        """Raises IntegrityError if the files have another size than `rows` rows take, FileNotFoundError."""
        self.rows = rows
        self._row = row
        self._keys_path, self._rows_path = run_files(folder, name)
        fences = -(-rows // BLOCK_ROWS)
        with ExitStack() as opened:
            self._keys = _opened(opened, self._keys_path, (rows + fences) * KEY.itemsize)
            self._payload = _opened(opened, self._rows_path, rows * row.itemsize)
            self._fences: Keys = _read(self._keys, self._keys_path, KEY, rows, fences)
            self._close = opened.pop_all().close

    def close(self) -> None:
        """Closes its files."""
        self._close()

    def matches(self, asked: Keys) -> Iterator[tuple[Positions, Rows]]:
        """Positions in `asked` (ascending keys) and the rows that have that key, pair by pair, some at a time.

        Raises IntegrityError if keys that are read do not ascend.
        """
        for start, end in self._parts(asked):
            keys = self._read_keys(start, end)
            first, last = np.searchsorted(asked, keys[0], "left"), np.searchsorted(asked, keys[-1], "right")
            at, inside = _equal(asked[first:last], keys)
            if len(at):
                low = int(inside.min())
                rows = self._read_rows(start + low, start + int(inside.max()) + 1)
                yield at + first, rows[inside - low]

    def part(self, start: int, end: int) -> tuple[Keys, Rows]:
        """Keys and rows from `start` up to `end`."""
        return self._read_keys(start, end), self._read_rows(start, end)

    def _parts(self, asked: Keys) -> Iterator[tuple[int, int]]:
        """The parts of the run in which keys of `asked` can be: ascending, apart from each other."""
        # A block can hold the keys from its fence up to the next fence, which may begin in the block before it.
        first = np.searchsorted(asked, self._fences, "left")
        after = np.append(np.searchsorted(asked, self._fences[1:], "right"), len(asked))
        needed = np.flatnonzero(first < after)
        if not len(needed):
            return
        breaks = np.flatnonzero(np.diff(needed) > _GAP_BLOCKS) + 1
        for group in np.split(needed, breaks):
            for start in range(int(group[0]), int(group[-1]) + 1, _READ_BLOCKS):
                end = min(start + _READ_BLOCKS, int(group[-1]) + 1)
                yield start * BLOCK_ROWS, min(end * BLOCK_ROWS, self.rows)

    def _read_keys(self, start: int, end: int) -> Keys:
        keys: Keys = _read(self._keys, self._keys_path, KEY, start, end - start)
        if np.any(keys[1:] < keys[:-1]):
            raise IntegrityError(what=str(self._keys_path), problem=f"rows {start} to {end} do not ascend")
        return keys

    def _read_rows(self, start: int, end: int) -> Rows:
        return _read(self._payload, self._rows_path, self._row, start, end - start)


def run_files(folder: Path, name: str) -> tuple[Path, Path]:
    """The files of a run: its keys, its rows."""
    return folder / f"{name}.keys", folder / f"{name}.rows"


def write_run(folder: Path, name: str, parts: Iterable[tuple[Keys, Rows]]) -> int:
    """Writes keys and rows that come in ascending order, and tells how many. When it returns they are on the disk."""
    written = 0
    fences: list[Keys] = [np.empty(0, KEY)]
    keys_path, rows_path = run_files(folder, name)
    with (
        written_aside(rows_path) as rows_draft,
        written_aside(keys_path) as keys_draft,
        keys_draft.open("wb") as keys_file,
        rows_draft.open("wb") as rows_file,
    ):
        for keys, rows in parts:
            keys.astype(KEY, copy=False).tofile(keys_file)
            rows.tofile(rows_file)
            # A copy: a view would keep all keys in memory.
            fences.append(keys[-written % BLOCK_ROWS :: BLOCK_ROWS].copy())
            written += len(keys)
        np.concatenate(fences).astype(KEY, copy=False).tofile(keys_file)
    return written


def merged(runs: Sequence[Run], keep: Callable[[Rows], npt.NDArray[np.bool_]]) -> Iterator[tuple[Keys, Rows]]:
    """All rows of several runs in ascending order of their keys, less those that `keep` does not keep."""
    places = [0] * len(runs)
    at_once = max(MERGE_ROWS // len(runs), BLOCK_ROWS)
    while any(place < run.rows for place, run in zip(places, runs, strict=True)):
        parts, ends = {}, []
        for number, (place, run) in enumerate(zip(places, runs, strict=True)):
            if place < run.rows:
                end = min(place + at_once, run.rows)
                parts[number] = run.part(place, end)
                if end < run.rows:
                    ends.append(parts[number][0][-1])
        # Up to the least of the last keys no run has anything that was not read; rows of equal keys have no order.
        limit = min(ends, default=None)
        taken = []
        for number, (keys, rows) in parts.items():
            count = len(keys) if limit is None else int(np.searchsorted(keys, limit, "right"))
            places[number] += count
            kept = keep(rows[:count])
            taken.append((keys[:count][kept], rows[:count][kept]))
        keys, rows = (np.concatenate(column) for column in zip(*taken, strict=True))
        # Stable sorting goes fast over what is sorted in parts.
        order = np.argsort(keys, kind="stable")
        yield keys[order], rows[order]


def _equal(left: Keys, right: Keys) -> tuple[Positions, Positions]:
    """All pairs of positions at which two ascending arrays have the same key."""
    if len(left) > len(right):
        at_right, at_left = _equal(right, left)
        return at_left, at_right
    found = np.searchsorted(right, left, "left")
    at = np.flatnonzero((found < len(right)) & (right[np.minimum(found, len(right) - 1)] == left))
    begin = found[at]
    counts = np.searchsorted(right, left[at], "right") - begin
    # Each key once for every row that has it: begin, begin + 1, ...
    steps = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(at, counts), np.repeat(begin, counts) + steps


def _opened(closing: ExitStack, path: Path, size: int) -> int:
    descriptor = os.open(path, os.O_RDONLY)
    closing.callback(os.close, descriptor)
    found = os.fstat(descriptor).st_size
    if found != size:
        raise IntegrityError(what=str(path), problem=f"it has {found} bytes, {size} were written")
    return descriptor


def _read(descriptor: int, path: Path, kind: np.dtype[Any], start: int, count: int) -> npt.NDArray[Any]:
    content = np.empty(count, kind)
    if os.preadv(descriptor, [content.view(np.uint8).data], start * kind.itemsize) != content.nbytes:
        raise IntegrityError(what=str(path), problem=f"it ends before row {start + count}")
    return content
