"""Requests at the desk: what is proposed, in public notice, and what was decided."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from registry.db.models import DeskObjection, DeskOpinion, DeskRequest
from registry.domain.errors import NotFound
from registry.domain.rules import ObjectionStatus, RequestStatus
from registry.services.views.names import PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import AsOf, Origin, Origins, as_of

SHOWN_MAX = 200
_HASH = re.compile(r"0x[0-9a-f]{64}")
_ORDER = Order("requests", (DeskRequest.request_id,), (Part.INT64,), lambda row: (row.request_id,), descending=True)


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with its call in words. `status` is as of the answer's block: an undecided one expires by time.

    `arguments` has integers as decimal text and bytes as 0x text; {} where `decoded` is false.
    """

    request_id: int
    jurisdiction: int
    maker: str
    target: str
    data: bytes
    decoded: bool
    contract: str | None
    function: str
    arguments: dict[str, Any]
    approvable_at: datetime
    expires_at: datetime
    status: RequestStatus
    checker: str | None
    reason: PublicText | None
    experts: int
    """Positive opinions that an approval needs."""
    positive_opinions: int
    open_objections: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection to a request. `objector` is the account, or the auditor itself; `by` the person."""

    objector: str
    by: str
    evidence: PublicText
    status: ObjectionStatus
    regulator: str | None
    reason: PublicText | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class OpinionView:
    """An expert's opinion on a request."""

    expert: str
    positive: bool
    opinion: PublicText
    origin: Origin


@dataclass(frozen=True, slots=True)
class RequestDetail:
    """A request with its objections and opinions, oldest first, of each as many as `SHOWN_MAX`.

    `texts` are the public texts behind hashes in its arguments: the reason of an order, the decision on a recognition.
    """

    request: RequestView
    texts: tuple[PublicText, ...]
    objections: tuple[ObjectionView, ...]
    opinions: tuple[OpinionView, ...]


def requests(
    session: Session,
    page: PageRequest = FIRST_PAGE,
    *,
    jurisdiction: int | None = None,
    status: RequestStatus | None = None,
) -> Page[RequestView]:
    """Requests, newest first."""
    now = as_of(session)
    statement = select(DeskRequest)
    if jurisdiction is not None:
        statement = statement.where(DeskRequest.jurisdiction == jurisdiction)
    if status in (RequestStatus.PROPOSED, RequestStatus.EXPIRED):
        # The chain stores no expiry: an undecided request has expired once the time is past.
        statement = statement.where(DeskRequest.status == int(RequestStatus.PROPOSED))
        over = DeskRequest.expires_at <= now.block_time
        statement = statement.where(over if status is RequestStatus.EXPIRED else ~over)
    elif status is not None:
        statement = statement.where(DeskRequest.status == int(status))
    found = slice_of(session, statement, _ORDER, page)
    return Page(_views(session, found.rows, now), found.next_cursor, found.previous_cursor, now)


def request(session: Session, request_id: int) -> RequestDetail:
    """One request with what was said about it. Raises NotFound."""
    row = session.get(DeskRequest, request_id)
    if row is None:
        raise NotFound(kind="request", id=request_id)
    view = _views(session, [row], as_of(session))[0]
    return RequestDetail(view, _texts(session, view), _objections(session, request_id), _opinions(session, request_id))


def _texts(session: Session, view: RequestView) -> tuple[PublicText, ...]:
    digests = sorted(_hashes(view.arguments))
    texts = PublicTexts(session, digests)
    return tuple(text for text in map(texts.of, digests) if text.text is not None)


def _hashes(value: Any) -> set[bytes]:
    """The 32-byte values of decoded arguments."""
    if isinstance(value, str):
        return {bytes.fromhex(value[2:])} if _HASH.fullmatch(value) else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {digest for each in inner for digest in _hashes(each)}


def _objections(session: Session, request_id: int) -> tuple[ObjectionView, ...]:
    rows = session.scalars(
        select(DeskObjection)
        .where(DeskObjection.request_id == request_id)
        .order_by(DeskObjection.block_number, DeskObjection.log_index)
        .limit(SHOWN_MAX)
    ).all()
    texts = PublicTexts(session, (digest for row in rows for digest in (row.evidence_hash, row.reason_hash)))
    origins = Origins(session, rows)
    return tuple(
        ObjectionView(
            objector=row.objector,
            by=row.by,
            evidence=texts.of(row.evidence_hash),
            status=ObjectionStatus(row.status),
            regulator=row.regulator,
            reason=texts.of(row.reason_hash) if row.reason_hash else None,
            origin=origins.of(row),
        )
        for row in rows
    )


def _opinions(session: Session, request_id: int) -> tuple[OpinionView, ...]:
    rows = session.scalars(
        select(DeskOpinion)
        .where(DeskOpinion.request_id == request_id)
        .order_by(DeskOpinion.block_number, DeskOpinion.log_index)
        .limit(SHOWN_MAX)
    ).all()
    texts = PublicTexts(session, (row.opinion_hash for row in rows))
    origins = Origins(session, rows)
    return tuple(OpinionView(row.expert, row.positive, texts.of(row.opinion_hash), origins.of(row)) for row in rows)


def _views(session: Session, rows: Sequence[DeskRequest], now: AsOf) -> tuple[RequestView, ...]:
    texts = PublicTexts(session, (row.reason_hash for row in rows))
    origins = Origins(session, rows)
    ids = [row.request_id for row in rows]
    is_open = DeskObjection.status == int(ObjectionStatus.OPEN)
    still_open = _counted(session, DeskObjection.request_id, ids, is_open)
    positive = _counted(session, DeskOpinion.request_id, ids, DeskOpinion.positive.is_(True))
    return tuple(
        RequestView(
            request_id=row.request_id,
            jurisdiction=row.jurisdiction,
            maker=row.maker,
            target=row.target,
            data=row.data,
            decoded=row.decoded,
            contract=row.contract,
            function=row.function,
            arguments=json.loads(row.arguments),
            approvable_at=row.approvable_at,
            expires_at=row.expires_at,
            status=_status(row, now),
            checker=row.checker,
            reason=texts.of(row.reason_hash) if row.reason_hash else None,
            experts=row.experts,
            positive_opinions=positive.get(row.request_id, 0),
            open_objections=still_open.get(row.request_id, 0),
            origin=origins.of(row),
        )
        for row in rows
    )


def _counted(
    session: Session, column: InstrumentedAttribute[int], ids: Sequence[int], condition: ColumnElement[bool]
) -> dict[int, int]:
    rows = session.execute(select(column, func.count()).where(column.in_(ids), condition).group_by(column))
    return {int(request_id): int(count) for request_id, count in rows}


def _status(row: DeskRequest, now: AsOf) -> RequestStatus:
    status = RequestStatus(row.status)
    if status is RequestStatus.PROPOSED and row.expires_at <= now.block_time:
        return RequestStatus.EXPIRED
    return status
