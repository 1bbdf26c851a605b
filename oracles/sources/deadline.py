"""An end in time for a whole HTTP transfer, from the first byte of a handshake to the last of a body.

The timeout of `requests` counts each silence and begins anew with every byte, also among headers and inside of one
block of a body. So a transfer here has a clock of its own, which shuts its connections down when time is over; whoever
waits for the next byte then learns that there is none.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager


class Deadline:
    """The clock of one transfer. Its connections are those that are watched; safe to use from several threads."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._over = False
        self._ends = time.monotonic() + seconds
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    @property
    def is_over(self) -> bool:
        """Whether time is over: what was read since may be cut off, even if it looks whole."""
        return self._over or time.monotonic() >= self._ends

    def watch(self, connection: socket.socket) -> None:
        """Shuts this connection down when time is over, at once if it is over already."""
        # A second handle on the same connection: TLS takes the first one out of the socket it is given.
        handle = connection.dup()
        with self._lock:
            self._watched.append(handle)
            if self.is_over:
                _shut(handle)

    def start(self) -> None:
        self._timer.start()

    def stop(self) -> None:
        """Ends the clock and lets go of the connections."""
        self._timer.cancel()
        with self._lock:
            for handle in self._watched:
                handle.close()
            self._watched.clear()

    def _end(self) -> None:
        with self._lock:
            self._over = True
            for handle in self._watched:
                _shut(handle)


@contextmanager
def session_with_deadline(seconds: float) -> Iterator[tuple[requests.Session, Deadline]]:
    """A session in which everything together takes at most this long."""
    deadline = Deadline(seconds)
    deadline.start()
    try:
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, _WatchedAdapter(deadline))
            yield session, deadline
    finally:
        deadline.stop()


class _WatchedAdapter(HTTPAdapter):
    """Lets a deadline watch each connection, also those that go through a proxy."""

    def __init__(self, deadline: Deadline) -> None:
        self._pools = _watched_pools(deadline)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **options: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _watched_pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            connection = super()._new_conn()
            deadline.watch(connection)
            return connection

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            connection = super()._new_conn()
            deadline.watch(connection)
            return connection

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side has gone already
