"""Health, totals, search, requests at the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from api.schemas.common import (
    AddressText,
    Answer,
    BigId,
    CodedValue,
    Event,
    Grams,
    HashedText,
    Hex,
    PageOf,
    Schema,
    State,
)


class IndexFault(Schema):
    """Why the index does not move: the code of the error, since when."""

    code: str
    since: datetime


class Health(Schema):
    """How this server is: `ok`, `behind` the chain, `chain_unavailable`, or `index_stopped` by a contradiction.

    Reads are answered in every one of these states, each as of its own block.
    """

    status: Literal["ok", "behind", "chain_unavailable", "index_stopped", "starting"]
    version: str
    network: str
    chain_id: int
    chain_reference: str
    contracts: dict[str, AddressText]
    chain_height: int | None
    index_height: int | None
    lag_blocks: int | None
    fault: IndexFault | None
    as_of: State | None


class NetworkTotals(Answer):
    """Sums over the whole network. `acts` are the counted ones, `quarantined` those set aside."""

    jurisdictions: int
    accounts: int
    projects: int
    reports: int
    batches: int
    retirements: int
    offsets: int
    acts: int
    quarantined: int
    issued_grams: Grams
    retired_grams: Grams
    cancelled_grams: Grams
    live_grams: Grams
    offset_grams: Grams
    last_published_at: datetime | None
    illustrations: list[str] = Field(description="What in these sums is an example and no fact.")


class Hit(Schema):
    """Something found. `exact`: the text is its id or hash; else it is part of its name."""

    kind: str
    id: str
    title: str
    exact: bool
    href: str


class SearchAnswer(Answer):
    """What a text names, exact hits first."""

    query: str
    items: list[Hit]


class Request(Schema):
    """A request at the desk: the exact call, who proposed it, who decided. `arguments` has integers as decimal text."""

    request_id: BigId
    jurisdiction: int
    maker: AddressText
    target: AddressText
    data: Hex
    decoded: bool
    contract: str | None
    function: str
    arguments: dict[str, Any]
    approvable_at: datetime
    expires_at: datetime
    status: CodedValue
    checker: AddressText | None
    reason: HashedText | None
    # Positive opinions that an approval needs, those given, and objections on which no regulator has ruled.
    experts: int
    positive_opinions: int
    open_objections: int
    origin: Event


class Objection(Schema):
    """An objection: of an account, by one of its agents, or of an auditor. An open one blocks the approval."""

    objector: AddressText
    by: AddressText
    evidence: HashedText
    status: CodedValue
    regulator: AddressText | None
    reason: HashedText | None
    origin: Event


class Opinion(Schema):
    """An expert's opinion."""

    expert: AddressText
    positive: bool
    opinion: HashedText
    origin: Event


class RequestPage(PageOf[Request]):
    """Requests, newest first."""


class RequestAnswer(Answer):
    """One request with what was said about it, oldest first, of each kind at most 200.

    `texts` are the public texts behind hashes in its arguments, such as the reason of an order.
    """

    request: Request
    texts: list[HashedText]
    objections: list[Objection]
    opinions: list[Opinion]
