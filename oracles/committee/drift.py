"""Does a report look like the earlier ones of its project? A warning to people, never a refusal: towns grow.

    acts per day       counted acts / days of the period
    mean quantity      sum of the quantities of all records / records
    set aside, by reason   records of that reason / records

Each is held against the median of up to twelve earlier reports. It drifts if it is farther from it than five times the
median of their own distances, and than half of the median (amounts) or one in a hundred (shares): one or two earlier
reports have no distances to speak of. Integers only. Kept in figures/<project>/<seq>.json of the oracle's home.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from oracles.screens import ReportKey
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import InvalidInput
from registry.domain.reasons import Reason
from registry.files import write_whole

EARLIER_MAX: Final = 12
DISTANCES: Final = 5
THOUSANDTHS: Final = 1_000
MILLION: Final = 1_000_000
SHARE_LEAST: Final = MILLION // 100


@dataclass(frozen=True, slots=True)
class Figures:
    """What of a report is compared."""

    days: int
    records: int
    counted: int
    quantity: int
    """Of all records, in base units."""
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing in which a report differs from the earlier ones."""

    measure: str
    """acts_per_day, mean_quantity, or the reason whose share it is."""
    now: int
    """In thousandths; a share in millionths."""
    usual: int
    """The median of the earlier reports, likewise."""
    reports: int
    """How many they are."""

    @property
    def text(self) -> str:
        """One line, such as "acts_per_day is 12.000, usual in the 3 before it 40.500"."""
        usual = f"usual in the {self.reports} before it {self._shown(self.usual)}"
        return f"{self.measure} is {self._shown(self.now)}, {usual}"

    def _shown(self, value: int) -> str:
        if self.measure in set(Reason):
            return f"{value} in {MILLION:,}"
        return f"{value // THOUSANDTHS}.{value % THOUSANDTHS:03d}"


def drift(now: Figures, earlier: Sequence[Figures]) -> tuple[Drift, ...]:
    """Everything in which `now` is not as usual; nothing where nothing is known of earlier reports."""
    found: list[Drift] = []
    if not earlier:
        return ()
    for name, own, others in (
        ("acts_per_day", _acts_per_day(now), [_acts_per_day(each) for each in earlier]),
        ("mean_quantity", _mean_quantity(now), [_mean_quantity(each) for each in earlier]),
    ):
        found += _differing(name, own, others, least=abs(_median(others)) // 2)
    for reason in Reason:
        shares = [_share(each, reason) for each in earlier]
        found += _differing(reason.value, _share(now, reason), shares, least=SHARE_LEAST)
    return tuple(found)


def keep_figures(folder: Path, report: ReportKey, figures: Figures) -> None:
    """Keeps the figures of an accepted report."""
    path = _path(folder, report)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, canonical_json(asdict(figures)))


def earlier_figures(folder: Path, report: ReportKey) -> list[Figures]:
    """Those of the last reports before this one. What is not there or cannot be read is left out: it only warns."""
    found = []
    for seq in range(report.seq - 1, max(0, report.seq - 1 - EARLIER_MAX), -1):
        try:
            fields: Any = parse_strict_json(_path(folder, ReportKey(report.project_id, seq)).read_bytes())
            figures = Figures(**fields)
            numbers = (figures.days, figures.records, figures.counted, figures.quantity, *figures.reasons.values())
        except (OSError, InvalidInput, TypeError, AttributeError):
            continue
        if all(type(number) is int for number in numbers) and figures.days > 0 and figures.records > 0:
            found.append(figures)
    return found


def _path(folder: Path, report: ReportKey) -> Path:
    return folder / str(report.project_id) / f"{report.seq}.json"


def _acts_per_day(figures: Figures) -> int:
    return figures.counted * THOUSANDTHS // figures.days


def _mean_quantity(figures: Figures) -> int:
    return figures.quantity * THOUSANDTHS // figures.records


def _share(figures: Figures, reason: Reason) -> int:
    return figures.reasons.get(reason.value, 0) * MILLION // figures.records


def _differing(name: str, own: int, others: Sequence[int], least: int) -> Iterable[Drift]:
    usual = _median(others)
    distances = _median([abs(other - usual) for other in others])
    if abs(own - usual) > max(DISTANCES * distances, least):
        yield Drift(name, own, usual, len(others))


def _median(values: Sequence[int]) -> int:
    """Of an even number the lower mean of the two in the middle."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
