"""Schedules of four or seven oracles with faults: nothing wrong becomes final, and what is right does.

A failure prints its seed; `python -m tests.oracles.simulation SEED` plays it again and tells every step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from tests.oracles.simulation.mutants import MUTANTS
from tests.oracles.simulation.plan import draw
from tests.oracles.simulation.world import Violation, World

FEW, MANY, ENOUGH = range(1, 31), range(1_000, 2_000), range(1, 200)


def violation(seeds: Iterable[int]) -> tuple[int, str] | None:
    """(seed, what it says) of the first schedule in which something does not hold."""
    for seed in seeds:
        try:
            World(draw(seed)).run()
        except Violation as found:
            return seed, str(found)
    return None


def told(found: tuple[int, str] | None) -> str:
    return "" if found is None else f"{found[1]}: python -m tests.oracles.simulation {found[0]}"


def test_schedules__a_few__hold() -> None:
    found = violation(FEW)
    assert found is None, told(found)


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_schedules__a_thousand__hold(part: int) -> None:
    found = violation(MANY[part::4])
    assert found is None, told(found)


def test_schedule__the_same_seed__is_the_same_run() -> None:
    runs: list[list[str]] = [[], []]
    for lines in runs:
        World(draw(9), lines.append).run()
    assert runs[0] == runs[1] != []


@pytest.mark.long
@pytest.mark.parametrize("name", MUTANTS)
def test_mutant__is_found(name: str) -> None:
    make, says = MUTANTS[name]
    with make():
        found = violation(ENOUGH)
    assert found is not None, f"{len(ENOUGH)} schedules found nothing"
    assert re.search(says, found[1]), told(found)
