"""`make prove`: halmos and z3 on contracts/test/prove, slither on contracts/src; 1 if a proof fails or a finding stays.

Runs in an environment of its own, without the packages of the project: only the standard library is imported here.
A property is a function `check_...` and must hold on every path. A function `reach_...` says the opposite of something
possible and must be refuted: it shows that the calls of the checks can succeed, so that nothing is proven of nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
OUT = "cache/prove/out"
SOLVER_SECONDS = 300
PASSED, REFUTED = 0, 1
IMPACTS = ("High", "Medium")
DISMISSED = re.compile(r"slither-disable-next-line ([\w,-]+)")


@dataclass(frozen=True)
class Property:
    """What halmos said of one function."""

    contract: str
    name: str
    outcome: int
    paths: int
    seconds: float


def environment() -> dict[str, str]:
    """forge of the npm packages and the tools beside this Python first in the path."""
    folders = (CONTRACTS / "node_modules" / ".bin", Path(sys.executable).parent)
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "FOUNDRY_PROFILE": "prove", "FOUNDRY_OFFLINE": "true", "NO_COLOR": "1"}


def run_halmos(prefix: str, contract: str, function: str) -> list[Property]:
    """Runs the functions with a prefix, of which there may be none; raises RuntimeError if halmos itself failed."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        command = [
            *("halmos", "--forge-build-out", OUT, "--function", f"{prefix}_{function}", "--no-status"),
            *("--match-contract", contract, "--solver-timeout-assertion", f"{SOLVER_SECONDS}s"),
            *("--json-output", str(answer)),
            # One example is enough to refute.
            *(("--early-exit",) if prefix == "reach" else ()),
        ]
        done = subprocess.run(command, cwd=CONTRACTS, env=environment(), capture_output=True, text=True, check=False)
        if not answer.exists() and "No tests with" in done.stdout + done.stderr:
            return []
        if not answer.exists():
            raise RuntimeError(f"halmos: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        results = json.loads(answer.read_text("utf-8"))["test_results"]
    return [
        Property(
            contract=where.rpartition(":")[2],
            name=one["name"].partition("(")[0],
            outcome=one["exitcode"],
            paths=(one.get("num_paths") or [0])[0],
            seconds=(one.get("time") or [0.0])[0],
        )
        for where, ones in results.items()
        for one in ones
    ]


def prove_lemmas() -> int:
    """What the proofs say of numbers alone, over all integers, by z3. Returns how many are not proven."""
    wrong = 0
    for lemma in sorted((CONTRACTS / "test" / "prove").glob("*.smt2")):
        command = ["z3", f"-T:{SOLVER_SECONDS}", str(lemma)]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
        good = done.stdout.strip() == "unsat"
        wrong += not good
        print(f"{lemma.name}: {'proven' if good else 'NOT AS IT MUST BE: ' + done.stdout.strip()}", flush=True)
    return wrong


def run_slither() -> tuple[list[str], int]:
    """Findings of high or medium impact that are left, and how many were dismissed in place."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        command = [
            *("slither", ".", "--json", str(answer), "--filter-paths", "node_modules|test", "--fail-none"),
            *("--exclude-informational", "--exclude-low", "--exclude-optimization"),
        ]
        done = subprocess.run(command, cwd=CONTRACTS, env=environment(), capture_output=True, text=True, check=False)
        if not answer.exists():
            raise RuntimeError(f"slither: {done.stderr[-2000:]}")
        told = json.loads(answer.read_text("utf-8"))
    if not told["success"]:
        raise RuntimeError(f"slither: {told['error']}")
    findings = [
        f"{one['impact']} {one['check']}: {one['description'].strip()}"
        for one in told["results"].get("detectors", [])
        if one["impact"] in IMPACTS
    ]
    texts = [path.read_text("utf-8") for path in sorted((CONTRACTS / "src").rglob("*.sol"))]
    return findings, sum(len(DISMISSED.findall(text)) for text in texts)


def prove(contract: str, function: str) -> int:
    """Runs both kinds of functions and prints a line each. Returns how many are not as they must be."""
    wrong, checked = 0, False
    for prefix, wanted in (("check", PASSED), ("reach", REFUTED)):
        for one in run_halmos(prefix, contract, function):
            checked = True
            good = one.outcome == wanted
            wrong += not good
            word = ("proven" if prefix == "check" else "reached") if good else f"NOT AS IT MUST BE ({one.outcome})"
            print(f"{one.contract}.{one.name}: {word}, {one.paths} paths, {one.seconds:.1f} s", flush=True)
    if not checked:
        print(f"no contract like {contract!r} has a function check_{function}... or reach_{function}...")
    return wrong if checked else 1


def main() -> int:
    parser = argparse.ArgumentParser(description="Prove properties of the contracts and look for known weaknesses.")
    parser.add_argument("--contract", default="Proofs$", help="only contracts that match")
    parser.add_argument("--function", default="", help="only functions whose name goes on like this")
    parser.add_argument("--only", choices=("halmos", "slither"))
    given = parser.parse_args()
    begun = time.monotonic()
    wrong = 0
    if given.only != "slither":
        wrong += prove_lemmas()
        wrong += prove(given.contract, given.function)
    if given.only != "halmos":
        findings, dismissed = run_slither()
        wrong += len(findings)
        print("\n".join(findings) or "slither: nothing of high or medium impact is left")
        print(f"slither: {dismissed} findings are dismissed in place, each with its reason")
    print(f"{wrong} not as they must be; {time.monotonic() - begun:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
