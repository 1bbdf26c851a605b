"""One month in every kind of table gives one package, and what is no table is refused with a readable line."""

from __future__ import annotations

import csv
import datetime
import gzip
import json
import sqlite3
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracles.errors import MissingColumns, UnreadableInput
from oracles.packing import Source, SqlTable
from oracles.packing.cells import CellWriter
from oracles.packing.mapping_model import TableForm
from oracles.packing_cli import source_of
from registry.domain.errors import InvalidInput
from tests.oracles.factory import COLUMNS, Ride, month, packed, write_table

RIDES = [*month(12), Ride(metres="")]
FORM = TableForm("utf-8", ",", None, "%Y-%m-%d %H:%M", 28_800)


def rows() -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, ride.cells(number), strict=True)) for number, ride in enumerate(RIDES, start=1)]


def typed(row: dict[str, str]) -> dict[str, Any]:
    """The same row as a database or a sheet has it: numbers and times as such, nothing where nothing is."""
    times = {name: datetime.datetime.fromisoformat(row[name]) for name in ("start_time", "end_time")}
    numbers: dict[str, Any] = {name: int(row[name]) for name in ("row_id", "bikeid", "userid", "duration_min")}
    path_m = float(row["path_m"]) if row["path_m"] else None
    return {**{name: value or None for name, value in row.items()}, **times, **numbers, "path_m": path_m}


def in_gb18030(path: Path) -> Path:
    content = write_table(path, RIDES).read_text("utf-8")
    path.write_bytes(content.replace("row_id", "编号").encode("gb18030"))
    return path


def in_jsonl(path: Path) -> Path:
    # Numbers as they are written: a float would not keep 1500.10.
    numbers = {"bikeid", "path_m", "duration_min"}
    lines = []
    for row in rows():
        cells = [f'"{key}": {value if key in numbers and value else json.dumps(value)}' for key, value in row.items()]
        lines.append("{" + ", ".join(cells) + "}")
    path.write_bytes(gzip.compress("\n".join([*lines[:3], "", *lines[3:]]).encode()))
    return path


def in_xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*COLUMNS, None])
    for row in rows():
        sheet.append(list(typed(row).values()))
    sheet.append([None] * 3)
    book.create_sheet("other").append(["nothing"])
    book.save(path)
    return path


def in_parquet(path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist([typed(row) for row in rows()]), path)
    return path


def in_sqlite(path: Path) -> SqlTable:
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE trips ({', '.join(COLUMNS)})")
        marks = ", ".join("?" * len(COLUMNS))
        database.executemany(f"INSERT INTO trips VALUES ({marks})", [tuple(row.values()) for row in rows()])
    database.close()
    return SqlTable(f"sqlite:///{path}", "trips")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.csv.gz", lambda path: write_table(path, RIDES, bom=True)),
        ("t.jsonl.gz", in_jsonl),
        ("t.xlsx", in_xlsx),
        ("t.parquet", in_parquet),
        ("t.db", in_sqlite),
    ],
)
def test_pack__same_month_in_another_table__gives_the_same_package(
    tmp_path: Path, name: str, write: Callable[[Path], Source]
) -> None:
    expected = packed(tmp_path / "expected", RIDES)
    made = packed(tmp_path / "made", [], table=write(tmp_path / name))
    assert made.manifest.totals.rejected == {"bad_quantity": 1}
    assert made.manifest_hash == expected.manifest_hash
    assert made.rejected_file.read_text() == expected.rejected_file.read_text()


