"""What the screens look at: the records of a package with what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from oracles.sources.records import RecordColumns
from registry.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class ActColumns:
    """A batch of records, column by column; the derived lists have the same length and order."""

    records: RecordColumns
    act_id: list[bytes]
    """The nullifiers."""
    look_alike: list[bytes]
    """HMAC of the act key without its year, shortened to 16 bytes; never leaves the oracle."""
    occurred_on: list[int]
    """Local days since 1970-01-01."""

    def __len__(self) -> int:
        return len(self.act_id)


class Screen(Protocol):
    """Finds the records that show one thing.

    Batches come in the order of the package; a screen may keep what it needs from earlier ones. A screen looks at every
    record, whatever other screens found in it.
    """

    @property
    def reason(self) -> Reason:
        """What it looks for."""

    def flag(self, acts: ActColumns) -> Iterable[int]:
        """Positions in the batch of the records that show it."""
