"""An engine that computes with columns: any number of acts in bounded memory, the same bytes as the reference engine.

A backend runs the two expressions of `columns.py`; everything else is shared. Where a rule compares acts with earlier
days of their asset, the reference engine does the work: such packages have one record a household and day.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from oracles.accounting.act_keys import ActKeyCheck
from oracles.accounting.columns import accounted, contested, listed
from oracles.accounting.engine import QuarantinedAct
from oracles.accounting.finishing import Array, Finished, Finisher
from oracles.accounting.outcome import Outcome, Scratch
from oracles.accounting.reference import ReferenceEngine
from oracles.accounting.task import Task
from oracles.screens.exclusions import is_excluded
from oracles.screens.overlap import overlapping
from oracles.sources.records import RecordColumns, check_schema, record_batches
from registry.domain.acts import check_secret
from registry.domain.days import SECONDS_PER_DAY
from registry.domain.reasons import Reason
from registry.log.packed import PackedLeaves

_LEAVES, _CLAIMS = "leaves.bin", "claims.parquet"


class Session(Protocol):
    """The records of one package in an engine that is ready to compute."""

    @property
    def records(self) -> ir.Table:
        """Of `RECORD_SCHEMA`, with `position`, an int64 from 0 in the order of the file."""

    def batches(self, expression: ir.Table) -> Iterable[pa.RecordBatch]:
        """The rows of an ordered expression in their order."""


class Backend(Protocol):
    """Where columns are computed."""

    @property
    def name(self) -> str:
        """How it is chosen and told."""

    def session(self, records: Path, task: Task, scratch: Path) -> AbstractContextManager[Session]:
        """Opens a Parquet file of records, with the functions that `columns.py` declares."""


class ColumnarEngine:
    """An `Engine` over a backend."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.name = backend.name

    def account(self, records: Path, task: Task) -> Outcome:
        """See `Engine.account`."""
        if task.rule.baseline is not None:
            return ReferenceEngine().account(records, task)
        check_secret(task.pepper, "network pepper")
        check_schema(records)
        scratch = Scratch(task.scratch)
        try:
            return self._account(records, task, scratch)
        except BaseException:
            scratch.remove()
            raise

    def _account(self, records: Path, task: Task, scratch: Scratch) -> Outcome:
        leaves, claims = scratch.path / _LEAVES, scratch.path / _CLAIMS
        with self._backend.session(records, task, scratch.path) as session:
            singled = {
                Reason.OVERLAPPING_ACT: self._overlapping(session, task),
                Reason.EXCLUDED_ELSEWHERE: self._excluded(session, task),
            }
            finisher = Finisher(task, singled, leaves, claims)
            finished = finisher.finish(session.batches(accounted(session.records, task)))
        check_keys(records, finished.suspect_keys, task)
        return Outcome(
            records=finished.records,
            leaves=PackedLeaves.mapped(leaves),
            grams=finished.serial_end - task.serial_start,
            quarantined=quarantined(records, finished),
            findings=finished.findings,
            claims=claims,
            scratch=scratch,
        )

    def _overlapping(self, session: Session, task: Task) -> Array:
        exclusive = tuple(each.number for each in task.methodology.scenarios if each.limits.overlap)
        if not exclusive:
            return np.zeros(0, np.int64)
        busy_until: dict[bytes, int] = {}
        found: list[int] = []
        for batch in session.batches(contested(session.records, exclusive)):
            columns = batch.to_pydict()
            rows = zip(*(columns[name] for name in batch.schema.names if name != "position"), strict=True)
            found += [columns["position"][row] for row in overlapping(rows, exclusive, busy_until)]
        return np.array(found, np.int64)

    def _excluded(self, session: Session, task: Task) -> Array:
        assets = task.exclusions.assets if task.exclusions else {}
        if not assets:
            return np.zeros(0, np.int64)
        wanted, found = ibis.memtable(pa.table({"asset": list(assets)})), []
        offset = task.methodology.offset_seconds
        for batch in session.batches(listed(session.records, wanted, offset)):
            for row in batch.to_pylist():
                if is_excluded(assets, row["asset"], (row["occurred_at"] + offset) // SECONDS_PER_DAY):
                    found.append(row["position"])
        return np.array(sorted(found), np.int64)


def check_keys(records: Path, positions: list[int], task: Task) -> None:
    """Says what is wrong with act keys that are not as the scenario wants them; some may pass.

    Raises InvalidEvidence.
    """
    check = ActKeyCheck(task.methodology)
    for one in _rows(records, positions):
        check.check(one)


def quarantined(records: Path, finished: Finished) -> list[QuarantinedAct]:
    """The records that were set aside, with what they say, in the order of the package."""
    aside = finished.set_aside.to_pydict()
    reasons = list(Reason)
    rows = _rows(records, aside["position"])
    found = []
    for one, act_id, look_alike, reason in zip(
        rows, aside["act_id"], aside["look_alike"], aside["reason"], strict=True
    ):
        found.append(
            QuarantinedAct(
                position=one.first,
                act_id=act_id,
                act_key=one.act_key[0],
                occurred_at=one.occurred_at[0],
                duration_seconds=one.duration_seconds[0],
                scenario=one.scenario[0],
                quantity=one.quantity[0],
                reason=reasons[reason],
                look_alike=look_alike,
            )
        )
    return found


def _rows(path: Path, positions: list[int]) -> Iterable[RecordColumns]:
    """Single records by their positions, ascending."""
    wanted = np.array(positions, np.int64)
    first = at = 0
    for batch in record_batches(path):
        if at == len(wanted):
            return
        end = int(np.searchsorted(wanted, first + batch.num_rows))
        taken = batch.take(pa.array(wanted[at:end] - first)).to_pydict()
        for offset, position in enumerate(wanted[at:end].tolist()):
            yield RecordColumns(position, *([values[offset]] for values in taken.values()))
        first, at = first + batch.num_rows, end
