"""`make bench-gas`: measures gas beside a plain ERC-1155 and writes the tables into docs/benchmarks.md."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.contracts.prepared import prepare
from tests.gas.operations import measure_all
from tests.gas.plain import measure_plain
from tests.gas.table import markdown, write_between_markers
from tests.gas.worst_cases import measure_worst_cases

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description="Measure gas and write docs/benchmarks.md.")
    parser.add_argument("--print", action="store_true", dest="only_print", help="print the tables, write nothing")
    only_print = parser.parse_args().only_print
    begun = time.monotonic()

    def note(what: str) -> None:
        print(f"[{time.monotonic() - begun:5.0f} s] {what}", flush=True)

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "network").mkdir()
        prepared = prepare(folder / "network")
        note("operations, first and repeated")
        costs = measure_all(prepared, folder)
        world = prepared.open(prepared.issued, folder / "plain.sqlite")
        plain = measure_plain(world)
        world.close()
        worst = measure_worst_cases(prepared, folder, note)
    text = markdown(costs, plain, worst)
    note("done")
    print(text)
    if not only_print:
        write_between_markers(DOCUMENT, text)


if __name__ == "__main__":
    main()
