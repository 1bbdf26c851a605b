"""Plays many schedules of the oracle simulator and tells the seeds of those that do not hold.

    python -m scripts.simulate_oracles --schedules 100000 --minutes 15

Replay one: `python -m tests.oracles.simulation SEED`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from multiprocessing import Pool

from tests.oracles.simulation.plan import draw
from tests.oracles.simulation.world import Violation, World

CHUNK = 50


def play(first: int) -> tuple[int, list[str], Counter[str]]:
    """(schedules, what did not hold, what happened) of CHUNK seeds."""
    failed, seen = [], Counter[str]()
    for seed in range(first, first + CHUNK):
        plan = draw(seed)
        world = World(plan)
        try:
            world.run()
        except Violation as found:
            failed.append(f"seed {seed}: {found}")
        head = world.contracts.head
        seen["schedules in which all must be reported"] += plan.live
        seen["schedules with a stolen quorum"] += len(plan.liars) > plan.faults
        seen["reports accepted"] += sum(head.last_seq.values())
        seen["blocks"] += head.number
        seen["oracles that lied"] += len(plan.liars)
        seen["processes killed"] += sum(map(len, plan.kills.values()))
        seen["partitions"] += len(plan.cuts)
        seen["signers suspended"] += len(head.suspended)
        seen["seconds of the simulated clock"] += int(world.now - plan.start)
    return CHUNK, failed, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    os.nice(5)
    begun, done, failures, seen = time.monotonic(), 0, 0, Counter[str]()
    with Pool(asked.processes) as pool:
        for count, failed, happened in pool.imap_unordered(
            play, range(asked.first, asked.first + asked.schedules, CHUNK)
        ):
            done, failures = done + count, failures + len(failed)
            seen += happened
            for line in failed:
                print(line, flush=True)
            if time.monotonic() - begun > asked.minutes * 60:
                pool.terminate()
                break
    print(f"{done} schedules from seed {asked.first}, {failures} failed, {time.monotonic() - begun:.0f} s")
    for name, number in sorted(seen.items()):
        print(f"  {number:12,} {name}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
