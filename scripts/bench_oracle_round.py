"""How long a round of four oracle processes takes: from a package that is published to a report that is final.

    python -m scripts.bench_oracle_round [--data TABLE.csv.gz] [--own-homes URL]

Four daemons and the API run beforehand, as they do in life; then the package appears in their source. Dispute window 0.
With --own-homes and the URL of a node each oracle has a home of its own, else all share the registry's embedded chain.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from registry.services.home import Home
from tests.integration.daemons import Daemons, make_daemons, prepare, running, served, until


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a month of trips; a generated one of 5,000 without it")
    parser.add_argument("--own-homes", metavar="URL", help="a node; each oracle then has a home of its own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        home = Home(root / "registry")
        prepare(home, asked.own_homes or "embedded", trips=5_000, data=asked.data)
        ready = home.packages.rename(home.packages.with_name("packed"))
        home.packages.mkdir()
        api = stack.enter_context(served(home))
        made = make_daemons(root, home, own_homes=bool(asked.own_homes), mailboxes=[api])
        daemons = stack.enter_context(running(made))
        for each in daemons.all:
            each.start()
        until(lambda: all(each.get("/healthz").ok for each in daemons.all), "all run", 120, daemons.told)
        print(json.dumps(_round(daemons, home, ready)))
    return 0


def _round(daemons: Daemons, home: Home, ready: Path) -> dict[str, object]:
    begun = time.time()
    (ready / "2016-08").rename(home.packages / "2016-08")
    until(lambda: daemons.last_report()[0] == 1, "the report is accepted", 600, daemons.told)
    accepted = time.time() - begun
    until(lambda: all(daemons.kept(each) for each in daemons.all), "all keep it", 600, daemons.told)
    kept = time.time() - begun
    signed = [line for each in daemons.all for line in each.lines() if line["event"] == "signed"]
    return {
        "acts": signed[0]["acts"],
        "seconds_to_final": round(accepted, 1),
        "seconds_to_kept_by_all": round(kept, 1),
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }


if __name__ == "__main__":
    sys.exit(main())
