"""What a jurisdiction accepts of the others, as it stands now. Nothing is accepted that does not stand here."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import ProjectTerms, RecognisedMethodology, RecognitionTerms
from registry.services.views.jurisdictions import require_jurisdiction
from registry.services.views.names import PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.projects import ProjectRef, project_refs
from registry.services.views.state import Origin, Origins, as_of

# A definition hash is no kind of key that a cursor knows: the event that made a row names it just as well.
_METHODOLOGIES = Order(
    "recognised methodologies",
    (RecognisedMethodology.block_number, RecognisedMethodology.log_index),
    (Part.INT64, Part.INT64),
    lambda row: (row.block_number, row.log_index),
    descending=True,
)
_TERMS = Order(
    "recognition terms",
    (RecognitionTerms.block_number, RecognitionTerms.log_index),
    (Part.INT64, Part.INT64),
    lambda row: (row.block_number, row.log_index),
    descending=True,
)
_PROJECTS = Order("project terms", (ProjectTerms.project_id,), (Part.INT64,), lambda row: (row.project_id,))


@dataclass(frozen=True, slots=True)
class RecognisedMethodologyView:
    """A methodology of another jurisdiction that projects here may use, with the decision on it."""

    definition_hash: bytes
    decision: PublicText
    origin: Origin


@dataclass(frozen=True, slots=True)
class TermsView:
    """On which terms credits are accepted. The discount in basis points; the cap in grams before it, for one year.
    Times in seconds since 1970, as set."""

    discount_bps: int
    yearly_cap_grams: int
    valid_from_seconds: int
    valid_until_seconds: int


@dataclass(frozen=True, slots=True)
class CreditTermsView:
    """Terms for credits of an issuer under a methodology."""

    issuer: int
    definition_hash: bytes
    terms: TermsView
    origin: Origin


@dataclass(frozen=True, slots=True)
class ProjectTermsView:
    """What holds for one project alone: its own terms, or None: it is refused whatever the general terms say."""

    project: ProjectRef
    terms: TermsView | None
    origin: Origin


def recognised_methodologies(
    session: Session, jurisdiction: int, page: PageRequest = FIRST_PAGE
) -> Page[RecognisedMethodologyView]:
    """Newest first. Raises NotFound."""
    require_jurisdiction(session, jurisdiction)
    statement = select(RecognisedMethodology).where(RecognisedMethodology.jurisdiction == jurisdiction)
    found = slice_of(session, statement, _METHODOLOGIES, page)
    texts = PublicTexts(session, (row.document_hash for row in found.rows))
    origins = Origins(session, found.rows)
    views = tuple(
        RecognisedMethodologyView(row.definition_hash, texts.of(row.document_hash), origins.of(row))
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def recognition_terms(session: Session, jurisdiction: int, page: PageRequest = FIRST_PAGE) -> Page[CreditTermsView]:
    """Newest first. Raises NotFound."""
    require_jurisdiction(session, jurisdiction)
    statement = select(RecognitionTerms).where(RecognitionTerms.jurisdiction == jurisdiction)
    found = slice_of(session, statement, _TERMS, page)
    origins = Origins(session, found.rows)
    views = tuple(CreditTermsView(row.issuer, row.definition_hash, _terms(row), origins.of(row)) for row in found.rows)
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def project_terms(session: Session, jurisdiction: int, page: PageRequest = FIRST_PAGE) -> Page[ProjectTermsView]:
    """By project. Raises NotFound."""
    require_jurisdiction(session, jurisdiction)
    found = slice_of(session, select(ProjectTerms).where(ProjectTerms.jurisdiction == jurisdiction), _PROJECTS, page)
    refs = project_refs(session, [row.project_id for row in found.rows])
    origins = Origins(session, found.rows)
    views = tuple(
        ProjectTermsView(refs[row.project_id], None if row.excluded else _terms(row), origins.of(row))
        for row in found.rows
    )
    return Page(views, found.next_cursor, found.previous_cursor, as_of(session))


def _terms(row: RecognitionTerms | ProjectTerms) -> TermsView:
    return TermsView(row.discount_bps, row.yearly_cap_grams, row.valid_from_seconds, row.valid_until_seconds)
