"""Invariant 13: no personal datum on chain, in a log, in a package, in the database, in an oracle's home."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from oracles.demo.command import run_demo
from oracles.demo.generated import write_trips
from registry.services.home import Home

MARK = "13800138"
"""Stands in every user id of the platform's table, as a telephone number would."""


def with_telling_user_ids(plain: Path, marked: Path) -> int:
    """Copies a table with user ids that can be found again, and coordinates of where each trip ended."""
    with plain.open(encoding="utf-8") as source, marked.open("w", newline="", encoding="utf-8") as target:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(target, reader.fieldnames or (), lineterminator="\n")
        writer.writeheader()
        rows = 0
        for row in reader:
            writer.writerow(
                {**row, "userid": MARK + row["userid"].zfill(3), "end_lon": "121.987654", "end_lat": "31.987654"}
            )
            rows += 1
    return rows


@pytest.mark.slow
def test_privacy__user_ids_and_places_of_the_table__are_found_nowhere_else(tmp_path: Path) -> None:
    write_trips(tmp_path / "plain.csv", trips=600)
    assert with_telling_user_ids(tmp_path / "plain.csv", tmp_path / "table.csv") == 600
    home = tmp_path / "home"
    told: list[str] = []
    result = run_demo(
        Home(home), data=tmp_path / "table.csv", claimed_again=None, chain="embedded", tell=told.append, trips=600
    )
    assert result["acts_counted"] > 500
    searched = 0
    for path in (path for path in home.rglob("*") if path.is_file()):
        # Parquet is compressed: its values are what is searched.
        content = repr(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else path.read_bytes()
        for telling in (MARK, "121.987654", "31.987654"):
            assert telling.encode() not in content, path
        searched += len(content)
    assert searched > 1_000_000
    assert not any(MARK in line for line in told)
