"""The listener of a daemon: the second road of messages, /healthz and /metrics. Trusts nobody, answers in bounds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from oracles.daemon.http_mailbox import PATH
from oracles.daemon.metrics import health, metrics_text
from oracles.daemon.state import State
from registry.domain.errors import Conflict, InvalidInput, RegistryError
from registry.services.allowance import Allowance
from registry.services.oracle_messages import (
    MESSAGE_BYTES_MAX,
    MESSAGES_PER_SECOND,
    MessageBox,
    MessageRefused,
    read_message,
    report_of,
)

_CONNECTIONS_MAX = 64
_STOP_SECONDS = 5.0
_NUMBER_MAX = 2**64 - 1


class ListenerFailed(Conflict):
    """Values: host, port, problem."""

    code = "listener_failed"
    text = "The oracle cannot listen at {host}:{port}: {problem}. Choose another [listen] port in its settings."


def create_listener(
    box: MessageBox, state: State, chain_id: int, contract: str, clock: Callable[[], float]
) -> Starlette:
    """The application of the listener. Messages are taken for the places that the daemon saw open in its last round."""
    allowance = Allowance(2 * MESSAGES_PER_SECOND, MESSAGES_PER_SECOND, time.monotonic)

    async def read(request: Request) -> Response:
        try:
            project_id, seq = (_number(request.query_params[name]) for name in ("project_id", "seq"))
        except (KeyError, ValueError):
            return _problem(422, "project_id and seq have to be numbers")
        return JSONResponse({"items": [message.as_json() for message in box.at(project_id, seq)]})

    async def post(request: Request) -> Response:
        if not allowance.take(request.client.host if request.client else ""):
            return _problem(429, f"at most {MESSAGES_PER_SECOND} messages a second")
        content = b""
        async for block in request.stream():
            content += block
            if len(content) > MESSAGE_BYTES_MAX:
                return _problem(413, f"a message has at most {MESSAGE_BYTES_MAX} bytes")
        try:
            message = read_message(content, chain_id, contract)
            place = state.places.get(report_of(message).project_id)
            if place is None:
                raise MessageRefused(problem="no place of its project is open")
            is_new = box.put(message, place)
        except InvalidInput as refusal:
            return _problem(422, str(refusal))
        except RegistryError as refusal:
            return _problem(409, str(refusal))
        return JSONResponse({"new": is_new}, 201 if is_new else 200)

    async def healthz(_request: Request) -> Response:
        well, said = health(state, clock())
        return JSONResponse(said, 200 if well else 503)

    async def metrics(_request: Request) -> Response:
        return Response(metrics_text(state), media_type="text/plain; version=0.0.4; charset=utf-8")

    routes = [
        Route(PATH, read, methods=["GET"]),
        Route(PATH, post, methods=["POST"]),
        Route("/healthz", healthz),
        Route("/metrics", metrics),
    ]
    return Starlette(routes=routes)


class Listener:
    """A listener in a thread of its own."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        """Raises ListenerFailed if it cannot listen there."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS_MAX,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
            self._socket.listen(_CONNECTIONS_MAX)
        except OSError as cause:
            raise ListenerFailed(host=host, port=port, problem=str(cause.strerror)) from cause
        self._thread = threading.Thread(target=self._run, name="puhui-listener", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends it; what is being answered has a few seconds."""
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(_NUMBER_MAX)) or int(text) > _NUMBER_MAX:
        raise ValueError(text)
    return int(text)


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"status": status, "detail": detail}, status, media_type="application/problem+json")
