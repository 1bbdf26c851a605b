"""How often one address may ask for work: a bucket of tokens each, and a bounded number of buckets."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

ADDRESSES_MAX = 4_096


class Allowance:
    """So many at once, so many a second after that. May be used from any thread."""

    def __init__(self, at_once: int, each_second: float, clock: Callable[[], float]) -> None:
        """clock: seconds that only go forward."""
        self._at_once = at_once
        self._each_second = each_second
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> bool:
        """Takes a token of an address; False if it has none left."""
        with self._lock:
            now = self._clock()
            # Who was quiet longest is forgotten, and begins anew with a full bucket.
            tokens, since = self._buckets.pop(address, (float(self._at_once), now))
            tokens = min(tokens + (now - since) * self._each_second, float(self._at_once))
            taken = tokens >= 1
            self._buckets[address] = (tokens - taken, now)
            while len(self._buckets) > ADDRESSES_MAX:
                self._buckets.popitem(last=False)
            return taken
