"""Each screen at its limit: just below, at it, just above; and what one screen does not see in what another found."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from oracles.screens import ActColumns, Flags, ReportKey, Screen, all_screens
from oracles.screens.claims import claim_screens
from oracles.screens.duration import DurationTooLongScreen, DurationTooShortScreen
from oracles.screens.overlap import OverlappingActScreen
from oracles.screens.period import BaselineHistoryScreen, ExceptHistory, OutsidePeriodScreen
from oracles.screens.quantity import QuantityTooLargeScreen, QuantityTooSmallScreen
from oracles.screens.repetition import RepeatedActScreen
from oracles.screens.scenario import UnknownScenarioScreen
from oracles.screens.speed import TooFastScreen
from oracles.sources.records import RecordColumns
from registry.domain.methodology import load_shipped
from registry.domain.reasons import Reason
from tests.oracles.factory import AUGUST, PROJECT, cycling
from tests.oracles.screens.fakes import FakeClaims

KEY = ReportKey(PROJECT, 1)
START = AUGUST.start_day * 86_400


def acts(**columns: list[Any]) -> ActColumns:
    """A batch; columns that are not given have honest values. Times are seconds into August, UTC."""
    length = len(next(iter(columns.values())))
    fields = {
        "at": [n * 10_000 for n in range(length)],
        "seconds": [600] * length,
        "scenario": [1] * length,
        "quantity": [1000] * length,
        "start_tag": [b"%16d" % n for n in range(length)],
        "act_id": [b"%32d" % n for n in range(length)],
        "look_alike": [b"%16d" % n for n in range(length)],
        **columns,
    }
    times = [START + second for second in fields["at"]]
    records = RecordColumns(
        first=0,
        act_key=["a"] * length,
        occurred_at=times,
        duration_seconds=fields["seconds"],
        scenario=fields["scenario"],
        quantity=fields["quantity"],
        actor=[bytes(32)] * length,
        actor_start_day=fields["start_tag"],
        actor_end_day=fields.get("end_tag", fields["start_tag"]),
    )
    days = [(second + 28_800) // 86_400 for second in times]
    return ActColumns(records, fields["act_id"], fields["look_alike"], days)


def flagged(screen: Screen, **columns: list[Any]) -> list[int]:
    return list(screen.flag(acts(**columns)))


def test_unknown_scenario__not_the_filed_one__is_flagged() -> None:
    assert flagged(UnknownScenarioScreen(1), scenario=[0, 1, 2, 65_535]) == [0, 2, 3]


def test_outside_period__first_and_last_local_second_are_inside() -> None:
    first = -8 * 3600
    last = 31 * 86_400 - 8 * 3600 - 1
    assert flagged(OutsidePeriodScreen(AUGUST), at=[first - 1, first, last, last + 1, -(10**12), 10**12]) == [
        0,
        3,
        4,
        5,
    ]


@pytest.mark.parametrize("history_days", [0, 2])
def test_history__days_before_the_period__are_neither_outside_nor_claimed_before(history_days: int) -> None:
    days = [17014 + each for each in (-3, -2, -1, 0, 30, 31)]  # AUGUST is 17014 to 17044
    at = [(day - 17014) * 86_400 for day in days]
    window = [n for n, day in enumerate(days) if 17014 - history_days <= day < 17014]
    history = BaselineHistoryScreen(AUGUST, history_days)
    assert flagged(history, at=at) == window
    assert flagged(OutsidePeriodScreen(AUGUST, history_days), at=at) == [n for n in (0, 1, 2, 5) if n not in window]
    claimed = FakeClaims({b"%32d" % n: ReportKey(PROJECT, 9) for n in range(6)})
    screen = ExceptHistory(claim_screens(claimed, KEY)[0], history)
    assert flagged(screen, at=at) == [n for n in range(6) if n not in window]


@pytest.mark.parametrize(("quantity", "small", "large"), [(-(2**63), 1, 0), (-1, 1, 0), (0, 1, 0), (1, 0, 0)])
def test_quantity__negative_zero_one(quantity: int, small: int, large: int) -> None:
    assert len(flagged(QuantityTooSmallScreen(cycling()), quantity=[quantity])) == small
    assert len(flagged(QuantityTooLargeScreen(cycling()), quantity=[quantity])) == large


def test_quantity__below_at_and_above_the_greatest() -> None:
    assert flagged(QuantityTooLargeScreen(cycling()), quantity=[19_999, 20_000, 20_001, 2**63 - 1]) == [2, 3]


def test_quantity__of_an_unknown_scenario__only_nothing_is_flagged() -> None:
    columns = {"scenario": [9, 9, 9], "quantity": [0, 1, 2**63 - 1]}
    assert flagged(QuantityTooSmallScreen(cycling()), **columns) == [0]
    assert flagged(QuantityTooLargeScreen(cycling()), **columns) == []


def test_duration__negative_zero_one_and_around_the_longest() -> None:
    seconds = [-1, 0, 1, 7199, 7200, 7201]
    assert flagged(DurationTooShortScreen(cycling()), seconds=seconds) == [0, 1]
    assert flagged(DurationTooLongScreen(cycling()), seconds=seconds) == [5]


def test_too_fast__one_metre_above_25_km_an_hour__is_flagged() -> None:
    # 600 s at 25,000 m/h are 4,166.67 m.
    assert flagged(TooFastScreen(cycling()), quantity=[4166, 4167], seconds=[600, 600]) == [1]
    assert flagged(TooFastScreen(cycling()), quantity=[25_000, 25_001], seconds=[3600, 3600]) == [1]


def test_too_fast__without_a_duration__has_no_speed() -> None:
    assert flagged(TooFastScreen(cycling()), quantity=[5000, 5000], seconds=[0, -5]) == []


def test_too_fast__enormous_quantity__does_not_overflow() -> None:
    assert flagged(TooFastScreen(cycling()), quantity=[2**63 - 1], seconds=[2**31 - 1]) == [0]


def test_too_fast__of_a_plant__is_more_than_its_capacity_gives_in_the_time() -> None:
    # 1 MW, the most the methodology admits: a megawatt-hour in an hour, a quarter of it in a quarter.
    screen = TooFastScreen(load_shipped()["pv-shanghai-2024"])
    quantity, seconds = [1_000_000, 1_000_001, 250_000, 250_001], [3600, 3600, 900, 900]
    assert flagged(screen, quantity=quantity, seconds=seconds) == [1, 3]


def test_repeated_act__the_first_is_kept_across_batches() -> None:
    screen = RepeatedActScreen()
    assert flagged(screen, act_id=[b"a", b"b", b"a"]) == [2]
    assert flagged(screen, act_id=[b"c", b"b"]) == [1]
    assert flagged(screen, act_id=[b"d", b"e"]) == []


def test_overlap__touching_is_none_one_second_is_one() -> None:
    tag = [b"x" * 16] * 3
    assert flagged(OverlappingActScreen(cycling()), at=[0, 600, 1199], seconds=[600] * 3, start_tag=tag) == [2]


def test_overlap__inside_equal_and_after_a_flagged_one() -> None:
    tag = [b"x" * 16] * 4
    # The second lies inside the first and is flagged; it reaches beyond the third, which is then not flagged for it.
    assert flagged(
        OverlappingActScreen(cycling()), at=[0, 100, 700, 700], seconds=[600, 5000, 60, 60], start_tag=tag
    ) == [1, 3]


def test_overlap__another_actor_or_day__is_none() -> None:
    assert flagged(OverlappingActScreen(cycling()), at=[0, 10], start_tag=[b"x" * 16, b"y" * 16]) == []


def test_overlap__over_midnight__is_found_by_the_tag_of_the_end() -> None:
    tags = {"start_tag": [b"1" * 16, b"2" * 16], "end_tag": [b"2" * 16, b"2" * 16]}
    assert flagged(OverlappingActScreen(cycling()), at=[0, 300], **tags) == [1]


def test_overlap__an_implausibly_long_one__counts_as_a_statement() -> None:
    tag = [b"x" * 16] * 2
    assert flagged(OverlappingActScreen(cycling()), at=[0, 40_000], seconds=[50_000, 600], start_tag=tag) == [1]


def test_overlap__without_duration_or_of_another_scenario__does_not_count() -> None:
    tag = [b"x" * 16] * 3
    columns = {"at": [0, 0, 10], "seconds": [-50, 600, 600], "scenario": [1, 9, 1], "start_tag": tag}
    assert flagged(OverlappingActScreen(cycling()), **columns) == []


def test_overlap__is_remembered_across_batches() -> None:
    screen = OverlappingActScreen(cycling())
    assert flagged(screen, at=[0], start_tag=[b"x" * 16]) == []
    assert flagged(screen, at=[599], start_tag=[b"x" * 16]) == [0]


def test_claimed_before__only_acts_of_other_reports() -> None:
    a, b, c = (letter * 32 for letter in (b"a", b"b", b"c"))
    claims = FakeClaims(claimed_ids={a: ReportKey(PROJECT, 1), b: ReportKey(PROJECT + 1, 1)})
    assert flagged(claim_screens(claims, KEY)[0], act_id=[a, b, c]) == [1]


def test_relabelled_copy__same_act_is_none_another_act_is_one() -> None:
    a, b, c, y, z = (letter * 32 for letter in (b"a", b"b", b"c", b"y", b"z"))
    k, l, m = (letter * 16 for letter in (b"k", b"l", b"m"))  # noqa: E741
    claims = FakeClaims(seen={k: {a}, l: {b, c}})
    columns = {"look_alike": [k, k, l, m], "act_id": [a, z, b, y]}
    assert flagged(claim_screens(claims, KEY)[1], **columns) == [1, 2]


def test_claims__are_asked_once_a_batch_for_both_screens() -> None:
    asked = []

    class Counting(FakeClaims):
        def flag(self, act_ids: pa.Array, look_alikes: pa.Array, excluding: ReportKey) -> Flags:
            asked.append(len(act_ids))
            return super().flag(act_ids, look_alikes, excluding)

    before, copy = claim_screens(Counting(), KEY)
    for batch in (acts(act_id=[b"a" * 32]), acts(act_id=[b"b" * 32] * 2)):
        before.flag(batch)
        copy.flag(batch)
    assert asked == [1, 2]


def test_screens__stand_in_the_documented_order_of_reasons() -> None:
    screens = all_screens(cycling(), 1, AUGUST, FakeClaims(), KEY)
    assert [*(screen.reason for screen in screens), Reason.NO_BASELINE] == list(Reason)
