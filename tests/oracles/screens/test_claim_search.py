"""The claim file against a dictionary: any sequence of operations, each of which may be killed at any file access."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oracles.errors import ActsReserved
from oracles.screens import Claim, ReportKey, SqliteClaimStore, claim_table
from oracles.screens.claim_file import _State
from registry.domain.errors import Conflict
from tests.oracles.screens.test_claim_file import claim, ids

pytestmark = pytest.mark.long

ACTS = 12
REPORTS = [ReportKey(project, seq) for project in (1, 2) for seq in (1, 2)]
STRANGER = ReportKey(9, 9)
FILE_EVENTS = {"open", "os.rename", "os.remove", "os.mkdir", "os.listdir", "os.scandir"}

reports = st.sampled_from(REPORTS)
digests = st.sampled_from([b"d" * 32, b"e" * 32])
claims = st.lists(st.tuples(st.integers(1, ACTS), st.booleans()), max_size=6).map(
    # Two acts each look alike.
    lambda rows: tuple(claim(number, (number + 1) // 2, counted) for number, counted in rows)
)
# Operations of this kind touch files ten to sixty times; beyond that the number kills nothing.
kills = st.none() | st.integers(1, 70)


@dataclass(frozen=True)
class Kept:
    digest: bytes
    state: _State
    claims: tuple[Claim, ...]


Model = dict[ReportKey, Kept]


def flags_of(model: Model, asking: ReportKey, asked: Claim, *, with_reserved: bool) -> tuple[bool, bool]:
    """Is the act claimed, has it a look-alike?"""
    held = [
        kept for report, kept in model.items() if report != asking and (with_reserved or kept.state != _State.RESERVED)
    ]
    claimed = any(c.act_id == asked.act_id and c.counted for kept in held for c in kept.claims)
    alike = any(
        c.look_alike == asked.look_alike and c.act_id != asked.act_id
        for kept in held
        if kept.state != _State.LEARNED
        for c in kept.claims
    )
    return claimed, alike


def reserved(model: Model, report: ReportKey, digest: bytes, asked: tuple[Claim, ...]) -> Model | type[Exception]:
    """The model after a reservation, or what refuses it."""
    kept = model.get(report)
    if kept is not None and kept.state != _State.RESERVED:
        return model if kept.digest == digest else Conflict
    if kept is not None and kept.digest == digest:
        return model
    taken = any(any(flags_of(model, report, each, with_reserved=True)) for each in asked if each.counted)
    return ActsReserved if taken else {**model, report: Kept(digest, _State.RESERVED, asked)}


def recorded(model: Model, report: ReportKey, new: Kept) -> Model | type[Exception]:
    """The model after a report was recorded or learned, or what refuses it."""
    kept = model.get(report)
    if kept is not None and kept.state != _State.RESERVED:
        if kept.digest != new.digest:
            return Conflict
        if kept.state == _State.ACCEPTED or new.state == _State.LEARNED:
            return model
    elif kept is not None and kept.digest == new.digest and new.state == _State.ACCEPTED:
        # What was reserved is what is kept.
        return {**model, report: replace(kept, state=_State.ACCEPTED)}
    return {**model, report: new}


class ClaimFile(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.model: Model = {}

    @rule(report=reports, digest=digests, asked=claims, kill=kills)
    def reserve(self, report: ReportKey, digest: bytes, asked: tuple[Claim, ...], kill: int | None) -> None:
        def act(store: SqliteClaimStore) -> None:
            with store.reserving(report, digest, claim_table(asked)):
                pass

        self._do(act, reserved(self.model, report, digest, asked), kill)

    @rule(report=reports, digest=digests, asked=claims)
    def reserve_and_fail(self, report: ReportKey, digest: bytes, asked: tuple[Claim, ...]) -> None:
        def act(store: SqliteClaimStore) -> None:
            with store.reserving(report, digest, claim_table(asked)):
                raise OSError("the signature cannot be written")

        after = reserved(self.model, report, digest, asked)
        self._do(act, after if isinstance(after, type) else OSError, None)

    @rule(report=reports, digest=digests, asked=claims, kill=kills)
    def record(self, report: ReportKey, digest: bytes, asked: tuple[Claim, ...], kill: int | None) -> None:
        after = recorded(self.model, report, Kept(digest, _State.ACCEPTED, asked))
        self._do(lambda store: store.record(report, digest, claim_table(asked)), after, kill)

    @rule(report=reports, digest=digests, numbers=st.sets(st.integers(1, ACTS), max_size=6), kill=kills)
    def learn(self, report: ReportKey, digest: bytes, numbers: set[int], kill: int | None) -> None:
        asked = tuple(claim(number, (number + 1) // 2) for number in numbers)
        after = recorded(self.model, report, Kept(digest, _State.LEARNED, asked))
        self._do(lambda store: store.learn(report, digest, ids(*numbers)), after, kill)

    @invariant()
    def the_file_says_what_the_model_says(self) -> None:
        if hasattr(self, "folder"):
            with self._opened() as store:
                assert seen(store) == expected(self.model)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    def _do(self, act: Callable[[SqliteClaimStore], None], after: Model | type[Exception], kill: int | None) -> None:
        if kill is not None:
            self._killed(act, kill)
            with self._opened() as store:
                found = seen(store)
            # Whole, or not at all.
            if not isinstance(after, type) and found == expected(after):
                self.model = after
            assert found == expected(self.model)
            return
        with self._opened() as store:
            if isinstance(after, type):
                with pytest.raises(after):
                    act(store)
            else:
                act(store)
                self.model = after

    def _killed(self, act: Callable[[SqliteClaimStore], None], at: int) -> None:
        """Does it in a process that is killed at its nth access to a file."""
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                left = at

                def count(event: str, _: object) -> None:
                    nonlocal left
                    if event in FILE_EVENTS:
                        left -= 1
                        if left == 0:
                            os.kill(os.getpid(), signal.SIGKILL)

                sys.addaudithook(count)
                with self._opened() as store:
                    act(store)
            os._exit(0)
        os.waitpid(child, 0)

    def _opened(self) -> Opened:
        return Opened(self.folder / "claims.sqlite")


class Opened:
    """A store for the time of a `with`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> SqliteClaimStore:
        self._store = SqliteClaimStore(self._path)
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def seen(store: SqliteClaimStore) -> object:
    """Everything that can be asked."""
    every = claim_table([claim(number, (number + 1) // 2) for number in range(1, ACTS + 1)])
    flags = [store.flag(every["act_id"], every["look_alike"], asking) for asking in (*REPORTS, STRANGER)]
    return [store._found(report) for report in REPORTS], [
        (found.claimed.tolist(), found.relabelled.tolist()) for found in flags
    ]


def expected(model: Model) -> object:
    every = [claim(number, (number + 1) // 2) for number in range(1, ACTS + 1)]
    flags = []
    for asking in (*REPORTS, STRANGER):
        found = [flags_of(model, asking, each, with_reserved=False) for each in every]
        flags.append(([n for n, each in enumerate(found) if each[0]], [n for n, each in enumerate(found) if each[1]]))
    return [(kept.digest, kept.state) if (kept := model.get(report)) else None for report in REPORTS], flags


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every operation makes several runs, and nearly every one merges some."""
    for name, value in {
        "claim_file.RUN_ROWS": 2,
        "claim_file.BATCH_ROWS": 3,
        "claim_runs.BATCH_ROWS": 3,
        "claim_runs.MERGED_RUNS": 2,
        "sorted_run.MERGE_ROWS": 4,
        "sorted_run.BLOCK_ROWS": 2,
        "sorted_run._READ_BLOCKS": 2,
        "sorted_run._GAP_BLOCKS": 0,
    }.items():
        monkeypatch.setattr(f"oracles.screens.{name}", value)


def test_search__no_sequence_and_no_kill_makes_the_file_say_something_else(small_parts: None) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    ClaimFile.TestCase.settings = settings(
        max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=checks
    )
    ClaimFile.TestCase().runTest()
