"""The ledger: batches, who holds what, and every movement of credits.

`issued == sum of holdings + retired + cancelled` for each batch after each block; the index
checks it before it commits.
"""

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64
from registry.db.models.reports import Report


def _of_batch() -> ForeignKeyConstraint:
    # Deferred: within one transaction of the chain the ERC-1155 event may come before `Issued`.
    return ForeignKeyConstraint(
        ["project_id", "seq"], ["batches.project_id", "batches.seq"], deferrable=True, initially="DEFERRED"
    )


class Batch(Base, Derived):
    """The credits issued from one report. `batch_id` is the token id, a uint256, as decimal text."""

    __tablename__ = "batches"
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "seq"),
        ForeignKeyConstraint(["project_id", "seq"], ["reports.project_id", "reports.seq"]),
        CheckConstraint("serial_end - serial_start = issued_grams", name="serials_are_grams"),
        CheckConstraint("retired_grams + cancelled_grams <= issued_grams", name="used_within_issued"),
    )

    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    batch_id: Mapped[str] = mapped_column(String(78), unique=True)
    vintage: Mapped[int]
    serial_start: Mapped[Grams]
    serial_end: Mapped[Grams]
    issued_grams: Mapped[Grams]
    retired_grams: Mapped[Grams]
    cancelled_grams: Mapped[Grams]
    # Under investigation: nothing of it moves or retires.
    held: Mapped[bool] = mapped_column(default=False)

    report: Mapped[Report] = relationship(lazy="raise", viewonly=True)
    allocations: Mapped[list["Allocation"]] = relationship(
        lazy="raise", viewonly=True, order_by="Allocation.position", overlaps="report"
    )


class Allocation(Base, Derived):
    """What one account received when a batch was issued; `position` is its line in the allocation, from 0."""

    __tablename__ = "allocations"
    __table_args__ = (PrimaryKeyConstraint("project_id", "seq", "position"), _of_batch(), Index(None, "account"))

    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    position: Mapped[int]
    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    grams: Mapped[Grams]


class Holding(Base, Derived):
    """Grams of a batch that an account holds now; 0 says that it held some once, or that some are frozen in advance.

    The other columns say how much of it is locked for modules, frozen by order, recalled as invalid; together they may
    be more than what is held. Origin: the last change.
    """

    __tablename__ = "holdings"
    __table_args__ = (
        PrimaryKeyConstraint("account", "project_id", "seq"),
        _of_batch(),
        CheckConstraint("grams >= 0", name="not_negative"),
        CheckConstraint(
            "locked_grams >= 0 AND frozen_grams >= 0 AND recalled_grams >= 0", name="held_back_not_negative"
        ),
        Index(None, "project_id", "seq"),
    )

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    grams: Mapped[Grams]
    locked_grams: Mapped[Grams] = mapped_column(default=0)
    frozen_grams: Mapped[Grams] = mapped_column(default=0)
    recalled_grams: Mapped[Grams] = mapped_column(default=0)


class Transfer(Base, Derived):
    """A movement between two accounts; `position` is the line of a bulk transfer. Issue and use are no transfers."""

    __tablename__ = "transfers"
    __table_args__ = (
        PrimaryKeyConstraint("block_number", "log_index", "position"),
        _of_batch(),
        Index(None, "sender"),
        Index(None, "recipient"),
        Index(None, "project_id", "seq"),
        Index(None, "tx_hash"),
    )

    position: Mapped[int]
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    # Accounts; `by` is the agent who did it.
    sender: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    recipient: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    grams: Mapped[Grams]
    by: Mapped[Address]


class Retirement(Base, Derived):
    """Grams used for a claim, for ever: the serials [serial_start, serial_end) of the project."""

    __tablename__ = "retirements"
    __table_args__ = (
        _of_batch(),
        UniqueConstraint("project_id", "serial_start"),
        CheckConstraint("serial_end - serial_start = grams", name="serials_are_grams"),
        Index(None, "account"),
        Index(None, "tx_hash"),
        Index(None, "project_id", "seq"),
    )

    retirement_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    serial_start: Mapped[Grams]
    serial_end: Mapped[Grams]
    grams: Mapped[Grams]
    purpose: Mapped[int]
    beneficiary: Mapped[Bytes32]
    statement_hash: Mapped[Bytes32]
    by: Mapped[Address]


class Cancellation(Base, Derived):
    """Grams made invalid, taken from the end of the batch's line."""

    __tablename__ = "cancellations"
    __table_args__ = (
        PrimaryKeyConstraint("block_number", "log_index"),
        _of_batch(),
        UniqueConstraint("project_id", "serial_start"),
        CheckConstraint("serial_end - serial_start = grams", name="serials_are_grams"),
        Index(None, "account"),
    )

    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    serial_start: Mapped[Grams]
    serial_end: Mapped[Grams]
    grams: Mapped[Grams]
    reason_hash: Mapped[Bytes32]
