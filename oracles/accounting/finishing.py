"""The second half of a columnar engine: over sorted batches, what one record does not show by itself.

Repeated acts, claims, overlaps; then the one reason of each record, and the leaves. Batches are a few hundred thousand
rows; nothing here walks over single records but those that are set aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from oracles.accounting.columns import bit
from oracles.accounting.engine import IMPLAUSIBLE
from oracles.accounting.task import Task
from oracles.screens.claims import CLAIM_SCHEMA
from registry.domain.acts import ACT_ID_BYTES, LOOK_ALIKE_BYTES
from registry.domain.reasons import Reason
from registry.domain.units import LINE_END, check_integer
from registry.log.leaf import LEAF_VERSION
from registry.log.packed import LEAF_DTYPE

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Finished:
    """What a package comes to."""

    records: int
    counted: int
    serial_end: int
    findings: dict[Reason, int]
    set_aside: pa.Table
    """position, act_id, look_alike, reason (its place in `Reason`), by position."""
    suspect_keys: list[int]
    """Positions of records whose act key has to be looked at."""


class Finisher:
    """Takes the batches of `columns.accounted` in their order, writes leaves and claims as it goes."""

    def __init__(self, task: Task, singled: Mapping[Reason, Array], leaves: Path, claims: Path) -> None:
        """singled: positions of records that were found one by one, ascending."""
        self._task = task
        self._singled = singled
        self._excluded = np.array(sorted(task.exclusions.acts if task.exclusions else ()), "V32")
        self._leaves = leaves
        self._claims = claims
        self._serial = task.serial_start
        self._counted = 0
        self._records = 0
        self._findings: Counter[Reason] = Counter()
        self._aside: list[pa.Table] = []
        self._suspect: list[int] = []
        self._last_id = b""

    def finish(self, batches: Iterable[pa.RecordBatch]) -> Finished:
        """Raises InvalidQuantity: the line would end beyond LINE_END. And what the claim store raises."""
        with (
            self._leaves.open("wb") as leaves,
            pq.ParquetWriter(self._claims, CLAIM_SCHEMA, compression="none", use_dictionary=False) as claims,
        ):
            for batch in batches:
                if batch.num_rows:
                    packed, table = self._take(batch)
                    leaves.write(packed)
                    claims.write_table(table)
        aside = pa.concat_tables(self._aside) if self._aside else _aside_schema().empty_table()
        return Finished(
            records=self._records,
            counted=self._counted,
            serial_end=self._serial,
            findings={reason: self._findings[reason] for reason in Reason if self._findings[reason]},
            set_aside=aside.sort_by("position"),
            suspect_keys=sorted(self._suspect),
        )

    def _take(self, batch: pa.RecordBatch) -> tuple[memoryview, pa.Table]:
        ids = fixed(batch.column("act_id"), ACT_ID_BYTES)
        looks = fixed(batch.column("look_alike"), LOOK_ALIKE_BYTES)
        if self._task.methodology.scenario(self._task.scenario).act.recurs:
            # Acts of another year are like these without any suspicion: each is like itself alone.
            looks = np.ascontiguousarray(ids[:, :LOOK_ALIKE_BYTES])
        position = batch.column("position").to_numpy()
        bits = batch.column("findings").to_numpy().astype(np.int64)
        self._records += len(bits)
        right = batch.column("key_is_right").to_numpy(zero_copy_only=False)
        self._suspect.extend(position[~right].tolist())
        bits |= np.where(self._repeated(ids), bit(Reason.REPEATED_ACT), 0)
        flags = self._task.claims.flag(_array(ids, ACT_ID_BYTES), _array(looks, LOOK_ALIKE_BYTES), self._task.report)
        bits[flags.claimed] |= bit(Reason.CLAIMED_BEFORE)
        bits[flags.relabelled] |= bit(Reason.RELABELLED_COPY)
        bits[self._listed(ids)] |= bit(Reason.EXCLUDED_ELSEWHERE)
        for reason, positions in self._singled.items():
            if len(positions):
                bits |= np.where(np.isin(position, positions), bit(reason), 0)
        for each in Reason:
            self._findings[each] += int(np.count_nonzero(bits & bit(each)))
        counts = bits == 0
        first = _first_reason(bits[~counts])
        self._set_aside(position[~counts], ids[~counts], looks[~counts], first)
        return self._pack(batch, ids, counts), self._claimed(ids, looks, counts, first)

    def _repeated(self, ids: Array) -> Array:
        """Rows come act by act: all but the first of one act repeat it."""
        words = ids.view(np.uint64).reshape(len(ids), -1)
        same = np.zeros(len(ids), bool)
        same[1:] = (words[1:] == words[:-1]).all(axis=1)
        same[0] = ids[0].tobytes() == self._last_id
        self._last_id = ids[-1].tobytes()
        return same

    def _listed(self, ids: Array) -> Array:
        """Rows whose act stands on the exclusion list by its id."""
        if not len(self._excluded):
            return np.zeros(0, np.intp)
        # The first eight bytes tell nearly all apart; the few that are left are compared whole.
        words = self._excluded.view(np.uint64).reshape(-1, 4)[:, 0]
        near = np.flatnonzero(np.isin(ids.view(np.uint64).reshape(len(ids), -1)[:, 0], words))
        whole = {entry.tobytes() for entry in self._excluded}
        return np.array([row for row in near.tolist() if ids[row].tobytes() in whole], np.intp)

    def _pack(self, batch: pa.RecordBatch, ids: Array, counts: Array) -> memoryview:
        grams = batch.column("grams").to_numpy()[counts].astype(np.uint64)
        leaves = np.empty(len(grams), LEAF_DTYPE)
        if len(grams):
            # What would end beyond the line is noticed before a sum of 64 bits could come round.
            few = int(grams.max()) < 2**62 // len(grams)
            total = int(grams.sum()) if few else sum(grams.tolist())
            end = check_integer(self._serial + total, "serial_end", 0, LINE_END)
            leaves["serial_start"] = np.cumsum(grams) - grams + np.uint64(self._serial)
            self._serial = end
        leaves["grams"] = grams
        leaves["quantity"] = batch.column("quantity").to_numpy()[counts]
        leaves["occurred_on"] = batch.column("occurred_on").to_numpy()[counts]
        leaves["scenario"] = batch.column("scenario").to_numpy()[counts]
        leaves["version"] = LEAF_VERSION
        leaves["act_id"] = ids[counts].view("V32").ravel()
        leaves["actor"] = fixed(batch.column("actor"), ACT_ID_BYTES)[counts].view("V32").ravel()
        self._counted += len(leaves)
        return leaves.view(np.uint8).data

    def _set_aside(self, position: Array, ids: Array, looks: Array, reason: Array) -> None:
        if len(position):
            columns = [pa.array(position), _array(ids, ACT_ID_BYTES), _array(looks, LOOK_ALIKE_BYTES), pa.array(reason)]
            self._aside.append(pa.table(columns, schema=_aside_schema()))

    def _claimed(self, ids: Array, looks: Array, counts: Array, reason: Array) -> pa.Table:
        """What is kept of the acts: those that count, and those that were really examined."""
        kept = counts.copy()
        kept[~counts] = np.isin(reason, [list(Reason).index(each) for each in IMPLAUSIBLE])
        columns = [_array(ids[kept], ACT_ID_BYTES), _array(looks[kept], LOOK_ALIKE_BYTES), pa.array(counts[kept])]
        return pa.table(columns, schema=CLAIM_SCHEMA)


def _first_reason(bits: Array) -> Array:
    """The place in `Reason` of the lowest bit of each."""
    first = np.zeros(len(bits), np.int8)
    for place in reversed(range(len(Reason))):
        first[(bits >> place) & 1 == 1] = place
    return first


def fixed(column: pa.Array, width: int) -> Array:
    """Texts of one length as rows of bytes. Raises ValueError for another length: an engine gave what it must not."""
    if pa.types.is_fixed_size_binary(column.type):
        whole = np.frombuffer(column.buffers()[1], np.uint8)
        return whole[column.offset * width : (column.offset + len(column)) * width].reshape(-1, width)
    offsets = np.frombuffer(column.buffers()[1], np.int64 if pa.types.is_large_binary(column.type) else np.int32)
    offsets = offsets[column.offset : column.offset + len(column) + 1]
    if column.null_count or np.any(np.diff(offsets) != width):
        raise ValueError(f"a column has values that are not {width} bytes")
    content = np.frombuffer(column.buffers()[2], np.uint8)
    return content[offsets[0] : offsets[-1]].reshape(-1, width)


def _array(rows: Array, width: int) -> pa.FixedSizeBinaryArray:
    whole = np.ascontiguousarray(rows)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(whole), [None, pa.py_buffer(whole)])


def _aside_schema() -> pa.Schema:
    names = ("position", pa.int64()), ("act_id", pa.binary(ACT_ID_BYTES)), ("look_alike", pa.binary(LOOK_ALIKE_BYTES))
    return pa.schema([*names, ("reason", pa.int8())])
