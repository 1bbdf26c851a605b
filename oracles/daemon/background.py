"""A source that lets nobody wait: what takes long goes on in a thread, and the loop comes back for it.

A platform that drips its bytes would otherwise stop an oracle for all platforms: a transfer may last an hour.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oracles.sources.source import EvidenceSource, PackageRef
from registry.domain.errors import SourceUnavailable

AT_ONCE_SECONDS = 3.0


class BackgroundSource:
    """An `EvidenceSource` in front of another one. It does one thing at a time; not for several threads."""

    def __init__(self, source: EvidenceSource, at_once_seconds: float = AT_ONCE_SECONDS) -> None:
        self._source = source
        self._at_once_seconds = at_once_seconds
        self._task: _Task | None = None

    def packages(self) -> list[PackageRef]:
        """See `EvidenceSource.packages`. Raises SourceUnavailable while it is asked."""
        found: list[PackageRef] = self._done("the list", self._source.packages)
        return found

    def pull(self, name: str, into: Path) -> Path:
        """See `EvidenceSource.pull`. Raises SourceUnavailable while it is pulled."""
        folder: Path = self._done(name, lambda: self._source.pull(name, into))
        return folder

    def _done(self, what: str, act: Callable[[], Any]) -> Any:
        if self._task is not None and self._task.what != what and self._task.thread.is_alive():
            raise SourceUnavailable(what=what, problem=f"{self._task.what} is still on its way")
        if self._task is None or self._task.what != what:
            self._task = _Task(what, act)
        task = self._task
        task.thread.join(self._at_once_seconds)
        if task.thread.is_alive():
            raise SourceUnavailable(what=what, problem="it is still on its way")
        self._task = None
        if task.failure is not None:
            raise task.failure
        return task.result


class _Task:
    """One call in a thread of its own. The process does not wait for it at its end: copies land whole or not at all."""

    def __init__(self, what: str, act: Callable[[], Any]) -> None:
        self.what = what
        self.result: Any = None
        self.failure: BaseException | None = None
        self._act = act
        self.thread = threading.Thread(target=self._run, name="puhui-source", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.result = self._act()
        except Exception as failure:  # noqa: BLE001 - it is raised again where the result is asked for
            self.failure = failure
