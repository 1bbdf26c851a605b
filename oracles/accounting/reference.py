"""The reference engine: plain Python, all in memory. For packages of some hundred thousand records."""

from __future__ import annotations

from pathlib import Path

from oracles.accounting.engine import account
from oracles.accounting.outcome import Outcome
from oracles.accounting.task import Task
from oracles.screens import all_screens
from oracles.sources.records import read_records
from registry.log.packed import PackedLeaves


class ReferenceEngine:
    """An `Engine`."""

    name = "reference"

    def account(self, records: Path, task: Task) -> Outcome:
        """See `Engine.account`."""
        screens = all_screens(task.methodology, task.scenario, task.period, task.claims, task.report, task.exclusions)
        done = account(read_records(records), task.methodology, task.scenario, task.rule, task.pepper, screens)
        return Outcome(
            records=done.records,
            leaves=PackedLeaves.of(done.leaves(task.serial_start)),
            grams=done.grams,
            quarantined=done.quarantined,
            findings=done.findings,
            claims=done.claims(),
        )
