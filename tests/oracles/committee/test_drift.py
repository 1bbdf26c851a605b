"""Drift is told at its limit: just at it, just beyond; with one report before it and with many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from oracles.committee.drift import Figures, drift, earlier_figures, keep_figures
from oracles.screens import ReportKey
from registry.domain.days import Period
from tests.oracles.committee.test_keeping import accept, computed
from tests.oracles.conftest import Committee
from tests.oracles.factory import PROJECT, Ride, month, signed

USUAL = Figures(days=30, records=3_000, counted=2_990, quantity=6_000_000, reasons={"too_fast": 10})


def measures(now: Figures, *earlier: Figures) -> list[str]:
    return [each.measure for each in drift(now, earlier)]


def test_first_report__drifts_from_nothing() -> None:
    assert measures(USUAL) == []


@pytest.mark.parametrize(
    ("counted", "found"), [(1_495, []), (1_494, ["acts_per_day"]), (4_484, []), (4_485, ["acts_per_day"])]
)
def test_one_report_before__half_as_much_again_or_less(counted: int, found: list[str]) -> None:
    now = replace(USUAL, counted=counted)
    # Days are floored to thousandths: 99,666 a day is the usual, 49,833 its half.
    assert measures(now, USUAL) == found


def test_another_length__is_no_drift() -> None:
    assert measures(replace(USUAL, days=60, counted=5_980, records=6_000, quantity=12_000_000, reasons={}), USUAL) == []


def test_mean_quantity__is_of_all_records() -> None:
    assert measures(replace(USUAL, quantity=9_000_000), USUAL) == []
    assert measures(replace(USUAL, quantity=9_000_003), USUAL) == ["mean_quantity"]
    assert measures(replace(USUAL, quantity=-(2**62)), USUAL) == ["mean_quantity"]


@pytest.mark.parametrize(("count", "found"), [(40, []), (41, ["too_fast"])])
def test_share_of_a_reason__by_more_than_one_in_a_hundred(count: int, found: list[str]) -> None:
    assert measures(replace(USUAL, reasons={"too_fast": count}), USUAL) == found


def test_new_reason__is_told() -> None:
    assert measures(replace(USUAL, reasons={"too_fast": 10, "relabelled_copy": 31}), USUAL) == ["relabelled_copy"]


def test_many_reports__one_odd_one_moves_nothing_and_wide_swings_are_usual() -> None:
    odd = replace(USUAL, counted=30)
    assert measures(odd, USUAL, USUAL, odd, USUAL) == ["acts_per_day"]
    swings = [replace(USUAL, counted=counted) for counted in (1_000, 2_000, 3_000, 4_000, 5_000)]
    # The median of the distances from 3,000 is 1,000; five times that is the limit.
    assert measures(replace(USUAL, counted=8_000), *swings) == []
    assert measures(replace(USUAL, counted=8_001), *swings) == ["acts_per_day"]


def test_text__says_both_values_and_how_many() -> None:
    found = drift(replace(USUAL, counted=300, reasons={"too_fast": 300}), [USUAL, USUAL])
    assert [each.text for each in found] == [
        "acts_per_day is 10.000, usual in the 2 before it 99.666",
        "too_fast is 100000 in 1,000,000, usual in the 2 before it 3333 in 1,000,000",
    ]


def test_kept__the_last_twelve_that_can_be_read(tmp_path: Path) -> None:
    for seq in range(1, 16):
        keep_figures(tmp_path, ReportKey(PROJECT, seq), replace(USUAL, counted=seq))
    assert [each.counted for each in earlier_figures(tmp_path, ReportKey(PROJECT, 15))] == list(range(14, 2, -1))
    for seq, content in {14: b"{", 13: b"[]", 12: b'{"days":0}', 11: b"\xff"}.items():
        (tmp_path / str(PROJECT) / f"{seq}.json").write_bytes(content)
    keep_figures(tmp_path, ReportKey(PROJECT, 10), replace(USUAL, days=0))
    (tmp_path / str(PROJECT) / "9.json").unlink()
    assert [each.counted for each in earlier_figures(tmp_path, ReportKey(PROJECT, 15))] == list(range(8, 2, -1))
    assert earlier_figures(tmp_path, ReportKey(PROJECT + 1, 15)) == []


def test_oracle__tells_a_month_that_is_not_as_the_one_before(committee: Committee, tmp_path: Path) -> None:
    assert accept(committee, signed(tmp_path / "august", month())).drift == ()
    period = Period.parse("2016-09-01..2016-09-30")
    rides = [Ride(bike=str(1 + n), user=str(n), start=f"2016-09-{5 + n:02d} 08:00") for n in range(5)]
    found = computed(committee, signed(tmp_path / "september", rides, period=period)).drift
    assert [(each.measure, each.reports) for each in found] == [("acts_per_day", 1)]
    assert (found[0].now, found[0].usual) == (5_000 // 30, 40_000 // 31)
