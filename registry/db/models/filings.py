"""Filed methodologies and projects, and how their status changed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Int64, Uint64, UtcTime
from registry.domain.rules import FilingStatus


class _Suspendable:
    """What an emergency suspension may have stopped. `status` is the one of the last event: ask `status_at`."""

    status: Mapped[int]
    # End of the last emergency suspension; None where there was none or the Desk made a suspension its own.
    suspended_until: Mapped[UtcTime | None]

    def status_at(self, when: datetime) -> FilingStatus:
        """The status at a time of the chain. No event says that an emergency suspension ended by itself."""
        status = FilingStatus(self.status)
        over = self.suspended_until is not None and self.suspended_until <= when
        return FilingStatus.FILED if status is FilingStatus.SUSPENDED and over else status


class Methodology(Base, Derived, _Suspendable):
    """A methodology in one version. Its definition, if we have it, is in `methodology_definitions`."""

    __tablename__ = "methodologies"
    __table_args__ = (UniqueConstraint("methodology_id", "version"),)

    definition_hash: Mapped[Bytes32] = mapped_column(primary_key=True)
    jurisdiction: Mapped[int]
    methodology_id: Mapped[str] = mapped_column(String(66))
    version: Mapped[int]
    document_hash: Mapped[Bytes32]


class MethodologyStatusChange(Base, Derived):
    """A change of a methodology's status, append-only."""

    __tablename__ = "methodology_status_changes"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "definition_hash"))

    definition_hash: Mapped[Bytes32] = mapped_column(ForeignKey("methodologies.definition_hash"))
    previous_status: Mapped[int]
    status: Mapped[int]
    reason_hash: Mapped[Bytes32]
    by: Mapped[Address]
    suspended_until: Mapped[UtcTime | None]


class Project(Base, Derived, _Suspendable):
    """A project. `project_id` = jurisdiction << 32 | number. Days count from 1970-01-01."""

    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("jurisdiction", "number"),
        Index(None, "developer"),
        Index(None, "definition_hash"),
    )

    project_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    jurisdiction: Mapped[int]
    number: Mapped[Int64]
    definition_hash: Mapped[Bytes32] = mapped_column(ForeignKey("methodologies.definition_hash"))
    developer: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    boundary_account: Mapped[Address | None] = mapped_column(ForeignKey("accounts.address"))
    crediting_start_day: Mapped[Int64]
    crediting_end_day: Mapped[Int64]
    scenario: Mapped[int]
    ceiling_grams: Mapped[Uint64]
    co_benefit_hash: Mapped[Bytes32]
    area: Mapped[int]
    mechanism: Mapped[int]

    methodology: Mapped[Methodology] = relationship(lazy="raise", viewonly=True)


class ProjectStatusChange(Base, Derived):
    """A change of a project's status, append-only."""

    __tablename__ = "project_status_changes"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "project_id"))

    project_id: Mapped[Int64] = mapped_column(ForeignKey("projects.project_id"))
    previous_status: Mapped[int]
    status: Mapped[int]
    reason_hash: Mapped[Bytes32]
    by: Mapped[Address]
    suspended_until: Mapped[UtcTime | None]
