"""The acts of a claim file: a folder of runs of two kinds, acts by act id and look-alikes by look-alike key.

A run keeps the first 16 of the 32 bytes of an act id, and of the act beside a look-alike key 8: shortened ids never
hide a claim; that two acts look like one happens with a probability of 2^-67 among 1.6 billion.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from oracles.screens.claims import Flags, Positions
from oracles.screens.sorted_run import Keys, Rows, Run, merged, run_files, write_run
from registry.domain.errors import IntegrityError, Unavailable
from registry.files import sync_path

BATCH_ROWS = 10_000_000
"""Acts that are sorted and looked up at once; a larger batch reads the store once for every so many."""
MERGED_RUNS = 8
"""So many runs of like size become one: every act is written anew each time its run grows eightfold."""


class Kind(IntEnum):
    """What a run is sorted by. The values are stored: stable."""

    ACTS = 1
    LOOK_ALIKES = 2


# `report` is twice the number of the report, one more for an act that is counted.
ROW: dict[int, np.dtype[Any]] = {
    Kind.ACTS: np.dtype([("rest", "<u8"), ("report", "<u4")]),
    Kind.LOOK_ALIKES: np.dtype([("rest", "<u8"), ("act", "<u8"), ("report", "<u4")]),
}


class Listed(NamedTuple):
    """A run as the store lists it."""

    name: str
    kind: int
    rows: int


@dataclass(frozen=True, slots=True)
class Known:
    """The store at one moment: its runs, open, and the reports that are held against others, by number."""

    runs: list[tuple[Listed, Run]]
    reports: npt.NDArray[np.bool_]

    def flag(self, act_ids: Any, look_alikes: Any) -> Flags:
        """See `ClaimStore.flag`."""
        count = len(act_ids)
        claimed, relabelled = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        # Reading, sorting and searching leave Python alone: two threads keep two cores busy.
        with ThreadPoolExecutor(2) as threads:
            for start in range(0, count, BATCH_ROWS):
                part = slice(start, start + BATCH_ROWS)
                acts, keys = _words(act_ids.slice(start, BATCH_ROWS)), _words(look_alikes.slice(start, BATCH_ROWS))
                other = threads.submit(self._mark_relabelled, relabelled[part], keys, acts)
                self._mark_claimed(claimed[part], acts)
                other.result()
        return Flags(np.flatnonzero(claimed), np.flatnonzero(relabelled))

    def _mark_claimed(self, marks: npt.NDArray[np.bool_], acts: Keys) -> None:
        for at, rows in self._hits(Kind.ACTS, acts):
            marks[at[rows["report"] & 1 == 1]] = True

    def _mark_relabelled(self, marks: npt.NDArray[np.bool_], keys: Keys, acts: Keys) -> None:
        for at, rows in self._hits(Kind.LOOK_ALIKES, keys):
            # The same act itself has the same id: that is a claim made before, not a relabelled one.
            marks[at[rows["act"] != acts[at, 0]]] = True

    def reports_with(self, act_ids: Any, look_alikes: Any) -> set[int]:
        """Numbers of the reports that have one of a few acts, or a look-alike of one."""
        numbers: set[int] = set()
        for kind, values in ((Kind.ACTS, act_ids), (Kind.LOOK_ALIKES, look_alikes)):
            for _, rows in self._hits(kind, _words(values)):
                numbers.update((rows["report"] >> 1).tolist())
        return numbers

    def of_like_size(self) -> list[tuple[Listed, Run]]:
        """Runs of one kind that are due to become one; none if there are too few."""
        like: dict[tuple[int, int], list[tuple[Listed, Run]]] = {}
        for listed, run in self.runs:
            tier = listed.rows.bit_length() // (MERGED_RUNS.bit_length() - 1)
            like.setdefault((listed.kind, tier), []).append((listed, run))
        return next((runs for runs in like.values() if len(runs) >= MERGED_RUNS), [])

    def held(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which of the rows are of reports that are held against others?"""
        numbers = rows["report"] >> 1
        last = len(self.reports) - 1
        held: npt.NDArray[np.bool_] = self.reports[np.minimum(numbers, last)] & (numbers <= last)
        return held

    def _hits(self, kind: Kind, words: Keys) -> Iterator[tuple[Positions, Rows]]:
        """Positions in a batch and the rows that have the same 16 bytes and are of such reports."""
        order = np.argsort(words[:, 0])
        asked = words[order, 0]
        for listed, run in self.runs:
            for found, rows in run.matches(asked) if listed.kind == kind else ():
                at = order[found]
                real = (rows["rest"] == words[at, 1]) & self.held(rows)
                yield at[real], rows[real]


