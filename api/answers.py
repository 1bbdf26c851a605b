"""The outermost layer: what every answer carries, whoever made it.

A trace id; a strong ETag and 304 for those who have it; HEAD as GET without its body; headers that keep browsers from
guessing; and a problem instead of the plain texts that the server's own layers answer with (413).
Pure ASGI. Answers are whole before they leave, which they can be: the largest is a page of a hundred items.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response

CACHE_CONTROL_DEFAULT = "public, no-cache"
"""May be stored, and is asked for again each time: with the ETag that costs no body."""

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, X-Request-Id",
}


class Answers:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        trace = _trace_id(request)
        scope.setdefault("state", {})["trace_id"] = trace
        headless = scope["method"] == "HEAD"
        if headless:
            scope["method"] = "GET"
        collected = _Collected()
        try:
            await self.app(scope, receive, collected.receive)
        finally:
            # An unexpected failure is answered and then raised again, for the server's log.
            if collected.start is not None:
                await _send(request, collected, send, trace, headless=headless)


class _Collected:
    """The answer as the application sends it."""

    def __init__(self) -> None:
        self.start: Message | None = None
        self.body = b""

    async def receive(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


async def _send(request: Request, collected: _Collected, send: Send, trace: str, *, headless: bool) -> None:
    start, body = collected.start, collected.body
    assert start is not None
    status = start["status"]
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        problem = problem_response(
            request,
            status=status,
            code="body_too_large",
            family="body_too_large",
            detail="Requests here have no body to speak of.",
        )
        start = {"type": "http.response.start", "status": status, "headers": problem.raw_headers}
        body = bytes(problem.body)
    headers = MutableHeaders(raw=list(start["headers"]))
    for name, value in _SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = trace
    if status == HTTPStatus.OK:
        headers.setdefault("Cache-Control", CACHE_CONTROL_DEFAULT)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers["ETag"] = etag
        if _has(request.headers.get("if-none-match"), etag):
            status, body = HTTPStatus.NOT_MODIFIED, b""
            for name in ("content-length", "content-type"):
                if name in headers:
                    del headers[name]
    if status != HTTPStatus.NOT_MODIFIED:
        headers["Content-Length"] = str(len(body))
    await send({**start, "status": int(status), "headers": headers.raw})
    await send({"type": "http.response.body", "body": b"" if headless else body})


def _has(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has this answer (RFC 9110, 13.1.2: weak comparison)."""
    if if_none_match is None:
        return False
    held = [entry.strip().removeprefix("W/") for entry in if_none_match.split(",")]
    return "*" in held or etag in held


def _trace_id(request: Request) -> str:
    """The client's W3C trace id, if it sends one, so that its log and ours meet; else a fresh one."""
    match = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    return match[1] if match and set(match[1]) != {"0"} else uuid.uuid4().hex