def test_pack__gb18030__is_read_as_the_mapping_says(tmp_path: Path) -> None:
    from oracles.packing import load_mapping
    from oracles.packing.mapping import SHIPPED_FOLDER
    from oracles.packing.table import open_table

    content = json.loads((SHIPPED_FOLDER / "mobike-2016.json").read_text("utf-8"))
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps({**content, "encoding": "gb18030"}))
    with open_table(in_gb18030(tmp_path / "t.csv"), load_mapping(path).form) as table:
        assert table.columns[0] == "编号"
        assert [cells for _, cells in table.rows(("编号",))][:2] == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1500.25, "1500.25"),
        (79699.0, "79699"),
        (1e-7, "0.0000001"),
        (Decimal("1E+3"), "1000"),
        (float("nan"), "NaN"),
        (None, ""),
        (b"\xff", "\udcff"),
        (datetime.date(2016, 8, 1), "2016-08-01 00:00"),
        (datetime.datetime(2016, 8, 1, 0, 23), "2016-08-01 00:23"),
        (datetime.datetime(2016, 7, 31, 16, 23, tzinfo=datetime.UTC), "2016-08-01 00:23"),
        # More than the format holds is not cut: the row is told as one whose time is of another form.
        (datetime.datetime(2016, 8, 1, 0, 23, 9), "2016-08-01 00:23:09"),
    ],
)
def test_cell__of_another_kind__is_the_text_of_a_csv(value: object, text: str) -> None:
    assert CellWriter(FORM)(value) == text


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("t.xlsx", b"no zip", "no XLSX"),
        ("t.parquet", b"PAR1", "no Parquet"),
        ("t.jsonl", b"", "no JSON object"),
        ("t.jsonl", b"[1]\n", "no JSON object"),
        ("t.jsonl", b'{"a": "' + b"x" * 2**20 + b'"}', "characters"),
    ],
)
def test_pack__no_such_table__is_refused(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableInput, match=problem):
        packed(tmp_path / "package", [], table=tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_pack__jsonl_lines_of_another_form__are_counted(tmp_path: Path) -> None:
    table = tmp_path / "t.jsonl"
    good = json.dumps(rows()[0])
    table.write_text("\n".join([good, "[]", "{", '{"bikeid": "1"}', '{"a": ' * 5_000, good.replace("2016", "16")]))
    assert packed(tmp_path / "package", [], table=table).manifest.totals.rejected == {"wrong_shape": 4, "bad_time": 1}


def test_pack__xlsx__without_its_package_or_its_sheet__says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oracles.packing.sheets import open_xlsx

    table = in_xlsx(tmp_path / "t.xlsx")
    with (
        pytest.raises(UnreadableInput, match="no sheet third, it has Sheet, other"),
        open_xlsx(table, TableForm("utf-8", ",", "third", "%Y", 0)),
    ):
        pass
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UnreadableInput, match=r"install puhui\[sources\]"):
        packed(tmp_path / "package", [], table=table)


@pytest.mark.parametrize(
    ("url", "query", "problem"),
    [
        ("sqlite:///{}", "absent", "no such table: absent"),
        ("sqlite:///{}", "DELETE FROM trips", "begin with SELECT"),
        ("sqlite:///{}", "", "begin with SELECT"),
        ("sqlite:///{}", "SELECT lacking FROM trips", "no such column"),
        ("nodb://user:s3cr%40t@host/x", "trips", "driver for nodb"),
        ("postgresql+nodriver://user:s3cr%40t@host/x?sslpassword=s3cr%40t", "trips", "nodriver"),
        ("://s3cr@t", "trips", "no address"),
    ],
)
def test_pack__no_such_database__is_refused_and_no_password_is_told(
    tmp_path: Path, url: str, query: str, problem: str
) -> None:
    database = in_sqlite(tmp_path / "t.db").url.removeprefix("sqlite:///")
    with pytest.raises(UnreadableInput, match=problem) as refusal:
        packed(tmp_path / "package", [], table=SqlTable(url.format(database), query))
    assert "s3cr" not in str(refusal.value) + repr(refusal.value.__cause__)


def test_pack__query__chooses_rows_and_names_columns(tmp_path: Path) -> None:
    source = in_sqlite(tmp_path / "t.db")
    made = packed(tmp_path / "a", [], table=SqlTable(source.url, "SELECT * FROM trips WHERE start_time < '2016-08-03'"))
    assert made.manifest.totals.rows == sum(ride.start < "2016-08-03" for ride in RIDES)
    with pytest.raises(MissingColumns, match="bikeid"):
        packed(tmp_path / "b", [], table=SqlTable(source.url, "SELECT row_id FROM trips"))


def test_source_of__file_address_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIPS", "postgresql://user:s3cret@host/x")
    monkeypatch.setenv("NOTHING", "s3cret")
    assert source_of("trips.csv", None) == Path("trips.csv")
    assert source_of("env:TRIPS", "trips") == SqlTable("postgresql://user:s3cret@host/x", "trips")
    for text, query in (("env:TRIPS", None), ("env:NOTHING", "trips"), ("env:ABSENT", "t"), ("trips.csv", "trips")):
        with pytest.raises(InvalidInput) as refusal:
            source_of(text, query)
        assert "s3cret" not in str(refusal.value)


def test_pack__rows_of_other_periods__are_left_to_the_oracles_or_rejected_if_asked(tmp_path: Path) -> None:
    rides = [Ride(), Ride(start="2016-07-31 23:59"), Ride(start="2016-08-01 00:00"), Ride(start="2016-09-01 00:00")]
    with (tmp_path / "t.csv").open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *(ride.cells(1) for ride in rides)])
    assert packed(tmp_path / "all", [], table=tmp_path / "t.csv").manifest.totals.records == 4
    totals = packed(tmp_path / "only", [], table=tmp_path / "t.csv", only_period=True).manifest.totals
    assert (totals.rows_used, totals.rejected) == (2, {"other_period": 2})
