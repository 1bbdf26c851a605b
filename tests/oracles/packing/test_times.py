"""Local times are read strictly, and as the standard library reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracles.packing.times import offset_seconds, time_parser

PADDED = "%Y-%m-%d %H:%M"
SHORT = "%Y/%-m/%-d %-H:%M"


@pytest.mark.parametrize(
    "text",
    [
        *("2016-8-01 00:23", "2016-08-01 0:23", "2016-08-01T00:23", "2016-08-01 00:23 ", "2016-08-01 00:23:00"),
        *("", "16-08-01 00:23", "２０１６-08-01 00:23", "2016-13-01 00:23", "2016-02-30 00:23", "2016-08-01 24:00"),
        *("2016-08-01 23:60", "1969-08-01 10:00", "0000-00-00 00:00", "+016-08-01 00:23"),
    ],
)
def test_parse__another_form_or_no_such_time__is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time_parser(PADDED, "+08:00")(text)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))
def test_parse__padded__equals_the_standard_library(moment: datetime) -> None:
    text = moment.strftime(PADDED)
    expected = datetime.strptime(text, PADDED).replace(tzinfo=timezone(timedelta(hours=8)))
    assert time_parser(PADDED, "+08:00")(text) == int(expected.timestamp())


def test_parse__hour_month_and_day_without_zeros__is_read() -> None:
    expected = datetime(2020, 7, 31, 16, 43, tzinfo=UTC)
    assert time_parser(SHORT, "+08:00")("2020/8/1 0:43") == int(expected.timestamp())


def test_parse__seconds_and_west_of_greenwich__are_read() -> None:
    expected = datetime(2020, 1, 1, 15, 32, 7, tzinfo=UTC)
    assert time_parser("%d.%m.%Y %H:%M:%S", "-03:30")("01.01.2020 12:02:07") == int(expected.timestamp())


@pytest.mark.parametrize("time_format", ["%Y-%m-%d", "%Y-%m-%d %H:%M %p", "%Y-%m-%d %H:%M %H", "%Y-%m-%d %H:%M%", "x"])
def test_parser__format_lacks_repeats_or_has_unknown_parts__is_refused(time_format: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time_parser(time_format, "+08:00")


@pytest.mark.parametrize("text", ["8", "+8:00", "08:00", "+08:60", "+15:00", "+14:30", "Z", "+08:00\n"])
def test_offset__not_of_the_form_or_too_far__is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        offset_seconds(text)


def test_offset__east_and_west() -> None:
    assert (offset_seconds("+08:00"), offset_seconds("-03:30")) == (28_800, -12_600)
