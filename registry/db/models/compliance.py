"""Rule sets, obligations, and the offsets made against them."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64, Uint64


class RuleSet(Base, Derived):
    """One version of the offset rules of a jurisdiction and year; the highest version is in force.

    `opens_at_seconds` and `deadline_seconds` are seconds since 1970, as set: a uint40 may lie beyond the year 9999.
    """

    __tablename__ = "rule_sets"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "year", "version"),)

    jurisdiction: Mapped[int]
    year: Mapped[int]
    version: Mapped[int]
    cap_base: Mapped[int]
    cap_bps: Mapped[int]
    local_share_min_bps: Mapped[int]
    first_vintage: Mapped[int]
    last_vintage: Mapped[int]
    granularity_grams: Mapped[Uint64]
    opens_at_seconds: Mapped[Int64]
    deadline_seconds: Mapped[Int64]
    document_hash: Mapped[Bytes32]


class Obligation(Base, Derived):
    """What an enterprise owes for a year, and what of it was offset so far. Origin: the event that set it last."""

    __tablename__ = "obligations"
    __table_args__ = (PrimaryKeyConstraint("account", "year"),)

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    year: Mapped[int]
    initial_allocation_grams: Mapped[Uint64]
    issued_allowances_grams: Mapped[Uint64]
    verified_emissions_grams: Mapped[Uint64]
    amount_due_grams: Mapped[Uint64]
    local_used_grams: Mapped[Grams]
    other_used_grams: Mapped[Grams]


class ObligationChange(Base, Derived):
    """Every setting of an obligation, append-only."""

    __tablename__ = "obligation_changes"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "account", "year"))

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    year: Mapped[int]
    initial_allocation_grams: Mapped[Uint64]
    issued_allowances_grams: Mapped[Uint64]
    verified_emissions_grams: Mapped[Uint64]
    amount_due_grams: Mapped[Uint64]


class Offset(Base, Derived):
    """A retirement that counts against an obligation, with the version of the rules that was applied."""

    __tablename__ = "offsets"
    __table_args__ = (
        CheckConstraint("grams > 0", name="positive"),
        Index(None, "account", "year"),
        Index(None, "project_id", "seq"),
    )

    retirement_id: Mapped[Int64] = mapped_column(
        ForeignKey("retirements.retirement_id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
        autoincrement=False,
    )
    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    year: Mapped[int]
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    grams: Mapped[Grams]
    local: Mapped[bool] = mapped_column(Boolean)
    rule_version: Mapped[int]
    by: Mapped[Address]
