"""Requests at the desk: what is proposed, in public notice, and what was decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import DeskRequest
from registry.domain.errors import NotFound
from registry.domain.rules import RequestStatus
from registry.services.views.names import PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.state import AsOf, Origin, Origins, as_of

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
    origin: Origin


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


def request(session: Session, request_id: int) -> RequestView:
    """One request. Raises NotFound."""
    row = session.get(DeskRequest, request_id)
    if row is None:
        raise NotFound(kind="request", id=request_id)
    return _views(session, [row], as_of(session))[0]


def _views(session: Session, rows: Sequence[DeskRequest], now: AsOf) -> tuple[RequestView, ...]:
    texts = PublicTexts(session, (row.reason_hash for row in rows))
    origins = Origins(session, rows)
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
            origin=origins.of(row),
        )
        for row in rows
    )


def _status(row: DeskRequest, now: AsOf) -> RequestStatus:
    status = RequestStatus(row.status)
    if status is RequestStatus.PROPOSED and row.expires_at <= now.block_time:
        return RequestStatus.EXPIRED
    return status
