"""Where serials went: compared with looking at every gram, on random disjoint ranges."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from registry.db.models import Cancellation, Offset, Retirement
from registry.db.session import Database
from registry.domain.errors import InvalidInput
from registry.services.views.paging import PageRequest, encode_cursor
from registry.services.views.uses import Uses, uses_of
from tests.api import network_rows as rows

LINE_END = 60


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    built = rows.build(tmp_path_factory.mktemp("uses"))
    yield built.database
    built.database.close()


@st.composite
def lines(draw: st.DrawFn) -> list[tuple[int, int, bool]]:
    """Disjoint ranges of a line of 60 grams: retirements, then perhaps cancellations from the end, with gaps."""
    cuts = sorted(draw(st.sets(st.integers(0, LINE_END), min_size=2, max_size=14)))
    found = []
    for start, end in itertools.pairwise(cuts):
        kind = draw(st.sampled_from(["retired", "cancelled", "live"]))
        if kind != "live":
            found.append((start, end, kind == "retired"))
    return found


def write(database: Database, line: list[tuple[int, int, bool]]) -> None:
    with database.transaction() as session:
        for model in (Offset, Retirement, Cancellation):
            session.execute(delete(model))
        for number, (start, end, retired) in enumerate(line, start=1):
            if retired:
                session.add(rows.retirement_row(number, rows.ENTERPRISE, start, end))
            else:
                session.add(
                    Cancellation(
                        project_id=rows.PROJECT,
                        seq=1,
                        account=rows.PLATFORM,
                        serial_start=start,
                        serial_end=end,
                        grams=end - start,
                        reason_hash=rows.digest("reason"),
                        **rows.made_in(20, number),
                    )
                )


def seen(uses: Uses) -> list[tuple[int, int]]:
    return [(use.serial_start, use.grams_of_stretch) for use in uses.items]


@settings(max_examples=60, deadline=None)
@given(line=lines(), start=st.integers(0, LINE_END - 1), length=st.integers(1, LINE_END), limit=st.integers(1, 5))
def test_uses_of_a_stretch__are_those_that_hold_one_of_its_grams(
    database: Database, line: list[tuple[int, int, bool]], start: int, length: int, limit: int
) -> None:
    write(database, line)
    end = start + length
    by_gram = {gram: (first, last, retired) for first, last, retired in line for gram in range(first, last)}
    hit = sorted({by_gram[gram] for gram in range(start, end) if gram in by_gram})
    wanted = [(first, min(last, end) - max(first, start)) for first, last, _ in hit]
    with database.session() as session:
        page = uses_of(session, rows.PROJECT, start, end, PageRequest(limit))
        assert page.stretch_grams == length
        assert page.retired_grams == sum(1 for gram in range(start, end) if by_gram.get(gram, (0, 0, False))[2])
        assert page.cancelled_grams == sum(1 for gram in range(start, end) if not by_gram.get(gram, (0, 0, True))[2])
        forth = [page]
        while forth[-1].next_cursor:
            following = PageRequest(limit, after=forth[-1].next_cursor)
            forth.append(uses_of(session, rows.PROJECT, start, end, following))
        assert [use for one in forth for use in seen(one)] == wanted
        back = [forth[-1]]
        while back[0].previous_cursor:
            before = PageRequest(limit, before=back[0].previous_cursor)
            back.insert(0, uses_of(session, rows.PROJECT, start, end, before))
        assert [use for one in back for use in seen(one)] == wanted


def test_uses__of_another_project__are_not_mixed_in(database: Database) -> None:
    write(database, [(0, 10, True)])
    with database.session() as session:
        assert uses_of(session, rows.SECOND_PROJECT, 0, 60).items == ()


@pytest.mark.parametrize("key", [(2**63,), ("x",), (), (1, 2), (-(2**63) - 1,)])
def test_uses__forged_cursor__is_refused(database: Database, key: tuple[int, ...]) -> None:
    with database.session() as session, pytest.raises(InvalidInput, match="cursor"):
        uses_of(session, rows.PROJECT, 0, 60, PageRequest(5, after=encode_cursor("uses", key)))


@pytest.mark.parametrize("value", [-(2**63), -1, 0, 2**63 - 1])
def test_uses__cursor_beyond_the_line__gives_an_answer_and_no_error(database: Database, value: int) -> None:
    write(database, [(0, 10, True), (10, 12, False)])
    cursor = encode_cursor("uses", (value,))
    with database.session() as session:
        for page in (PageRequest(5, after=cursor), PageRequest(5, before=cursor)):
            assert len(uses_of(session, rows.PROJECT, 0, 60, page).items) <= 2
