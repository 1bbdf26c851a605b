"""What endpoints are handed: the open registry, one session an answer, pages, and parameters nobody misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request, Response
from sqlalchemy.orm import Session

from api.follower import Follower
from registry.domain.errors import InvalidInput
from registry.log.store import LogStore
from registry.services.allowance import Allowance
from registry.services.oracle_messages import MessageBox
from registry.services.registry import Registry
from registry.services.views.acts import OpenLog
from registry.services.views.paging import LIMIT_DEFAULT, LIMIT_MAX, Page, PageRequest

CURSOR_CHARS_MAX = 600

# Dependencies that wait for nothing are `async`: plain ones are handed to a thread, which costs more than they do.


@dataclass(frozen=True, slots=True)
class Running:
    """What lives as long as the server runs."""

    registry: Registry
    follower: Follower
    messages: MessageBox
    """What oracles left for each other; gone with the process, and posted again by those who signed it."""
    allowance: Allowance


async def get_running(request: Request) -> Running:
    running = request.app.state.running
    assert isinstance(running, Running)
    return running


RunningParam = Annotated[Running, Depends(get_running)]


async def get_registry(running: RunningParam) -> Registry:
    return running.registry


RegistryParam = Annotated[Registry, Depends(get_registry)]


def get_session(registry: RegistryParam) -> Iterator[Session]:
    """One session for the whole answer, so that it is of one state."""
    with registry.database.session() as session:
        yield session


# A request keeps its connection while it waits for a thread to write its answer: with more at once than threads can
# serve, all threads would wait for connections and nothing would move. Fewer than the pool holds, in any case.
SESSIONS_AT_ONCE = 7
SessionParam = Annotated[Session, Depends(get_session, max_concurrency=SESSIONS_AT_ONCE)]


async def get_open_log(registry: RegistryParam) -> OpenLog:
    return lambda project_id: LogStore(registry.home.log_folder(project_id))


OpenLogParam = Annotated[OpenLog, Depends(get_open_log)]

LimitQuery = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Items of one page.")]
AfterQuery = Annotated[
    str | None, Query(max_length=CURSOR_CHARS_MAX, description="Cursor: the page after it (`page_info.next`).")
]
BeforeQuery = Annotated[
    str | None, Query(max_length=CURSOR_CHARS_MAX, description="Cursor: the page before it (`page_info.previous`).")
]


async def get_page(
    limit: LimitQuery = LIMIT_DEFAULT, after: AfterQuery = None, before: BeforeQuery = None
) -> PageRequest:
    return PageRequest(limit, after, before)


PageParam = Annotated[PageRequest, Depends(get_page)]


async def refuse_unknown_parameters(request: Request) -> None:
    """A misspelt filter would be ignored and give everything; it is refused instead. Raises InvalidInput."""
    known = request.app.state.query_names[request.scope["route"].operation_id]
    for name, _ in request.query_params.multi_items():
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise InvalidInput(field=name[:80], problem=f"no such parameter here; there are: {listed}", given=name[:80])


def set_links(request: Request, response: Response, page: Page[Any]) -> None:
    """The `Link` header of a page (RFC 8288): the same address with another cursor."""
    set_cursor_links(request, response, page.next_cursor, page.previous_cursor)


def set_cursor_links(request: Request, response: Response, following: str | None, previous: str | None) -> None:
    """The `Link` header for two cursors."""
    kept = [
        (name, value)
        for name, value in parse_qsl(request.url.query, keep_blank_values=True)
        if name not in ("after", "before")
    ]
    links = []
    for relation, parameter, cursor in (("next", "after", following), ("prev", "before", previous)):
        if cursor is not None:
            links.append(f'<{request.url.path}?{urlencode([*kept, (parameter, cursor)])}>; rel="{relation}"')
    if links:
        response.headers["Link"] = ", ".join(links)
