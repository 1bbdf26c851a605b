"""Baselines: seven days of the same meter, none missing, one act a day, and nothing gained by cutting days up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.accounting import Accounting, account
from oracles.committee.history import check_history
from oracles.packing.records import Record
from oracles.screens import ClaimStore, ReportKey, all_screens
from registry.domain.acts import act_id, act_key_text, look_alike
from registry.domain.days import Period, local_minute_text
from registry.domain.errors import InvalidEvidence
from registry.domain.methodology import definition_of, load_shipped, methodology_of
from registry.domain.reasons import Reason
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from tests.oracles.accounting.test_engine import columns
from tests.oracles.factory import PEPPER, PROJECT
from tests.oracles.screens.fakes import FakeClaims

JUNE = Period.parse("2022-06-08..2022-06-30")
SHENZHEN = 440300
CITY_WH, GRAMS_PER_WH = Fraction(3001), Fraction(5, 10)
KEY = ReportKey(PROJECT, 1)


def power() -> Any:
    """The methodology of Shenzhen with values of a test in the place of those that were not seen."""
    found = definition_of(load_shipped()["electricity-shenzhen-2022"])
    found["parameters"][0]["values"][0]["value"] = 5000
    found["parameters"][1]["values"][0]["value"] = 3001
    return methodology_of(found)


POWER = power()


def day_of(day: int, quantity: int, meter: str = "M1", minute: int = 0) -> Record:
    """What a meter counted on a day of June 2022, from midnight on."""
    at = (JUNE.start_day - 8 + day) * 86_400 - 28_800 + 60 * minute
    fields = {"meter": meter, "start": local_minute_text(at, 28_800)}
    tag = f"{meter}-{day}-{minute}".encode().ljust(16)  # another person each time, so that no acts overlap
    return Record(at, act_key_text("household-power", fields), quantity, 86_400, 1, bytes(32), tag, tag)


def counted(records: Sequence[Record], claims: ClaimStore | None = None, batch: int = 10_000) -> Accounting:
    screens = all_screens(POWER, 1, JUNE, claims or FakeClaims(), KEY)
    rule = POWER.rule(1, 2022, SHENZHEN)
    ordered = sorted(records)
    batches = [columns(ordered[start : start + batch], start) for start in range(0, len(ordered), batch)]
    return account(batches, POWER, 1, rule, PEPPER, screens)


def reasons(result: Accounting) -> dict[str, Reason]:
    return {act.act_key[-22:-12]: act.reason for act in result.quarantined}


def test_baseline__seven_days_before_the_period__serve_and_are_not_counted() -> None:
    result = counted([day_of(day, 4000 + day) for day in range(1, 10)])
    assert result.reasons == {Reason.BASELINE_HISTORY: 7}
    # On the 8th the mean was 4004 Wh, on the 9th 4005 Wh: both used more.
    assert [act.grams for act in result.counted] == [0, 0]
    assert [claim["act_id"] for claim in result.claims().to_pylist()] == [act.act_id for act in result.counted]


def test_baseline__less_than_the_mean__is_half_a_gram_a_wh_rounded_down() -> None:
    records = [day_of(day, 7000) for day in range(1, 8)] + [day_of(8, 6001), day_of(9, 6995)]
    # (7000 - 6001) x 0.5; then the mean of six times 7000 and 6001 is 6857.28...
    assert [act.grams for act in counted(records).counted] == [499, 0]


@pytest.mark.parametrize(("quantity", "grams"), [(3000, 0), (2999, 1), (1, 1500)])
def test_baseline__below_the_citys__needs_no_day_before(quantity: int, grams: int) -> None:
    assert [act.grams for act in counted([day_of(8, quantity)]).counted] == [grams]


def test_baseline__at_the_citys__needs_its_days() -> None:
    assert counted([day_of(8, 3001)]).reasons == {Reason.NO_BASELINE: 1}


@pytest.mark.parametrize("missing", range(1, 8))
def test_baseline__any_day_missing__sets_the_act_aside(missing: int) -> None:
    result = counted([day_of(day, 4000) for day in range(1, 9) if day != missing])
    assert (result.reasons, len(result.counted)) == ({Reason.BASELINE_HISTORY: 6, Reason.NO_BASELINE: 1}, 0)
    assert result.findings == result.reasons
    # It was an act all the same: nobody may claim it as one of another year.
    assert [claim["counted"] for claim in result.claims().to_pylist()] == [False]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"quantity": 100_001}, Reason.QUANTITY_TOO_LARGE),
        ({"duration_seconds": 3600}, Reason.DURATION_TOO_SHORT),
        ({"scenario": 9}, Reason.UNKNOWN_SCENARIO),
    ],
)
def test_baseline__a_day_that_was_set_aside__is_missing(bad: dict[str, int], reason: Reason) -> None:
    records = [day_of(day, 4000)._replace(**(bad if day == 4 else {})) for day in range(1, 9)]
    assert reasons(counted(records)) == {
        **{f"2022-06-{day:02d}": Reason.BASELINE_HISTORY for day in range(1, 8)},
        "2022-06-04": reason,
        "2022-06-08": Reason.NO_BASELINE,
    }


def test_baseline__days_of_another_meter__do_not_serve() -> None:
    records = [day_of(day, 4000, "M2") for day in range(1, 8)] + [day_of(8, 3500)]
    assert counted(records).reasons == {Reason.BASELINE_HISTORY: 7, Reason.NO_BASELINE: 1}


def test_baseline__second_act_of_a_day__has_none__even_below_the_citys() -> None:
    result = counted([day_of(8, 100), day_of(8, 90, minute=1), day_of(8, 80, minute=2)])
    assert ([act.quantity for act in result.counted], result.reasons) == ([100], {Reason.NO_BASELINE: 2})


def test_history__claimed_by_the_report_before__is_no_suspicion() -> None:
    history = [day_of(day, 4000) for day in range(1, 8)]
    claims = FakeClaims({act_id(PEPPER, record.act_key): ReportKey(PROJECT, 9) for record in history})
    result = counted([*history, day_of(8, 3500)], claims)
    assert result.findings == {Reason.BASELINE_HISTORY: 7}
    assert [act.grams for act in result.counted] == [250]


def test_history__more_than_seven_days_before__is_outside() -> None:
    assert counted([day_of(0, 4000), day_of(1, 4000)]).reasons == {Reason.OUTSIDE_PERIOD: 1, Reason.BASELINE_HISTORY: 1}


def on_paper(records: Sequence[Record]) -> dict[bytes, int]:
    """Act id -> grams, by the words of the source and in fractions."""
    first: dict[tuple[str, int], Record] = {}
    for record in sorted(records):
        meter, day = record.act_key.split(";")[1], (record.occurred_at + 28_800) // 86_400
        if JUNE.start_day - 7 <= day <= JUNE.end_day:
            first.setdefault((meter, day), record)
    found = {}
    for (meter, day), record in first.items():
        before = [first[meter, earlier] for earlier in range(day - 7, day) if (meter, earlier) in first]
        if day < JUNE.start_day or (record.quantity >= CITY_WH and len(before) < 7):
            continue
        mean = Fraction(sum(each.quantity for each in before), 7)
        baseline = CITY_WH if record.quantity < CITY_WH else mean
        grams = max(Fraction(0), baseline - record.quantity) * GRAMS_PER_WH
        found[act_id(PEPPER, record.act_key)] = grams.__floor__()
    return found


ACTS = st.tuples(st.integers(0, 22), st.integers(2990, 3020), st.sampled_from("AB"), st.integers(0, 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, max_size=60, unique_by=lambda act: (act[0], act[2], act[3])), st.integers(1, 20))
def test_baseline__any_days__come_to_what_fractions_say_in_batches_of_any_size(acts: list[Any], batch: int) -> None:
    records = [day_of(*act) for act in acts]
    result = counted(records, batch=batch)
    assert {act.act_id: act.grams for act in result.counted} == on_paper(records)
    assert len(result.counted) + len(result.quarantined) == result.records


# The days before


def a_log(folder: Path, quantities: dict[int, int]) -> tuple[LogStore, int]:
    """A log that counted one act of meter M1 on some days of June."""
    log = LogStore(folder)
    records = [day_of(day, quantity) for day, quantity in sorted(quantities.items())]
    leaves = []
    for record in records:
        day = (record.occurred_at + 28_800) // 86_400
        leaves.append(Leaf(0, 0, record.quantity, day, 1, act_id(PEPPER, record.act_key), bytes(32)).pack())
    log.append(leaves)
    return log, len(leaves)


@pytest.mark.parametrize("restated", [None, 1, 4, 7])
def test_history__other_than_the_report_before_counted__refuses_the_package(
    tmp_path: Path, restated: int | None
) -> None:
    log, size = a_log(tmp_path, dict.fromkeys(range(1, 8), 4000))
    result = counted([*(day_of(day, 9000 if day == restated else 4000) for day in range(1, 8)), day_of(8, 3500)])
    if restated is None:
        check_history(result.quarantined, log, size, JUNE.start_day - 7)
        return
    with pytest.raises(InvalidEvidence, match="given as 9000 now, an earlier report counted 4000") as refusal:
        check_history(result.quarantined, log, size, JUNE.start_day - 7)
    assert f"2022-06-0{restated}T00:00" in str(refusal.value)


def test_history__that_no_report_counted__is_left_to_the_verifier(tmp_path: Path) -> None:
    log, size = a_log(tmp_path, {1: 4000})
    result = counted([day_of(day, 9000) for day in range(2, 9)])
    check_history(result.quarantined, log, size, JUNE.start_day - 7)
    check_history(result.quarantined, log, 0, JUNE.start_day - 7)


def test_acts_that_recur__have_their_like_in_every_year_and_are_no_copies() -> None:
    """A meter is read at midnight of each 8th of June."""
    record = day_of(8, 2000)
    seen = {look_alike(record.act_key): {b"the same day of last year"}}
    assert counted([record], FakeClaims(seen=seen)).findings == {}
    found = definition_of(POWER)
    found["scenarios"][0]["act"]["recurs"] = False
    ride = methodology_of(found)
    screens = all_screens(ride, 1, JUNE, FakeClaims(seen=seen), KEY)
    result = account([columns([record])], ride, 1, ride.rule(1, 2022, SHENZHEN), PEPPER, screens)
    assert result.findings == {Reason.RELABELLED_COPY: 1}
