"""Filed methodologies, with the definition behind the hash where it is public here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import Methodology, MethodologyDefinition, MethodologyStatusChange, Project
from registry.domain import methodology as definitions
from registry.domain.errors import IntegrityError, InvalidMethodology, NotFound
from registry.domain.rules import FilingStatus
from registry.services.views.names import PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import Origin, Origins, as_of

STATUS_CHANGES_SHOWN_MAX = 50

_ORDER = Order(
    "methodologies",
    (Methodology.methodology_id, Methodology.version),
    (Part.TEXT, Part.INT64),
    lambda row: (row.methodology_id, row.version),
)


@dataclass(frozen=True, slots=True)
class MethodologyRef:
    """A methodology by its hash, with its short name."""

    definition_hash: bytes
    methodology_id: str
    version: int
    title_zh: str | None
    title_en: str | None


@dataclass(frozen=True, slots=True)
class MethodologyView:
    """A methodology in one version. `definition_known` says whether the definition can be read here."""

    definition_hash: bytes
    jurisdiction: int
    methodology_id: str
    version: int
    title_zh: str | None
    title_en: str | None
    grade: str | None
    weakest_grade: str | None
    document_hash: bytes
    status: FilingStatus
    """As of the answer's block: an emergency suspension ends by time."""
    suspended_until: datetime | None
    """End of the last emergency suspension, if the Desk did not make it its own."""
    projects: int
    definition_known: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A change of status with its reason, whose text may be public."""

    previous_status: FilingStatus
    status: FilingStatus
    suspended_until: datetime | None
    """Only an emergency suspension has an end."""
    reason: PublicText
    by: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class MethodologyDetail:
    """A methodology with its definition: canonical JSON whose SHA-256 was compared with the filed hash just now."""

    methodology: MethodologyView
    definition: dict[str, Any] | None
    rules: definitions.Methodology | None
    """The definition as it is read; None if it is not known here, or of another format."""
    status_changes: tuple[StatusChange, ...]

    @property
    def illustration(self) -> definitions.Text | None:
        return self.rules.illustration if self.rules else None

    @property
    def scenarios(self) -> tuple[definitions.Scenario, ...] | None:
        return self.rules.scenarios if self.rules else None

    @property
    def parameters(self) -> tuple[definitions.Parameter, ...] | None:
        return self.rules.parameters if self.rules else None


def methodologies(
    session: Session, page: PageRequest = FIRST_PAGE, *, jurisdiction: int | None = None
) -> Page[MethodologyView]:
    """Filed methodologies, by id and version."""
    statement = select(Methodology)
    if jurisdiction is not None:
        statement = statement.where(Methodology.jurisdiction == jurisdiction)
    found = slice_of(session, statement, _ORDER, page)
    return Page(methodology_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def methodology(session: Session, definition_hash: bytes) -> MethodologyDetail:
    """One methodology. Raises NotFound, IntegrityError if the stored definition is not the filed one."""
    row = session.get(Methodology, definition_hash)
    if row is None:
        raise NotFound(kind="methodology", id="0x" + definition_hash.hex())
    changes = session.scalars(
        select(MethodologyStatusChange)
        .where(MethodologyStatusChange.definition_hash == definition_hash)
        .order_by(MethodologyStatusChange.block_number.desc(), MethodologyStatusChange.log_index.desc())
        .limit(STATUS_CHANGES_SHOWN_MAX)
    ).all()
    definition = _definitions(session, [definition_hash]).get(definition_hash)
    return MethodologyDetail(
        methodology=methodology_views(session, [row])[0],
        definition=definition,
        rules=_rules(definition),
        status_changes=status_changes(session, changes),
    )


def methodology_refs(session: Session, hashes: Sequence[bytes]) -> dict[bytes, MethodologyRef]:
    """Short names of some methodologies."""
    rows = session.scalars(select(Methodology).where(Methodology.definition_hash.in_(sorted(set(hashes))))).all()
    definitions = _definitions(session, [row.definition_hash for row in rows])
    return {
        row.definition_hash: MethodologyRef(
            row.definition_hash, row.methodology_id, row.version, *_titles(definitions.get(row.definition_hash))
        )
        for row in rows
    }


def methodology_views(session: Session, rows: Sequence[Methodology]) -> tuple[MethodologyView, ...]:
    """Methodologies as shown, in the order of the rows. Raises IntegrityError."""
    hashes = [row.definition_hash for row in rows]
    definitions = _definitions(session, hashes)
    counted = dict(
        session.execute(
            select(Project.definition_hash, func.count())
            .where(Project.definition_hash.in_(hashes))
            .group_by(Project.definition_hash)
        ).all()
    )
    origins = Origins(session, rows)
    now = as_of(session).block_time
    views = []
    for row in rows:
        definition = definitions.get(row.definition_hash)
        title_zh, title_en = _titles(definition)
        rules = _rules(definition)
        views.append(
            MethodologyView(
                definition_hash=row.definition_hash,
                jurisdiction=row.jurisdiction,
                methodology_id=row.methodology_id,
                version=row.version,
                title_zh=title_zh,
                title_en=title_en,
                grade=rules.grade.value if rules else None,
                weakest_grade=rules.weakest_grade.value if rules else None,
                document_hash=row.document_hash,
                status=row.status_at(now),
                suspended_until=row.suspended_until,
                projects=counted.get(row.definition_hash, 0),
                definition_known=definition is not None,
                origin=origins.of(row),
            )
        )
    return tuple(views)


def status_changes(session: Session, rows: Sequence[Any]) -> tuple[StatusChange, ...]:
    """Changes of a filing's status as shown, in the order of the rows."""
    origins = Origins(session, rows)
    texts = PublicTexts(session, (row.reason_hash for row in rows))
    return tuple(
        StatusChange(
            previous_status=FilingStatus(row.previous_status),
            status=FilingStatus(row.status),
            suspended_until=row.suspended_until,
            reason=texts.of(row.reason_hash),
            by=row.by,
            origin=origins.of(row),
        )
        for row in rows
    )


def _definitions(session: Session, hashes: Sequence[bytes]) -> dict[bytes, dict[str, Any]]:
    rows = session.scalars(select(MethodologyDefinition).where(MethodologyDefinition.definition_hash.in_(hashes)))
    found = {}
    for row in rows:
        # The text is kept beside the chain; what is shown under a filed hash must be what was filed.
        if hashlib.sha256(row.definition.encode()).digest() != row.definition_hash:
            raise IntegrityError(
                what=f"The definition of methodology 0x{row.definition_hash.hex()}",
                problem="its SHA-256 is not the filed hash",
            )
        found[row.definition_hash] = json.loads(row.definition)
    return found


def _rules(definition: dict[str, Any] | None) -> definitions.Methodology | None:
    try:
        return None if definition is None else definitions.methodology_of(definition)
    except InvalidMethodology:
        # Filed by a program of another version: shown as it is, and not explained.
        return None


def _titles(definition: dict[str, Any] | None) -> tuple[str | None, str | None]:
    title = definition.get("title") if definition else None
    if not isinstance(title, dict):
        return None, None
    return title.get("zh"), title.get("en")
