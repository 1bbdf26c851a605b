"""A gateway in front of a real one: a test may fail, kill or interfere before or after any call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from registry.chain.gateway import Gateway

Hook = Callable[[str], None]
"""Told `before send_raw`, `after send_raw`, and so on for each method of the gateway."""


class Crash(BaseException):
    """Ends what runs, as a lost process would; nothing catches it but the test."""


class FaultyGateway:
    """Passes everything on and tells `hook` of it."""

    def __init__(self, inner: Gateway, hook: Hook = lambda _moment: None) -> None:
        self.inner = inner
        self.hook = hook
        self.seen: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inner, name)
        if not callable(value):
            return value

        def told(*args: Any, **keywords: Any) -> Any:
            self._tell(f"before {name}")
            answer = value(*args, **keywords)
            self._tell(f"after {name}")
            return answer

        return told

    def _tell(self, moment: str) -> None:
        self.seen[moment] += 1
        self.hook(moment)


def crash_at(moment: str) -> Hook:
    """A hook that crashes at a moment."""

    def hook(seen: str) -> None:
        if seen == moment:
            raise Crash(moment)

    return hook
