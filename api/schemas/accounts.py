"""Accounts and what moves in them, and obligations with their quote."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.common import (
    AddressText,
    Answer,
    BigId,
    CodedValue,
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
from api.schemas.filings import RuleSet
from api.schemas.ledger import BatchName


class Account(NamedAccount):
    """An account: an address without a key. Its holder is known on chain by a salted commitment alone."""

    jurisdiction: int
    number: BigId
    kind: CodedValue
    status: CodedValue
    frozen_until: datetime | None
    dual_control: bool
    confirms_receipts: bool
    identity_commitment: Hex32
    held_grams: Grams
    held_tonnes: Tonnes = derived("held_grams")
    origin: Event


class AccountPage(PageOf[Account]):
    """Accounts, by jurisdiction and number."""


class Agent(Schema):
    """A person who acts for an account, with the rights it has."""

    agent: AddressText
    initiate: bool
    approve: bool
    read: bool


class AccountStatusChange(Schema):
    """A change of an account's status with its reason."""

    previous_status: CodedValue
    status: CodedValue
    frozen_until: datetime | None
    reason: HashedText
    by: AddressText
    origin: Event


class AccountAnswer(Answer):
    """An account with its agents and the newest changes of its status."""

    account: Account
    agents: list[Agent]
    status_changes: list[AccountStatusChange]


class Movement(Schema):
    """One movement of an account's credits. Only retirements and cancellations have serials."""

    kind: Annotated[
        str, Field(json_schema_extra={"enum": ["issue", "transfer_in", "transfer_out", "retirement", "cancellation"]})
    ]
    batch: BatchName
    grams: Grams
    tonnes: Tonnes = derived("grams")
    counterparty: NamedAccount | None
    retirement_id: BigId | None
    serials: str | None
    origin: Event


class MovementPage(PageOf[Movement]):
    """Movements, newest first."""


class Pledge(Schema):
    """Grams that an account pledged to another; `left_grams` are still pledged, 0: it is over."""

    pledge_id: BigId
    account: NamedAccount
    pledgee: NamedAccount
    batch: BatchName
    grams: Grams
    tonnes: Tonnes = derived("grams")
    left_grams: Grams
    reference_hash: Hex32
    origin: Event


class PledgePage(PageOf[Pledge]):
    """Pledges, newest first."""


class Amounts(Schema):
    """The four quantities of an obligation."""

    initial_allocation_grams: Grams
    issued_allowances_grams: Grams
    verified_emissions_grams: Grams
    amount_due_grams: Grams


class Obligation(Schema):
    """What an enterprise owes for a year, under the rules in force; caps and headroom are null where none are set.

    Used grams are counted ones, after the discount of a recognition; preferred ones are a part of the local ones,
    provisional ones of all.
    """

    account: NamedAccount
    jurisdiction: int
    year: int
    amounts: Amounts
    local_used_grams: Grams
    other_used_grams: Grams
    used_grams: Grams
    used_tonnes: Tonnes = derived("used_grams")
    preferred_used_grams: Grams
    provisional_grams: Grams
    surrendered_grams: Grams
    missing_grams: Grams
    fulfilment: CodedValue
    cap_grams: Grams | None
    non_local_cap_grams: Grams | None
    cap_headroom_grams: Grams | None
    rule_set: RuleSet | None
    origin: Event


class ObligationPage(PageOf[Obligation]):
    """Obligations, by account and year."""


class ObligationChange(Schema):
    """One setting of an obligation."""

    amounts: Amounts
    origin: Event


class ObligationAnswer(Answer):
    """An obligation with its settings, newest first."""

    obligation: Obligation
    changes: list[ObligationChange]


class Quote(Schema):
    """What may still be offset from one batch, and the rule that binds: the contract's own answer at `block_number`.

    Headrooms are what each rule alone leaves, in grams of the batch before the discount; null where the rule does not
    limit. `counted_grams` is what `grams` count for after the discount.
    """

    account: AddressText
    year: int
    batch_id: BigId
    grams: Grams
    tonnes: Tonnes
    counted_grams: Grams
    binding: CodedValue
    rule_version: int
    local: bool
    preferred: bool
    provisional: bool
    discount_bps: int
    cap_grams: Grams
    non_local_cap_grams: Grams
    cap_headroom_grams: Grams | None
    non_local_cap_headroom_grams: Grams | None
    local_share_headroom_grams: Grams | None
    pool_headroom_grams: Grams | None
    recognition_headroom_grams: Grams | None
    balance_grams: Grams
    block_number: int
