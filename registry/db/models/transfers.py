"""The rules of transfers (working hours, limits, trusted counterparties), and transfers that wait."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64, UtcTime


class WorkingHours(Base, Derived):
    """The usual week of a jurisdiction in UTC+08:00. No row: it works always."""

    __tablename__ = "working_hours"

    jurisdiction: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Monday 1, Tuesday 2, ... Sunday 64, added up.
    weekdays: Mapped[int]
    open_second: Mapped[int]
    close_second: Mapped[int]


class CalendarDay(Base, Derived):
    """A holiday, or a day that is worked whatever its weekday says."""

    __tablename__ = "calendar_days"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "day"),)

    jurisdiction: Mapped[int]
    # Days since 1970-01-01.
    day: Mapped[int]
    kind: Mapped[int]


class TransferLimits(Base, Derived):
    """Limits of a jurisdiction, or of the network under 0."""

    __tablename__ = "transfer_limits"

    jurisdiction: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    per_transfer_grams: Mapped[Grams]
    per_day_grams: Mapped[Grams]
    delay_seconds: Mapped[int]
    trust_seconds: Mapped[int]


class AccountTransferLimits(Base, Derived):
    """Limits of one account."""

    __tablename__ = "account_transfer_limits"

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"), primary_key=True)
    per_transfer_grams: Mapped[Grams]
    per_day_grams: Mapped[Grams]
    delay_seconds: Mapped[int]
    trust_seconds: Mapped[int]


class Trust(Base, Derived):
    """An account whose transfers to the counterparty do not wait, from a time on."""

    __tablename__ = "trusts"
    __table_args__ = (PrimaryKeyConstraint("account", "counterparty"),)

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    counterparty: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    trusted_from: Mapped[UtcTime]
    by: Mapped[Address]


class PendingTransfer(Base, Derived):
    """A transfer that did not move at once, also when it has ended."""

    __tablename__ = "pending_transfers"
    __table_args__ = (Index(None, "sender"), Index(None, "recipient"))

    transfer_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    sender: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    recipient: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    kind: Mapped[int]
    # The hash of the exchange's trade, 32 zero bytes for a gift.
    reference_hash: Mapped[Bytes32]
    executable_at: Mapped[UtcTime]
    state: Mapped[int]
    accepted: Mapped[bool]
    initiator: Mapped[Address]
    approver: Mapped[Address | None]

    lines: Mapped[list["PendingTransferLine"]] = relationship(
        lazy="raise", viewonly=True, order_by="PendingTransferLine.position"
    )


class PendingTransferLine(Base, Derived):
    """Grams of one batch in a pending transfer."""

    __tablename__ = "pending_transfer_lines"
    __table_args__ = (
        PrimaryKeyConstraint("transfer_id", "position"),
        CheckConstraint("grams > 0", name="positive"),
    )

    transfer_id: Mapped[Int64] = mapped_column(ForeignKey("pending_transfers.transfer_id"))
    position: Mapped[int]
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    grams: Mapped[Grams]
