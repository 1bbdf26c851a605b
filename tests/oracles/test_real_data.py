"""The real trips: natural anomalies with a reason each, the relabelled file refused, one root whatever the order."""

from __future__ import annotations

import csv
import gzip
import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from oracles.accounting import Accounting, account, refuse_if_too_many
from oracles.errors import PackageRefused
from oracles.package_format import RECORDS_NAME
from oracles.packing import Packed, load_mapping, pack, sign_package
from oracles.screens import Claim, ReportKey, SqliteClaimStore, all_screens, claim_table
from oracles.sources import load_package
from oracles.sources.evidence import read_records
from registry.domain.acts import act_id, look_alike
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


KEY = re.compile(r"shared-bike;bike=([0-9]+);start=2016-08-([0-9]{2})T(.*)")


def other_year(month: Month, how: str) -> list[str]:
    """Act keys of a genuine August 2015: the habits of these rides, no ride among them a copy."""
    chance = random.Random(20_150_801)
    keys = [key for batch in read_records(month.packed.folder / RECORDS_NAME) for key in batch.act_key]
    rides = [match.groups() for match in map(KEY.fullmatch, keys) if match]
    assert len(rides) == 97_867
    bikes = [bike for bike, _, _ in rides]
    if how == "bikes dealt anew":
        chance.shuffle(bikes)
    # Fifteen days on, of 31: as far from each ride's own habits as one month allows.
    moved = 15 if how == "fifteen days on" else 0
    days = [(int(day) - 1 + moved) % 31 + 1 for _, day, _ in rides]
    return [
        f"shared-bike;bike={bike};start=2015-08-{day:02d}T{minute}"
        for bike, day, (_, _, minute) in zip(bikes, days, rides, strict=True)
    ]


@pytest.mark.parametrize("how", ["bikes dealt anew", "fifteen days on"])
def test_genuine_month__against_a_genuine_year__gives_few_false_alarms(month: Month, tmp_path: Path, how: str) -> None:
    claims = SqliteClaimStore(tmp_path / "claims.sqlite")
    keys = [(act_id(PEPPER, key), look_alike(key)) for key in other_year(month, how)]
    claims.record(ReportKey(PROJECT, 9), b"o" * 32, claim_table(Claim(act, alike, True) for act, alike in keys))
    genuine = month.counted.claims()
    flags = claims.flag(genuine["act_id"], genuine["look_alike"], ReportKey(PROJECT, 1))
    claims.close()
    assert len(flags.claimed) == 0
    # Two honest rides meet by chance: one bike, one minute. A copy would be all 97,867.
    assert 0 < len(flags.relabelled) <= 20


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
