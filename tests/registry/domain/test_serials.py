"""Ids as the contracts build them, and serial ranges with their one printed form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidSerial
from registry.domain.ids import (
    FIRST_JURISDICTION,
    LAST_JURISDICTION,
    MAX_PROJECT_NUMBER,
    MAX_SEQ,
    batch_id,
    check_jurisdiction,
    project_id,
    split_batch_id,
    split_project_id,
)
from registry.domain.serials import SerialRange, parse_batch, parse_project, printed_batch, printed_project
from registry.domain.units import LINE_END

SHANGHAI_1 = 310000 << 32 | 1
PRINTED = "PH-310000-0001-2016-001-000000000001-000000012345"

jurisdictions = st.integers(FIRST_JURISDICTION, LAST_JURISDICTION)
numbers = st.integers(1, MAX_PROJECT_NUMBER)
seqs = st.integers(1, MAX_SEQ)


@st.composite
def serial_ranges(draw: st.DrawFn) -> SerialRange:
    start = draw(st.integers(0, LINE_END - 1))
    end = draw(st.integers(start + 1, LINE_END))
    vintage = draw(st.integers(1970, 9999))
    return SerialRange(project_id(draw(jurisdictions), draw(numbers)), draw(seqs), vintage, start, end)


def test_ids__are_built_as_in_the_contracts() -> None:
    assert project_id(310000, 1) == SHANGHAI_1
    assert batch_id(SHANGHAI_1, 5) == SHANGHAI_1 << 64 | 5


@given(jurisdictions, numbers, seqs)
def test_ids__split__give_their_parts(jurisdiction: int, number: int, seq: int) -> None:
    project = project_id(jurisdiction, number)
    assert split_project_id(project) == (jurisdiction, number)
    assert split_batch_id(batch_id(project, seq)) == (project, seq)


@pytest.mark.parametrize("jurisdiction", [0, 109_999, 830_000, 1_000_000, -1, True, "310000", None])
def test_jurisdiction__that_has_no_projects__is_refused(jurisdiction: Any) -> None:
    with pytest.raises(InvalidSerial):
        check_jurisdiction(jurisdiction)
    with pytest.raises(InvalidSerial):
        project_id(jurisdiction, 1)


@pytest.mark.parametrize("number", [0, -1, MAX_PROJECT_NUMBER + 1, 1.0])
def test_project_number__out_of_range__is_refused(number: Any) -> None:
    with pytest.raises(InvalidSerial):
        project_id(310000, number)


@pytest.mark.parametrize("project", [0, 1, 310000 << 32, 2**64, -1, "x", None])
def test_project_id__that_is_none__is_refused(project: Any) -> None:
    for function in (split_project_id, printed_project):
        with pytest.raises(InvalidSerial):
            function(project)


@pytest.mark.parametrize("batch", [0, SHANGHAI_1, SHANGHAI_1 << 64, (SHANGHAI_1 << 64) | 2**63, 2**128, -5, None])
def test_batch_id__that_is_none__is_refused(batch: Any) -> None:
    with pytest.raises(InvalidSerial):
        split_batch_id(batch)


def test_serial_range__is_printed_inclusive_and_from_one() -> None:
    found = SerialRange(SHANGHAI_1, 1, 2016, 0, 12345)
    assert found.printed() == PRINTED
    assert SerialRange.parse(PRINTED) == found
    assert (found.grams, found.batch_id) == (12345, batch_id(SHANGHAI_1, 1))


@given(serial_ranges())
def test_serial_range__there_and_back__is_the_same(found: SerialRange) -> None:
    assert SerialRange.parse(found.printed()) == found


def test_serial_range__beyond_the_widths__is_printed_longer() -> None:
    found = SerialRange(project_id(310000, 12345), 4321, 2016, 10**12, 10**13)
    assert found.printed() == "PH-310000-12345-2016-4321-1000000000001-10000000000000"
    assert SerialRange.parse(found.printed()) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PH",
        PRINTED.lower(),
        PRINTED + " ",
        PRINTED + "\n",
        PRINTED.replace("PH", "XX"),
        PRINTED.replace("-", "_"),
        PRINTED.replace("310000", "031000"),
        PRINTED.replace("-0001-", "-00001-"),
        PRINTED.replace("-0001-", "-0000-"),
        PRINTED.replace("-001-", "-0001-"),
        PRINTED.replace("-001-", "-000-"),
        PRINTED.replace("-2016-", "-1969-"),
        PRINTED.replace("000000000001", "0000000000001"),
        PRINTED.replace("000000000001", "000000000000"),
        PRINTED.replace("000000000001", "000000012346"),
        PRINTED.replace("000000012345", "9999999999999999999"),
        PRINTED.replace("000000000001", "00000000000１"),
        None,
        7,
    ],
)
def test_serial_range__in_any_other_writing__is_refused(text: Any) -> None:
    with pytest.raises(InvalidSerial):
        SerialRange.parse(text)


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 5), (0, LINE_END + 1), (0, True), (0.0, 5), (None, 5)])
def test_serial_range__empty_reversed_or_no_integers__is_refused(start: Any, end: Any) -> None:
    with pytest.raises(InvalidSerial):
        SerialRange(SHANGHAI_1, 1, 2016, start, end)


@pytest.mark.parametrize(("project", "seq", "vintage"), [(1, 1, 2016), (SHANGHAI_1, 0, 2016), (SHANGHAI_1, 1, 16)])
def test_serial_range__of_no_batch__is_refused(project: int, seq: int, vintage: int) -> None:
    with pytest.raises(InvalidSerial):
        SerialRange(project, seq, vintage, 0, 1)


def test_serial_range__holds_its_first_and_not_its_end() -> None:
    found = SerialRange(SHANGHAI_1, 1, 2016, 10, 20)
    assert [serial in found for serial in (9, 10, 19, 20)] == [False, True, True, False]


@pytest.mark.parametrize(("start", "end", "overlap"), [(0, 10, False), (0, 11, True), (19, 30, True), (20, 30, False)])
def test_overlap__of_ranges_that_touch__is_none(start: int, end: int, overlap: bool) -> None:
    found = SerialRange(SHANGHAI_1, 1, 2016, 10, 20)
    other = SerialRange(SHANGHAI_1, 2, 2017, start, end)
    assert found.overlaps(other) is overlap
    assert other.overlaps(found) is overlap


def test_overlap__of_two_projects__is_none() -> None:
    found = SerialRange(SHANGHAI_1, 1, 2016, 10, 20)
    assert not found.overlaps(SerialRange(SHANGHAI_1 + 1, 1, 2016, 10, 20))


def test_project_and_batch__there_and_back__are_the_same() -> None:
    assert printed_project(SHANGHAI_1) == "PH-310000-0001"
    assert parse_project("PH-310000-0001") == SHANGHAI_1
    assert printed_batch(batch_id(SHANGHAI_1, 3), 2016) == "PH-310000-0001-2016-003"
    assert parse_batch("PH-310000-0001-2016-003") == (batch_id(SHANGHAI_1, 3), 2016)


@pytest.mark.parametrize("text", ["", "PH-310000", "PH-310000-00001", "PH-999999-0001", "310000-0001", None])
def test_project__malformed__is_refused(text: Any) -> None:
    with pytest.raises(InvalidSerial):
        parse_project(text)


@pytest.mark.parametrize(
    "text", ["", "PH-310000-0001-2016", "PH-310000-0001-2016-0003", "PH-310000-0001-2016-000", None]
)
def test_batch__malformed__is_refused(text: Any) -> None:
    with pytest.raises(InvalidSerial):
        parse_batch(text)
