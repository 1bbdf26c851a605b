"""Invalidations, pledges and bulk retirements against a model of them, on the chain and, once more, in the database."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from itertools import count, permutations
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from registry.chain.gateway import Receipt
from registry.db.models import Batch, Holding, Invalidation, Recall
from registry.db.session import Database, open_database
from registry.domain.errors import ContractRefused
from registry.domain.ids import split_batch_id
from registry.domain.rules import Purpose
from registry.services.calls import GuardedCall
from registry.services.indexing import Indexer
from registry.services.reconcile import reconcile
from tests.contracts.ledger import BENEFICIARY, STATEMENT, transfer
from tests.contracts.parties import ENTERPRISE, NOBODY, OUTSIDER, PLATFORM, WUHAN_ENTERPRISE
from tests.contracts.prepared import OPENED_AT, Prepared
from tests.contracts.refusals import REASON
from tests.contracts.shadow_recall import BATCH_GRAMS, BATCHES, DEVELOPER, HOLDERS, SPARE, RecallShadow
from tests.world import SHANGHAI, WUHAN, World

AGENTS = {"platform": PLATFORM, "enterprise": ENTERPRISE, "wuhan": WUHAN_ENTERPRISE}

# What can be done comes first and more often than what is refused.
portions = st.sampled_from(["third", "half", "one", "third", "nearly all", "half", "all", "over", "nothing"])
holders, batches = st.sampled_from(HOLDERS), st.sampled_from((BATCHES[0], BATCHES[0], BATCHES[0], SPARE))
pairs = st.sampled_from(list(permutations(HOLDERS, 2)))
numbers = st.integers(0, 30)
steps = st.tuples(
    st.sampled_from(("replace", "settle", "give_up", "waive")),
    st.sampled_from(("wuhan", "enterprise", DEVELOPER)),
    portions,
)


def portion_of(grams: int, portion: str) -> int:
    parts = {"nothing": 0, "one": 1, "third": grams // 3, "half": grams // 2, "nearly all": grams - grams // 50}
    return {**parts, "all": grams, "over": grams + 1}[portion]


class RecallMachine(RuleBasedStateMachine):
    """Does the same to the chain and to the shadow, which must agree on every refusal and on all that is kept."""

    prepared: Prepared
    folder: Path
    files = count()
    # By rule, and whether it was done or refused.
    happened: ClassVar[Counter[tuple[str, bool]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.path = self.folder / f"{next(self.files)}.sqlite"
        self.world: World = self.prepared.open(self.prepared.issued, self.path, OPENED_AT)
        assert self.world.issue_batch() == SPARE
        accounts = (self.world.account(1), self.world.account(2), self.world.account(1, WUHAN))
        self.addresses = dict(zip(HOLDERS, accounts, strict=True))
        self.shadow = RecallShadow()

    def teardown(self) -> None:
        self.world.close()
        self.path.unlink()

    def both(self, expected: str | None, act: Callable[[], Receipt]) -> None:
        self.happened[sys._getframe(1).f_code.co_name, expected is None] += 1
        if expected is None:
            act()
            return
        with pytest.raises(ContractRefused) as caught:
            act()
        assert caught.value.error_name == expected

    def invalidations(self, function: str, *args: object) -> Callable[[], Receipt]:
        return lambda: self.world.decide(GuardedCall("Invalidations", function, (SHANGHAI, *args)))

    def address(self, holder: str | None) -> str:
        return NOBODY if holder is None else self.addresses[holder]

    @initialize(first=st.integers(1, 5), second=st.integers(1, 5), used=st.integers(0, 2))
    def share_out(self, first: int, second: int, used: int) -> None:
        """So that there is something to recall in every run."""
        for holder, parts in (("enterprise", first), ("wuhan", second)):
            self.transfer((DEVELOPER, holder), BATCHES[0], parts * BATCH_GRAMS // 13)
        if used:
            self.retire(DEVELOPER, [(BATCHES[0], used * BATCH_GRAMS // 13)])

    def transfer(self, pair: tuple[str, str], batch: int, grams: int) -> None:
        expected = self.shadow.transfer(*pair, batch, grams)
        addresses = [self.addresses[one] for one in pair]
        self.both(expected, lambda: transfer(self.world, AGENTS[pair[0]], *addresses, grams, batch))

    @rule(pair=pairs, batch=batches, portion=portions)
    def transfer_some(self, pair: tuple[str, str], batch: int, portion: str) -> None:
        self.transfer(pair, batch, portion_of(self.shadow.available((pair[0], batch)), portion))

    @rule(holder=holders, asked=st.lists(st.tuples(batches, portions), min_size=1, max_size=3))
    def retire_many(self, holder: str, asked: list[tuple[int, str]]) -> None:
        lines = [(batch, portion_of(self.shadow.available((holder, batch)) // 2, part)) for batch, part in asked]
        self.retire(holder, lines)

    def retire(self, holder: str, lines: list[tuple[int, int]]) -> None:
        expected = self.shadow.retire_many(holder, lines)
        args = (self.addresses[holder], lines, int(Purpose.EVENT_NEUTRALITY), BENEFICIARY, STATEMENT)
        self.both(expected, lambda: self.world.send(AGENTS[holder], "Credits", "retireMany", *args))

    @rule(pair=pairs, batch=batches, portion=portions.filter(lambda portion: portion != "nothing"))
    def pledge(self, pair: tuple[str, str], batch: int, portion: str) -> None:
        grams = max(1, portion_of(self.shadow.available((pair[0], batch)), portion))
        expected = self.shadow.pledge(*pair, batch, grams)
        args = (self.addresses[pair[0]], self.addresses[pair[1]], batch, grams, REASON)
        self.both(expected, lambda: self.world.send(AGENTS[pair[0]], "Pledges", "pledge", *args))

    @precondition(lambda self: any(left for *_, left in self.shadow.pledges))
    @rule(number=numbers, portion=st.sampled_from(["one", "all", "over"]))
    def release(self, number: int, portion: str) -> None:
        still = [place for place, (*_, left) in enumerate(self.shadow.pledges) if left]
        place = still[number % len(still)]
        _, pledgee, _, left = self.shadow.pledges[place]
        grams = portion_of(left, portion)
        expected = self.shadow.release(place, grams)
        self.both(expected, lambda: self.world.send(AGENTS[pledgee], "Pledges", "release", place + 1, grams))

    @rule(batch=batches, portion=portions)
    def invalidate_some(self, batch: int, portion: str) -> None:
        self.invalidate(batch, portion_of(self.shadow.possible(batch), portion))

    @precondition(lambda self: self.shadow.grams[DEVELOPER, BATCHES[0]] < self.shadow.possible(BATCHES[0]))
    @rule(order=st.permutations(HOLDERS), part=st.integers(1, 4), steps=st.lists(steps, min_size=2, max_size=4))
    def invalidate_beyond_the_developer(self, order: list[str], part: int, steps: list[tuple[str, str, str]]) -> None:
        """A quarter to all of what others hold and used; all are covered, and some of it is made good."""
        own = self.shadow.grams[DEVELOPER, BATCHES[0]] - self.shadow.recalled[DEVELOPER, BATCHES[0]]
        self.invalidate(BATCHES[0], own + (self.shadow.possible(BATCHES[0]) - own) * part // 4)
        if self.shadow.running(BATCHES[0]):
            self.cover_in(order)
        for way, holder, portion in steps:
            self.discharge(way, len(self.shadow.made) - 1, holder, portion)

    def invalidate(self, batch: int, grams: int) -> None:
        expected = self.shadow.invalidate(batch, grams)
        self.both(expected, self.invalidations("invalidate", batch, grams, REASON, []))

    @precondition(lambda self: self.shadow.made)
    @rule(number=numbers, holder=holders)
    def cover_one(self, number: int, holder: str) -> None:
        self.cover(number % len(self.shadow.made), holder)

    @precondition(lambda self: any(self.shadow.running(batch) for batch in BATCHES))
    @rule(order=st.permutations(HOLDERS))
    def cover_all(self, order: list[str]) -> None:
        """Or nothing of the batch would move for the rest of most runs."""
        self.cover_in(order)

    def cover_in(self, order: list[str]) -> None:
        place = next(place for place, made in enumerate(self.shadow.made) if made.running)
        for holder in order:
            if self.shadow.made[place].running:
                self.cover(place, holder)
        assert not self.shadow.made[place].running

    def cover(self, place: int, holder: str) -> None:
        expected = self.shadow.cover(place, holder)
        page = [self.addresses[holder]]
        self.both(expected, lambda: self.world.send(OUTSIDER, "Invalidations", "recallHoldings", place + 1, page))

    def pick(self, number: int, holder: str | None, portion: str) -> tuple[int, int]:
        """An invalidation, one with something open for the holder if there is any, and how many grams: around that."""
        still = [made.open_used if holder is None else made.open.get(holder, 0) for made in self.shadow.made]
        places = [place for place, grams in enumerate(still) if grams] or list(range(len(still)))
        place = places[number % len(places)]
        return place, portion_of(still[place], portion)

    @precondition(lambda self: self.shadow.made)
    @rule(step=steps, number=numbers)
    def make_good(self, step: tuple[str, str, str], number: int) -> None:
        way, holder, portion = step
        self.discharge(way, number, holder, portion)

    def discharge(self, way: str, number: int, holder: str, portion: str) -> None:
        place, grams = self.pick(number, holder, portion)
        ways = {"replace": self.replace, "settle": self.settle, "give_up": self.give_up, "waive": self.waive}
        ways[way](place, holder, grams)

    @precondition(lambda self: any(made.open_used for made in self.shadow.made))
    @rule(number=numbers, portion=portions)
    def settle_used(self, number: int, portion: str) -> None:
        place, grams = self.pick(number, None, portion)
        self.settle(place, None, grams)

    def replace(self, place: int, holder: str, grams: int) -> None:
        expected = self.shadow.replace(place, holder, grams)
        args = (self.addresses[DEVELOPER], place + 1, self.addresses[holder], self.other(place), grams)
        self.both(expected, lambda: self.world.send(PLATFORM, "Invalidations", "replace", *args))

    def settle(self, place: int, holder: str | None, grams: int) -> None:
        expected = self.shadow.settle(place, holder, grams)
        args = (self.addresses[DEVELOPER], place + 1, self.address(holder), self.other(place), grams)
        self.both(expected, lambda: self.world.send(PLATFORM, "Invalidations", "settle", *args))

    def give_up(self, place: int, holder: str, grams: int) -> None:
        expected = self.shadow.give_up(place, holder, grams)
        args = (self.addresses[holder], place + 1, grams)
        self.both(expected, lambda: self.world.send(AGENTS[holder], "Invalidations", "giveUp", *args))

    @precondition(lambda self: any(made.open_used for made in self.shadow.made))
    @rule(number=numbers, portion=portions)
    def waive_used(self, number: int, portion: str) -> None:
        place, grams = self.pick(number, None, portion)
        self.waive(place, None, grams)

    def waive(self, place: int, holder: str | None, grams: int) -> None:
        expected = self.shadow.waive(place, holder, grams)
        self.both(expected, self.invalidations("waive", place + 1, self.address(holder), grams, REASON))

    def other(self, place: int) -> int:
        return next(batch for batch in BATCHES if batch != self.shadow.made[place].batch)

    @invariant()
    def holdings_and_totals_agree(self) -> None:
        # Invariant 1, Invariant 15
        for batch in BATCHES:
            for holder in HOLDERS:
                found = self.world.call("Credits", "holdingOf", self.addresses[holder], batch)
                place = holder, batch
                wanted = (self.shadow.grams[place], self.shadow.locked[place], self.shadow.recalled[place])
                assert (found["grams"], found["locked"], found["recalled"]) == wanted
            stored = self.world.call("Credits", "batchOf", batch)
            wanted_totals = (self.shadow.retired[batch], self.shadow.cancelled[batch])
            assert (stored["retired"], stored["cancelled"]) == wanted_totals
            assert stored["held"] == (self.shadow.running(batch) is not None)
            assert self.world.call("Invalidations", "possibleOf", batch) == self.shadow.possible(batch)

    @invariant()
    def liability_agrees(self) -> None:
        # Invariant 14
        owed = self.shadow.owed()
        assert self.world.call("Invalidations", "openLiabilityOf", self.addresses[DEVELOPER]) == owed
        assert self.world.call("Credits", "isSuspended", self.addresses[DEVELOPER]) == (owed > 0)
        for place, made in enumerate(self.shadow.made):
            found = self.world.call("Invalidations", "invalidationOf", place + 1)
            assert tuple(found["split"].values()) == made.parts
            assert found["openUsedGrams"] == made.open_used
            assert found["openRecalledGrams"] == sum(made.open.values()) + made.still_to_recall
            assert (found["baseGrams"], found["coveredGrams"]) == (made.base, made.covered_grams)


class IndexedMachine(RecallMachine):
    """The same, and the database, which follows the chain step by step, says the same as the model."""

    def __init__(self) -> None:
        super().__init__()
        self.database: Database = open_database(self.path.with_suffix(".db"))
        self.indexer = Indexer(self.database, self.world.gateway, self.world.register)

    def teardown(self) -> None:
        self.indexer.run_to_head()
        found = reconcile(self.database, self.world.gateway, self.world.register)
        self.database.close()
        super().teardown()
        assert found.differences == ()

    @invariant()
    def database_agrees(self) -> None:
        # Invariant 11
        self.indexer.run_to_head()
        names = {address: holder for holder, address in self.addresses.items()}
        with self.database.session() as session:
            held = {
                (names[row.account], row.project_id << 64 | row.seq): row.grams
                for row in session.query(Holding)
                if row.grams
            }
            assert held == {place: grams for place, grams in self.shadow.grams.items() if grams}
            for batch in BATCHES:
                stored = session.get_one(Batch, split_batch_id(batch))
                wanted = (self.shadow.retired[batch], self.shadow.cancelled[batch])
                assert (stored.retired_grams, stored.cancelled_grams) == wanted
            for place, made in enumerate(self.shadow.made):
                row = session.get_one(Invalidation, place + 1)
                assert (row.open_used_grams, row.complete) == (made.open_used, not made.running)
                recalls = session.query(Recall).where(Recall.invalidation_id == place + 1)
                assert {names[one.holder]: (one.grams, one.open_grams) for one in recalls} == {
                    holder: (grams, made.open[holder]) for holder, grams in made.recalled.items()
                }


@pytest.mark.long
@pytest.mark.parametrize(("kind", "runs"), [(RecallMachine, 8), (IndexedMachine, 2)])
def test_recall__whatever_is_done__agrees_with_the_model_after_each_step(
    kind: type[RecallMachine], runs: int, prepared: Prepared, tmp_path: Path
) -> None:
    happened: Counter[tuple[str, bool]] = Counter()
    machine = type("Machine", (kind,), {"prepared": prepared, "folder": tmp_path, "happened": happened})
    checks = settings(
        max_examples=runs,
        stateful_step_count=16,
        # Shrinking would take minutes on a chain, and a failing run has few steps anyway.
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=checks)
    # A run in which nothing happens proves nothing.
    if kind is RecallMachine:
        done = {act for act, was_done in happened if was_done}
        assert done >= {"transfer", "retire", "pledge", "invalidate", "cover", "replace", "settle", "give_up", "waive"}
        assert sum(1 for _, was_done in happened if not was_done) >= 5
