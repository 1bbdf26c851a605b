"""Reports, batches, holdings, and what is taken from a batch: retirements, offsets, cancellations."""

from __future__ import annotations

from datetime import datetime

from api.schemas.common import (
    AddressText,
    Answer,
    BigId,
    CodedValue,
    Day,
    Event,
    Grams,
    HashedText,
    Hex32,
    NamedAccount,
    PageOf,
    Schema,
    SecondsTime,
    Tonnes,
    WordsValue,
    derived,
)
from api.schemas.filings import ProjectName


class Publication(Schema):
    """When the leaves of a report became public, and how many records were counted and set aside."""

    acts: int
    quarantined: int
    published_at: datetime


class Report(Schema):
    """What a quorum of oracles signed about one period of one project. Serials are [serial_start, serial_end)."""

    project: ProjectName
    seq: int
    period_start: Day = derived("period_start_day")
    period_end: Day = derived("period_end_day")
    vintage: int
    methodology_hash: Hex32
    evidence_hash: Hex32
    log_root: Hex32
    log_size: int
    serial_start: Grams
    serial_end: Grams
    grams: Grams
    tonnes: Tonnes = derived("grams")
    prev_digest: Hex32
    digest: Hex32
    valid_until: SecondsTime = derived("valid_until_seconds")
    epoch: int
    final_at: datetime
    status: CodedValue
    signers: list[AddressText]
    quorum: int | None
    committee_size: int | None
    publication: Publication | None
    issued: bool
    origin: Event


class ReportPage(PageOf[Report]):
    """Reports, by project and seq."""


class QuarantineCount(Schema):
    """How many records were set aside for one reason."""

    reason: str
    records: int
    label: WordsValue


class ReportAnswer(Answer):
    """A report with the reasons why records were set aside."""

    report: Report
    quarantine: list[QuarantineCount]


class BatchName(Schema):
    """A batch by its token id, with its printed form."""

    batch_id: BigId
    printed: str
    project_id: BigId
    seq: int
    vintage: int


class Batch(Schema):
    """The credits issued from one report. Serials from `serial_start` are retired in order, from the end cancelled."""

    batch_id: BigId
    printed: str
    serials: str | None
    project: ProjectName
    seq: int
    vintage: int
    serial_start: Grams
    serial_end: Grams
    next_serial: Grams
    issued_grams: Grams
    issued_tonnes: Tonnes = derived("issued_grams")
    retired_grams: Grams
    retired_tonnes: Tonnes = derived("retired_grams")
    cancelled_grams: Grams
    cancelled_tonnes: Tonnes = derived("cancelled_grams")
    live_grams: Grams
    live_tonnes: Tonnes = derived("live_grams")
    held: bool
    origin: Event


class BatchPage(PageOf[Batch]):
    """Batches, by project and seq."""


class Allocation(Schema):
    """What one account received when the batch was issued."""

    account: NamedAccount
    grams: Grams
    tonnes: Tonnes = derived("grams")


class Invalidation(Schema):
    """Grams of a batch found invalid. Of recalled and used ones `open_grams` are not yet replaced, settled, given up or
    waived, and the developer owes them. Retirements of the batch stay what they are."""

    invalidation_id: int
    batch: BatchName
    developer: NamedAccount
    grams: Grams
    tonnes: Tonnes = derived("grams")
    cancelled_at_once_grams: Grams
    recalled_grams: Grams
    used_grams: Grams
    recall_complete: bool
    replaced_grams: Grams
    settled_grams: Grams
    waived_grams: Grams
    given_up_grams: Grams
    open_grams: Grams
    words: WordsValue
    reason: HashedText
    origin: Event


class BatchAnswer(Answer):
    """A batch with its allocation, and what was found wrong with it."""

    batch: Batch
    allocations: list[Allocation]
    invalidations: list[Invalidation]


class Holding(Schema):
    """Grams of a batch that an account holds now; locked, frozen and recalled ones are not available. `origin` is the
    last change."""

    account: NamedAccount
    batch: BatchName
    grams: Grams
    tonnes: Tonnes = derived("grams")
    available_grams: Grams
    locked_grams: Grams
    frozen_grams: Grams
    recalled_grams: Grams
    origin: Event


class HoldingPage(PageOf[Holding]):
    """Holdings of a batch by account, or of an account by batch."""


class OffsetOf(Schema):
    """The obligation that a retirement counts against, and the version of the rules that was applied."""

    year: int
    rule_version: int
    local: bool


class Retirement(Schema):
    """Grams used for a claim, for ever. `beneficiary` is a salted commitment that its holder can open."""

    retirement_id: BigId
    account: NamedAccount
    project: ProjectName
    batch: BatchName
    serials: str | None
    serial_start: Grams
    serial_end: Grams
    grams: Grams
    tonnes: Tonnes = derived("grams")
    purpose: CodedValue
    beneficiary: Hex32
    statement: HashedText
    by: AddressText
    offset: OffsetOf | None
    origin: Event


class RetirementPage(PageOf[Retirement]):
    """Retirements, newest first."""


class RetirementAnswer(Answer):
    """One retirement."""

    retirement: Retirement


class Offset(Schema):
    """A retirement that counts against an obligation. `counted_grams` are after the discount of a recognition."""

    year: int
    rule_version: int
    local: bool
    preferred: bool
    counted_grams: Grams
    retirement: Retirement


class OffsetPage(PageOf[Offset]):
    """Offsets, newest first."""


class OffsetAnswer(Answer):
    """One offset."""

    offset: Offset


class Cancellation(Schema):
    """Grams made invalid, from the end of a batch."""

    account: NamedAccount
    batch: BatchName
    serials: str | None
    serial_start: Grams
    serial_end: Grams
    grams: Grams
    tonnes: Tonnes = derived("grams")
    reason: HashedText
    origin: Event
