"""Recognition: each methodology and each set of terms that stands."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import ProjectTerms, RecognisedMethodology, RecognitionTerms
from registry.services.comparison.asking import Chain, Comparison, fields, hexed


def compare_recognition(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Recognised methodologies, general terms, the terms of single projects."""
    for row in session.scalars(select(RecognisedMethodology)):
        answer = chain.ask("Recognition", "recognisesMethodology", row.jurisdiction, row.definition_hash)
        yield Comparison("recognition", f"{row.jurisdiction} {hexed(row.definition_hash)}", True, answer)
    for general in session.scalars(select(RecognitionTerms)):
        where = f"{general.jurisdiction} accepts {general.issuer} {hexed(general.definition_hash)}"
        answer = chain.ask("Recognition", "termsOf", general.jurisdiction, general.issuer, general.definition_hash)
        yield from fields("terms", where, _terms(general), answer, lambda stored: stored)
    for own in session.scalars(select(ProjectTerms)):
        where = f"{own.jurisdiction} accepts project {own.project_id}"
        answer = chain.ask("Recognition", "projectTermsOf", own.jurisdiction, own.project_id)
        database = {**_terms(own), "excluded": own.excluded}
        yield from fields(
            "terms", where, database, answer, lambda stored: {**stored.terms, "excluded": stored.excluded}
        )


def _terms(row: RecognitionTerms | ProjectTerms) -> dict[str, int]:
    return {
        "discountBps": row.discount_bps,
        "yearlyCapGrams": row.yearly_cap_grams,
        "validFrom": row.valid_from_seconds,
        "validUntil": row.valid_until_seconds,
    }
