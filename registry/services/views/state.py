"""Of which state an answer is, and which event made each fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.base import Derived
from registry.db.models import Block, Checkpoint
from registry.domain.errors import IntegrityError, Unavailable

# SQLite takes at most 32,766 values in one statement; a page needs far fewer.
_BLOCKS_PER_QUERY = 1_000


class NotIndexedYet(Unavailable):
    """The index has read no block yet, so nothing is known. Values: none."""

    code = "not_indexed_yet"
    text = "The index has read no block of the chain yet. Try again in a moment, or run `puhui index run`."


@dataclass(frozen=True, slots=True)
class AsOf:
    """The state an answer is of: everything up to this block and nothing after it."""

    block_number: int
    block_hash: bytes
    block_time: datetime
    indexed_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """The event that made a fact. `log_index` is its position in the block."""

    block_number: int
    block_hash: bytes
    block_time: datetime
    tx_hash: bytes
    log_index: int


def as_of(session: Session) -> AsOf:
    """The state this session sees. Raises NotIndexedYet."""
    row = session.execute(
        select(Checkpoint, Block.block_time).join(Block, Block.number == Checkpoint.block_number)
    ).one_or_none()
    if row is None:
        raise NotIndexedYet()
    checkpoint, block_time = row
    return AsOf(checkpoint.block_number, checkpoint.block_hash, block_time, checkpoint.updated_at)


class Origins:
    """The events behind some rows of derived tables; asks the database once for all their blocks."""

    def __init__(self, session: Session, rows: Iterable[Derived]) -> None:
        wanted = sorted({row.block_number for row in rows})
        self._blocks: dict[int, Block] = {}
        for start in range(0, len(wanted), _BLOCKS_PER_QUERY):
            numbers = wanted[start : start + _BLOCKS_PER_QUERY]
            for block in session.scalars(select(Block).where(Block.number.in_(numbers))):
                self._blocks[block.number] = block

    def of(self, row: Derived) -> Origin:
        """The event behind a row. Raises IntegrityError if its block is not in the index."""
        block = self._blocks.get(row.block_number)
        if block is None:
            raise IntegrityError(what=f"The index at block {row.block_number}", problem="its block is missing")
        return Origin(block.number, block.hash, block.block_time, row.tx_hash, row.log_index)


def origin_of(session: Session, row: Derived) -> Origin:
    """The event behind one row. Raises IntegrityError."""
    return Origins(session, [row]).of(row)
