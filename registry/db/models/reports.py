"""Oracle committees, the reports they agreed on, disputes about them, verified emissions."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64, LongText, UtcTime


class Committee(Base, Derived):
    """The committee of a jurisdiction in one epoch."""

    __tablename__ = "committees"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "epoch"),)

    jurisdiction: Mapped[int]
    epoch: Mapped[Int64]
    quorum: Mapped[int]
    dispute_seconds: Mapped[Int64]
    activation_seconds: Mapped[Int64]

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


class ProposedCommittee(Base, Derived):
    """The committee that the Desk decided on and that waits for the approval of the one in office; one a jurisdiction.

    `signers` is a JSON list of addresses, ascending, as the outgoing committee signs them.
    """

    __tablename__ = "proposed_committees"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction"),)

    jurisdiction: Mapped[int]
    epoch: Mapped[Int64]
    signers: Mapped[LongText]
    quorum: Mapped[int]
    dispute_seconds: Mapped[Int64]
    activation_seconds: Mapped[Int64]
    due_at: Mapped[UtcTime]


class SignerSuspension(Base, Derived):
    """A signer who was proved to have signed two reports in one place. `reinstatement_hash`: why it may sign again."""

    __tablename__ = "signer_suspensions"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "jurisdiction", "signer"))

    jurisdiction: Mapped[int]
    signer: Mapped[Address]
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    first_digest: Mapped[Bytes32]
    second_digest: Mapped[Bytes32]
    proved_by: Mapped[Address]
    reinstatement_hash: Mapped[Bytes32 | None]


class Report(Base, Derived):
    """An accepted report: its twelve signed fields, and what the contract derived from them.

    `status` is a ReportStatus. An overturned report stays until another one takes its place; its dispute stays.

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
    status: Mapped[int]

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


class Dispute(Base, Derived):
    """A dispute about a report, which is named by its digest: another report may have taken its number since.

    The last four are empty until the arbiters resolved it. `arbiters` is a JSON list of addresses.
    """

    __tablename__ = "disputes"
    __table_args__ = (PrimaryKeyConstraint("digest"), Index(None, "project_id", "seq"))

    digest: Mapped[Bytes32]
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    disputed_by: Mapped[Address]
    evidence_hash: Mapped[Bytes32]
    upheld: Mapped[bool | None]
    findings_hash: Mapped[Bytes32 | None]
    arbiters: Mapped[LongText | None]
    resolved_at: Mapped[UtcTime | None]


class EmissionFigure(Base, Derived):
    """The verified emissions of an account and year; the highest revision counts. `signers` is a JSON list."""

    __tablename__ = "emission_figures"
    __table_args__ = (PrimaryKeyConstraint("account", "year", "revision"),)

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    year: Mapped[int]
    revision: Mapped[Int64]
    grams: Mapped[Grams]
    evidence_hash: Mapped[Bytes32]
    valid_until_seconds: Mapped[Int64]
    epoch: Mapped[Int64]
    digest: Mapped[Bytes32] = mapped_column(unique=True)
    signers: Mapped[LongText]
    verified_at: Mapped[UtcTime]
