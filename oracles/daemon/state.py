"""What a daemon counts and shows: for `/healthz` and `/metrics`. Written by the loop, read by the listener."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from registry.services.oracle_messages import OpenPlace


@dataclass(slots=True)
class State:
    """Numbers of one process. `counts` never fall; the other fields are as the last round saw them."""

    counts: Counter[str] = field(default_factory=Counter)
    """Event -> how often: signed, submitted, kept, published, disputed, equivocations, failures, messages, refused."""
    block_number: int = -1
    seen_chain_at: float = 0.0
    """When the chain answered last, seconds since 1970 UTC."""
    round_ended_at: float = 0.0
    behind: dict[int, int] = field(default_factory=dict)
    """Project -> final reports that this oracle has not kept."""
    wrong: set[bytes] = field(default_factory=set)
    """Digests of accepted reports that this oracle computes otherwise, of the last reports of projects."""
    unjudged: dict[int, int] = field(default_factory=dict)
    """Project -> number of its last report, if it can still be disputed and could not be recomputed here."""
    waiting: dict[int, int] = field(default_factory=dict)
    """Project -> signatures that agree with this oracle's, of a report that waits for its quorum."""
    places: dict[int, OpenPlace] = field(default_factory=dict)
    """Project -> its open place: for what the listener takes messages."""
    packages_missing: int = 0
    dry_run: bool = True
    busy_with: str = ""
    """What the loop does now that may take long: recomputing a report."""

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Says what the loop does while it does it."""
        self.busy_with = what
        try:
            yield
        finally:
            self.busy_with = ""

    def note_place(self, project_id: int, place: OpenPlace | None) -> None:
        """Notes where the next report of a project has to stand; None while the last one can still fall."""
        if place is None:
            self.places.pop(project_id, None)
        else:
            self.places[project_id] = place
