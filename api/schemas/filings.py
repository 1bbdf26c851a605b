"""Jurisdictions, methodologies, projects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
    Words,
    derived,
)
from api.schemas.methodologies import MethodologyParameter, MethodologyScenario


class Jurisdiction(Schema):
    """A jurisdiction by its GB/T 2260 code; 0 is the network council."""

    code: int
    name: HashedText
    accounts: int
    projects: int
    origin: Event


class JurisdictionPage(PageOf[Jurisdiction]):
    """Jurisdictions, by code."""


class Member(Schema):
    """A role held now."""

    role: CodedValue
    member: AddressText


class Committee(Schema):
    """The oracle committee of the current epoch."""

    epoch: int
    quorum: int
    dispute_seconds: int
    signers: list[AddressText]
    origin: Event


class RuleSet(Schema):
    """One version of the offset rules of a jurisdiction and year. Shares in basis points of 10,000.

    `methodologies` is null where any is accepted, `pool_grams` where there is no pool.
    """

    jurisdiction: int
    year: int
    version: int
    cap_base: CodedValue
    cap_bps: int
    non_local_cap_bps: int
    local_share_min_bps: int
    preferred_share_min_bps: int
    preference_areas: list[int]
    first_vintage: int
    last_vintage: int
    mechanisms: list[CodedValue]
    methodologies: list[Hex32] | None
    own_boundary_excluded: bool
    pool_grams: Grams | None
    reservable_until: SecondsTime = derived("reservable_until_seconds")
    granularity_grams: Grams
    opens_at: SecondsTime = derived("opens_at_seconds")
    deadline: SecondsTime = derived("deadline_seconds")
    reversal_seconds: int
    document: HashedText
    origin: Event


class JurisdictionAnswer(Answer):
    """A jurisdiction with members, committee and rule sets, newest first."""

    jurisdiction: Jurisdiction
    members: list[Member]
    committee: Committee | None
    rule_sets: list[RuleSet]


class MethodologyName(Schema):
    """A methodology by its hash, with its short name."""

    definition_hash: Hex32
    methodology_id: str
    version: int
    title_zh: str | None
    title_en: str | None


class Methodology(MethodologyName):
    """A methodology in one version."""

    jurisdiction: int
    # Of the formula; `weakest_grade` is the worst of the formula and of every value.
    grade: str | None
    weakest_grade: str | None
    document_hash: Hex32
    # As of the answer's block; an emergency suspension ends at `suspended_until` by itself.
    status: CodedValue
    suspended_until: datetime | None
    projects: int
    definition_known: bool
    origin: Event


class MethodologyPage(PageOf[Methodology]):
    """Methodologies, by id and version."""


class FilingStatusChange(Schema):
    """A change of status with its reason."""

    previous_status: CodedValue
    status: CodedValue
    # Only an emergency suspension has an end.
    suspended_until: datetime | None
    reason: HashedText
    by: AddressText
    origin: Event


class MethodologyAnswer(Answer):
    """A methodology with its definition, whose SHA-256 is the filed hash.

    `illustration` must be said wherever a figure of it is shown. It, `scenarios` and `parameters` are read from the
    definition; null where that is not public here or of another format.
    """

    methodology: Methodology
    illustration: Words | None
    scenarios: list[MethodologyScenario] | None
    parameters: list[MethodologyParameter] | None
    definition: dict[str, Any] | None
    status_changes: list[FilingStatusChange]


class ProjectName(Schema):
    """A project by its id, with its printed form and public name."""

    project_id: BigId
    printed: str
    name_zh: str | None
    name_en: str | None
    # What in the project's figures is an example and no fact; shown wherever one of them is.
    illustration: str | None


class LogState(Schema):
    """The newest published state of a project's act log, signed in report `seq`."""

    seq: int
    size: int
    root: Hex32


class Project(ProjectName):
    """A project. Grams are sums over its batches; `verified_grams` is where its number line ends."""

    jurisdiction: int
    number: int
    methodology: MethodologyName
    scenario: int
    developer: NamedAccount
    boundary_account: NamedAccount | None
    crediting_start: Day = derived("crediting_start_day")
    crediting_end: Day = derived("crediting_end_day")
    ceiling_grams: Grams
    ceiling_tonnes: Tonnes = derived("ceiling_grams")
    co_benefit_hash: Hex32
    area: int
    mechanism: CodedValue
    # As of the answer's block; an emergency suspension ends at `suspended_until` by itself.
    status: CodedValue
    suspended_until: datetime | None
    reports: int
    verified_grams: Grams
    verified_tonnes: Tonnes = derived("verified_grams")
    issued_grams: Grams
    issued_tonnes: Tonnes = derived("issued_grams")
    retired_grams: Grams
    retired_tonnes: Tonnes = derived("retired_grams")
    cancelled_grams: Grams
    cancelled_tonnes: Tonnes = derived("cancelled_grams")
    log: LogState | None
    origin: Event


class ProjectPage(PageOf[Project]):
    """Projects, by id."""


class ProjectAnswer(Answer):
    """A project with the newest changes of its status."""

    project: Project
    status_changes: list[FilingStatusChange]
