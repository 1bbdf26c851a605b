"""The index: follows the chain block by block and keeps the derived tables equal to it.

Raw logs are stored append-only; derived tables are a function of them (`projection/`); checkpoint and tables change in
one transaction. So a process may die at any moment, and several may run at once: who comes second finds the checkpoint
moved and looks again. A block that does not follow the checkpoint is a reorganisation: the blocks above the common
ancestor go, and the derived tables are built again from the logs that are left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import IntegrityError as BrokenConstraint
from sqlalchemy.orm import Session

from registry.chain.contracts import Register
from registry.chain.gateway import Block, Gateway
from registry.db import models
from registry.db.base import derived_tables
from registry.db.session import Database
from registry.domain.errors import Conflict, IntegrityError, InvalidInput, NotFound, Unavailable
from registry.services.digest import digest_of_derived
from registry.services.projection.apply import apply_block
from registry.services.raw_logs import FollowedBlock, store_block, stored_blocks

CHUNK_BLOCKS = 200
_ATTEMPTS = 20

Progress = Callable[[int, int], None]
"""Told (number of the last block done, number of the newest block) after each transaction."""


class ForeignNetwork(Conflict):
    """The database follows another network. Values: problem."""

    code = "foreign_network"
    text = "The database follows another network: {problem}. Use the database of this network, or a new one."


class ChainBehind(Unavailable):
    """The node knows fewer blocks than the index. Values: head, checkpoint."""

    code = "chain_behind"
    text = (
        "The chain ends at block {head}, the index is at block {checkpoint} of the same chain. Wait until the node has "
        "caught up; if it was restored from an old copy, restore the database of the same time too."
    )


class ChainUnsteady(Unavailable):
    """The chain kept changing under the reader. Values: attempts."""

    code = "chain_unsteady"
    text = "The newest blocks changed {attempts} times while they were read. Try again later."


class IndexContradiction(IntegrityError):
    """Events broke a constraint of the database. Values: first_block, last_block, problem."""

    code = "index_contradiction"
    text = (
        "Blocks {first_block} to {last_block} contradict what is indexed: {problem}. Run `puhui index rebuild`; if it "
        "says the same, the contracts are not the ones this version knows."
    )


@dataclass(frozen=True, slots=True)
class Position:
    """The last block that is in the derived tables. Block -1 stands for the time before the genesis."""

    block_number: int
    block_hash: bytes


class _Moved(Exception):
    """The chain changed between two reads of one chunk: read again."""


class Indexer:
    """Keeps a database equal to the contracts of one network. Safe to use from several threads and processes."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        register: Register,
        *,
        first_block: int = 0,
        chunk_blocks: int = CHUNK_BLOCKS,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._register = register
        self._first_block = first_block
        self._chunk_blocks = chunk_blocks
        self._network_checked = False

    # Following

    def run_to_head(self, progress: Progress | None = None) -> int:
        """Indexes up to the newest block. Returns how many blocks this call added.

        Raises:
            ForeignNetwork: the database belongs to another chain or other contracts.
            ChainBehind, ChainUnsteady, ChainUnavailable: try again later; nothing is half done.
            IntegrityError: an event that cannot be; the index stays at the last good block.
        """
        self._check_network()
        added = attempts = 0
        chunk_blocks = self._chunk_blocks
        while True:
            # First the checkpoint, then the head: another process may move both, and the head never falls behind.
            position = self.position()
            head = self._gateway.block("latest")
            if (head.number, head.hash) == (position.block_number, position.block_hash):
                return added
            try:
                if head.number <= position.block_number or not self._follows(position):
                    self._roll_back(position, head)
                    continue
                last = min(head.number, position.block_number + chunk_blocks)
                chunk = self._fetch(position, last)
            except (_Moved, NotFound) as cause:
                attempts += 1
                if attempts == _ATTEMPTS:
                    raise ChainUnsteady(attempts=attempts) from cause
                continue
            try:
                applied = self._apply(position, chunk)
            except IntegrityError:
                if len(chunk) == 1:
                    raise
                # Go on block by block, so that all good blocks before the bad one are in.
                chunk_blocks = 1
                continue
            if applied:
                added += len(chunk)
                if progress is not None:
                    progress(last, head.number)

    def position(self) -> Position:
        """How far the index is. Raises NotFound before the first `run_to_head`."""
        with self._database.session() as session:
            return _position(session)

    # Rebuilding

    def rebuild(self) -> int:
        """Empties the derived tables and fills them from the raw logs. Returns the number of logs.

        Texts, names, the act index and the outbox stay. In one transaction: readers see the old tables until it ends.
        """
        self._check_network()
        with self._database.transaction() as session:
            position = _position(session, lock=True)
            return self._replay(session, position.block_number)

    def digest(self) -> str:
        """SHA-256 over all derived tables, as hex: equal digests mean equal tables."""
        with self._database.session() as session:
            return digest_of_derived(session)

    # Network

    def _check_network(self) -> None:
        if self._network_checked:
            return
        with self._database.session() as session:
            network = session.get(models.Network, 1)
        if network is None:
            self._register_network()
        with self._database.session() as session:
            network = session.get_one(models.Network, 1)
            known = {row.name: row.address for row in session.scalars(select(models.Contract))}
        if network.chain_id != self._gateway.chain_id:
            raise ForeignNetwork(problem=f"chain {network.chain_id}, not {self._gateway.chain_id}")
        if known != self._register.addresses:
            differing = sorted(name for name, _ in known.items() ^ self._register.addresses.items())
            raise ForeignNetwork(problem=f"other addresses of {', '.join(dict.fromkeys(differing))}")
        self._network_checked = True

    def _register_network(self) -> None:
        first = self._gateway.block(self._first_block)
        try:
            with self._database.transaction() as session:
                session.add(models.Network(id=1, chain_id=self._gateway.chain_id, first_block=first.number))
                for name, address in self._register.addresses.items():
                    session.add(models.Contract(name=name, address=address))
                session.add(
                    models.Checkpoint(
                        id=1, block_number=first.number - 1, block_hash=first.parent_hash, updated_at=_now()
                    )
                )
        except BrokenConstraint:
            return  # another process was faster; what it wrote is checked next

    # Reading the chain

    def _follows(self, position: Position) -> bool:
        return self._gateway.block(position.block_number + 1).parent_hash == position.block_hash

    def _fetch(self, position: Position, last: int) -> list[FollowedBlock]:
        """The blocks after `position` up to `last`. Raises _Moved if they do not hang together."""
        chunk: list[FollowedBlock] = []
        parent = position.block_hash
        for number in range(position.block_number + 1, last + 1):
            block = self._gateway.block(number)
            logs = self._gateway.logs(number)
            if block.parent_hash != parent or any(log.block_hash != block.hash for log in logs):
                raise _Moved
            ours = tuple(log for log in logs if self._register.name_at(log.address) is not None)
            chunk.append(FollowedBlock(block, ours))
            parent = block.hash
        # Logs were asked for by number. If the last block is still this one, so were all before it, which it hangs on.
        if self._gateway.block(last).hash != parent:
            raise _Moved
        return chunk

    # Writing

    def _apply(self, position: Position, chunk: list[FollowedBlock]) -> bool:
        """Stores and applies blocks in one transaction. False if another process was faster: nothing was done."""
        try:
            with self._database.transaction() as session:
                if _position(session, lock=True) != position:
                    return False
                for followed in chunk:
                    store_block(session, followed)
                    if followed.logs:
                        apply_block(session, self._register, followed.logs, followed.time)
                last = chunk[-1].block
                _move(session, Position(last.number, last.hash))
        except _CONTRADICTIONS as error:
            raise _contradiction(chunk[0].block.number, chunk[-1].block.number, error) from error
        return True

    def _roll_back(self, position: Position, head: Block) -> None:
        """Takes the index back to the last block that it shares with the chain."""
        ancestor = self._common_ancestor(min(position.block_number, head.number))
        if ancestor.block_number == position.block_number:
            raise _Moved  # the chain came back while we looked
        if ancestor.block_number == head.number:
            raise ChainBehind(head=head.number, checkpoint=position.block_number)
        with self._database.transaction() as session:
            if _position(session, lock=True) != position:
                return
            session.execute(delete(models.Block).where(models.Block.number > ancestor.block_number))
            self._replay(session, ancestor.block_number)
            _move(session, ancestor)

    def _common_ancestor(self, number: int) -> Position:
        with self._database.session() as session:
            while number >= self._first_indexed(session):
                stored = session.get_one(models.Block, number)
                if self._gateway.block(number).hash == stored.hash:
                    return Position(number, stored.hash)
                number -= 1
            first = self._gateway.block(number + 1)
        if number >= 0:
            # The chain is another one since before our first block; our logs begin with it, so all of them go.
            return Position(number, first.parent_hash)
        raise ForeignNetwork(problem=f"its genesis block is not {first.hash.hex()}")

    def _first_indexed(self, session: Session) -> int:
        return session.get_one(models.Network, 1).first_block

    def _replay(self, session: Session, last_block: int) -> int:
        for table in reversed(derived_tables()):
            session.execute(delete(table))
        replayed = 0
        try:
            for block_time, logs in stored_blocks(session, last_block):
                apply_block(session, self._register, logs, block_time)
                replayed += len(logs)
        except _CONTRADICTIONS as error:
            raise _contradiction(self._first_block, last_block, error) from error
        return replayed


# What an event that cannot be makes of a row: a broken constraint, an id that is none, a number too large to store.
_CONTRADICTIONS = (BrokenConstraint, DataError, InvalidInput, OverflowError)


def _contradiction(first_block: int, last_block: int, error: Exception) -> IndexContradiction:
    problem = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return IndexContradiction(first_block=first_block, last_block=last_block, problem=problem)


def _position(session: Session, *, lock: bool = False) -> Position:
    # The lock is PostgreSQL's; on SQLite a writing transaction holds the lock of the whole file from its beginning.
    statement = select(models.Checkpoint.block_number, models.Checkpoint.block_hash)
    found = session.execute(statement.with_for_update() if lock else statement).one_or_none()
    if found is None:
        raise NotFound(kind="checkpoint", id="of the index")
    return Position(found.block_number, found.block_hash)


def _move(session: Session, position: Position) -> None:
    session.execute(
        update(models.Checkpoint).values(
            block_number=position.block_number, block_hash=position.block_hash, updated_at=_now()
        )
    )


def _now() -> datetime:
    return datetime.now(UTC)
