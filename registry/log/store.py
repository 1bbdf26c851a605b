"""The act log of one project on disk: leaves, tiles, checkpoint.

    <folder>/leaves.bin     the packed leaves, 96 bytes each
    <folder>/tile/...       the hashes, see tiles.py
    <folder>/checkpoint     written last, see checkpoint.py
    <folder>/lock           held by the one writer

Appending writes leaves and tiles beyond the checkpoint, brings them to the disk, then replaces the checkpoint. A crash
anywhere leaves the old log as it was; what lies beyond its checkpoint is never read and is overwritten by the next
append. Whatever is read is checked against the checkpoint's root before it is handed out.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from registry.domain.errors import (
    Conflict,
    InvalidEvidence,
    InvalidProof,
    LogCorrupted,
    LogTooShort,
    NotFound,
    Unavailable,
)
from registry.domain.units import LINE_END
from registry.files import sync_path
from registry.log.checkpoint import EMPTY_CHECKPOINT, Checkpoint, read_checkpoint, write_checkpoint
from registry.log.leaf import LEAF_BYTES, serials_of
from registry.log.packed import PackedLeaves
from registry.log.tile_hashing import TILE_WIDTH
from registry.log.tiles import Tiles
from registry.log.tree import (
    consistency_path,
    inclusion_path,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

_CHUNK_LEAVES: Final = 4096
_CHECKED_LEAVES: Final = 1 << 20


class LogStore:
    """The log in one folder. Reading sees what the last finished append left, also from another process.

    One object is used by one thread at a time. Every method raises LogCorrupted where the files contradict themselves.
    """

    __slots__ = ("_checkpoint_path", "_folder", "_leaves_path", "_tiles")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._leaves_path = folder / "leaves.bin"
        self._checkpoint_path = folder / "checkpoint"
        self._tiles = Tiles(folder)

    # State

    @property
    def folder(self) -> Path:
        """Where the log is kept."""
        return self._folder

    def checkpoint(self) -> Checkpoint:
        """Size and root as of the last finished append; the empty log if there was none."""
        checkpoint = read_checkpoint(self._checkpoint_path)
        if checkpoint is None:
            if not self._leaves_path.exists():
                return EMPTY_CHECKPOINT
            # The first append writes an empty checkpoint before any leaf: leaves without one have lost it, unless that
            # append began after our first look.
            checkpoint = read_checkpoint(self._checkpoint_path)
            if checkpoint is None:
                raise LogCorrupted(path=self._checkpoint_path, problem="it is missing, and there are leaves")
        length = self._leaves_path.stat().st_size if self._leaves_path.exists() else 0
        if length < checkpoint.size * LEAF_BYTES:
            problem = f"it has {length} bytes, {checkpoint.size} leaves need {checkpoint.size * LEAF_BYTES}"
            raise LogCorrupted(path=self._leaves_path, problem=problem)
        return checkpoint

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self.checkpoint().size

    @property
    def serial_end(self) -> int:
        """Cumulative grams of all leaves: the serial at which the next leaf begins."""
        return self._serial_end(self.checkpoint())

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves, of all by default. Raises LogTooShort."""
        checkpoint = self.checkpoint()
        return self._root(checkpoint, _checked_size(size, checkpoint))

    # Writing

    def append(self, leaves: Iterable[bytes]) -> tuple[int, bytes]:
        """Appends packed leaves and returns the new (size, root). All of them or, whatever happens, none.

        Raises InvalidEvidence unless there is a leaf, each has 96 bytes and begins at the serial where the one before
        ends; Conflict while another process appends; Unavailable if the disk does not take it.
        """
        with self._writing():
            self._tiles.forget()
            before = self.checkpoint()
            packed = self._packed(before, leaves)
            try:
                after = self._write(before, packed)
            except OSError as error:
                raise Unavailable(what=f"the disk of log {self._folder}", problem=str(error.strerror)) from error
        return after.size, after.root

    def preview(self, leaves: Iterable[bytes]) -> tuple[int, bytes]:
        """The (size, root) that `append` would give, with nothing written: what an oracle signs before it is accepted.

        Raises InvalidEvidence as `append` does.
        """
        before = self.checkpoint()
        packed = self._packed(before, leaves)
        if self._tiles.root(0, before.size, before.size) != before.root:
            raise self._damaged(before)
        return before.size + len(packed), self._tiles.root_after(before.size, packed)

    # Reading

    def leaf(self, index: int) -> bytes:
        """The 96 bytes of leaf `index`, proved to be in the log. Raises LogTooShort."""
        checkpoint = self.checkpoint()
        self._prove_tile(checkpoint, index)
        with self._leaves_path.open("rb") as file:
            found = _read_leaf(file.fileno(), index)
        self._check_leaf(checkpoint, index, found)
        return found

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The audit path of leaf `index` in the tree of the first `size` leaves. Raises LogTooShort."""
        checkpoint = self.checkpoint()
        return self._inclusion(checkpoint, index, _checked_size(size, checkpoint))

    def consistency_proof(self, size_before: int, size: int | None = None) -> list[bytes]:
        """The proof that the first `size_before` leaves are a beginning of the first `size`. Raises LogTooShort."""
        checkpoint = self.checkpoint()
        size = _checked_size(size, checkpoint)
        _checked_size(size_before, Checkpoint(size, b""))
        root_before, root = self._root(checkpoint, size_before), self._root(checkpoint, size)
        proof = consistency_path(size_before, size, lambda a, b: self._tiles.root(a, b, checkpoint.size))
        try:
            verify_consistency(size_before, size, root_before, root, proof)
        except InvalidProof:
            raise self._damaged(checkpoint) from None
        return proof

    def find_serial(self, serial: int) -> int:
        """The index of the leaf that holds the gram `serial`. Raises NotFound if no act has reached it."""
        checkpoint = self.checkpoint()
        end = self._serial_end(checkpoint)
        if not 0 <= serial < end:
            raise NotFound(kind="serial", id=serial)
        with self._leaves_path.open("rb") as file:
            index = _search(file.fileno(), checkpoint.size, serial)
            found = _read_leaf(file.fileno(), index)
        self._prove_tile(checkpoint, index)
        self._check_leaf(checkpoint, index, found)
        start, grams = serials_of(found)
        if not start <= serial < start + grams:
            raise LogCorrupted(path=self._leaves_path, problem=f"serials are out of order at leaf {index}")
        return index

    def leaves_between(self, serial_start: int, serial_end: int) -> Iterator[tuple[int, bytes]]:
        """(index, leaf) of every act that holds a gram of [serial_start, serial_end), in order. Raises NotFound.

        Reads in chunks: a range may be a whole project.
        """
        if serial_end <= serial_start:
            raise NotFound(kind="serial range", id=f"[{serial_start}, {serial_end})")
        first, last = self.find_serial(serial_start), self.find_serial(serial_end - 1)
        return ((index, leaf) for index, leaf in self.leaves(first, last + 1) if serials_of(leaf)[1] > 0)

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """(index, leaf) of the leaves [start, end), each proved to be in the log. Raises LogTooShort."""
        checkpoint = self.checkpoint()
        end = checkpoint.size if end is None else end
        if not 0 <= start <= end <= checkpoint.size:
            raise LogTooShort(asked=f"range {start} to {end}", size=checkpoint.size)
        return self._read_range(checkpoint, start, end)

    def verify(self) -> Checkpoint:
        """Reads the whole log, every leaf and every tile, up to the root, and that the serials have no gap."""
        checkpoint = self.checkpoint()
        self._root(checkpoint, checkpoint.size)
        serial = 0
        for index, leaf in self._read_range(checkpoint, 0, checkpoint.size):
            start, grams = serials_of(leaf)
            if start != serial:
                raise LogCorrupted(path=self._leaves_path, problem=f"leaf {index} begins at {start}, not at {serial}")
            serial += grams
        return checkpoint

    # Inside

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(kind="log", id=self._folder, problem="another process is appending to it") from None
            yield

    def _write(self, before: Checkpoint, leaves: PackedLeaves) -> Checkpoint:
        if not self._checkpoint_path.exists():
            sync_path(self._folder.parent)
            write_checkpoint(self._checkpoint_path, EMPTY_CHECKPOINT)
        self._write_leaves(before.size, leaves)
        size = before.size + len(leaves)
        self._tiles.extend(before.size, PackedLeaves.mapped(self._leaves_path)[before.size : size])
        self._tiles.sync()
        after = Checkpoint(size, self._tiles.root(0, size, size))
        # The new tree must contain the old one, or a tile of the old one is damaged and would now be signed for.
        self._check_grown(before, after)
        write_checkpoint(self._checkpoint_path, after)
        return after

    def _write_leaves(self, size: int, leaves: PackedLeaves) -> None:
        with self._leaves_path.open("r+b" if self._leaves_path.exists() else "w+b") as file:
            file.truncate(size * LEAF_BYTES)
            file.seek(0, os.SEEK_END)
            file.write(leaves.buffer)
            file.flush()
            os.fsync(file.fileno())
        sync_path(self._folder)

    def _packed(self, before: Checkpoint, leaves: Iterable[bytes]) -> PackedLeaves:
        """The leaves in one buffer, if they continue the line without a gap. Raises InvalidEvidence."""
        packed = PackedLeaves.of(leaves, before.size)
        if not packed:
            raise InvalidEvidence(what="append", problem="there is no leaf to append")
        line = self._serial_end(before)
        for first in range(0, len(packed), _CHECKED_LEAVES):
            line = _line_after(packed[first : first + _CHECKED_LEAVES], before.size + first, line)
        return packed

    def _check_grown(self, before: Checkpoint, after: Checkpoint) -> None:
        proof = consistency_path(before.size, after.size, lambda a, b: self._tiles.root(a, b, after.size))
        try:
            verify_consistency(before.size, after.size, before.root, after.root, proof)
        except InvalidProof:
            raise self._damaged(before) from None

    def _serial_end(self, checkpoint: Checkpoint) -> int:
        if checkpoint.size == 0:
            return 0
        with self._leaves_path.open("rb") as file:
            last = _read_leaf(file.fileno(), checkpoint.size - 1)
        self._prove_tile(checkpoint, checkpoint.size - 1)
        self._check_leaf(checkpoint, checkpoint.size - 1, last)
        return sum(serials_of(last))

    def _root(self, checkpoint: Checkpoint, size: int) -> bytes:
        """The root of the first `size` leaves, proved to be a beginning of the checkpoint's tree."""

        def subtree(start: int, end: int) -> bytes:
            return self._tiles.root(start, end, checkpoint.size)

        root = subtree(0, size)
        try:
            proof = consistency_path(size, checkpoint.size, subtree)
            verify_consistency(size, checkpoint.size, root, checkpoint.root, proof)
        except InvalidProof:
            raise self._damaged(checkpoint) from None
        return root

    def _inclusion(self, checkpoint: Checkpoint, index: int, size: int) -> list[bytes]:
        path = inclusion_path(index, size, lambda start, end: self._tiles.root(start, end, checkpoint.size))
        root = checkpoint.root if size == checkpoint.size else self._root(checkpoint, size)
        try:
            verify_inclusion(self._tiles.leaf_hash(index, checkpoint.size), index, size, path, root)
        except InvalidProof:
            raise self._damaged(checkpoint) from None
        return path

    def _read_range(self, checkpoint: Checkpoint, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        if start == end:
            return
        with self._leaves_path.open("rb") as file:
            file.seek(start * LEAF_BYTES)
            for chunk_start in range(start, end, _CHUNK_LEAVES):
                chunk = file.read(min(_CHUNK_LEAVES, end - chunk_start) * LEAF_BYTES)
                for offset in range(0, len(chunk), LEAF_BYTES):
                    index, leaf = chunk_start + offset // LEAF_BYTES, chunk[offset : offset + LEAF_BYTES]
                    if index == start or index % TILE_WIDTH == 0:
                        self._prove_tile(checkpoint, index)
                    self._check_leaf(checkpoint, index, leaf)
                    yield index, leaf

    def _prove_tile(self, checkpoint: Checkpoint, index: int) -> None:
        # The path of one leaf is made of all hashes of its tile: if it leads to the root, the whole tile is right.
        self._inclusion(checkpoint, index, checkpoint.size)

    def _check_leaf(self, checkpoint: Checkpoint, index: int, leaf: bytes) -> None:
        if leaf_hash(leaf) != self._tiles.leaf_hash(index, checkpoint.size):
            raise LogCorrupted(path=self._leaves_path, problem=f"leaf {index} does not have the hash in its tile")

    def _damaged(self, checkpoint: Checkpoint) -> LogCorrupted:
        problem = f"its tiles do not lead to the root {checkpoint.root.hex()} of {checkpoint.size} leaves"
        return LogCorrupted(path=self._folder / "tile", problem=problem)


def _line_after(leaves: PackedLeaves, first: int, line: int) -> int:
    """Where the line is after these leaves, the first of them being number `first`. Raises InvalidEvidence."""
    fields = leaves.fields
    starts, grams = fields["serial_start"].astype(np.uint64), fields["grams"].astype(np.uint64)
    # Sums of what may be anything could come round to what is expected; what fits on the line cannot.
    longest = int(grams.max())
    ends = np.cumsum(grams) + np.uint64(line) if longest * len(leaves) <= LINE_END else None
    expected = line
    if ends is None or int(starts[0]) != line or np.any(starts[1:] != ends[:-1]) or int(ends[-1]) > LINE_END:
        # Something is wrong, or grams are enormous: one leaf after the other says where.
        for index, (start, count) in enumerate(zip(starts.tolist(), grams.tolist(), strict=True), first):
            if start != expected:
                problem = f"begins at serial {start}, the line is at {expected}"
                raise InvalidEvidence(what=f"leaf {index}", problem=problem)
            expected += count
            if expected > LINE_END:
                problem = f"the line would end at {expected}, beyond {LINE_END}"
                raise InvalidEvidence(what="append", problem=problem)
        return expected
    return int(ends[-1])


def _checked_size(size: int | None, checkpoint: Checkpoint) -> int:
    if size is None:
        return checkpoint.size
    if not 0 <= size <= checkpoint.size:
        raise LogTooShort(asked=f"size {size}", size=checkpoint.size)
    return size


def _read_leaf(descriptor: int, index: int) -> bytes:
    return os.pread(descriptor, LEAF_BYTES, index * LEAF_BYTES)


def _search(descriptor: int, size: int, serial: int) -> int:
    """The last leaf that begins at or before `serial`: of leaves that begin together all but the last have no gram."""
    low, high = 0, size
    while high - low > 1:
        middle = (low + high) // 2
        if serials_of(_read_leaf(descriptor, middle))[0] <= serial:
            low = middle
        else:
            high = middle
    return low
