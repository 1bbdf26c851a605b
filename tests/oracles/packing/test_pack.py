"""Packing: every row is a record or is counted with its reason, people stay out, equal evidence has equal bytes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from oracles.errors import InvalidMapping, MissingColumns, PackageExists, UnreadableInput
from oracles.package_format import MANIFEST_NAME, RECORDS_NAME
from oracles.packing import load_mapping, pack, sign_package
from oracles.packing.mapping import SHIPPED_FOLDER
from oracles.packing.secret import read_secret
from registry.domain.acts import actor_day, actor_of, actor_secret
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.methodology import load_shipped
from tests.oracles.factory import (
    AUGUST,
    CHAIN_ID,
    COLUMNS,
    PROJECT,
    SECRET,
    VERIFIER,
    Ride,
    cycling,
    month,
    packed,
    read_back,
    write_table,
)


def mapping_with(folder: Path, **changed: Any) -> Path:
    content = json.loads((SHIPPED_FOLDER / "mobike-2016.json").read_text("utf-8"))
    path = folder / "mapping.json"
    path.write_text(json.dumps({**content, **changed}), "utf-8")
    return path


def test_pack__missing_columns__names_them_and_leaves_nothing(tmp_path: Path) -> None:
    columns = [name for name in COLUMNS if name not in ("path_m", "userid")]
    table = write_table(tmp_path / "table.csv", month(3), columns=columns)
    with pytest.raises(MissingColumns, match="path_m, userid") as refusal:
        packed(tmp_path / "package", [], table=table)
    assert refusal.value.values["missing"] == "path_m, userid"
    assert list(tmp_path.iterdir()) == [table]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no header"),
        (b"\n\n", "no header"),
        (b"a,b,a\n1,2,3\n", "stand twice"),
        (b"\x1f\x8b\x08broken", "."),
        (b"\x1f\x8bxx", "."),
    ],
)
def test_pack__no_table__is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(content)
    with pytest.raises(UnreadableInput, match=problem):
        packed(tmp_path / "package", [], table=table)


def test_pack__truncated_gzip__is_refused(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table.csv.gz", month(40))
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(UnreadableInput):
        packed(tmp_path / "package", [], table=table)


def test_pack__no_such_table__is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="No such file"):
        packed(tmp_path / "package", [], table=tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("ride", "reason"),
    [
        (Ride(bike=""), "bad_asset"),
        (Ride(bike="1;user=9"), "bad_asset"),
        (Ride(bike="1=2"), "bad_asset"),
        (Ride(bike="1\n2"), "bad_asset"),
        *[(Ride(bike=f"1{blank}2"), "bad_asset") for blank in (" ", "\u00a0", "\u200b", "\u3000")],
        *[(Ride(bike=bike), "bad_asset") for bike in ("0100", "１００", "A100", "100.0", "1" * 19, "\ufeff100", "0")],
        (Ride(user=""), "bad_user"),
        (Ride(user="  "), "bad_user"),
        (Ride(start="2016-08-32 08:00", end="2016-08-05 08:10"), "bad_time"),
        (Ride(start="yesterday", end="2016-08-05 08:10"), "bad_time"),
        (Ride(end="8 o'clock"), "bad_time"),
        (Ride(minutes="ten", end="2016-08-05 08:10"), "bad_duration"),
        (Ride(minutes="-10", end="2016-08-05 07:50"), "bad_duration"),
        (Ride(minutes="99999999999", end="2016-08-05 08:10"), "bad_duration"),
        (Ride(minutes="11", end="2016-08-05 08:10"), "duration_disagrees"),
        (Ride(metres=""), "bad_quantity"),
        (Ride(metres="-5"), "bad_quantity"),
        (Ride(metres="nan"), "bad_quantity"),
        (Ride(metres="1e3"), "bad_quantity"),
        (Ride(metres="1,000"), "bad_quantity"),
        (Ride(metres="9223372036854775808"), "bad_quantity"),
    ],
)
def test_pack__unreadable_row__is_counted_and_listed_by_number_only(tmp_path: Path, ride: Ride, reason: str) -> None:
    made = packed(tmp_path / "package", [*month(2), ride, *month(3)[2:]])
    totals = made.manifest.totals
    assert (totals.rows, totals.records, totals.rejected) == (4, 3, {reason: 1})
    assert [json.loads(line) for line in made.rejected_file.read_text().splitlines()] == [{"row": 3, "reason": reason}]
    assert not list(made.folder.glob("*rejected*"))


def test_pack__rows_of_another_shape_or_encoding__are_counted(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table.csv", month(2))
    lines = [
        b"1,2,3",
        b'9,"unclosed"x,1,,,,,,,,,',
        b"",
        b"5,\xff\xfe,7,2016-08-05 08:00,2016-08-05 08:10,10,,,,,99.5,3",
    ]
    table.write_bytes(table.read_bytes() + b"\n".join(lines) + b"\n")
    totals = packed(tmp_path / "package", [], table=table).manifest.totals
    assert totals.rejected == {"wrong_shape": 2, "wrong_encoding": 1}
    assert totals.rows == totals.records + 3


def test_pack__garbled_column_that_nobody_needs__is_no_reason(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table.csv", [Ride()])
    table.write_bytes(table.read_bytes().replace(b"121.5", b"\xff\xfe"))
    assert packed(tmp_path / "package", [], table=table).manifest.totals.records == 1


def test_pack__zero_and_backward_rides__are_records_for_the_oracles_to_judge(tmp_path: Path) -> None:
    mapping = mapping_with(
        tmp_path,
        columns={"asset": "bikeid", "user": "userid", "start": "start_time", "end": "end_time", "quantity": "path_m"},
    )
    table = write_table(tmp_path / "table.csv", [Ride(metres="0.9"), Ride(bike="2", end="2016-08-05 07:00")])
    pack(
        table,
        load_mapping(mapping),
        tmp_path / "package",
        project_id=PROJECT,
        methodology=cycling(),
        period=AUGUST,
        platform_secret=SECRET,
    )
    records = read_back(tmp_path / "package")
    assert [(record.quantity, record.duration_seconds) for record in records] == [(0, 600), (1500, -3600)]


def test_pack__one_ride__is_what_the_format_says(tmp_path: Path) -> None:
    ride = Ride(bike="79699", user="759", start="2016-08-01 23:55", minutes="20", metres="867.99")
    made = packed(tmp_path / "package", [ride])
    (record,) = read_back(made.folder)
    secret = actor_secret(SECRET, "759")
    first = AUGUST.start_day
    assert record.act_key == "shared-bike;bike=79699;start=2016-08-01T23:55+08:00"
    assert record.occurred_at == first * 86_400 + 23 * 3600 + 55 * 60 - 8 * 3600
    assert (record.quantity, record.duration_seconds, record.scenario) == (867, 1200, 1)
    assert record.actor == actor_of(secret, record.act_key)
    assert record.actor_start_day == actor_day(secret, first)
    assert record.actor_end_day == actor_day(secret, first + 1)
    assert made.manifest.totals.quantity == {1: 867}


def test_pack__user_ids__are_nowhere_in_the_package(tmp_path: Path) -> None:
    made = packed(tmp_path / "package", [Ride(user="user-4711-of-the-platform")])
    for file in (*made.folder.iterdir(), made.rejected_file):
        assert b"4711" not in file.read_bytes()
    assert sorted(file.name for file in made.folder.iterdir()) == [MANIFEST_NAME, RECORDS_NAME]


def test_pack__shuffled_compressed_marked_or_spilled__gives_the_same_bytes(tmp_path: Path) -> None:
    rides = [*month(40), Ride(metres="bad")]
    # Rows that agree in time and key, and differ only in what comes after.
    rides += [Ride(bike="1", user=user, metres=metres) for user in ("3", "4") for metres in ("700", "600")]
    plain = packed(tmp_path / "plain", rides)
    shuffled = random.Random(5).sample(rides, len(rides))
    table = write_table(tmp_path / "again.csv.gz", shuffled, bom=True)
    again = packed(tmp_path / "again", [], table=table, run_records=7)
    assert again.manifest_hash == plain.manifest_hash
    for name in (MANIFEST_NAME, RECORDS_NAME):
        assert (again.folder / name).read_bytes() == (plain.folder / name).read_bytes()
    records = read_back(plain.folder)
    assert records == sorted(records)
    assert len(records) == 44


def test_pack__nothing_readable__is_a_package_without_records(tmp_path: Path) -> None:
    made = packed(tmp_path / "package", [Ride(metres="x")])
    assert (made.manifest.totals.records, made.manifest.totals.quantity, read_back(made.folder)) == (0, {}, [])


@pytest.mark.parametrize(("multiplier", "metres"), [("1000", 1500250), ("0.25", 375), ("1", 1500), ("0.001", 1)])
def test_pack__quantity_in_other_units__is_floored_once(tmp_path: Path, multiplier: str, metres: int) -> None:
    table = write_table(tmp_path / "table.csv", [Ride()])
    pack(
        table,
        load_mapping(mapping_with(tmp_path, quantity_multiplier=multiplier)),
        tmp_path / "package",
        project_id=PROJECT,
        methodology=cycling(),
        period=AUGUST,
        platform_secret=SECRET,
    )
    assert read_back(tmp_path / "package")[0].quantity == metres


def test_pack__folder_exists__is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    with pytest.raises(PackageExists):
        packed(tmp_path / "package", month(2))
    assert not list((tmp_path / "package").iterdir())


@pytest.mark.parametrize("changed", [{"platform_secret": b"short"}, {"project_id": 7}, {"label": "x" * 501}])
def test_pack__bad_argument__is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        packed(tmp_path / "package", month(2), **changed)


def test_pack__scenario_or_zone_is_not_the_methodologys__is_refused(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table.csv", month(2))
    time = {"format": "%Y-%m-%d %H:%M", "offset": "+09:00"}
    for changed, path in (({"scenario": 9}, "scenario"), ({"time": time}, "time.offset")):
        with pytest.raises(InvalidMapping, match=path):
            pack(
                table,
                load_mapping(mapping_with(tmp_path, **changed)),
                tmp_path / "package",
                project_id=PROJECT,
                methodology=load_shipped()["travel-beijing-2024"],
                period=AUGUST,
                platform_secret=SECRET,
            )


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ({"kind": "bike-share", "asset": "bike"}, "act.kind.*is bike-share, scenario 1 of .* has shared-bike"),
        ({"kind": "shared-bike", "asset": "cycle"}, "act.asset.*is cycle, scenario 1 of .* has bike"),
    ],
)
def test_pack__names_of_the_act_are_not_the_methodologys__is_refused(
    tmp_path: Path, act: dict[str, str], says: str
) -> None:
    with pytest.raises(InvalidMapping, match=says):
        pack(
            write_table(tmp_path / "table.csv", month(2)),
            load_mapping(mapping_with(tmp_path, act=act)),
            tmp_path / "package",
            project_id=PROJECT,
            methodology=cycling(),
            period=AUGUST,
            platform_secret=SECRET,
        )
    assert not (tmp_path / "package").exists()


def test_pack__blanks_around_the_bike__are_no_part_of_it(tmp_path: Path) -> None:
    made = packed(tmp_path / "package", [Ride(bike=" 100 "), Ride(bike="\u00a0100\u3000", start="2016-08-06 08:00")])
    assert [each.act_key.split(";")[1] for each in read_back(made.folder)] == ["bike=100", "bike=100"]


def test_sign_package__no_manifest_or_a_broken_one__is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidEvidence, match="cannot be read"):
        sign_package(tmp_path, VERIFIER, CHAIN_ID)
    (tmp_path / MANIFEST_NAME).write_text("{}")
    with pytest.raises(InvalidEvidence):
        sign_package(tmp_path, VERIFIER, CHAIN_ID)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "ü"])
def test_read_secret__no_hexadecimal_or_too_short__is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.write_text(content, "utf-8")
    with pytest.raises(InvalidInput):
        read_secret(path)
    with pytest.raises(InvalidInput):
        read_secret(tmp_path / "absent")


def test_read_secret__reads_hexadecimal(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("ab" * 32 + "\n")
    assert read_secret(path) == b"\xab" * 32
