"""Oracle committees in all their epochs, suspended signers, disputes about reports, verified emissions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from registry.db.models import Committee, Dispute, EmissionFigure, ProposedCommittee, SignerSuspension
from registry.domain.errors import NotFound
from registry.services.views.jurisdictions import require_jurisdiction
from registry.services.views.names import AccountNames, AccountRef, PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.projects import ProjectRef, project_refs
from registry.services.views.state import Origin, Origins, as_of, origin_of

_EPOCHS = Order("epochs", (Committee.epoch,), (Part.INT64,), lambda row: (row.epoch,), descending=True)
_SUSPENSIONS = Order(
    "suspensions",
    (SignerSuspension.block_number, SignerSuspension.log_index),
    (Part.INT64, Part.INT64),
    lambda row: (row.block_number, row.log_index),
    descending=True,
)
_DISPUTES = Order(
    "disputes",
    (Dispute.block_number, Dispute.log_index),
    (Part.INT64, Part.INT64),
    lambda row: (row.block_number, row.log_index),
    descending=True,
)
_FIGURES = Order(
    "emissions",
    (EmissionFigure.account, EmissionFigure.year, EmissionFigure.revision),
    (Part.ADDRESS, Part.INT64, Part.INT64),
    lambda row: (row.account, row.year, row.revision),
)


@dataclass(frozen=True, slots=True)
class SeatsView:
    """The committee of one epoch; `due_at` is None but for one that waits to take office."""

    epoch: int
    quorum: int
    dispute_seconds: int
    activation_seconds: int
    signers: tuple[str, ...]
    due_at: datetime | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class SuspensionView:
    """A signer who was proved to have signed two reports in one place. `reinstatement` is why it may sign again."""

    signer: str
    project: ProjectRef
    seq: int
    first_digest: bytes
    second_digest: bytes
    proved_by: str
    reinstatement: PublicText | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute about a report, named by its digest; `upheld` is None while the arbiters have not decided."""

    project: ProjectRef
    seq: int
    digest: bytes
    disputed_by: str
    evidence_hash: bytes
    upheld: bool | None
    findings_hash: bytes | None
    arbiters: tuple[str, ...]
    resolved_at: datetime | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class FigureView:
    """Verified emissions of an account and year; the highest revision of a year counts."""

    account: AccountRef
    year: int
    revision: int
    grams: int
    evidence_hash: bytes
    digest: bytes
    epoch: int
    signers: tuple[str, ...]
    verified_at: datetime
    origin: Origin


def committees(session: Session, jurisdiction: int, page: PageRequest = FIRST_PAGE) -> Page[SeatsView]:
    """The committees of a jurisdiction, the one in office first. Raises NotFound."""
    require_jurisdiction(session, jurisdiction)
    statement = select(Committee).where(Committee.jurisdiction == jurisdiction).options(selectinload(Committee.signers))
    found = slice_of(session, statement, _EPOCHS, page)
    origins = Origins(session, found.rows)
    views = tuple(_seats(row, tuple(seat.signer for seat in row.signers), None, origins.of(row)) for row in found.rows)
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def proposed_committee(session: Session, jurisdiction: int) -> SeatsView:
    """The committee that waits for the approval of the one in office. Raises NotFound."""
    row = session.get(ProposedCommittee, jurisdiction)
    if row is None:
        raise NotFound(kind="proposed committee of jurisdiction", id=f"{jurisdiction:06d}")
    return _seats(row, tuple(json.loads(row.signers)), row.due_at, origin_of(session, row))


def suspensions(session: Session, jurisdiction: int, page: PageRequest = FIRST_PAGE) -> Page[SuspensionView]:
    """Suspensions of signers, newest first, those that ended too. Raises NotFound."""
    require_jurisdiction(session, jurisdiction)
    statement = select(SignerSuspension).where(SignerSuspension.jurisdiction == jurisdiction)
    found = slice_of(session, statement, _SUSPENSIONS, page)
    refs = project_refs(session, [row.project_id for row in found.rows])
    texts = PublicTexts(session, (row.reinstatement_hash for row in found.rows))
    origins = Origins(session, found.rows)
    views = tuple(
        SuspensionView(
            signer=row.signer,
            project=refs[row.project_id],
            seq=row.seq,
            first_digest=row.first_digest,
            second_digest=row.second_digest,
            proved_by=row.proved_by,
            reinstatement=texts.of(row.reinstatement_hash) if row.reinstatement_hash else None,
            origin=origins.of(row),
        )
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def disputes(
    session: Session, page: PageRequest = FIRST_PAGE, *, project_id: int | None = None, open_only: bool = False
) -> Page[DisputeView]:
    """Disputes about reports, newest first."""
    statement = select(Dispute)
    if project_id is not None:
        statement = statement.where(Dispute.project_id == project_id)
    if open_only:
        statement = statement.where(Dispute.upheld.is_(None))
    found = slice_of(session, statement, _DISPUTES, page)
    refs = project_refs(session, [row.project_id for row in found.rows])
    origins = Origins(session, found.rows)
    views = tuple(
        DisputeView(
            project=refs[row.project_id],
            seq=row.seq,
            digest=row.digest,
            disputed_by=row.disputed_by,
            evidence_hash=row.evidence_hash,
            upheld=row.upheld,
            findings_hash=row.findings_hash,
            arbiters=tuple(json.loads(row.arbiters)) if row.arbiters else (),
            resolved_at=row.resolved_at,
            origin=origins.of(row),
        )
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def figures(
    session: Session, page: PageRequest = FIRST_PAGE, *, account: str | None = None, year: int | None = None
) -> Page[FigureView]:
    """Verified emissions, by account, year and revision."""
    statement = select(EmissionFigure)
    if account is not None:
        statement = statement.where(EmissionFigure.account == account)
    if year is not None:
        statement = statement.where(EmissionFigure.year == year)
    found = slice_of(session, statement, _FIGURES, page)
    names = AccountNames(session, [row.account for row in found.rows])
    origins = Origins(session, found.rows)
    views = tuple(
        FigureView(
            account=names.ref(row.account),
            year=row.year,
            revision=row.revision,
            grams=row.grams,
            evidence_hash=row.evidence_hash,
            digest=row.digest,
            epoch=row.epoch,
            signers=tuple(json.loads(row.signers)),
            verified_at=row.verified_at,
            origin=origins.of(row),
        )
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def _seats(
    row: Committee | ProposedCommittee, signers: tuple[str, ...], due_at: datetime | None, origin: Origin
) -> SeatsView:
    return SeatsView(row.epoch, row.quorum, row.dispute_seconds, row.activation_seconds, signers, due_at, origin)
