"""Oracle committees and the reports they agreed on."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64, UtcTime


class Committee(Base, Derived):
    """The committee of a jurisdiction in one epoch."""

    __tablename__ = "committees"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "epoch"),)

    jurisdiction: Mapped[int]
    epoch: Mapped[Int64]
    quorum: Mapped[int]
    dispute_seconds: Mapped[Int64]

    signers: Mapped[list["CommitteeSigner"]] = relationship(
        lazy="raise", viewonly=True, order_by="CommitteeSigner.position"
    )


class CommitteeSigner(Base, Derived):
    """A signer of a committee; `position` from 0 in ascending order of address, as on chain."""

    __tablename__ = "committee_signers"
    __table_args__ = (
        PrimaryKeyConstraint("jurisdiction", "epoch", "signer"),
        ForeignKeyConstraint(["jurisdiction", "epoch"], ["committees.jurisdiction", "committees.epoch"]),
    )

    jurisdiction: Mapped[int]
    epoch: Mapped[Int64]
    signer: Mapped[Address]
    position: Mapped[int]


class Report(Base, Derived):
    """An accepted report: its twelve signed fields, and what the contract derived from them.

    `valid_until_seconds` is as signed, seconds since 1970: a uint40 may lie beyond the year 9999.
    """

    __tablename__ = "reports"
    __table_args__ = (PrimaryKeyConstraint("project_id", "seq"), Index(None, "evidence_hash"))

    project_id: Mapped[Int64] = mapped_column(ForeignKey("projects.project_id"))
    seq: Mapped[Int64]
    period_start_day: Mapped[Int64]
    period_end_day: Mapped[Int64]
    methodology_hash: Mapped[Bytes32] = mapped_column(ForeignKey("methodologies.definition_hash"))
    evidence_hash: Mapped[Bytes32]
    log_root: Mapped[Bytes32]
    log_size: Mapped[Int64]
    serial_end: Mapped[Grams]
    prev_digest: Mapped[Bytes32]
    valid_until_seconds: Mapped[Int64]
    epoch: Mapped[Int64]
    digest: Mapped[Bytes32] = mapped_column(unique=True)
    serial_start: Mapped[Grams]
    vintage: Mapped[int]
    final_at: Mapped[UtcTime]

    signers: Mapped[list["ReportSigner"]] = relationship(lazy="raise", viewonly=True, order_by="ReportSigner.position")


class ReportSigner(Base, Derived):
    """A signer whose signature stands on an accepted report; `position` from 0 in ascending order of address."""

    __tablename__ = "report_signers"
    __table_args__ = (
        PrimaryKeyConstraint("project_id", "seq", "signer"),
        ForeignKeyConstraint(["project_id", "seq"], ["reports.project_id", "reports.seq"]),
        Index(None, "signer"),
    )

    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    signer: Mapped[Address]
    position: Mapped[int]
