"""Invalidations: what was found wrong with a batch, whose grams were recalled, and how what is owed became less."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64


class Invalidation(Base, Derived):
    """Grams of a batch that the Desk found invalid, by where they were found; the open parts fall as they are settled.

    `holders_recalled_grams` of `base_grams` is the share of every holder but the developer; `covered_grams` is how much
    of the base was covered so far, and the recall is complete when it is all.
    """

    __tablename__ = "invalidations"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "seq"], ["batches.project_id", "batches.seq"]),
        CheckConstraint(
            "developer_cancelled_grams + developer_recalled_grams + buffers_cancelled_grams + holders_recalled_grams"
            " + used_grams = grams",
            name="parts_add_up",
        ),
        CheckConstraint("covered_grams <= base_grams", name="covered_within_base"),
        CheckConstraint("open_recalled_grams >= 0 AND open_used_grams >= 0", name="open_not_negative"),
        Index(None, "project_id", "seq"),
        Index(None, "developer"),
    )

    invalidation_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    developer: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    grams: Mapped[Grams]
    developer_cancelled_grams: Mapped[Grams]
    developer_recalled_grams: Mapped[Grams]
    buffers_cancelled_grams: Mapped[Grams]
    holders_recalled_grams: Mapped[Grams]
    used_grams: Mapped[Grams]
    base_grams: Mapped[Grams]
    covered_grams: Mapped[Grams]
    complete: Mapped[bool] = mapped_column(Boolean)
    open_recalled_grams: Mapped[Grams]
    open_used_grams: Mapped[Grams]
    reason_hash: Mapped[Bytes32]


class Recall(Base, Derived):
    """What an invalidation recalled from one holder, and what of it is open. The share of a small holding may be 0."""

    __tablename__ = "recalls"
    __table_args__ = (
        PrimaryKeyConstraint("invalidation_id", "holder"),
        CheckConstraint("open_grams >= 0 AND open_grams <= grams", name="open_within_grams"),
        Index(None, "holder"),
    )

    invalidation_id: Mapped[Int64] = mapped_column(ForeignKey("invalidations.invalidation_id"))
    holder: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    base_grams: Mapped[Grams]
    grams: Mapped[Grams]
    open_grams: Mapped[Grams]


class Discharge(Base, Derived):
    """One step by which what is owed became less; `kind` is registry.domain.rules.DischargeKind.

    `holder` is None for used grams. A replacement has the batch the holder received, a settlement the retirement.
    """

    __tablename__ = "discharges"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "invalidation_id"))

    invalidation_id: Mapped[Int64] = mapped_column(ForeignKey("invalidations.invalidation_id"))
    kind: Mapped[int]
    holder: Mapped[Address | None] = mapped_column(ForeignKey("accounts.address"))
    payer: Mapped[Address | None] = mapped_column(ForeignKey("accounts.address"))
    replacement_project_id: Mapped[Int64 | None]
    replacement_seq: Mapped[Int64 | None]
    retirement_id: Mapped[Int64 | None]
    grams: Mapped[Grams]
    reason_hash: Mapped[Bytes32 | None]
    by: Mapped[Address | None]


class BatchHold(Base, Derived):
    """When the hold of a REGULATOR over a batch ends or ended, and when the next one may begin. Seconds since 1970.

    `held_until_seconds` 0: the hold is over. Origin: the last event. While holders are covered a batch is held too;
    that stands in its invalidation.
    """

    __tablename__ = "batch_holds"
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "seq"),
        ForeignKeyConstraint(["project_id", "seq"], ["batches.project_id", "batches.seq"]),
    )

    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    held_until_seconds: Mapped[Int64]
    next_hold_at_seconds: Mapped[Int64]
    reason_hash: Mapped[Bytes32]
    by: Mapped[Address]
