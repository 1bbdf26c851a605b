"""Days, periods and the scheme's time zone."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.days import (
    CHINA_OFFSET_SECONDS,
    LAST_DAY,
    Period,
    check_day,
    from_day,
    local_day,
    local_minute_text,
    parse_day,
    to_day,
    vintage_of,
)
from registry.domain.errors import InvalidPeriod

days = st.integers(0, LAST_DAY)


def test_to_day__counts_from_1970() -> None:
    assert [to_day(date(1970, 1, 1)), to_day(date(2016, 8, 1)), to_day(date.max)] == [0, 17014, LAST_DAY]


@pytest.mark.parametrize("value", [datetime(2016, 8, 1, tzinfo=UTC), "2016-08-01", 17014, None, date(1969, 12, 31)])
def test_to_day__of_no_plain_date_since_1970__is_refused(value: Any) -> None:
    with pytest.raises(InvalidPeriod):
        to_day(value)


@given(days)
def test_day__there_and_back__is_the_same(day: int) -> None:
    assert to_day(from_day(day)) == day
    assert parse_day(from_day(day).isoformat()) == day
    assert vintage_of(day) == from_day(day).year


@pytest.mark.parametrize("day", [-1, LAST_DAY + 1, 10**30, True, 1.0, "1", None])
def test_day__out_of_the_calendar__is_refused(day: Any) -> None:
    for function in (from_day, check_day, vintage_of):
        with pytest.raises(InvalidPeriod):
            function(day)


@pytest.mark.parametrize(
    "text", ["2016-02-30", "2016-13-01", "2016-8-1", "20160801", "2016-W31-1", "", "1969-01-01", None]
)
def test_parse_day__of_no_date__is_refused(text: Any) -> None:
    with pytest.raises(InvalidPeriod):
        parse_day(text)


@given(st.integers(0, 4_000_000_000), st.sampled_from([0, CHINA_OFFSET_SECONDS, -18_000, 20_700]))
def test_local_day_and_minute__agree_with_datetime(seconds: int, offset: int) -> None:
    moment = datetime.fromtimestamp(max(seconds, 86_400), timezone(timedelta(seconds=offset)))
    assert local_day(max(seconds, 86_400), offset) == to_day(moment.date())
    assert local_minute_text(max(seconds, 86_400), offset) == moment.isoformat(timespec="minutes")


def test_local_day__turns_at_local_midnight() -> None:
    midnight = int(datetime(2016, 7, 31, 16, tzinfo=UTC).timestamp())
    assert local_day(midnight - 1, CHINA_OFFSET_SECONDS) == parse_day("2016-07-31")
    assert local_day(midnight, CHINA_OFFSET_SECONDS) == parse_day("2016-08-01")


@pytest.mark.parametrize(("seconds", "offset"), [(-1, 0), (10**18, 0), (0, 90_000), (0, 30), (1.5, 0), (0, -3600)])
def test_local_day__of_nonsense__is_refused(seconds: Any, offset: Any) -> None:
    with pytest.raises(InvalidPeriod):
        local_day(seconds, offset)


def test_period__has_both_ends_and_a_vintage() -> None:
    august = Period.parse("2016-08-01..2016-08-31")
    assert august == Period(17014, 17044)
    assert august.vintage == 2016
    assert august.text == "2016-08-01..2016-08-31"
    assert [day in august for day in (17013, 17014, 17044, 17045)] == [False, True, True, False]


def test_period__of_one_day__is_a_period() -> None:
    assert 17014 in Period(17014, 17014)


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        (17015, 17014, "last day is before its first"),
        (parse_day("2016-12-31"), parse_day("2017-01-01"), "one calendar year"),
        (-1, 5, "start_day"),
        (0, "5", "end_day"),
    ],
)
def test_period__reversed_across_years_or_no_days__is_refused(start: Any, end: Any, problem: str) -> None:
    with pytest.raises(InvalidPeriod, match=problem):
        Period(start, end)


@pytest.mark.parametrize("text", ["", "2016-08-01", "2016-08-01..", "..", "2016-08-01...2016-08-31", None, 3])
def test_period__malformed__is_refused(text: Any) -> None:
    with pytest.raises(InvalidPeriod):
        Period.parse(text)
