"""Small bike months and packages of them, with honest defaults, for the tests of the oracles."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from oracles.package_format import MANIFEST_NAME, RECORDS_NAME, Manifest, PackageFile
from oracles.packing import Packed, load_mapping, pack, sign_package
from oracles.packing.records import Record
from oracles.packing.sorting import write_records
from registry.domain.days import Period
from registry.domain.methodology import Methodology, load_shipped
from tests.world import ACTORS, SHANGHAI

CHAIN_ID = 20260
PROJECT = SHANGHAI << 32 | 2
SECRET = b"platform secret of the tests 32b"
PEPPER = b"network pepper of the tests, 32b"
VERIFIER = ACTORS["VERIFIER"]
AUGUST = Period.parse("2016-08-01..2016-08-31")
COLUMNS = (
    *("row_id", "bikeid", "userid", "start_time", "end_time", "duration_min"),
    *("start_lon", "start_lat", "end_lon", "end_lat", "path_m", "end_poi_class"),
)


def cycling() -> Methodology:
    """The methodology of the tests: 1040 - 87 over 10000, 20 km, 2 h, 25 km/h."""
    return load_shipped()["travel-beijing-2024"]


@dataclass(frozen=True)
class Ride:
    """One row of a platform's table, as texts."""

    bike: str = "100"
    user: str = "7"
    start: str = "2016-08-05 08:00"
    minutes: str = "10"
    metres: str = "1500.25"
    end: str | None = None

    def cells(self, number: int) -> list[str]:
        end = self.end
        if end is None:
            begin = datetime.strptime(self.start, "%Y-%m-%d %H:%M")
            end = (begin + timedelta(minutes=int(self.minutes))).strftime("%Y-%m-%d %H:%M")
        places = ["", "", "121.5", "31.3"]
        return [str(number), self.bike, self.user, self.start, end, self.minutes, *places, self.metres, "3"]


def month(rides: int = 40) -> list[Ride]:
    """Different bikes, users and days; every ride counts."""
    first = datetime(2016, 8, 1, 6, 30)
    return [
        Ride(
            bike=str(1000 + number),
            user=str(number % 9),
            start=(first + timedelta(hours=17 * number)).strftime("%Y-%m-%d %H:%M"),
            minutes=str(6 + number % 20),
            metres=f"{900 + 37 * number}.{number % 100:02d}",
        )
        for number in range(rides)
    ]


def write_table(path: Path, rides: Iterable[Ride], *, columns: Sequence[str] = COLUMNS, bom: bool = False) -> Path:
    """A CSV; gzip if the name ends with .gz."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for number, ride in enumerate(rides, start=1):
        row = dict(zip(COLUMNS, ride.cells(number), strict=True))
        writer.writerow([row.get(name, "x") for name in columns])
    content = text.getvalue().encode("utf-8-sig" if bom else "utf-8")
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def packed(folder: Path, rides: Iterable[Ride], *, table: Path | None = None, **changed: Any) -> Packed:
    """Packs rides into `folder`, unsigned."""
    source = table or write_table(folder.with_suffix(".csv"), rides)
    arguments: dict[str, Any] = {
        "project_id": PROJECT,
        "methodology": cycling(),
        "period": AUGUST,
        "platform_secret": SECRET,
        "label": "illustration",
    }
    return pack(source, load_mapping("mobike-2016"), folder, **{**arguments, **changed})


def signed(folder: Path, rides: Iterable[Ride], **changed: Any) -> Path:
    """Packs rides and lets the verifier sign."""
    folder = packed(folder, rides, **changed).folder
    sign_package(folder, VERIFIER, CHAIN_ID)
    return folder


def read_back(folder: Path) -> list[Record]:
    """The records of a package."""
    table = pq.read_table(folder / RECORDS_NAME)
    columns = [table.column(name).to_pylist() for name in Record._fields]
    return list(map(Record._make, zip(*columns, strict=True)))


def manifest_of(folder: Path) -> Manifest:
    return Manifest.from_bytes((folder / MANIFEST_NAME).read_bytes())


def rewrite(folder: Path, records: Sequence[Record], *, sign: bool = True, **changed: Any) -> Path:
    """Replaces the records of a package and makes manifest and signature fit again: a well-made forgery."""
    write_records(folder / RECORDS_NAME, records)
    content = (folder / RECORDS_NAME).read_bytes()
    manifest = manifest_of(folder)
    quantity: dict[int, int] = {}
    for record in records:
        quantity[record.scenario] = quantity.get(record.scenario, 0) + record.quantity
    totals = replace(
        manifest.totals,
        rows=len(records) + sum(manifest.totals.rejected.values()),
        rows_used=len(records),
        records=len(records),
        quantity=quantity,
    )
    file = PackageFile(RECORDS_NAME, hashlib.sha256(content).hexdigest(), len(content))
    manifest = replace(manifest, **{"totals": totals, "file": file, **changed})
    (folder / MANIFEST_NAME).write_bytes(manifest.to_bytes())
    if sign:
        sign_package(folder, VERIFIER, CHAIN_ID)
    return folder
