"""Back-off: longer each time, never longer than the limit, never two at the same moment, bounded in memory."""

from __future__ import annotations

from random import Random

from oracles.daemon.patience import THINGS_MAX, Patience


def test_failures__wait_longer_each_time_up_to_the_limit() -> None:
    patience, now = Patience(60, Random(1)), 0.0
    delays = []
    for _ in range(40):
        delay = patience.failed("x", now)
        assert not patience.is_due("x", now + delay - 0.001)
        now += delay
        assert patience.is_due("x", now)
        delays.append(delay)
    assert 0.5 <= delays[0] <= 1
    assert all(30 <= delay <= 60 for delay in delays[7:])
    assert len(set(delays)) == len(delays)
    patience.succeeded("x")
    assert patience.count("x") == 0
    assert patience.failed("x", now) <= 1


def test_rest__is_due_at_its_second_and_no_failure() -> None:
    patience = Patience(60, Random(1))
    patience.rest("x", 10)
    assert [patience.is_due("x", second) for second in (9, 10)] == [False, True]
    assert patience.count("x") == 0


def test_many_things__the_oldest_are_forgotten() -> None:
    patience = Patience(60, Random(1))
    for number in range(THINGS_MAX + 1):
        patience.failed(number, 0)
    assert patience.is_due(0, 0)
    assert not patience.is_due(1, 0)
