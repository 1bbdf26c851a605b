"""The ledger after each step of a story, and against a model of it after steps that hypothesis makes up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from registry.chain.gateway import Receipt
from registry.domain.errors import ContractRefused
from registry.domain.rules import AccountStatus
from tests.contracts.lands import BATCH_GRAMS, CAP_GRAMS, GRANULARITY_GRAMS, LOCAL, OPENS_AT, OTHER, YEAR, Lands
from tests.contracts.ledger import cancel, held, retire, set_status, totals, transfer
from tests.contracts.parties import ENTERPRISE, PLATFORM, REGULATOR, WUHAN_ENTERPRISE
from tests.contracts.prepared import Prepared
from tests.contracts.refusals import REASON
from tests.contracts.shadow import BATCHES, HOLDERS, OBLIGED, Range, Shadow
from tests.world import BATCH, SHANGHAI, WUHAN, World

AGENTS = {"platform": PLATFORM, "enterprise": ENTERPRISE, "wuhan": WUHAN_ENTERPRISE}
LAND = {"platform": SHANGHAI, "enterprise": SHANGHAI, "wuhan": WUHAN}
STATUSES = (AccountStatus.OPEN, AccountStatus.RESTRICTED, AccountStatus.FROZEN)


def test_ledger__after_each_step_of_a_story__nothing_is_lost_or_counted_twice(issued: World) -> None:
    # Invariant 1, Invariant 2, Invariant 3
    second = issued.issue_batch()
    platform, enterprise, wuhan = issued.account(1), issued.account(2), issued.account(1, WUHAN)
    steps: list[Callable[[], Receipt]] = [
        lambda: transfer(issued, PLATFORM, platform, enterprise, 4_000_000),
        lambda: transfer(issued, PLATFORM, platform, wuhan, 1_000_000, batch=second),
        lambda: retire(issued, ENTERPRISE, enterprise, 1),
        lambda: retire(issued, WUHAN_ENTERPRISE, wuhan, 999_999, batch=second),
        lambda: issued.decide(cancel(enterprise, 2_000_000)),
        lambda: issued.decide(cancel(platform, 5, batch_id=second)),
        lambda: transfer(issued, ENTERPRISE, enterprise, wuhan, 1_999_999),
        lambda: retire(issued, PLATFORM, platform, 6_000_000),
        lambda: retire(issued, WUHAN_ENTERPRISE, wuhan, 1_999_999),
        lambda: issued.decide(cancel(platform, 8_999_995, batch_id=second)),
        lambda: retire(issued, WUHAN_ENTERPRISE, wuhan, 1, batch=second),
    ]
    holders = (platform, enterprise, wuhan)
    used: list[Range] = []
    last = {BATCH: (0, 0), second: (0, 0)}
    for step in steps:
        used += ranges_of(issued, step())
        for batch, (retired_before, cancelled_before) in last.items():
            grams, retired, cancelled, _ = totals(issued, batch)
            assert grams == sum(held(issued, holder, batch) for holder in holders) + retired + cancelled
            assert retired >= retired_before
            assert cancelled >= cancelled_before
            last[batch] = (retired, cancelled)
        for holder in holders:
            assert issued.call("Credits", "positionsOf", holder) == sum(
                held(issued, holder, batch) > 0 for batch in last
            )
    # Everything was retired or cancelled: the ranges tile the whole line of the project without gap or overlap.
    ordered = sorted(used, key=lambda one: one.start)
    assert (ordered[0].start, ordered[-1].end) == (0, 2 * BATCH_GRAMS)
    assert all(one.end == following.start for one, following in pairwise(ordered))


def ranges_of(world: World, receipt: Receipt) -> list[Range]:
    """What a transaction retired and cancelled, by its events."""
    retired = [
        Range(event["batchId"], event["serialStart"], event["serialStart"] + event["grams"], cancelled=False)
        for event in world.events(receipt, "Retired")
    ]
    cancelled = [
        Range(event["batchId"], event["serialStart"], event["serialEnd"], cancelled=True)
        for event in world.events(receipt, "Cancelled")
    ]
    return retired + cancelled


# How much of a balance an action asks for; what leaves most of it comes more often.
portions = st.sampled_from(["nothing", "one", "one", "some", "some", "some", "nearly all", "all", "over"])
parties = st.sampled_from([*permutations(HOLDERS, 2), ("platform", "platform")])
holders, batches, statuses = st.sampled_from(HOLDERS), st.sampled_from(BATCHES), st.sampled_from(STATUSES)


def portion_of(balance: int, portion: str) -> int:
    part = {"nothing": 0, "one": 1, "some": balance // 17, "nearly all": balance - balance // 50, "all": balance}
    return balance + 1 if portion == "over" else part[portion]


class LedgerMachine(RuleBasedStateMachine):
    """Does the same to the chain and to the shadow, which must agree on every refusal and on all that is kept."""

    prepared: Prepared
    folder: Path
    numbers = count()

    def __init__(self) -> None:
        super().__init__()
        self.path = self.folder / f"{next(self.numbers)}.sqlite"
        self.world = self.prepared.open(self.prepared.settled, self.path, OPENS_AT)
        self.lands = Lands(self.world)
        self.addresses = {
            "platform": self.world.account(1),
            "enterprise": self.world.account(2),
            "wuhan": self.world.account(1, WUHAN),
        }
        self.shadow = Shadow()

    def teardown(self) -> None:
        self.world.close()
        self.path.unlink()

    def both(self, expected: str | None, act: Callable[[], Receipt]) -> None:
        """The shadow has said what happens; now the chain must do the same, and consume the same serials."""
        if expected is not None:
            with pytest.raises(ContractRefused) as caught:
                act()
            assert caught.value.error_name == expected
            return
        fresh = ranges_of(self.world, act())
        assert fresh == self.shadow.gone[len(self.shadow.gone) - len(fresh) :]

    @initialize(holder=holders, status=st.sampled_from((None, None, AccountStatus.RESTRICTED, AccountStatus.FROZEN)))
    def begin(self, holder: str, status: AccountStatus | None) -> None:
        if status is not None:
            self.set_status(holder, status)

    @rule(parties=parties, batch=batches, portion=portions)
    def transfer(self, parties: tuple[str, str], batch: int, portion: str) -> None:
        sender, receiver = parties
        grams = portion_of(self.shadow.balances[(sender, batch)], portion)
        expected = self.shadow.transfer(sender, receiver, batch, grams)
        addresses = self.addresses[sender], self.addresses[receiver]
        self.both(expected, lambda: transfer(self.world, AGENTS[sender], *addresses, grams, batch))

    @rule(holder=holders, batch=batches, portion=portions)
    def retire(self, holder: str, batch: int, portion: str) -> None:
        grams = portion_of(self.shadow.balances[(holder, batch)], portion)
        expected = self.shadow.retire(holder, batch, grams)
        account = self.addresses[holder]
        self.both(expected, lambda: retire(self.world, AGENTS[holder], account, grams, batch=batch))

    @rule(holder=holders, batch=batches, portion=portions)
    def cancel(self, holder: str, batch: int, portion: str) -> None:
        grams = portion_of(self.shadow.balances[(holder, batch)], portion)
        expected = self.shadow.cancel(holder, batch, grams)
        call = cancel(self.addresses[holder], grams, jurisdiction=batch >> 96, batch_id=batch)
        self.both(expected, lambda: self.world.decide(call))

    @rule(batch=batches, portion=portions, off_granule=st.sampled_from((0, 0, 0, 1)))
    def offset(self, batch: int, portion: str, off_granule: int) -> None:
        quote = self.lands.quote(batch)
        allowed, binding = self.shadow.quote(batch)
        assert (quote["grams"], quote["binding"]) == (allowed, binding)
        granules = portion_of(allowed // GRANULARITY_GRAMS, portion)
        line = batch, granules * GRANULARITY_GRAMS + off_granule
        expected = self.shadow.offset([line])
        self.both(expected, lambda: self.lands.offset(line))

    @rule(lines=st.lists(st.tuples(batches, st.integers(1, 3)), min_size=2, max_size=3))
    def offset_together(self, lines: list[tuple[int, int]]) -> None:
        asked = [(batch, granules * GRANULARITY_GRAMS) for batch, granules in lines]
        expected = self.shadow.offset(asked)
        self.both(expected, lambda: self.lands.offset(*asked))

    @rule(holder=holders, status=statuses)
    def set_status(self, holder: str, status: AccountStatus) -> None:
        expected = self.shadow.set_status(holder, status)
        account = self.addresses[holder]
        if status is AccountStatus.FROZEN and LAND[holder] == SHANGHAI:
            self.both(expected, lambda: self.world.send(REGULATOR, "Accounts", "freeze", account, REASON))
        else:
            self.both(expected, lambda: set_status(self.world, account, status, LAND[holder]))

    @invariant()
    def balances_and_totals_agree(self) -> None:
        # Invariant 1, Invariant 2, Invariant 3
        for batch in BATCHES:
            balances = [self.shadow.balances[(holder, batch)] for holder in HOLDERS]
            addresses = [self.addresses[holder] for holder in HOLDERS]
            assert self.world.call("Credits", "balanceOfBatch", addresses, [batch] * len(HOLDERS)) == balances
            retired, cancelled = (self.shadow.counted(batch, cancelled=kind) for kind in (False, True))
            assert totals(self.world, batch) == (BATCH_GRAMS, retired, cancelled, 0)
            assert sum(balances) + retired + cancelled == BATCH_GRAMS
            taken = sorted((one.start, one.end) for one in self.shadow.gone if one.batch == batch)
            assert all(before[1] <= after[0] for before, after in pairwise(taken))

    @invariant()
    def offsets_agree_and_pass_no_cap(self) -> None:
        # Invariant 9
        used = self.world.call("Compliance", "usedOf", self.addresses[OBLIGED], YEAR)
        assert (used["localGrams"], used["otherGrams"]) == (self.shadow.used[LOCAL], self.shadow.used[OTHER])
        assert used["localGrams"] + used["otherGrams"] <= CAP_GRAMS
        assert used["localGrams"] >= used["otherGrams"]


@pytest.mark.long
def test_ledger__whatever_is_done__agrees_with_the_model_after_each_step(prepared: Prepared, tmp_path: Path) -> None:
    machine = type("Machine", (LedgerMachine,), {"prepared": prepared, "folder": tmp_path})
    checks = settings(
        max_examples=14,
        stateful_step_count=14,
        # Shrinking would take minutes on a chain, and a failing run has few steps anyway.
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=checks)
