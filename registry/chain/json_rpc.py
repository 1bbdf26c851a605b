"""JSON-RPC over HTTP: one request, one answer, and what can go wrong in between. Built on web3.py's HTTP provider."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from web3.providers.rpc import HTTPProvider

from registry.domain.errors import ChainUnavailable, InvalidInput

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CONNECTIONS = 16


class NodeError(Exception):
    """The node answered with an error. Internal to the RPC gateway, which says what it means."""

    def __init__(self, method: str, code: int, message: str, data: Any) -> None:
        super().__init__(f"{method}: {message}")
        self.method = method
        self.code = code
        self.message = message
        self.data = data


class Node:
    """One node. `name` is its URL without credentials, for messages. Safe for several threads.

    Raises:
        InvalidInput: not an http or https URL.
    """

    def __init__(self, url: str, timeout_seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidInput(field="node URL", problem="must be like http://127.0.0.1:8545", given=_without_user(url))
        self.name = _without_user(url)
        self._session = requests.Session()
        # A proxy of the environment does not reach this machine's own ports.
        self._session.trust_env = parts.hostname not in _LOOPBACK
        self._session.mount(f"{parts.scheme}://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
        # web3.py repeats requests by default, eth_sendRawTransaction too. Repeating is decided here and by the outbox.
        self._provider = HTTPProvider(
            url,
            request_kwargs={"timeout": timeout_seconds},
            session=self._session,
            exception_retry_configuration=None,
        )
        self._closed = False

    def request(self, method: str, *params: Any) -> Any:
        """The result of one request, as raw JSON.

        Raises:
            ChainUnavailable: no answer, or none that is JSON-RPC.
            NodeError: the node answered with an error.
        """
        if self._closed:
            raise ChainUnavailable(what=self.name, problem="the connection was closed")
        try:
            answer: Any = self._provider.make_request(method, list(params))
        except requests.Timeout as cause:
            raise ChainUnavailable(what=self.name, problem=f"no answer to {method} in time") from cause
        except requests.RequestException as cause:
            raise ChainUnavailable(what=self.name, problem=_short(cause)) from cause
        except (ValueError, TypeError) as cause:
            raise ChainUnavailable(what=self.name, problem=f"its answer to {method} is no JSON-RPC") from cause
        if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
            raise ChainUnavailable(what=self.name, problem=f"its answer to {method} is no JSON-RPC")
        error = answer.get("error")
        if error is not None:
            if not isinstance(error, dict):
                raise NodeError(method, 0, str(error), None)
            raise NodeError(method, int(error.get("code") or 0), str(error.get("message") or ""), error.get("data"))
        return answer["result"]

    def close(self) -> None:
        """Ends the connections. Closing twice is harmless."""
        self._closed = True
        self._session.close()


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _short(cause: requests.RequestException) -> str:
    if isinstance(cause, requests.HTTPError) and cause.response is not None:
        return f"HTTP status {cause.response.status_code}"
    # The texts of requests quote the URL with its credentials; the kind says enough.
    return "connection refused or lost" if isinstance(cause, requests.ConnectionError) else type(cause).__name__
