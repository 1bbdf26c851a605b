"""Texts that the chain knows only by hash, and public names. Not derived: a rebuild leaves them alone.

They refer to things on chain by id without a foreign key, because they may come before the event and outlive a rebuild.
"""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Address, Base, Blob, Bytes32, Int64, LongText, UtcTime


class Document(Base):
    """A public text by its hash: SHA-256(salt || UTF-8 text); no salt for texts that are public from the start."""

    __tablename__ = "documents"
    __table_args__ = (Index(None, "kind"),)

    sha256: Mapped[Bytes32] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[LongText]
    salt: Mapped[Blob | None]
    added_at: Mapped[UtcTime]


class MethodologyDefinition(Base):
    """The definition of a methodology: canonical JSON whose SHA-256 is the key under which it is filed."""

    __tablename__ = "methodology_definitions"

    definition_hash: Mapped[Bytes32] = mapped_column(primary_key=True)
    definition: Mapped[LongText]
    added_at: Mapped[UtcTime]


class AccountName(Base):
    """The name of an account whose holder wants it public. Accounts of persons have none."""

    __tablename__ = "account_names"

    account: Mapped[Address] = mapped_column(primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str | None] = mapped_column(String(200))
    added_at: Mapped[UtcTime]


class ProjectName(Base):
    """The public name of a project; `illustration` says what in its figures is an example and no fact."""

    __tablename__ = "project_names"

    project_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str | None] = mapped_column(String(200))
    illustration: Mapped[LongText | None]
    added_at: Mapped[UtcTime]
