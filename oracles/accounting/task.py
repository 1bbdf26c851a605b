"""What an engine is asked: everything besides the records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oracles.screens import ClaimStore, ReportKey
from oracles.screens.exclusions import ExclusionList
from registry.domain.days import Period, zone_text
from registry.domain.methodology import Methodology, Rule


@dataclass(frozen=True, slots=True)
class Task:
    """One package by one rule. Two engines with equal tasks and records give equal bytes."""

    methodology: Methodology
    scenario: int
    """The one that the project is filed for; it is one of the methodology's."""
    rule: Rule
    """Of that scenario, in the year and jurisdiction of the package."""
    period: Period
    pepper: bytes
    """The network's, for act ids."""
    claims: ClaimStore
    exclusions: ExclusionList | None
    """What other mechanisms have credited; None where the jurisdiction has no list."""
    report: ReportKey
    """The report being computed; its own acts, if it was recorded before, are not held against it."""
    serial_start: int
    """Where the project's number line is."""
    scratch: Path
    """A folder for what does not fit into memory; the engine makes what it needs in it and takes it away."""

    @property
    def zone_text(self) -> str:
        """What ends the time of an act key: "+08:00"."""
        return zone_text(self.methodology.offset_seconds)
