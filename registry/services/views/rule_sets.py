"""Offset rules of a jurisdiction and year, every version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import RuleSet
from registry.domain.mechanisms import Mechanism
from registry.domain.rules import CapBase
from registry.services.views.names import PublicText, PublicTexts
from registry.services.views.state import Origin, Origins

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class RuleSetView:
    """One version of the rules. Shares in basis points, times in seconds since 1970 (they may lie after 9999).

    `methodologies` is None where any is accepted, `pool_grams` where there is no pool.
    """

    jurisdiction: int
    year: int
    version: int
    cap_base: CapBase
    cap_bps: int
    non_local_cap_bps: int
    local_share_min_bps: int
    preferred_share_min_bps: int
    preference_areas: tuple[int, ...]
    first_vintage: int
    last_vintage: int
    mechanisms: tuple[Mechanism, ...]
    methodologies: tuple[bytes, ...] | None
    own_boundary_excluded: bool
    pool_grams: int | None
    reservable_until_seconds: int
    granularity_grams: int
    opens_at_seconds: int
    deadline_seconds: int
    reversal_seconds: int
    document: PublicText
    origin: Origin


def rule_set_views(session: Session, rows: Sequence[RuleSet]) -> tuple[RuleSetView, ...]:
    """Rule sets as shown, in the order of the rows."""
    origins = Origins(session, rows)
    texts = PublicTexts(session, (row.document_hash for row in rows))
    return tuple(
        RuleSetView(
            jurisdiction=row.jurisdiction,
            year=row.year,
            version=row.version,
            cap_base=CapBase(row.cap_base),
            cap_bps=row.cap_bps,
            non_local_cap_bps=row.non_local_cap_bps,
            local_share_min_bps=row.local_share_min_bps,
            preferred_share_min_bps=row.preferred_share_min_bps,
            preference_areas=tuple(json.loads(row.preference_areas)),
            first_vintage=row.first_vintage,
            last_vintage=row.last_vintage,
            mechanisms=tuple(mechanism for mechanism in Mechanism if row.mechanisms >> (mechanism - 1) & 1),
            methodologies=_methodologies(row),
            own_boundary_excluded=row.own_boundary_excluded,
            pool_grams=row.pool_grams if row.pooled else None,
            reservable_until_seconds=row.reservable_until_seconds,
            granularity_grams=row.granularity_grams,
            opens_at_seconds=row.opens_at_seconds,
            deadline_seconds=row.deadline_seconds,
            reversal_seconds=row.reversal_seconds,
            document=texts.of(row.document_hash),
            origin=origins.of(row),
        )
        for row in rows
    )


def _methodologies(row: RuleSet) -> tuple[bytes, ...] | None:
    if not row.methodologies_listed:
        return None
    return tuple(bytes.fromhex(text[2:]) for text in json.loads(row.methodologies))


def rule_set_in_force(session: Session, jurisdiction: int, year: int) -> RuleSetView | None:
    """The newest version for a jurisdiction and year; None where none was set."""
    row = session.scalars(
        select(RuleSet)
        .where(RuleSet.jurisdiction == jurisdiction, RuleSet.year == year)
        .order_by(RuleSet.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else rule_set_views(session, [row])[0]
