"""Registry accounts, their agents, and how their status changed."""

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Uint64


class Account(Base, Derived):
    """An account: an address without a key. Only the salted commitment of its holder is known here."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("jurisdiction", "number"),)

    address: Mapped[Address] = mapped_column(primary_key=True)
    jurisdiction: Mapped[int]
    # Any uint64 that the registrar chooses.
    number: Mapped[Uint64]
    kind: Mapped[int]
    status: Mapped[int]
    identity_commitment: Mapped[Bytes32]

    agents: Mapped[list["Agent"]] = relationship(lazy="raise", viewonly=True, order_by="Agent.agent")


class Agent(Base, Derived):
    """A person who acts for an account now. `rights` is a sum of INITIATE 1, APPROVE 2, READ 4."""

    __tablename__ = "agents"
    __table_args__ = (PrimaryKeyConstraint("account", "agent"), Index(None, "agent"))

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address", deferrable=True, initially="DEFERRED"))
    agent: Mapped[Address]
    rights: Mapped[int]


class AccountStatusChange(Base, Derived):
    """A change of an account's status, append-only."""

    __tablename__ = "account_status_changes"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "account"))

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    previous_status: Mapped[int]
    status: Mapped[int]
    reason_hash: Mapped[Bytes32]
    by: Mapped[Address]
