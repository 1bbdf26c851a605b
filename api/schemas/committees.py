"""Committees, suspensions, disputes, verified emissions."""

from __future__ import annotations

from datetime import datetime

from api.schemas.common import (
    AddressText,
    Answer,
    Event,
    Grams,
    HashedText,
    Hex32,
    NamedAccount,
    PageOf,
    Schema,
    Tonnes,
    derived,
)
from api.schemas.filings import ProjectName


class Seats(Schema):
    """The oracle committee of one epoch; those of jurisdiction 0 are the arbiters. `due_at`: of a proposed one."""

    epoch: int
    quorum: int
    dispute_seconds: int
    activation_seconds: int
    signers: list[AddressText]
    due_at: datetime | None
    origin: Event


class SeatsPage(PageOf[Seats]):
    """Committees, the newest epoch first."""


class ProposedSeatsAnswer(Answer):
    """The committee that waits for the approval of the one in office."""

    committee: Seats


class Suspension(Schema):
    """A signer who was proved to have signed two reports in one place; null `reinstatement`: it still may not sign."""

    signer: AddressText
    project: ProjectName
    seq: int
    first_digest: Hex32
    second_digest: Hex32
    proved_by: AddressText
    reinstatement: HashedText | None
    origin: Event


class SuspensionPage(PageOf[Suspension]):
    """Suspensions, newest first."""


class Dispute(Schema):
    """A dispute about a report, named by its digest; `upheld` is null while the arbiters have not decided."""

    project: ProjectName
    seq: int
    digest: Hex32
    disputed_by: AddressText
    evidence_hash: Hex32
    upheld: bool | None
    findings_hash: Hex32 | None
    arbiters: list[AddressText]
    resolved_at: datetime | None
    origin: Event


class DisputePage(PageOf[Dispute]):
    """Disputes, newest first."""


class EmissionFigure(Schema):
    """Verified emissions of an account and year, as a quorum signed them; the highest revision counts."""

    account: NamedAccount
    year: int
    revision: int
    grams: Grams
    tonnes: Tonnes = derived("grams")
    evidence_hash: Hex32
    digest: Hex32
    epoch: int
    signers: list[AddressText]
    verified_at: datetime
    origin: Event


class EmissionFigurePage(PageOf[EmissionFigure]):
    """Verified emissions, by account, year and revision."""
