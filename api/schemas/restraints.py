"""Grams found invalid and what is done about them; orders against holders."""

from __future__ import annotations

from api.schemas.common import (
    AddressText,
    Answer,
    BigId,
    CodedValue,
    Event,
    Grams,
    HashedText,
    NamedAccount,
    PageOf,
    Schema,
)
from api.schemas.ledger import BatchName, Invalidation


class InvalidationPage(PageOf[Invalidation]):
    """Invalidations, newest first."""


class Recall(Schema):
    """What was recalled of one holder, and how much of it is open."""

    holder: NamedAccount
    grams: Grams
    open_grams: Grams


class Discharge(Schema):
    """One step by which what is owed became less. `holder` is null for used grams."""

    kind: CodedValue
    holder: NamedAccount | None
    payer: NamedAccount | None
    replacement: BatchName | None
    retirement_id: BigId | None
    grams: Grams
    reason: HashedText | None
    by: AddressText | None
    origin: Event


class InvalidationAnswer(Answer):
    """An invalidation with its holders and what was done for them, oldest first, of each at most 1,000."""

    invalidation: Invalidation
    recalls: list[Recall]
    discharges: list[Discharge]


class LiabilityAnswer(Answer):
    """What a developer owes over all its invalidations; above 0 nothing is issued for its projects."""

    developer: NamedAccount
    open_grams: Grams
    invalidations: list[Invalidation]


class HolderOrder(Schema):
    """An order against a holder: so many grams are frozen from then on, or (with a receiver) were moved."""

    account: NamedAccount
    receiver: NamedAccount | None
    batch: BatchName
    grams: Grams
    previous_grams: Grams
    reason: HashedText
    origin: Event


class HolderOrderPage(PageOf[HolderOrder]):
    """Orders against holders, newest first."""
