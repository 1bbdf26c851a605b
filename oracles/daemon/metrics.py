"""The numbers of a daemon as Prometheus reads them, and whether it is well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from oracles.daemon.state import State

SILENT_SECONDS = 60.0
"""A chain that did not answer for so long, or a loop that did not end a round, is not well."""

_GAUGES = {
    "block_number": "Newest block that was seen.",
    "seen_chain_at": "When the chain answered last, seconds since 1970.",
    "round_ended_at": "When the last round ended, seconds since 1970.",
    "packages_missing": "Listed packages of which there is no copy.",
}


class _Collector:
    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        state = self._state
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"puhui_oracle_{name}", text, value=getattr(state, name))
        events = CounterMetricFamily("puhui_oracle_events", "What happened, by kind.", labels=["event"])
        for event, count in sorted(dict(state.counts).items()):
            events.add_metric([event], count)
        yield events
        of_projects = {
            "behind_reports": ("Final reports that are not kept.", state.behind),
            "unjudged_report": ("Number of a report that can be disputed and was not recomputed.", state.unjudged),
            "agreeing_signatures": ("Signatures like this oracle's, of a report without quorum.", state.waiting),
        }
        for name, (text, values) in of_projects.items():
            gauge = GaugeMetricFamily(f"puhui_oracle_{name}", text, labels=["project"])
            for project, value in sorted(dict(values).items()):
                gauge.add_metric([str(project)], value)
            yield gauge
        yield GaugeMetricFamily("puhui_oracle_wrong_reports", "Accepted reports computed otherwise.", len(state.wrong))


def metrics_text(state: State) -> bytes:
    """All numbers in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(state))
    return generate_latest(registry)


def health(state: State, now: float) -> tuple[bool, dict[str, Any]]:
    """(whether it is well, what it says of itself)."""
    problems = []
    if now - state.seen_chain_at > SILENT_SECONDS:
        problems.append("the chain does not answer")
    if now - state.round_ended_at > SILENT_SECONDS and not state.busy_with:
        problems.append("the loop stands still")
    if state.wrong:
        problems.append(f"{len(state.wrong)} accepted report(s) are not what this oracle computes")
    said = {
        "well": not problems,
        "problems": problems,
        "dry_run": state.dry_run,
        "busy_with": state.busy_with,
        "block_number": state.block_number,
        "behind": {str(project): count for project, count in dict(state.behind).items() if count},
        "waiting": {str(project): count for project, count in dict(state.waiting).items() if count},
        "unjudged": {str(project): seq for project, seq in dict(state.unjudged).items()},
        "packages_missing": state.packages_missing,
    }
    return not problems, said
