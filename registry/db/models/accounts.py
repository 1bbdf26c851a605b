"""Registry accounts, their agents, and how their status changed."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, case
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Blob, Bytes32, Derived, Uint64, UtcTime
from registry.domain.rules import AccountStatus


class Account(Base, Derived):
    """An account: an address without a key. Only the salted commitment of its holder is known here."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("jurisdiction", "number"),)

    address: Mapped[Address] = mapped_column(primary_key=True)
    jurisdiction: Mapped[int]
    # Any uint64 that the registrar chooses.
    number: Mapped[Uint64]
    kind: Mapped[int]
    # What the Desk decided; an emergency freeze lies over it until `frozen_until`.
    status: Mapped[int]
    frozen_until: Mapped[UtcTime | None]
    flags: Mapped[int]
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
    # Only of an emergency freeze: when it ends by itself.
    frozen_until: Mapped[UtcTime | None]
    reason_hash: Mapped[Bytes32]
    by: Mapped[Address]


class Consent(Base, Derived):
    """An agent's word that another agent of the account may make one certain call, once, before `valid_until`."""

    __tablename__ = "consents"
    __table_args__ = (PrimaryKeyConstraint("account", "call_hash"),)

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    call_hash: Mapped[Bytes32]
    agent: Mapped[Address]
    target: Mapped[Address]
    data: Mapped[Blob]
    valid_until: Mapped[UtcTime]


def status_in_effect(now: datetime) -> ColumnElement[int]:
    """The status of an account at a time, as the contract answers it: an emergency freeze ends without an event."""
    return case((Account.frozen_until > now, int(AccountStatus.FROZEN)), else_=Account.status)
