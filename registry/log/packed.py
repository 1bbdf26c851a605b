"""Packed leaves, one after another in one buffer: in memory, or a mapped file when they are too many for that."""

import mmap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, overload

import numpy as np
import numpy.typing as npt

from registry.domain.errors import InvalidEvidence
from registry.log.leaf import LEAF_BYTES

LEAF_DTYPE: Final = np.dtype(
    [
        ("serial_start", ">u8"),
        ("grams", ">u8"),
        ("quantity", ">u8"),
        ("occurred_on", ">u4"),
        ("scenario", ">u2"),
        ("version", ">u2"),
        ("act_id", "V32"),
        ("actor", "V32"),
    ]
)
"""The layout of leaf.py, for arrays of leaves."""

_COMPARED_BYTES: Final = 1 << 20


class PackedLeaves(Sequence[bytes]):
    """Read-only leaves of 96 bytes each. Two of them are equal if their bytes are."""

    __slots__ = ("buffer", "file", "first")

    def __init__(self, buffer: bytes | memoryview, file: Path | None = None, first: int = 0) -> None:
        """Raises InvalidEvidence for a buffer that is not made of whole leaves."""
        self.buffer = memoryview(buffer)
        """All leaves."""
        self.file = file
        """The file they are mapped from, if they are: other processes can read them there."""
        self.first = first
        """Number of the first of them in that file."""
        if self.buffer.nbytes % LEAF_BYTES:
            problem = f"{self.buffer.nbytes} bytes are not whole leaves of {LEAF_BYTES}"
            raise InvalidEvidence(what="leaves", problem=problem)

    @classmethod
    def of(cls, leaves: Iterable[bytes], first: int = 0) -> "PackedLeaves":
        """The same leaves in one buffer. first: number of the first one, for errors.

        Raises InvalidEvidence: a leaf that has not 96 bytes.
        """
        if isinstance(leaves, PackedLeaves):
            return leaves
        whole = list(leaves)
        for index, leaf in enumerate(whole, first):
            if len(leaf) != LEAF_BYTES:
                raise InvalidEvidence(what=f"leaf {index}", problem=f"has {len(leaf)} bytes instead of {LEAF_BYTES}")
        return cls(b"".join(whole))

    @classmethod
    def mapped(cls, path: Path) -> "PackedLeaves":
        """The leaves in a file, read when they are needed. Raises OSError, InvalidEvidence."""
        with path.open("rb") as file:
            if not path.stat().st_size:
                return cls(b"", path)  # what is empty cannot be mapped
            return cls(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), path)

    @property
    def fields(self) -> npt.NDArray[np.void]:
        """The leaves as an array with the fields of `LEAF_DTYPE`, nothing copied."""
        return np.frombuffer(self.buffer, LEAF_DTYPE)

    def __len__(self) -> int:
        return self.buffer.nbytes // LEAF_BYTES

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> "PackedLeaves": ...
    def __getitem__(self, index: int | slice) -> "bytes | PackedLeaves":
        if isinstance(index, slice):
            start, end, step = index.indices(len(self))
            if step != 1:
                raise ValueError("leaves are cut in one piece: a step of 1")
            cut = self.buffer[start * LEAF_BYTES : max(start, end) * LEAF_BYTES]
            return PackedLeaves(cut, self.file, self.first + start)
        at = range(len(self))[index] * LEAF_BYTES
        return bytes(self.buffer[at : at + LEAF_BYTES])

    def __iter__(self) -> Iterator[bytes]:
        buffer = self.buffer
        return (bytes(buffer[at : at + LEAF_BYTES]) for at in range(0, buffer.nbytes, LEAF_BYTES))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedLeaves):
            return len(self) == len(other) and all(
                # Views are compared value by value, bytes all at once.
                bytes(self.buffer[at : at + _COMPARED_BYTES]) == bytes(other.buffer[at : at + _COMPARED_BYTES])
                for at in range(0, self.buffer.nbytes, _COMPARED_BYTES)
            )
        if isinstance(other, Sequence):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as of every sequence that is compared by content and may be large
