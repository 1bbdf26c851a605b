"""A claim store in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from oracles.screens import Flags, ReportKey


@dataclass
class FakeClaims:
    """Claims by act id, and look-alikes by key."""

    claimed_ids: dict[bytes, ReportKey] = field(default_factory=dict)
    seen: dict[bytes, set[bytes]] = field(default_factory=dict)

    def flag(self, act_ids: pa.Array, look_alikes: pa.Array, excluding: ReportKey) -> Flags:
        acts, keys = act_ids.to_pylist(), look_alikes.to_pylist()
        claimed = [self.claimed_ids.get(act_id, excluding) != excluding for act_id in acts]
        relabelled = [self.seen.get(key, {act_id}) != {act_id} for act_id, key in zip(acts, keys, strict=True)]
        return Flags(np.flatnonzero(claimed), np.flatnonzero(relabelled))
