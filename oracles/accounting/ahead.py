"""Lets a producer work while its consumer does."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
_LOOK_SECONDS = 1


def ahead(items: Iterable[T], most: int = 2) -> Generator[T]:
    """The same items, made by a thread that is at most `most` ahead. What it raises is raised here.

    Close it, or read it to its end: the thread ends with it.
    """
    made: Queue[tuple[T | None, BaseException | None]] = Queue(most)
    left = Event()

    def put(item: T | None, failure: BaseException | None) -> None:
        while not left.is_set():
            try:
                made.put((item, failure), timeout=_LOOK_SECONDS)
            except Full:
                continue
            return

    def work() -> None:
        try:
            for item in items:
                put(item, None)
                if left.is_set():
                    return
        except BaseException as failure:  # noqa: BLE001 - raised where the items are read
            put(None, failure)
        else:
            put(None, StopIteration())

    thread = Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, failure = made.get()
            if isinstance(failure, StopIteration):
                return
            if failure is not None:
                raise failure
            yield item  # type: ignore[misc]  # without a failure there is an item
    finally:
        left.set()
        thread.join()
