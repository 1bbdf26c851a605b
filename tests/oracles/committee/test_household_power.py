"""Two reports of household power, the second compared with the days of the first: checks, engine, log and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from oracles.accounting.reference import ReferenceEngine
from oracles.committee import Computation, Terms
from oracles.committee.chain_view import ProjectFacts, ReportState
from oracles.committee.computation import Bench, compute
from oracles.packing.records import Record
from oracles.screens import ReportKey
from oracles.sources import load_package
from registry.domain.days import Period
from registry.domain.errors import InvalidEvidence
from registry.domain.methodology import definition_hash
from registry.domain.reasons import Reason
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from tests.oracles.accounting.test_baselines import POWER, SHENZHEN, day_of
from tests.oracles.factory import CHAIN_ID, PEPPER, PROJECT, VERIFIER, month, packed, rewrite
from tests.oracles.screens.fakes import FakeClaims

FACTS = ProjectFacts(PROJECT, SHENZHEN, definition_hash(POWER), 1, 0, 40_000)
FIRST, SECOND = Period.parse("2022-06-01..2022-06-07"), Period.parse("2022-06-08..2022-06-30")
START = ReportState(0, bytes(32), 0, 0, None)


@dataclass
class Household:
    """An oracle's log and claims, and what it computed."""

    folder: Path
    claims: FakeClaims = field(default_factory=FakeClaims)

    def report(self, records: Sequence[Record], period: Period, before: ReportState) -> Computation:
        folder = packed(self.folder / f"{period.text}-{len(records)}", month(1)).folder
        filed = {"methodology_id": POWER.id, "methodology_version": 1, "definition_hash": FACTS.definition_hash}
        rewrite(folder, sorted(records), period=period, **filed)
        package = load_package(folder, CHAIN_ID, [VERIFIER.address])
        log = LogStore(self.folder / "log")
        bench = Bench("oracle", log, self.claims, PEPPER, ReferenceEngine(), self.folder / "scratch")
        return compute(package, FACTS, before, POWER, Terms(2**40 - 1, 1), bench)

    def keep(self, computed: Computation) -> ReportState:
        LogStore(self.folder / "log").append(computed.leaves)
        for leaf in computed.leaves:
            self.claims.claimed_ids[Leaf.unpack(bytes(leaf)).act_id] = ReportKey(PROJECT, 1)
        report = computed.report
        return ReportState(1, b"d" * 32, report.serial_end, report.log_size, report.period_end)


@pytest.fixture
def household(tmp_path: Path) -> Household:
    return Household(tmp_path)


def test_reports__of_two_periods__compare_the_second_with_the_first(household: Household) -> None:
    # Below the city's 3001 Wh, so nothing before is needed.
    week = [day_of(day, 2900 + day) for day in range(1, 8)]
    first = household.report(week, FIRST, START)
    assert (first.grams, first.reasons) == (sum((3001 - 2900 - day) // 2 for day in range(1, 8)), {})
    before = household.keep(first)
    # 3001 Wh and more are compared with the mean of the week, which is 2904 Wh: nothing is saved.
    second = household.report([*week, day_of(8, 3001), day_of(9, 2001)], SECOND, before)
    assert second.reasons == {Reason.BASELINE_HISTORY: 7}
    assert [Leaf.unpack(bytes(leaf)).grams for leaf in second.leaves] == [0, 500]
    assert second.findings == second.reasons, "acts of the report before are no suspicion here"


def test_report__that_restates_the_week_before__is_refused(household: Household) -> None:
    week = [day_of(day, 2900 + day) for day in range(1, 8)]
    before = household.keep(household.report(week, FIRST, START))
    acts = [*week[:3], day_of(4, 90_000), *week[4:], day_of(8, 4000)]
    with pytest.raises(InvalidEvidence, match="is given as 90000 now, an earlier report counted 2904"):
        household.report(acts, SECOND, before)
