"""All screens, in the order in which their reasons are given."""

from __future__ import annotations

from oracles.screens.acts import Screen
from oracles.screens.claims import ClaimStore, ReportKey, claim_screens
from oracles.screens.duration import DurationTooLongScreen, DurationTooShortScreen
from oracles.screens.exclusions import ExcludedElsewhereScreen, ExclusionList
from oracles.screens.overlap import OverlappingActScreen
from oracles.screens.period import BaselineHistoryScreen, ExceptHistory, OutsidePeriodScreen
from oracles.screens.quantity import QuantityTooLargeScreen, QuantityTooSmallScreen
from oracles.screens.repetition import RepeatedActScreen
from oracles.screens.scenario import UnknownScenarioScreen
from oracles.screens.speed import TooFastScreen
from registry.domain.days import Period
from registry.domain.methodology import Methodology
from registry.domain.reasons import Reason


def all_screens(
    methodology: Methodology,
    scenario: int,
    period: Period,
    claims: ClaimStore,
    report: ReportKey,
    exclusions: ExclusionList | None = None,
) -> list[Screen]:
    """Fresh screens for one package. A record that shows several things carries the first reason of this list.

    scenario: the number of the scenario that the project is filed for; it is one of the methodology's.
    report: the report being computed; its own acts, if it was computed and recorded before, are not held against it.
    exclusions: what other mechanisms have credited; None where the jurisdiction has no list.
    """
    baseline = methodology.scenario(scenario).baseline
    history_days = baseline.days if baseline else 0
    history = BaselineHistoryScreen(period, history_days)
    claimed_before, relabelled = claim_screens(claims, report)
    screens: list[Screen] = [
        UnknownScenarioScreen(scenario),
        OutsidePeriodScreen(period, history_days),
        QuantityTooSmallScreen(methodology),
        QuantityTooLargeScreen(methodology),
        DurationTooShortScreen(methodology),
        DurationTooLongScreen(methodology),
        TooFastScreen(methodology),
        RepeatedActScreen(),
        ExceptHistory(claimed_before, history),
        ExcludedElsewhereScreen(exclusions),
        relabelled,
        OverlappingActScreen(methodology),
        history,
    ]
    # The enumeration is where the order is documented; a screen of its own order would contradict it. Whether an act
    # has a baseline is known only when all screens have spoken (oracles/accounting/baselines.py).
    assert [*(screen.reason for screen in screens), Reason.NO_BASELINE] == list(Reason)
    return screens
