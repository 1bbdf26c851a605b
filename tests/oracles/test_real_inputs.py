"""docs/real-inputs.md, as a user types it: from the raw files to issued batches, with the figures it tells."""

from __future__ import annotations

import csv
import gzip
import json
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer

from oracles.package_format import MANIFEST_NAME, RECORDS_NAME
from registry.cli.main import build_app
from tests.conftest import ROOT
from tests.registry.cli.conftest import Puhui

DOCUMENT = (ROOT / "docs" / "real-inputs.md").read_text("utf-8")
INPUTS = {
    "bikes": "310000/1",
    "metro": "310000/2",
    "bus": "310000/3",
    "pv": "310000/4",
    "forest": "310000/5",
}
CARDS = "shenzhen_transit_card_2018_sample.csv.gz"

pytestmark = [pytest.mark.shared_data, pytest.mark.long]


@dataclass
class Told:
    """What the commands of the document answered, by package."""

    folder: Path
    packed: dict[str, Any] = field(default_factory=dict)
    reported: dict[str, Any] = field(default_factory=dict)
    emissions: list[dict[str, Any]] = field(default_factory=list)


def lines() -> Iterator[list[str]]:
    """Its command lines, in order."""
    for block in re.findall(r"^```\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if names := re.fullmatch(r"for name in (.+); do puhui key new \$name; done", line):
                yield from (["key", "new", name] for name in names[1].split())
            elif line.startswith("puhui "):
                yield shlex.split(line)[1:]


def run(puhui: Puhui, words: list[str]) -> dict[str, Any]:
    """Runs one line; a public notice that is not over is waited for, as a person would."""
    for _ in range(10):
        ended = puhui.run(*words, "--json")
        if ended.exit_code == 0:
            answer: dict[str, Any] = json.loads(ended.stdout)
            return answer
        assert words[:2] == ["desk", "approve"], ended.stderr
        assert "notice" in ended.stderr, ended.stderr
        time.sleep(0.5)
    raise AssertionError(ended.stderr)


@pytest.fixture(scope="module")
def told(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    if not (shared_data / CARDS).is_file():
        pytest.skip(f"needs {CARDS} in the shared data")
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "secret.txt").write_text("5e" * 32)
    (folder / "report.pdf").write_text("what the verifier wrote")
    for name, first in (("parcels", "parcel"), ("emissions", "account")):
        made_up = re.search(rf"^({first},.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
        assert made_up is not None
        (folder / f"{name}.csv").write_text(made_up[1])
    puhui = Puhui(typer.main.get_command(build_app()), folder / "mine")
    result = Told(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        for words in lines():
            answer = run(puhui, [word.replace("$DATA", str(shared_data)) for word in words])
            if words[0] == "pack":
                result.packed[words[words.index("--out") + 1]] = answer["manifest"]
            elif words[:2] == ["oracle", "round"]:
                result.reported[words[2]] = answer
            elif words[0] == "pack-emissions" or words[1] == "submit-emissions":
                result.emissions.append(answer)
        for name, project in INPUTS.items():
            result.reported[name]["project"] = puhui("project", "show", project)
    return result


def row(name: str) -> dict[str, str]:
    """One row of the table of figures, by package."""
    cells = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| {name} |")).strip("|").split("|")[1:]
    return {package: cell.replace(",", "").strip() for package, cell in zip(INPUTS, cells, strict=True)}


def counts(text: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"`(\w+)`(?: \(\w+\))? (\d+)", text)}


@pytest.mark.parametrize("name", INPUTS)
def test_document__its_figures__are_those_of_the_commands(told: Told, name: str) -> None:
    totals, reported = told.packed[name]["totals"], told.reported[name]
    assert [str(totals[key]) for key in ("rows", "rows_used", "records")] == [
        row(label)[name] for label in ("rows", "rows used", "records")
    ]
    assert totals["rejected"] == counts(row("rejected")[name])
    assert totals["noted"] == counts(row("noted")[name])
    assert [str(amount) for amount in totals["quantity"].values()] == [row("quantity")[name].split()[0]]
    assert reported["acts_quarantined"] == counts(row("quarantined")[name])
    assert (str(reported["acts_counted"]), str(reported["grams"])) == (row("counted")[name], row("grams issued")[name])


@pytest.mark.parametrize("name", INPUTS)
def test_figures__add_up_and_the_batch_is_issued(told: Told, name: str) -> None:
    totals, reported = told.packed[name]["totals"], told.reported[name]
    assert totals["rows"] == totals["rows_used"] + sum(totals["rejected"].values())
    assert totals["records"] == reported["acts_in"]
    assert reported["acts_in"] == reported["acts_counted"] + sum(reported["acts_quarantined"].values())
    of_project = [told.reported[each]["grams"] for each, project in INPUTS.items() if project == INPUTS[name]]
    assert reported["project"]["issued_grams"] == sum(of_project)
    rejected = (told.folder / f"{name}.rejected.jsonl").read_text().splitlines()
    assert len(rejected) == sum(totals["rejected"].values())


@pytest.mark.parametrize("name", ["bikes", "metro", "bus", "pv"])
def test_label__says_that_it_is_an_illustration(told: Told, name: str) -> None:
    assert told.packed[name]["label"].startswith("illustration: ")
    assert told.reported[name]["label"] == told.packed[name]["label"]


def test_emissions__two_of_six_rows_hold_on_chain(told: Told) -> None:
    stated, submitted = told.emissions
    rejected = {"bad_document": 1, "other_year": 1, "unknown_account": 1, "bad_amount": 1}
    assert (stated["rows"], stated["statements"], stated["rejected"]) == (6, 2, rejected)
    assert [(each["grams"], each["revision"]) for each in submitted["verified"]] == [
        (18_250_500_000, 1),
        (977_000_000_001, 1),
    ]


def texts(told: Told, name: str) -> str:
    """All that a package and the list beside it hold, the columns of its records unfolded."""
    folder = told.folder / name
    table = pq.read_table(folder / RECORDS_NAME)
    cells = [b"\n".join(map(_bytes, table.column(column).to_pylist())) for column in table.column_names]
    rejected = (told.folder / f"{name}.rejected.jsonl").read_bytes()
    raw = b"\n".join([*cells, (folder / MANIFEST_NAME).read_bytes(), rejected, (folder / RECORDS_NAME).read_bytes()])
    return raw.decode("latin-1")


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.parametrize("name", ["metro", "bus"])
def test_cards__none_of_the_input__is_in_a_package(told: Told, shared_data: Path, name: str) -> None:
    with gzip.open(shared_data / CARDS, "rt", encoding="utf-8", newline="") as text:
        cards = {line["card_no"] for line in csv.DictReader(text)}
    held = texts(told, name)
    for length in {len(card) for card in cards}:
        assert length >= 6
        assert not cards & {held[start : start + length] for start in range(len(held) - length + 1)}
    assert held.count(";ticket=T") >= told.packed[name]["totals"]["records"]


def test_users__of_the_bikes__have_no_place_in_a_record(told: Told) -> None:
    # Their ids are short numbers, found in any bytes: what is held against them is the form of every text there is.
    table = pq.read_table(told.folder / "bikes" / RECORDS_NAME)
    form = re.compile(r"shared-bike;bike=[0-9]+;start=2016-0[89]-[0-9]{2}T[0-9]{2}:[0-9]{2}\+08:00")
    assert all(form.fullmatch(key) for key in table.column("act_key").to_pylist())
    digests = {"actor": 32, "actor_start_day": 16, "actor_end_day": 16}
    for column, length in digests.items():
        assert {len(value) for value in table.column(column).to_pylist()} == {length}
    assert set(table.column_names) - digests.keys() == {
        *("act_key", "occurred_at", "duration_seconds", "scenario", "quantity")
    }