class RunFolder:
    """The files. Which of them count is the store's to say."""

    def __init__(self, path: Path) -> None:
        """Makes the folder if it is not there. Raises Unavailable, as everything here, if the disk refuses."""
        self._path = path
        with self._disk():
            path.mkdir(parents=True, exist_ok=True)
            sync_path(path.parent)

    def write_part(self, part: pa.Table, number: int, *, with_look_alikes: bool) -> Iterator[Listed]:
        """Writes claims (`CLAIM_SCHEMA`, as many as fit in memory) of the report with this number."""
        marks = np.asarray(part["counted"]).astype("<u4") + np.uint32(2 * number)
        acts = _words(part["act_id"])
        yield from self._write(Kind.ACTS, _sorted(Kind.ACTS, acts[:, 0], rest=acts[:, 1], report=marks))
        if with_look_alikes:
            keys = _words(part["look_alike"])
            parts = _sorted(Kind.LOOK_ALIKES, keys[:, 0], rest=keys[:, 1], act=acts[:, 0], report=marks)
            yield from self._write(Kind.LOOK_ALIKES, parts)

    def write_merged(self, runs: Collection[tuple[Listed, Run]], known: Known) -> Iterator[Listed]:
        """Writes several runs of one kind as one, less the rows of reports that are not held against anybody."""
        kind = next(iter(runs))[0].kind
        yield from self._write(kind, merged([run for _, run in runs], known.held))

    @contextmanager
    def opened(self, listing: Callable[[], list[Listed]]) -> Iterator[list[tuple[Listed, Run]]]:
        """Opens what `listing` lists. Raises IntegrityError if one of them is damaged or not there."""
        with ExitStack() as closing:
            with self._disk():
                listed = listing()
                while True:
                    try:
                        runs = [(each, self._open(closing, each)) for each in listed]
                        break
                    except FileNotFoundError:
                        # Another process merged it between listing and opening: then it is listed no more.
                        before, listed = listed, listing()
                        if listed == before:
                            raise
            yield runs

    def sweep(self, listed: Iterable[Listed]) -> None:
        """Removes all files but these runs. Only while nobody else writes."""
        kept = {path for each in listed for path in run_files(self._path, each.name)}
        with self._disk():
            for path in self._path.iterdir():
                if path not in kept:
                    path.unlink()

    def _open(self, closing: ExitStack, listed: Listed) -> Run:
        run = Run(self._path, listed.name, listed.rows, ROW[listed.kind])
        closing.callback(run.close)
        return run

    def _write(self, kind: int, parts: Iterable[tuple[Keys, Rows]]) -> Iterator[Listed]:
        name = os.urandom(8).hex()
        with self._disk():
            rows = write_run(self._path, name, parts)
        if rows:
            yield Listed(name, kind, rows)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as cause:
            raise IntegrityError(what=f"claim folder {self._path}", problem=str(cause)) from cause
        except OSError as cause:
            raise Unavailable(what=f"claim folder {self._path}", problem=str(cause)) from cause


def _sorted(kind: Kind, keys: Keys, **columns: npt.NDArray[Any]) -> list[tuple[Keys, Rows]]:
    order = np.argsort(keys)
    rows = np.empty(len(keys), ROW[kind])
    for name, column in columns.items():
        rows[name] = column[order]
    return [(keys[order], rows)]


def _words(values: Any) -> Keys:
    """The first 16 bytes of each value, as two numbers whose order is that of the bytes; shape (n, 2)."""
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    words = [np.empty((0, 2), np.uint64)]
    for chunk in chunks:
        if chunk.null_count:
            raise ValueError("an act without an id, or without a look-alike key")
        width = chunk.type.byte_width // 8
        numbers = np.frombuffer(chunk.buffers()[1], ">u8") if len(chunk) else np.empty(0, ">u8")
        columns = numbers.reshape(-1, width)[chunk.offset : chunk.offset + len(chunk), :2]
        words.append(columns.astype(np.uint64))
    return np.concatenate(words)
