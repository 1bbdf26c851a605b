"""What was read from the chain, as it was read: blocks, raw logs, how far the index is, and which network this is."""

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Address, Base, Blob, Bytes32, Int64, UtcTime


class Network(Base):
    """The one network this database follows. Set once; another chain or other contracts are refused."""

    __tablename__ = "network"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chain_id: Mapped[Int64]
    # The first block followed: all contracts were deployed in it or later.
    first_block: Mapped[Int64]


class Contract(Base):
    """A contract of the network, by its name (`Credits`)."""

    __tablename__ = "contracts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    address: Mapped[Address] = mapped_column(unique=True)


class Block(Base):
    """A block of the chain that the index follows now. A reorganisation removes the blocks it replaces."""

    __tablename__ = "blocks"

    number: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[Bytes32] = mapped_column(unique=True)
    parent_hash: Mapped[Bytes32]
    block_time: Mapped[UtcTime]


class ChainLog(Base):
    """A log of a contract of ours, append-only. Those of replaced blocks stay: it counts iff `blocks` has its hash."""

    __tablename__ = "chain_logs"
    __table_args__ = (
        PrimaryKeyConstraint("block_hash", "log_index"),
        Index(None, "block_number", "log_index"),
        Index(None, "tx_hash"),
    )

    block_hash: Mapped[Bytes32]
    log_index: Mapped[int]
    block_number: Mapped[Int64]
    tx_hash: Mapped[Bytes32]
    address: Mapped[Address]
    # The topics, 32 bytes each, one after the other.
    topics: Mapped[Blob]
    data: Mapped[Blob]


class Checkpoint(Base):
    """The last block that is in the derived tables. Changes only in the transaction that changes them."""

    __tablename__ = "checkpoint"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block_number: Mapped[Int64]
    block_hash: Mapped[Bytes32]
    updated_at: Mapped[UtcTime]
