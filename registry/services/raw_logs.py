"""Blocks and raw logs as the index stores them and reads them back for a replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.orm import Session

from registry.chain.gateway import Block, LogEntry
from registry.db.models import Block as BlockRow
from registry.db.models import ChainLog

REPLAY_BLOCKS = 1_000
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class FollowedBlock:
    """A block with the logs of our contracts in it."""

    block: Block
    logs: tuple[LogEntry, ...]

    @property
    def time(self) -> datetime:
        """When the block says it was made."""
        return datetime.fromtimestamp(self.block.timestamp, UTC)


def store_block(session: Session, followed: FollowedBlock) -> None:
    """Stores a block and its logs. Logs that a replaced block left, and that now comes back, stay as they are."""
    block = followed.block
    row = {"number": block.number, "hash": block.hash, "parent_hash": block.parent_hash, "block_time": followed.time}
    session.execute(insert(BlockRow), [row])
    if not followed.logs:
        return
    # Keyed by the hash of the block, they can only be the same.
    stored = session.scalar(select(func.count()).select_from(ChainLog).where(ChainLog.block_hash == block.hash))
    if stored == len(followed.logs):
        return
    rows = [
        {
            "block_hash": log.block_hash,
            "log_index": log.log_index,
            "block_number": log.block_number,
            "tx_hash": log.tx_hash,
            "address": log.address,
            "topics": b"".join(log.topics),
            "data": log.data,
        }
        for log in followed.logs
    ]
    session.execute(insert(ChainLog), rows)


def stored_blocks(session: Session, last_block: int) -> Iterator[tuple[datetime, list[LogEntry]]]:
    """(block time, logs) of each block followed now that has logs, up to `last_block`, in order."""
    ours = select(
        ChainLog.block_hash,
        ChainLog.log_index,
        ChainLog.block_number,
        ChainLog.tx_hash,
        ChainLog.address,
        ChainLog.topics,
        ChainLog.data,
        BlockRow.block_time,
    ).join(BlockRow, BlockRow.hash == ChainLog.block_hash)
    number = 0
    while True:
        # Most blocks have no log of ours: jump to the next that has.
        within = ChainLog.block_number.between(number, last_block)
        first = session.scalar(select(func.min(ChainLog.block_number)).where(within))
        if first is None:
            return
        number = first + REPLAY_BLOCKS
        page = ChainLog.block_number.between(first, min(number - 1, last_block))
        rows = session.execute(ours.where(page).order_by(ChainLog.block_number, ChainLog.log_index)).all()
        yield from _by_block(rows)


def _by_block(rows: Any) -> Iterator[tuple[datetime, list[LogEntry]]]:
    logs: list[LogEntry] = []
    block_time: datetime | None = None
    for row in rows:
        if block_time is not None and logs[0].block_number != row.block_number:
            yield block_time, logs
            logs = []
        logs.append(_log_of(row))
        block_time = row.block_time
    if block_time is not None:
        yield block_time, logs


def _log_of(row: Row[Any]) -> LogEntry:
    starts = range(0, len(row.topics), _HASH_BYTES)
    return LogEntry(
        address=row.address,
        topics=tuple(row.topics[start : start + _HASH_BYTES] for start in starts),
        data=row.data,
        block_number=row.block_number,
        block_hash=row.block_hash,
        tx_hash=row.tx_hash,
        log_index=row.log_index,
    )
