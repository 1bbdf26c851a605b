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


class Amounts(Schema):
    """The four quantities of an obligation."""

    initial_allocation_grams: Grams
    issued_allowances_grams: Grams
    verified_emissions_grams: Grams
    amount_due_grams: Grams


class Obligation(Schema):
    """What an enterprise owes for a year, under the rules in force; cap and headroom are null where none are set."""

    account: NamedAccount
    jurisdiction: int
    year: int
    amounts: Amounts
    local_used_grams: Grams
    other_used_grams: Grams
    used_grams: Grams
    used_tonnes: Tonnes = derived("used_grams")
    cap_grams: Grams | None
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
    """What may still be offset from one batch, and the rule that binds: the contract's own answer at `block_number`
    or later. `local_share_headroom_grams` is null where that rule does not limit."""

    account: AddressText
    year: int
    batch_id: BigId
    grams: Grams
    tonnes: Tonnes
    binding: CodedValue
    rule_version: int
    cap_grams: Grams
    cap_headroom_grams: Grams
    local_share_headroom_grams: Grams | None
    balance_grams: Grams
    block_number: int
