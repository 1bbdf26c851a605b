"""claimed_before, relabelled_copy: what the network has seen already.

claimed_before   the act is a leaf of some log of the network: invariant 10, one act, one leaf
relabelled_copy  an act that differs only in its year was examined before. Two honest acts meet like that by chance a
                 few times in a hundred thousand (one bike, one minute of another year); a copied file does always
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from oracles.screens.acts import ActColumns
from registry.domain.acts import ACT_ID_BYTES, LOOK_ALIKE_BYTES
from registry.domain.reasons import Reason

Positions = npt.NDArray[np.intp]

CLAIM_SCHEMA = pa.schema(
    [
        pa.field("act_id", pa.binary(ACT_ID_BYTES), nullable=False),
        pa.field("look_alike", pa.binary(LOOK_ALIKE_BYTES), nullable=False),
        # True: a leaf of the log. False: examined and quarantined as implausible; may not be relabelled either.
        pa.field("counted", pa.bool_(), nullable=False),
    ]
)
"""Acts as a claim store takes them: an Arrow table of this schema, or a Parquet file of it where they are many."""


class Claim(NamedTuple):
    """One row of `CLAIM_SCHEMA`."""

    act_id: bytes
    look_alike: bytes
    counted: bool


def claim_table(claims: Iterable[Claim]) -> pa.Table:
    """A few claims as a table."""
    return pa.Table.from_pylist([claim._asdict() for claim in claims], CLAIM_SCHEMA)


class ReportKey(NamedTuple):
    """Names one report."""

    project_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Flags:
    """Positions in a batch, ascending."""

    claimed: Positions
    """Acts that are leaves of some log."""
    relabelled: Positions
    """Acts with a look-alike: another act, counted or quarantined as implausible, has the same look-alike key."""


class ClaimStore(Protocol):
    """What an oracle knows of the acts of earlier reports."""

    def flag(
        self, act_ids: pa.FixedSizeBinaryArray, look_alikes: pa.FixedSizeBinaryArray, excluding: ReportKey
    ) -> Flags:
        """Those of a batch that were seen before. Any order, tens of millions at once; the more at once, the faster.

        act_ids, look_alikes: of one length, 32 and 16 bytes each; arrays or chunked arrays.
        excluding: what came from this report is left out, so that computing it again does not find its own acts.
        """


class _Asked:
    """Asks the store once for both screens."""

    def __init__(self, claims: ClaimStore, report: ReportKey) -> None:
        self._claims = claims
        self._report = report
        self._last: tuple[ActColumns, Flags] | None = None

    def flags(self, acts: ActColumns) -> Flags:
        if self._last is None or self._last[0] is not acts:
            act_ids = pa.array(acts.act_id, pa.binary(ACT_ID_BYTES))
            look_alikes = pa.array(acts.look_alike, pa.binary(LOOK_ALIKE_BYTES))
            self._last = acts, self._claims.flag(act_ids, look_alikes, self._report)
        return self._last[1]


class ClaimedBeforeScreen:
    reason = Reason.CLAIMED_BEFORE

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked

    def flag(self, acts: ActColumns) -> list[int]:
        return list(self._asked.flags(acts).claimed)


class RelabelledCopyScreen:
    reason = Reason.RELABELLED_COPY

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked

    def flag(self, acts: ActColumns) -> list[int]:
        return list(self._asked.flags(acts).relabelled)


def claim_screens(claims: ClaimStore, report: ReportKey) -> tuple[ClaimedBeforeScreen, RelabelledCopyScreen]:
    """Both screens over one store."""
    asked = _Asked(claims, report)
    return ClaimedBeforeScreen(asked), RelabelledCopyScreen(asked)
