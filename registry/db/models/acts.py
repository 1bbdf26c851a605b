"""Where each act is, and why acts were set aside. Written when a report is published; not derived from the chain."""

from sqlalchemy import Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Base, Bytes32, Int64, UtcTime


class Act(Base):
    """The leaf an act is in. The primary key holds invariant 10: one act, one leaf of the whole network."""

    __tablename__ = "act_index"
    __table_args__ = (UniqueConstraint("project_id", "leaf_index"), {"sqlite_with_rowid": False})

    act_id: Mapped[Bytes32] = mapped_column(primary_key=True)
    project_id: Mapped[Int64]
    leaf_index: Mapped[Int64]


class QuarantinedAct(Base):
    """A record set aside and not counted. One act may be set aside more than once, so `position` is in the key."""

    __tablename__ = "quarantined_acts"
    __table_args__ = (PrimaryKeyConstraint("project_id", "seq", "position"), Index(None, "act_id"))

    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    position: Mapped[int]
    act_id: Mapped[Bytes32]
    reason: Mapped[str] = mapped_column(String(80))


class PublishedReport(Base):
    """A report whose leaves are in the public log and in the act index, completely."""

    __tablename__ = "published_reports"
    __table_args__ = (PrimaryKeyConstraint("project_id", "seq"),)

    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    digest: Mapped[Bytes32]
    log_size: Mapped[Int64]
    log_root: Mapped[Bytes32]
    acts: Mapped[Int64]
    quarantined: Mapped[Int64]
    published_at: Mapped[UtcTime]
