"""What each jurisdiction accepts of the others: methodologies, credits, single projects. As it stands now."""

from sqlalchemy import Boolean, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Base, Bytes32, Derived, Int64, Uint64


class RecognisedMethodology(Base, Derived):
    """A methodology of another jurisdiction that projects of this one may use."""

    __tablename__ = "recognised_methodologies"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "definition_hash"),)

    jurisdiction: Mapped[int]
    definition_hash: Mapped[Bytes32]
    document_hash: Mapped[Bytes32]


class RecognitionTerms(Base, Derived):
    """On which terms `jurisdiction` accepts credits of `issuer` under a methodology. Seconds since 1970, as set."""

    __tablename__ = "recognition_terms"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "issuer", "definition_hash"),)

    jurisdiction: Mapped[int]
    issuer: Mapped[int]
    definition_hash: Mapped[Bytes32]
    discount_bps: Mapped[int]
    yearly_cap_grams: Mapped[Uint64]
    valid_from_seconds: Mapped[Int64]
    valid_until_seconds: Mapped[Int64]


class ProjectTerms(Base, Derived):
    """A project's own terms, in the place of the general ones; if `excluded`, all are 0 and it is refused."""

    __tablename__ = "project_terms"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "project_id"),)

    jurisdiction: Mapped[int]
    project_id: Mapped[Int64]
    discount_bps: Mapped[int]
    yearly_cap_grams: Mapped[Uint64]
    valid_from_seconds: Mapped[Int64]
    valid_until_seconds: Mapped[Int64]
    excluded: Mapped[bool] = mapped_column(Boolean)
