"""Rule sets, obligations, the offsets made against them, and the pools they share."""

from sqlalchemy import Boolean, CheckConstraint, ColumnElement, ForeignKey, Index, PrimaryKeyConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64, LongText, Uint64, Uint96


class RuleSet(Base, Derived):
    """One version of the offset rules of a jurisdiction and year; the highest version is in force.

    `opens_at_seconds` and the like are seconds since 1970, as set: a uint40 may lie beyond the year 9999. Areas and
    methodologies (0x text) are JSON lists.
    """

    __tablename__ = "rule_sets"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "year", "version"),)

    jurisdiction: Mapped[int]
    year: Mapped[int]
    version: Mapped[int]
    cap_base: Mapped[int]
    cap_bps: Mapped[int]
    non_local_cap_bps: Mapped[int]
    local_share_min_bps: Mapped[int]
    preferred_share_min_bps: Mapped[int]
    preference_areas: Mapped[LongText]
    first_vintage: Mapped[int]
    last_vintage: Mapped[int]
    mechanisms: Mapped[int]
    methodologies_listed: Mapped[bool] = mapped_column(Boolean)
    methodologies: Mapped[LongText]
    own_boundary_excluded: Mapped[bool] = mapped_column(Boolean)
    pooled: Mapped[bool] = mapped_column(Boolean)
    pool_grams: Mapped[Uint64]
    reservable_until_seconds: Mapped[Int64]
    granularity_grams: Mapped[Uint64]
    opens_at_seconds: Mapped[Int64]
    deadline_seconds: Mapped[Int64]
    reversal_seconds: Mapped[Int64]
    document_hash: Mapped[Bytes32]


class Obligation(Base, Derived):
    """What an enterprise owes for a year, and what of it was offset (counted grams) and surrendered so far.

    `preferred_used_grams` is a part of the local ones, `provisional_grams` of all. Origin: the event that set it last.
    """

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
    preferred_used_grams: Mapped[Grams]
    provisional_grams: Mapped[Grams]
    surrendered_grams: Mapped[Uint64]
    excluded: Mapped[bool] = mapped_column(Boolean)


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


class FulfilmentChange(Base, Derived):
    """Every note of what was surrendered and whether the account is excluded, append-only."""

    __tablename__ = "fulfilment_changes"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "account", "year"))

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    year: Mapped[int]
    surrendered_grams: Mapped[Uint64]
    excluded: Mapped[bool] = mapped_column(Boolean)
    reason_hash: Mapped[Bytes32]


class Offset(Base, Derived):
    """A retirement that counts against an obligation, with the version of the rules that was applied.

    `terms_key` names the recognition whose yearly cap the grams count against; zeros for local ones.
    """

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
    counted_grams: Mapped[Grams]
    local: Mapped[bool] = mapped_column(Boolean)
    preferred: Mapped[bool] = mapped_column(Boolean)
    terms_key: Mapped[Bytes32]
    rule_version: Mapped[int]
    by: Mapped[Address]


class ProvisionalOffset(Base, Derived):
    """An offset that can be reversed, and what became of it: reversed, or final from a retirement on, or neither."""

    __tablename__ = "provisional_offsets"
    __table_args__ = (Index(None, "account", "year"),)

    offset_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    year: Mapped[int]
    rule_version: Mapped[int]
    reversible_until_seconds: Mapped[Int64]
    by: Mapped[Address]
    beneficiary: Mapped[Bytes32]
    statement_hash: Mapped[Bytes32]
    counted_grams: Mapped[Grams]
    reversed: Mapped[bool] = mapped_column(Boolean)
    reason_hash: Mapped[Bytes32 | None]
    first_retirement_id: Mapped[Int64 | None]

    lines: Mapped[list["ProvisionalLine"]] = relationship(
        order_by="ProvisionalLine.position", lazy="raise", viewonly=True
    )

    @classmethod
    def is_open(cls) -> ColumnElement[bool]:
        """The condition that it is neither reversed nor final."""
        return and_(cls.reversed.is_(False), cls.first_retirement_id.is_(None))


class ProvisionalLine(Base, Derived):
    """One line of a provisional offset."""

    __tablename__ = "provisional_lines"
    __table_args__ = (PrimaryKeyConstraint("offset_id", "position"), CheckConstraint("grams > 0", name="positive"))

    offset_id: Mapped[Int64] = mapped_column(ForeignKey("provisional_offsets.offset_id"))
    position: Mapped[int]
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    grams: Mapped[Grams]
    counted_grams: Mapped[Grams]
    local: Mapped[bool] = mapped_column(Boolean)
    preferred: Mapped[bool] = mapped_column(Boolean)
    terms_key: Mapped[Bytes32]


class Pool(Base, Derived):
    """The pool of a jurisdiction and year as it stands: end of the line of demand, given back, used."""

    __tablename__ = "pools"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "year"),)

    jurisdiction: Mapped[int]
    year: Mapped[int]
    demand_end: Mapped[Uint96]
    credited_grams: Mapped[Uint96]
    used_grams: Mapped[Grams]


class Reservation(Base, Derived):
    """What is left of an account's reservation: [start, start + grams) of the line of demand."""

    __tablename__ = "reservations"
    __table_args__ = (PrimaryKeyConstraint("account", "year"),)

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    year: Mapped[int]
    start: Mapped[Uint96]
    grams: Mapped[Grams]


class PoolRelease(Base, Derived):
    """A stretch of the line that was given up while it waited and is not passed over yet."""

    __tablename__ = "pool_releases"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "year", "start"),)

    jurisdiction: Mapped[int]
    year: Mapped[int]
    start: Mapped[Uint96]
    grams: Mapped[Grams]
