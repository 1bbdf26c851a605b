"""Filed methodologies and projects, and how their status changed."""

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.db.base import Address, Base, Bytes32, Derived, Int64, Uint64


class Methodology(Base, Derived):
    """A methodology in one version. Its definition, if we have it, is in `methodology_definitions`."""

    __tablename__ = "methodologies"
    __table_args__ = (UniqueConstraint("methodology_id", "version"),)

    definition_hash: Mapped[Bytes32] = mapped_column(primary_key=True)
    jurisdiction: Mapped[int]
    methodology_id: Mapped[str] = mapped_column(String(66))
    version: Mapped[int]
    document_hash: Mapped[Bytes32]
    status: Mapped[int]


class MethodologyStatusChange(Base, Derived):
    """A change of a methodology's status, append-only."""

    __tablename__ = "methodology_status_changes"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "definition_hash"))

    definition_hash: Mapped[Bytes32] = mapped_column(ForeignKey("methodologies.definition_hash"))
    previous_status: Mapped[int]
    status: Mapped[int]
    reason_hash: Mapped[Bytes32]
    by: Mapped[Address]


class Project(Base, Derived):
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
    status: Mapped[int]

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
