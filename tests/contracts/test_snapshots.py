"""Code sizes and gas are as contracts/snapshots says; what changed fails until the files say so too."""

from __future__ import annotations

from pathlib import Path

from scripts import snapshots
from tests.contracts.prepared import Prepared
from tests.gas.operations import measure_all

ON_PURPOSE = "if that is on purpose, run `make snapshots` and commit contracts/snapshots"


def test_snapshot__sizes__are_as_committed() -> None:
    assert snapshots.differences({"sizes.txt": snapshots.sizes_text()}) == [], ON_PURPOSE


def test_snapshot__gas__is_as_committed_and_within_the_budgets_of_the_design(
    prepared: Prepared, tmp_path: Path
) -> None:
    # One test for both, for it does every operation twice.
    costs = measure_all(prepared, tmp_path)
    budgets = {cost.operation.name: (cost.repeat, cost.operation.budget) for cost in costs if cost.operation.budget}
    assert len(budgets) >= 8
    assert [name for name, (gas, budget) in budgets.items() if gas > budget] == []
    assert snapshots.differences({"gas.txt": snapshots.gas_text(costs)}) == [], ON_PURPOSE


def test_changes__a_number_that_grew_or_fell__is_named_with_both() -> None:
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
