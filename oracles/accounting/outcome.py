"""What an engine gives, and what it is."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from oracles.accounting.engine import QuarantinedAct
from oracles.accounting.task import Task
from registry.domain.reasons import Reason
from registry.log.packed import PackedLeaves


class Scratch:
    """A folder that goes away when nobody holds this object any more."""

    def __init__(self, parent: Path) -> None:
        """Raises OSError."""
        parent.mkdir(parents=True, exist_ok=True)
        self.path = Path(tempfile.mkdtemp(dir=parent, prefix="accounting-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        """Takes it away at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one package comes to. Leaves and claims may lie in files that go away with this object."""

    records: int
    leaves: PackedLeaves
    """Of the acts that count, the first of them at the task's `serial_start`."""
    grams: int
    """Of all leaves."""
    quarantined: list[QuarantinedAct]
    """In the order of the package."""
    findings: dict[Reason, int]
    """Records that show each thing, whatever else they show; only those that occur."""
    claims: pa.Table | Path
    """What the claim store keeps once the report is accepted (`CLAIM_SCHEMA`)."""
    scratch: Scratch | None = None
    """Where the files lie."""

    @property
    def reasons(self) -> dict[Reason, int]:
        """Quarantined records by the one reason each carries; adds up to all of them."""
        found = Counter(act.reason for act in self.quarantined)
        return {reason: found[reason] for reason in Reason if found[reason]}


class Engine(Protocol):
    """Computes packages. Engines are independent, and agree to the byte."""

    @property
    def name(self) -> str:
        """How it is chosen and told."""

    def account(self, records: Path, task: Task) -> Outcome:
        """Screens and counts the records of a Parquet file; refuses no record.

        Raises:
            InvalidEvidence: the file has another schema, or an act key is not that of its record.
            InvalidQuantity: the number line would end beyond LINE_END.
            EngineFailed: the engine itself does not work.
        """
