"""Acts: leaves, proofs, and what became of their grams; provenance."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.accounts import Account
from api.schemas.common import (
    AddressText,
    Answer,
    BigId,
    Coded,
    Day,
    Event,
    Grams,
    Hex,
    Hex32,
    PageInfo,
    Schema,
    Tonnes,
    Words,
    WordsValue,
    derived,
)
from api.schemas.filings import Methodology, Project, ProjectName
from api.schemas.ledger import Batch, Cancellation, Holding, Invalidation, Report, Retirement


class Leaf(Schema):
    """What the 96 bytes of a leaf say. `quantity` is in the scenario's base unit."""

    version: int
    serial_start: Grams
    serial_end: Grams
    grams: Grams
    quantity: int
    occurred_on: Day
    scenario: int
    act_id: Hex32
    actor: Hex32


class Act(Schema):
    """A leaf of a project's log. `serials` is null for an act too small for a whole gram."""

    act_id: Hex32
    project: ProjectName
    leaf_index: int
    leaf_bytes: Hex
    leaf: Leaf
    serials: str | None


class ActList(Schema):
    """Acts that hold grams of a serial range, in order; their leaves lie in [first_leaf, end_leaf)."""

    items: list[Act]
    page_info: PageInfo
    first_leaf: int
    end_leaf: int


class ActListAnswer(Answer):
    """The acts of a serial range; null while the leaves of their report are not published."""

    acts: ActList | None


class InclusionProof(Schema):
    """RFC 6962: `hashes` lead from the leaf to `root` of the first `size` leaves, which report `seq` carries."""

    seq: int
    size: int
    root: Hex32
    hashes: list[Hex32]


class Quarantine(Schema):
    """A record that was set aside and not counted, and why."""

    project: ProjectName
    seq: int
    reason: str
    words: WordsValue


class Totals(Schema):
    """How much of a stretch is used."""

    grams: Grams
    tonnes: Tonnes = derived("grams")
    retired_grams: Grams
    cancelled_grams: Grams
    unused_grams: Grams


class CountedAct(Act):
    """A leaf with its hash and proofs: under the report that brought it and under the newest one."""

    leaf_hash: Hex32
    in_report: InclusionProof
    in_newest: InclusionProof


class ProofAnswer(Answer):
    """What a checker needs to verify that an act is in the log that oracles signed, and nothing else."""

    act_id: Hex32
    project_id: BigId
    leaf_index: int
    leaf_bytes: Hex
    leaf_hash: Hex32
    in_report: InclusionProof
    in_newest: InclusionProof


class SerialStretch(Schema):
    """A stretch of a project's number line: grams [start, end)."""

    project_id: BigId
    printed_project: str
    seq: int
    vintage: int
    start: Grams
    end: Grams
    grams: Grams
    tonnes: Tonnes = derived("grams")
    printed: str | None


class StepProof(Schema):
    """What proves a step."""

    kind: Literal["event", "signatures", "definition_hash", "log_inclusion"]
    words: Words
    contract: str | None
    event: str | None
    digest: Hex32 | None
    signers: list[AddressText]


class StepBase(Schema):
    """One thing on the way, the event that made it (null for a stretch of serials), and what proves it."""

    kind: str
    id: str
    href: str
    facts: Any
    origin: Event | None
    proofs: list[StepProof]
    grams_of_stretch: Grams | None = Field(description="Of a use: how much of what was asked about it took.")


class MethodologyStep(StepBase):
    kind: Literal["methodology"]
    facts: Methodology


class ProjectStep(StepBase):
    kind: Literal["project"]
    facts: Project


class ReportStep(StepBase):
    kind: Literal["report"]
    facts: Report


class BatchStep(StepBase):
    kind: Literal["batch"]
    facts: Batch


class SerialsStep(StepBase):
    kind: Literal["serials"]
    facts: SerialStretch


class ActStep(StepBase):
    kind: Literal["act"]
    facts: CountedAct


class AccountStep(StepBase):
    kind: Literal["account"]
    facts: Account


class RetirementStep(StepBase):
    kind: Literal["retirement", "offset"]
    facts: Retirement


class CancellationStep(StepBase):
    kind: Literal["cancellation"]
    facts: Cancellation


Step = Annotated[
    MethodologyStep
    | ProjectStep
    | ReportStep
    | BatchStep
    | SerialsStep
    | ActStep
    | AccountStep
    | RetirementStep
    | CancellationStep,
    Field(discriminator="kind"),
]


class ActAnswer(Answer):
    """An act: its leaf with proofs if it was counted, where it was set aside, and what its grams were used for."""

    act_id: Hex32
    counted: CountedAct | None
    report: Report | None
    outcome: Coded
    totals: Totals | None
    uses: list[Step]
    page_info: PageInfo
    quarantines: list[Quarantine]


class ProvenanceAnswer(Answer):
    """Where a credit came from (`down`, towards the acts) and where it went (`up`, towards the use), nearest first.

    `page_info` pages `up`, `acts.page_info` the acts. `holders` hold live credits of the batch, any of which may use
    the serials asked about: within a batch they are interchangeable.
    """

    kind: str
    id: str
    subject: Step | None
    outcome: Coded | None
    totals: Totals | None
    down: list[Step]
    acts: ActList | None
    up: list[Step]
    page_info: PageInfo
    holders: list[Holding]
    quarantines: list[Quarantine]
    invalidations: list[Invalidation]
