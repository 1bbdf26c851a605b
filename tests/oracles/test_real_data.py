"""The real trips: natural anomalies with a reason each, the relabelled file refused, one root whatever the order."""

from __future__ import annotations

import csv
import gzip
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from oracles.accounting import Accounting, account, refuse_if_too_many
from oracles.errors import PackageRefused
from oracles.packing import Packed, load_mapping, pack, sign_package
from oracles.screens import ReportKey, SqliteClaimStore, all_screens
from oracles.sources import load_package
from registry.domain.days import Period
from registry.domain.reasons import Reason
from registry.log.tree import leaf_hash, root
from tests.oracles.factory import AUGUST, CHAIN_ID, PEPPER, PROJECT, SECRET, VERIFIER, cycling
from tests.world import SHANGHAI

TRIPS = "mobike_shanghai_201608_rebuilt.csv.gz"
RELABELLED = "mobike_shanghai_relabelled_as_2020.csv"

pytestmark = [pytest.mark.shared_data, pytest.mark.long]


@pytest.fixture(scope="module")
def data(shared_data: Path) -> Path:
    if not (shared_data / TRIPS).is_file():
        pytest.skip(f"needs {TRIPS} in the shared data")
    return shared_data


def packed(table: Path, mapping: str, folder: Path, period: Period) -> Packed:
    made = pack(
        table,
        load_mapping(mapping),
        folder,
        project_id=PROJECT,
        methodology=cycling(),
        period=period,
        platform_secret=SECRET,
        label="illustration: Shanghai trips of 2016 with a Beijing factor of 2024",
    )
    sign_package(folder, VERIFIER, CHAIN_ID)
    return made


def screened(folder: Path, claims: SqliteClaimStore, seq: int) -> Accounting:
    package = load_package(folder, CHAIN_ID, [VERIFIER.address])
    screens = all_screens(cycling(), 1, package.manifest.period, claims, ReportKey(PROJECT, seq))
    rule = cycling().rule(1, package.manifest.period.vintage, SHANGHAI)
    return account(package.batches(), cycling(), 1, rule, PEPPER, screens)


@dataclass(frozen=True)
class Month:
    """August 2016, packed and counted, with its claims on record."""

    packed: Packed
    counted: Accounting
    claims: SqliteClaimStore
    folder: Path


@pytest.fixture(scope="module")
def month(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Month:
    folder = tmp_path_factory.mktemp("real")
    made = packed(data / TRIPS, "mobike-2016", folder / "august", AUGUST)
    claims = SqliteClaimStore(folder / "claims.sqlite")
    counted = screened(made.folder, claims, 1)
    claims.record(ReportKey(PROJECT, 1), b"d" * 32, counted.claims())
    return Month(made, counted, claims, folder)


def test_pack__every_row_is_a_record(month: Month) -> None:
    totals = month.packed.manifest.totals
    assert (totals.rows, totals.records, totals.rejected) == (97_867, 97_867, {})
    # 207,217 km, each trip floored to metres.
    assert totals.quantity == {1: 207_168_602}


def test_anomalies__are_all_found_and_carry_one_reason_each(month: Month) -> None:
    counted = month.counted
    assert counted.findings == {
        Reason.QUANTITY_TOO_LARGE: 44,
        Reason.DURATION_TOO_LONG: 408,
        Reason.TOO_FAST: 90,
        Reason.OVERLAPPING_ACT: 7,
    }
    assert counted.reasons == {
        Reason.QUANTITY_TOO_LARGE: 44,
        Reason.DURATION_TOO_LONG: 386,
        Reason.TOO_FAST: 79,
        Reason.OVERLAPPING_ACT: 7,
    }
    assert len(counted.counted) + len(counted.quarantined) == 97_867
    refuse_if_too_many(counted, cycling(), "August 2016")


def test_computed_again__the_month_is_not_held_against_itself(month: Month) -> None:
    again = screened(month.packed.folder, month.claims, 1)
    assert again.leaves(0) == month.counted.leaves(0)
    assert again.findings == month.counted.findings


def test_relabelled_file__every_copied_row_is_flagged_and_the_package_refused(data: Path, month: Month) -> None:
    period = Period.parse("2020-08-01..2020-08-31")
    made = packed(data / RELABELLED, "mobike-relabelled", month.folder / "again", period)
    assert made.manifest.totals.records == 12_782
    counted = screened(made.folder, month.claims, 2)
    assert counted.findings[Reason.RELABELLED_COPY] == 12_266
    with pytest.raises(PackageRefused, match="12266 of 12782") as refusal:
        refuse_if_too_many(counted, cycling(), "relabelled")
    assert refusal.value.values["findings"]["relabelled_copy"] == 12_266


def test_shuffled_rows__give_the_same_package_and_root(data: Path, tmp_path: Path) -> None:
    with gzip.open(data / TRIPS, "rt", newline="", encoding="utf-8") as text:
        header, *rows = list(csv.reader(text))
    rows = rows[:20_000]
    made = {}
    for name in ("in order", "shuffled"):
        table = tmp_path / f"{name}.csv"
        with table.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([header, *rows])
        package = packed(table, "mobike-2016", tmp_path / name, AUGUST)
        claims = SqliteClaimStore(tmp_path / f"{name}.sqlite")
        leaves = screened(package.folder, claims, 1).leaves(0)
        made[name] = package.manifest_hash, root([leaf_hash(leaf) for leaf in leaves])
        random.Random(20_160_801).shuffle(rows)
    assert made["in order"] == made["shuffled"]
