"""contracts/snapshots says what is: layouts, sizes, gas. What got worse or moved fails until the file says so too."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import snapshots
from scripts.compile_contracts import Compiled
from tests.contracts.prepared import Prepared
from tests.gas.operations import OPERATIONS, Cost, measure_all

ON_PURPOSE = "if that is on purpose, run `make snapshots` and commit contracts/snapshots"


@pytest.fixture(scope="module")
def costs(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> list[Cost]:
    return measure_all(prepared, tmp_path_factory.mktemp("gas"))


@pytest.mark.node
def test_snapshot__storage_layouts__are_as_committed(build: Compiled) -> None:
    assert snapshots.differences({"storage.txt": snapshots.storage_text(build)}) == [], ON_PURPOSE


def test_snapshot__sizes__are_as_committed() -> None:
    assert snapshots.differences({"sizes.txt": snapshots.sizes_text()}) == [], ON_PURPOSE


def test_snapshot__gas__is_as_committed(costs: list[Cost]) -> None:
    assert snapshots.differences({"gas.txt": snapshots.gas_text(costs)}) == [], ON_PURPOSE


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.budget is not None], ids=lambda one: one.name)
def test_gas__repeat_case__is_within_the_budget_of_the_design(costs: list[Cost], operation: object) -> None:
    (cost,) = (cost for cost in costs if cost.operation is operation)
    assert cost.operation.budget is not None
    assert cost.repeat <= cost.operation.budget


def test_changes__a_number_that_grew_or_fell__is_named_with_both(tmp_path: Path) -> None:
    kept = snapshots.numbers_text({"retire": 100, "issue": 100, "report": 100}, {"retire": 110})
    now = snapshots.numbers_text({"retire": 101, "issue": 99, "lock": 5}, {})
    assert snapshots.number_changes(kept, kept) == []
    assert snapshots.number_changes(kept, now) == [
        "issue: better, 100 -> 99",
        "lock: new, 5",
        "report: gone",
        "retire: worse, 100 -> 101",
    ]


def test_changes__a_place_that_moved__is_named_with_both() -> None:
    kept = "Credits\n  slot 0   byte  0, 32: _batches  mapping\n"
    assert snapshots.layout_changes(kept, kept) == []
    assert snapshots.layout_changes(kept, kept.replace("slot 0", "slot 1")) == [
        "-   slot 0   byte  0, 32: _batches  mapping",
        "+   slot 1   byte  0, 32: _batches  mapping",
    ]
