"""`make errors`: plays the forge tests with their traces, and names every custom error that no test was refused with.

tests/contracts/test_errors.py looks for the names in the tests; here it is seen that the contracts revert with them.
A Python test counts by its `refused("Name")`, which fails unless the chain answered that error.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from registry.chain import artifacts
from scripts.compile_contracts import CONTRACTS
from tests.contracts.test_errors import UNREACHABLE, errors, reached_in_python

# Invariant runs are long and their handlers swallow refusals; one run of a fuzzed test is enough to see its refusal.
COMMAND = ["npx", "--no-install", "forge", "test", "--offline", "-vvvv", "--fuzz-runs", "1", "--nmc", "Invariants"]
# A constructor's error is shown as its bytes.
REVERTED = re.compile(r"\[Revert\] (?:custom error )?(0x[0-9a-f]{8}|\w+)")


def reverted_in_forge() -> set[str]:
    """The names of the errors in the traces. Raises CalledProcessError if a test fails."""
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(COMMAND, cwd=CONTRACTS, env=environment, capture_output=True, text=True, check=True)
    declared = [error for name in artifacts.names() for error in artifacts.load(name).abi.errors]
    by_selector = {f"0x{error.selector.hex()}": error.name for error in declared}
    return {by_selector.get(found, found) for found in REVERTED.findall(done.stdout)}


def main() -> int:
    wanted = errors() - set(UNREACHABLE)
    try:
        seen = reverted_in_forge()
    except subprocess.CalledProcessError as error:
        print(error.stdout[-3000:], error.stderr[-1000:], file=sys.stderr)
        return 1
    missing = sorted(wanted - seen - reached_in_python())
    print("\n".join(f"no test was refused with {name}" for name in missing) or "every error was answered to some test")
    print(f"{len(wanted)} errors: {len(wanted & seen)} in forge, {len(wanted & reached_in_python())} in Python tests")
    print(f"{len(UNREACHABLE)} on no path that is open, each with its reason in tests/contracts/test_errors.py")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
