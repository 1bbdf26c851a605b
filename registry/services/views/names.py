"""Public names and texts beside the chain's hashes, and how amounts and days are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import AccountName, Document, ProjectName
from registry.domain.days import LAST_DAY, from_day
from registry.domain.ids import split_project_id
from registry.domain.serials import SerialRange, printed_batch, printed_project
from registry.domain.units import GRAMS_PER_TONNE

_LAST_VINTAGE = 9999
_LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account with the name its holder made public, if any."""

    address: str
    name_zh: str | None
    name_en: str | None


@dataclass(frozen=True, slots=True)
class PublicText:
    """A hash on chain, and the text behind it if that was made public."""

    sha256: bytes
    text: str | None


class AccountNames:
    """The public names of some accounts, asked for at once."""

    def __init__(self, session: Session, addresses: Iterable[str | None]) -> None:
        wanted = sorted({address for address in addresses if address})
        rows = session.scalars(select(AccountName).where(AccountName.account.in_(wanted))) if wanted else ()
        self._rows = {row.account: row for row in rows}

    def ref(self, address: str) -> AccountRef:
        row = self._rows.get(address)
        return AccountRef(address, row.name_zh if row else None, row.name_en if row else None)


class PublicTexts:
    """The public texts behind some hashes, asked for at once."""

    def __init__(self, session: Session, hashes: Iterable[bytes | None]) -> None:
        wanted = sorted({digest for digest in hashes if digest})
        rows = (
            session.execute(select(Document.sha256, Document.text).where(Document.sha256.in_(wanted))) if wanted else ()
        )
        self._texts: dict[bytes, str] = {row.sha256: row.text for row in rows}

    def of(self, digest: bytes) -> PublicText:
        return PublicText(digest, self._texts.get(digest))


def project_names(session: Session, project_ids: Iterable[int]) -> dict[int, ProjectName]:
    """The public names of some projects."""
    wanted = sorted(set(project_ids))
    rows = session.scalars(select(ProjectName).where(ProjectName.project_id.in_(wanted))) if wanted else ()
    return {row.project_id: row for row in rows}


def tonnes_text(grams: int) -> str:
    """Tonnes with six decimals, exact. Unlike `grams_to_tonnes_text` it also shows amounts that no credit can have,
    such as a ceiling of 2**64 - 1 grams."""
    tonnes, rest = divmod(grams, GRAMS_PER_TONNE)
    return f"{tonnes}.{rest:06d}"


def date_or_none(day: int) -> date | None:
    """The date of a day number; None for one after 9999-12-31, which the contracts admit and calendars here do not."""
    return from_day(day) if 0 <= day <= LAST_DAY else None


def time_or_none(seconds: int) -> datetime | None:
    """The time of seconds since 1970; None after the year 9999."""
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= _LAST_SECOND else None


def project_text(project_id: int) -> str:
    """The printed form of a project id."""
    return printed_project(project_id)


def batch_text(project_id: int, seq: int, vintage: int) -> str:
    """The printed form of a batch. A vintage after 9999, which no print has room for, leaves the plain id."""
    token = project_id << 64 | seq
    return printed_batch(token, vintage) if vintage <= _LAST_VINTAGE else str(token)


def serials_text(project_id: int, seq: int, vintage: int, start: int, end: int) -> str | None:
    """The printed form of a serial range; None for an empty one, or a vintage after 9999."""
    if start >= end or vintage > _LAST_VINTAGE:
        return None
    return SerialRange(project_id, seq, vintage, start, end).printed()


def jurisdiction_of_project(project_id: int) -> int:
    """The jurisdiction a project belongs to."""
    return split_project_id(project_id)[0]
