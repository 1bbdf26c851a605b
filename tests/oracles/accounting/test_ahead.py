"""A producer that works ahead: the same items, its failures, and no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from oracles.accounting.ahead import ahead


def numbers(end: int, made: list[int]) -> Iterator[int]:
    for number in range(end):
        made.append(number)
        yield number


def assert_no_thread() -> None:
    assert "ahead" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("end", [0, 1, 2, 3, 50])
def test_ahead__read_to_its_end__gives_the_same_items(end: int) -> None:
    assert list(ahead(numbers(end, []))) == list(range(end))
    assert_no_thread()


def test_ahead__closed_early__stops_the_producer() -> None:
    made: list[int] = []
    with closing(ahead(numbers(1_000, made))) as items:
        assert next(items) == 0
    assert_no_thread()
    assert len(made) <= 5


def test_ahead__producer_fails__raises_after_what_it_made() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise OSError("disk")

    items = ahead(failing())
    assert next(items) == 1
    with pytest.raises(OSError, match="disk"):
        next(items)
    assert_no_thread()
