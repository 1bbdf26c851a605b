"""Keeps the index at the head of the chain while the server runs. Nothing else in this package writes."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from registry.domain.errors import RegistryError, Unavailable
from registry.services.registry import Registry

logger = logging.getLogger("puhui.api.follower")

INTERVAL_SECONDS = 1.0
STOP_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the index does not move. `passing`: trying again may mend it."""

    code: str
    since: datetime
    passing: bool


@dataclass(frozen=True, slots=True)
class FollowerState:
    """What the last round saw. `chain_height` is None until the chain answered once."""

    chain_height: int | None
    fault: Fault | None


class Follower:
    """A thread that calls the indexer every `interval_seconds`."""

    def __init__(self, registry: Registry, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._registry = registry
        self._interval_seconds = interval_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="puhui-follower", daemon=True)
        self._state = FollowerState(None, None)

    @property
    def state(self) -> FollowerState:
        """What the last round saw. One object, replaced as a whole, so reading needs no lock."""
        return self._state

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the round it is in."""
        self._stopping.set()
        self._thread.join(STOP_TIMEOUT_SECONDS)

    def run_once(self) -> None:
        """One round: the chain's height, then the index. Never raises: the next round tries again."""
        height, fault = self._state.chain_height, None
        try:
            height = self._registry.gateway.block("latest").number
            self._registry.indexer.run_to_head()
        except RegistryError as error:
            fault = self._fault(error.code, isinstance(error, Unavailable), error)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever one round meets
            fault = self._fault("internal_error", False, error)
        self._state = FollowerState(height, fault)

    def _fault(self, code: str, passing: bool, error: Exception) -> Fault:
        before = self._state.fault
        if before is not None and before.code == code:
            return before
        # Logged once when it begins, not once a second.
        logger.error("the index does not move: %s", error, exc_info=None if passing else error)
        return Fault(code, datetime.now(UTC), passing)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.run_once()
            self._stopping.wait(self._interval_seconds)
