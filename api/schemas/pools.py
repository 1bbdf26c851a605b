"""Pools with their line, provisional offsets, and what a jurisdiction accepts of others."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.common import (
    Answer,
    BigId,
    Event,
    Grams,
    HashedText,
    Hex32,
    NamedAccount,
    PageOf,
    Schema,
    SecondsTime,
    Tonnes,
    derived,
)
from api.schemas.filings import ProjectName
from api.schemas.ledger import BatchName


class Pool(Schema):
    """What the accounts of a jurisdiction together may offset for a year, in counted grams.

    `pool_grams` is null where the rules in force have no pool any more; `free_grams` were asked for by nobody;
    `waiting_grams` are asked for beyond what there is.
    """

    jurisdiction: int
    year: int
    pool_grams: Grams | None
    used_grams: Grams
    free_grams: Grams
    waiting_grams: Grams


class PoolPage(PageOf[Pool]):
    """Pools, by jurisdiction and year."""


class PoolAnswer(Answer):
    """One pool."""

    pool: Pool


class Reservation(Schema):
    """What is left of a reservation, what of it can be offset now, and what waits before it."""

    account: NamedAccount
    grams: Grams
    granted_grams: Grams
    ahead_grams: Grams
    origin: Event


class ReservationPage(PageOf[Reservation]):
    """Reservations in the order of the line."""


class ProvisionalLine(Schema):
    """Grams of one batch, and what they count for after the discount of a recognition."""

    batch: BatchName
    grams: Grams
    counted_grams: Grams
    local: bool
    preferred: bool


class ProvisionalOffset(Schema):
    """An offset that can be reversed until a time, and is retired by whoever comes after it."""

    offset_id: BigId
    account: NamedAccount
    year: int
    rule_version: int
    state: Annotated[str, Field(json_schema_extra={"enum": ["open", "reversed", "final"]})]
    reversible_until: SecondsTime = derived("reversible_until_seconds")
    lines: list[ProvisionalLine]
    counted_grams: Grams
    counted_tonnes: Tonnes = derived("counted_grams")
    beneficiary: Hex32
    statement: HashedText
    reason: HashedText | None
    first_retirement_id: BigId | None
    origin: Event


class ProvisionalOffsetPage(PageOf[ProvisionalOffset]):
    """Provisional offsets, newest first."""


class ProvisionalOffsetAnswer(Answer):
    """One provisional offset."""

    offset: ProvisionalOffset


class RecognisedMethodology(Schema):
    """A methodology of another jurisdiction that projects here may use, with the decision on it."""

    definition_hash: Hex32
    decision: HashedText
    origin: Event


class RecognisedMethodologyPage(PageOf[RecognisedMethodology]):
    """Recognised methodologies, newest first."""


class Terms(Schema):
    """On which terms credits are accepted: the discount in basis points, the cap in grams before it, for one year."""

    discount_bps: int
    yearly_cap_grams: Grams
    valid_from: SecondsTime = derived("valid_from_seconds")
    valid_until: SecondsTime = derived("valid_until_seconds")


class CreditTerms(Schema):
    """Terms for credits of an issuer under a methodology."""

    issuer: int
    definition_hash: Hex32
    terms: Terms
    origin: Event


class CreditTermsPage(PageOf[CreditTerms]):
    """Terms for credits, newest first."""


class ProjectTerms(Schema):
    """What holds for one project alone: its own terms; null: it is refused whatever the general terms say."""

    project: ProjectName
    terms: Terms | None
    origin: Event


class ProjectTermsPage(PageOf[ProjectTerms]):
    """Terms of single projects, by project."""
