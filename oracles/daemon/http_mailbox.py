"""A mailbox behind an address: the registry's API (`http://host:8000/api/v1`) or another oracle's listener.

GET  <base>/oracle-messages?project_id=<number>&seq=<number>     {"items": [message, ...], ...}
POST <base>/oracle-messages                                      one message
"""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from oracles.sources.deadline import session_with_deadline
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import InvalidInput, RegistryError, Unavailable
from registry.services.oracle_messages import MESSAGE_BYTES_MAX, MESSAGES_MAX, MessageRefused

PATH = "/oracle-messages"
ANSWER_BYTES_MAX = MESSAGES_MAX * MESSAGE_BYTES_MAX + 4_096
TIMEOUT_SECONDS = 3.0
_BLOCK_BYTES = 1 << 14
_REFUSED = (400, 403, 404, 409, 422)


class MailboxUnavailable(Unavailable):
    """Values: what, problem."""

    code = "mailbox_unavailable"
    text = "The mailbox {what} does not answer: {problem}. Messages go by the other roads meanwhile."


class HttpMailbox:
    """A `Mailbox` over HTTP. Nothing of its answers is trusted; sizes and times are bounded."""

    def __init__(self, base_url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Raises InvalidInput for anything but a plain http or https address."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise InvalidInput(field="mailbox", problem="has to be a plain http or https address", given=base_url)
        self._base_url = base_url.rstrip("/")
        self._timeout_seconds = timeout_seconds

    @property
    def name(self) -> str:
        """The address, without a password in it."""
        parts = urlsplit(self._base_url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}"

    def post(self, message: bytes) -> None:
        """See `Mailbox.post`."""
        status, content = self._ask("POST", PATH, message)
        if status in _REFUSED:
            raise MessageRefused(problem=f"{self.name} answers {status}: {_line(content)}")
        if status not in (200, 201):
            raise MailboxUnavailable(what=self.name, problem=f"HTTP status {status}")

    def read(self, project_id: int, seq: int) -> list[bytes]:
        """See `Mailbox.read`."""
        status, content = self._ask("GET", f"{PATH}?project_id={project_id}&seq={seq}", None)
        if status != requests.codes.ok:
            raise MailboxUnavailable(what=self.name, problem=f"HTTP status {status}")
        try:
            items = parse_strict_json(content, self.name)["items"]
            return [canonical_json(item) for item in items[:MESSAGES_MAX]]
        except (RegistryError, KeyError, TypeError) as cause:
            raise MailboxUnavailable(what=self.name, problem="its answer is no list of messages") from cause

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        try:
            with session_with_deadline(self._timeout_seconds) as (session, deadline):
                answer = session.request(
                    method,
                    self._base_url + path,
                    data=body,
                    headers={"Content-Type": "application/json"} if body is not None else {},
                    stream=True,
                    timeout=self._timeout_seconds,
                    allow_redirects=False,
                )
                with answer:
                    content = b""
                    for block in answer.iter_content(_BLOCK_BYTES):
                        content += block
                        if len(content) > ANSWER_BYTES_MAX:
                            raise MailboxUnavailable(what=self.name, problem=f"more than {ANSWER_BYTES_MAX} bytes")
                if deadline.is_over:
                    raise MailboxUnavailable(what=self.name, problem=f"not done within {self._timeout_seconds} s")
                return answer.status_code, content
        except requests.RequestException as cause:
            raise MailboxUnavailable(what=self.name, problem=type(cause).__name__) from cause


def _line(content: bytes) -> str:
    return " ".join(content[:300].decode("utf-8", "replace").split())
