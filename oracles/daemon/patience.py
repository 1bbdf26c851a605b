"""When to try again what failed: later and later, up to a limit, at a moment that differs from oracle to oracle."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from random import Random

FIRST_SECONDS = 1.0
THINGS_MAX = 4_096


@dataclass(slots=True)
class _Failures:
    count: int
    again_at: float


class Patience:
    """Failures by what failed. Holds a bounded number: what failed longest ago is forgotten, and tried again."""

    def __init__(self, longest_seconds: float, chance: Random) -> None:
        self._longest_seconds = longest_seconds
        self._chance = chance
        self._failures: OrderedDict[Hashable, _Failures] = OrderedDict()

    def is_due(self, what: Hashable, now: float) -> bool:
        """Whether it may be tried at this second."""
        failed = self._failures.get(what)
        return failed is None or now >= failed.again_at

    def count(self, what: Hashable) -> int:
        """How often it failed since it last went well."""
        failed = self._failures.get(what)
        return 0 if failed is None else failed.count

    def failed(self, what: Hashable, now: float) -> float:
        """Notes a failure; gives the seconds until it is due again."""
        failures = self._failures.pop(what, None) or _Failures(0, now)
        # The exponent is bounded before it is used: 2 to a large number is no delay.
        delay: float = min(FIRST_SECONDS * 2 ** min(failures.count, 30), self._longest_seconds)
        # Between half of it and all: several that failed together do not come back together.
        delay *= 0.5 + self._chance.random() / 2
        self._note(what, _Failures(failures.count + 1, now + delay))
        return delay

    def rest(self, what: Hashable, until: float) -> None:
        """Makes a thing that went well not due before this second."""
        self._note(what, _Failures(0, until))

    def succeeded(self, what: Hashable) -> None:
        """Forgets its failures."""
        self._failures.pop(what, None)

    def _note(self, what: Hashable, failures: _Failures) -> None:
        self._failures.pop(what, None)
        self._failures[what] = failures
        while len(self._failures) > THINGS_MAX:
            self._failures.popitem(last=False)
