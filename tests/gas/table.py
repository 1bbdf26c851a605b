"""The gas figures as a table in docs/benchmarks.md, between its markers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.gas.operations import Cost
from tests.gas.plain import PlainCost
from tests.gas.worst_cases import WorstCase

BEGIN, END = "<!-- gas: begin (make bench-gas) -->", "<!-- gas: end -->"


def markdown(costs: Sequence[Cost], plain: Sequence[PlainCost], worst: Sequence[WorstCase]) -> str:
    """The three tables."""
    beside = {cost.name: cost for cost in plain}
    lines = [
        "| operation | first | repeat | budget | plain | ratio | what it includes |",
        "|---|---|---|---|---|---|---|",
    ]
    for cost in costs:
        operation = cost.operation
        floor = beside[operation.plain].repeat if operation.plain else None
        ratio = f"{operation.plain} {floor:,} | {cost.repeat / floor:.2f}" if floor else "- | -"
        budget = f"{operation.budget:,}" if operation.budget else "-"
        lines.append(
            f"| {operation.name} | {cost.first:,} | {cost.repeat:,} | {budget} | {ratio} | {operation.includes} |"
        )
    lines += ["", "| plain ERC-1155 of OpenZeppelin 5.1.0 | first | repeat |", "|---|---|---|"]
    lines += [f"| {cost.name} | {cost.first:,} | {cost.repeat:,} |" for cost in plain]
    lines += ["", "| worst case | gas | for comparison |", "|---|---|---|"]
    lines += [f"| {case.name} | {case.gas:,} | {case.comparison} |" for case in worst]
    return "\n".join(lines) + "\n"


def write_between_markers(document: Path, text: str) -> None:
    """Replaces what stands between the markers of a document, which must have both."""
    before, _, rest = document.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{document} has no {BEGIN} with {END} after it")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", "utf-8")
