"""Independent engines give the same bytes: leaves, reasons, findings and claims, whatever the records say."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracles.accounting.engines import EngineName, engine_of
from oracles.accounting.outcome import Engine, Outcome
from oracles.accounting.reference import ReferenceEngine
from oracles.accounting.task import Task
from oracles.package_format import RECORD_SCHEMA
from oracles.packing.records import Record
from oracles.screens import ReportKey
from oracles.screens.exclusions import ExclusionList
from registry.domain.acts import act_id, act_key_text, look_alike
from registry.domain.days import local_minute_text
from registry.domain.errors import InvalidEvidence, InvalidInput, InvalidQuantity
from registry.domain.methodology import definition_of, methodology_of
from registry.domain.reasons import Reason
from registry.domain.units import LINE_END
from tests.oracles.factory import AUGUST, PEPPER, PROJECT, cycling
from tests.oracles.screens.fakes import FakeClaims
from tests.world import SHANGHAI

KEY = ReportKey(PROJECT, 2)
OTHER = ReportKey(PROJECT, 1)
START = AUGUST.start_day * 86_400 - 28_800
MONTH_SECONDS = 31 * 86_400
MOST = 2**63 - 1

pytestmark = pytest.mark.long


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(EngineName.DUCKDB, marks=pytest.mark.duckdb),
        pytest.param(EngineName.SPARK, marks=pytest.mark.spark),
    ],
)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """DuckDB in this process; Spark on a cluster of two workers."""
    if request.param is EngineName.DUCKDB:
        yield engine_of(EngineName.DUCKDB)
        return
    from pyspark.sql import SparkSession

    from tests.oracles.accounting.spark_cluster import spark_cluster

    with spark_cluster(tmp_path_factory.mktemp("spark")) as address:
        yield engine_of(EngineName.SPARK, address, {"spark.sql.shuffle.partitions": "4"})
        SparkSession.builder.getOrCreate().stop()


def record(
    bike: str = "1", at: int = START + 3600, quantity: int = 1000, seconds: int = 600, scenario: int = 1, actor: int = 0
) -> Record:
    kind, asset = {2: ("rail-ride", "ticket")}.get(scenario, ("shared-bike", "bike"))
    key = act_key_text(kind, {asset: bike, "start": local_minute_text(at, 28_800)})
    tags = [b"%8d%8d" % (actor, (at + late + 28_800) // 86_400) for late in (0, max(0, min(seconds, 10**6)))]
    return Record(at, key, quantity, seconds, scenario, b"%32d" % actor, *tags)


def written(path: Path, records: Sequence[Record]) -> Path:
    rows = sorted(records, key=lambda each: (each.occurred_at, each.act_key, each.quantity))
    columns = {name: [getattr(each, name) for each in rows] for name in RECORD_SCHEMA.names}
    pq.write_table(pa.table(columns, RECORD_SCHEMA), path, row_group_size=64)
    return path


def task(folder: Path, **changed: Any) -> Task:
    given = Task(
        methodology=cycling(),
        scenario=1,
        rule=cycling().rule(1, AUGUST.vintage, SHANGHAI),
        period=AUGUST,
        pepper=PEPPER,
        claims=FakeClaims(),
        exclusions=None,
        report=KEY,
        serial_start=0,
        scratch=folder / "scratch",
    )
    return replace(given, **changed)


def claims_of(outcome: Outcome) -> list[tuple[bytes, bytes, bool]]:
    table = outcome.claims if isinstance(outcome.claims, pa.Table) else pq.read_table(outcome.claims)
    return sorted(zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True))


def assert_same(engine: Engine, records: Path, given: Task) -> Outcome:
    expected, found = ReferenceEngine().account(records, given), engine.account(records, given)
    assert found.leaves == expected.leaves
    assert found.quarantined == expected.quarantined
    assert (found.records, found.grams, found.findings, found.reasons) == (
        expected.records,
        expected.grams,
        expected.findings,
        expected.reasons,
    )
    assert claims_of(found) == claims_of(expected)
    return found


EDGES = (
    [record(bike=str(10 + n), quantity=q) for n, q in enumerate([-MOST - 1, -1, 0, 1, 2, 10, 11, 20_000, 20_001, MOST])]
    + [record(bike=str(30 + n), seconds=s) for n, s in enumerate([-(2**31), -1, 0, 1, 7200, 7201, 2**31 - 1])]
    + [record(bike=str(50 + n), quantity=q, seconds=3600) for n, q in enumerate([24_999, 25_000, 25_001])]
    + [record(bike="60", at=START + at) for at in (-60, 0, MONTH_SECONDS - 1, MONTH_SECONDS)]
    + [record(bike="70", scenario=scenario) for scenario in (0, 2, 77, 65_535)]
    + [record(bike="80", quantity=q) for q in (500, 700, 700, 30_000)]
)


def test_engines__values_at_every_edge__agree(engine: Engine, tmp_path: Path) -> None:
    found = assert_same(engine, written(tmp_path / "records.parquet", EDGES), task(tmp_path))
    assert {
        Reason.UNKNOWN_SCENARIO,
        Reason.OUTSIDE_PERIOD,
        Reason.QUANTITY_TOO_SMALL,
        Reason.QUANTITY_TOO_LARGE,
        Reason.DURATION_TOO_SHORT,
        Reason.DURATION_TOO_LONG,
        Reason.TOO_FAST,
        Reason.REPEATED_ACT,
    } <= set(found.findings)


def test_engines__claims_copies_and_overlaps__agree(engine: Engine, tmp_path: Path) -> None:
    busy = [record(bike=str(100 + n), at=START + 60 * n, seconds=600, actor=n % 3) for n in range(40)]
    midnight = [record(bike=str(200 + n), at=START + 86_400 - 300 + 200 * n, seconds=900, actor=7) for n in range(6)]
    alone = [record(bike=str(300 + n), at=START + 7200 * n, actor=50 + n) for n in range(20)]
    keys = [each.act_key for each in alone]
    claims = FakeClaims(
        {act_id(PEPPER, keys[0]): OTHER, act_id(PEPPER, keys[1]): KEY},
        {look_alike(keys[2]): {b"other" * 6 + b"id"}, look_alike(keys[3]): {act_id(PEPPER, keys[3])}},
    )
    records = written(tmp_path / "records.parquet", [*busy, *midnight, *alone])
    found = assert_same(engine, records, task(tmp_path, claims=claims))
    assert (found.findings[Reason.CLAIMED_BEFORE], found.findings[Reason.RELABELLED_COPY]) == (1, 1)
    assert found.findings[Reason.OVERLAPPING_ACT] > 20


def test_engines__acts_and_assets_of_an_exclusion_list__agree(engine: Engine, tmp_path: Path) -> None:
    records = [record(bike=str(400 + n), at=START + 3600 * (5 + 19 * n), actor=n) for n in range(30)]
    day = AUGUST.start_day
    exclusions = ExclusionList(
        sha256=bytes(32),
        jurisdiction=SHANGHAI,
        title="credited elsewhere",
        acts={act_id(PEPPER, records[4].act_key): "CCER", b"nobody's act" + bytes(20): "CCER"},
        assets={
            "shared-bike;bike=407": ((day, day + 30),),
            "shared-bike;bike=408": ((day + 29, day + 30), (day - 9, day - 1)),
            "shared-bike;bike=4": ((day, day + 30),),
        },
    )
    given = task(tmp_path, exclusions=exclusions)
    found = assert_same(engine, written(tmp_path / "records.parquet", records), given)
    assert found.reasons == {Reason.EXCLUDED_ELSEWHERE: 2}


@pytest.mark.parametrize("seed", range(3))
def test_engines__hostile_records__agree(engine: Engine, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    records = [
        record(
            bike=str(draw.randint(1, 60)),
            at=START + draw.choice([-86_400, 0, 0, 0, 0]) + draw.randrange(MONTH_SECONDS + 3600),
            quantity=draw.choice(
                [0, 1, draw.randint(-5, 25_000), draw.randint(1, 3_000), draw.randint(1, 3_000), MOST]
            ),
            seconds=draw.choice([0, 60, draw.randint(-9, 9_000), draw.randint(300, 3_000), 100_000]),
            scenario=draw.choice([1, 1, 1, 1, 1, 2, 9]),
            actor=draw.randint(1, 12),
        )
        for _ in range(1200)
    ]
    assert_same(engine, written(tmp_path / "records.parquet", records), task(tmp_path, serial_start=12_345))


def test_engines__nothing_at_all__agree(engine: Engine, tmp_path: Path) -> None:
    found = assert_same(engine, written(tmp_path / "records.parquet", []), task(tmp_path))
    assert (found.records, len(found.leaves), found.grams) == (0, 0, 0)


def wrong_keys() -> list[Record]:
    good = record(bike="5")
    keys = [
        good.act_key.replace("bike=5", "bike=05"),
        good.act_key.replace("bike=5", "bike="),
        good.act_key.replace("bike=5", "bike=5\n"),
        good.act_key.replace("bike=5", "bike=" + "9" * 19),
        good.act_key.replace("shared-bike", "shared_bike"),
        good.act_key.replace("01:00", "01:01"),
        good.act_key.replace("+08:00", "+09:00"),
        good.act_key + ";x=1",
        "",
        "shared-bike",
    ]
    return [good._replace(act_key=key) for key in keys] + [good._replace(occurred_at=at) for at in (-(2**63), MOST, -1)]


@pytest.mark.parametrize("wrong", wrong_keys())
def test_duckdb__key_that_is_not_of_its_record__is_refused_alike(tmp_path: Path, wrong: Record) -> None:
    pytest.importorskip("duckdb")
    refused_alike(engine_of(EngineName.DUCKDB), tmp_path, wrong)


@pytest.mark.parametrize("number", [2, 11])
def test_engines__key_that_is_not_of_its_record__is_refused_alike(engine: Engine, tmp_path: Path, number: int) -> None:
    refused_alike(engine, tmp_path, wrong_keys()[number])


def refused_alike(engine: Engine, tmp_path: Path, wrong: Record) -> None:
    records = written(tmp_path / "records.parquet", [record(bike=str(n)) for n in range(7, 30)] + [wrong])
    with pytest.raises(InvalidEvidence) as expected:
        ReferenceEngine().account(records, task(tmp_path))
    with pytest.raises(InvalidEvidence) as found:
        engine.account(records, task(tmp_path))
    assert str(found.value) == str(expected.value)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_engines__line_would_end_beyond_its_end__is_refused_alike(engine: Engine, tmp_path: Path) -> None:
    records = written(tmp_path / "records.parquet", [record(bike=str(n), actor=n) for n in range(1, 5)])
    for start in (LINE_END - 4 * 95, LINE_END - 4 * 95 + 1):
        if start + 4 * 95 <= LINE_END:
            assert_same(engine, records, task(tmp_path, serial_start=start))
            continue
        for each in (ReferenceEngine(), engine):
            with pytest.raises(InvalidQuantity):
                each.account(records, task(tmp_path, serial_start=start))


def test_engines__scratch__goes_with_the_outcome(engine: Engine, tmp_path: Path) -> None:
    outcome = engine.account(written(tmp_path / "records.parquet", EDGES), task(tmp_path))
    assert len(list((tmp_path / "scratch").iterdir())) == 1
    del outcome
    assert list((tmp_path / "scratch").iterdir()) == []


def test_engine_of__package_that_is_missing__says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "oracles.accounting.duckdb", None)
    with pytest.raises(InvalidInput, match=r"pip install 'puhui\[duckdb\]'"):
        engine_of(EngineName.DUCKDB)


@pytest.mark.parametrize("recurs", [False, True])
def test_engine__acts_that_recur__are_no_copies(engine: Engine, tmp_path: Path, recurs: bool) -> None:
    definition = definition_of(cycling())
    definition["scenarios"][0]["act"]["recurs"] = recurs
    records = written(tmp_path / "records.parquet", [record(), record("2", actor=2)])
    claims = FakeClaims(seen={look_alike(record().act_key): {b"the like of another year"}})
    outcome = assert_same(engine, records, task(tmp_path, methodology=methodology_of(definition), claims=claims))
    assert outcome.findings == ({} if recurs else {Reason.RELABELLED_COPY: 1})
