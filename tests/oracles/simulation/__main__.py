"""Replays schedules: `python -m tests.oracles.simulation SEED [SEED ...]`, or `FIRST..LAST` for many."""

from __future__ import annotations

import sys
import time

from tests.oracles.simulation.plan import draw
from tests.oracles.simulation.world import Violation, World


def main() -> int:
    failed = 0
    begun, done = time.monotonic(), 0
    for word in sys.argv[1:]:
        first, _, last = word.partition("..")
        many = range(int(first), int(last or first) + 1)
        for seed in many:
            done += 1
            try:
                World(draw(seed), print if len(many) == 1 else None).run()
            except Violation as found:
                failed += 1
                print(f"seed {seed}: {found}")
    print(f"{done} schedules, {failed} failed, {time.monotonic() - begun:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
