"""A claim store in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from oracles.screens import ReportKey


@dataclass
class FakeClaims:
    """Claims by act id, and look-alikes by key."""

    claimed_ids: dict[bytes, ReportKey] = field(default_factory=dict)
    seen: dict[bytes, set[bytes]] = field(default_factory=dict)

    def claimed(self, act_ids: Sequence[bytes], excluding: ReportKey) -> set[bytes]:
        return {act_id for act_id in act_ids if self.claimed_ids.get(act_id, excluding) != excluding}

    def look_alikes(self, keys: Sequence[bytes], excluding: ReportKey) -> dict[bytes, set[bytes]]:
        return {key: self.seen[key] for key in keys if key in self.seen}
