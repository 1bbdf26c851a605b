"""claimed_before, relabelled_copy: what the network has seen already.

claimed_before   the act is a leaf of some log of the network: invariant 10, one act, one leaf
relabelled_copy  an act that differs only in its year was examined before. Two honest acts meet like that by chance a
                 few times in a hundred thousand (one bike, one minute of another year); a copied file does always
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from oracles.screens.acts import ActColumns
from registry.domain.reasons import Reason


class ReportKey(NamedTuple):
    """Names one report."""

    project_id: int
    seq: int


class ClaimStore(Protocol):
    """What an oracle knows of the acts of earlier reports.

    `excluding` leaves out what came from one report, so that computing a report again does not find its own acts.
    """

    def claimed(self, act_ids: Sequence[bytes], excluding: ReportKey) -> set[bytes]:
        """Those of the acts that are leaves of some log."""

    def look_alikes(self, keys: Sequence[bytes], excluding: ReportKey) -> dict[bytes, set[bytes]]:
        """Look-alike key -> ids of the acts seen with it, counted or quarantined as implausible. Only keys with any."""


class ClaimedBeforeScreen:
    reason = Reason.CLAIMED_BEFORE

    def __init__(self, claims: ClaimStore, report: ReportKey) -> None:
        self._claims = claims
        self._report = report

    def flag(self, acts: ActColumns) -> list[int]:
        claimed = self._claims.claimed(acts.act_id, self._report)
        return [position for position, act_id in enumerate(acts.act_id) if act_id in claimed] if claimed else []


class RelabelledCopyScreen:
    reason = Reason.RELABELLED_COPY

    def __init__(self, claims: ClaimStore, report: ReportKey) -> None:
        self._claims = claims
        self._report = report

    def flag(self, acts: ActColumns) -> list[int]:
        seen = self._claims.look_alikes(acts.look_alike, self._report)
        if not seen:
            return []
        rows = zip(acts.look_alike, acts.act_id, strict=True)
        # The same act itself has the same id: that is a claim made before, not a relabelled one.
        return [position for position, (key, act_id) in enumerate(rows) if seen.get(key, {act_id}) != {act_id}]
