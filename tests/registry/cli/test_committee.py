"""Committees by commands alone: handing over, a dispute, equivocation, verified emissions."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from registry.chain.keys import KeyStore
from registry.domain.report import Report
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.signatures import sign, write
from tests import world as worlds
from tests.registry.cli.conftest import PASSWORD, Puhui
from tests.world import ARBITERS, ORACLES, PROJECT, SHANGHAI

FAR = 2**33
MEMBERS = {
    **{f"oracle-{number}": key for number, key in enumerate(ORACLES)},
    **{f"arbiter-{number}": key for number, key in enumerate(ARBITERS)},
}


@pytest.fixture
def seated(built: Puhui) -> Puhui:
    """The built home with the keys of the oracles of Shanghai and of arbiters who are in office."""
    store = KeyStore(Home(built.home).keys)
    for name, key in MEMBERS.items():
        store.create(name, PASSWORD, key=bytes(key.key), scrypt_rounds=2)
    signers = [word for number in range(4) for word in ("--signer", f"arbiter-{number}")]
    decide(built, "committee", "propose", 0, *signers, "--as", "council-maker", checker="council-checker")
    return built


def decide(puhui: Puhui, *words: object, checker: str = "approver") -> None:
    request = puhui(*words)["request_id"]
    for _ in range(50):
        result = puhui.run("desk", "approve", request, "--as", checker, "--json")
        if result.exit_code == 0:
            return
        assert json.loads(result.stdout)["error"]["code"] == "notice_running", result.stderr


def signed_by(puhui: Puhui, names: str, folder: Path, *words: object) -> list[object]:
    """Lets three members sign; returns the options of the command that gathers their signatures."""
    options: list[object] = []
    for number in range(3):
        path = folder / f"{words[1]}-{names}-{number}.json"
        puhui(*words, "--as", f"{names}-{number}", "--out", path, "--valid-until", FAR)
        options += ["--signature", path]
    return options


@contextmanager
def opened(puhui: Puhui) -> Iterator[tuple[Registry, worlds.World]]:
    os.environ.pop("PUHUI_DATABASE_URL", None)
    with open_registry(Home(puhui.home)) as registry:
        yield registry, worlds.World(registry.gateway, registry.register, worlds.Clock())


def submitted(puhui: Puhui) -> Report:
    with opened(puhui) as (_, world):
        report = world.report(epoch=2, valid_until=FAR)
        world.submit(report)
    return report


def test_committee__hands_over__and_its_report_is_disputed_and_overturned(seated: Puhui, tmp_path: Path) -> None:
    signers = [word for number in range(4) for word in ("--signer", f"oracle-{number}")]
    decide(seated, "committee", "propose", SHANGHAI, *signers, "--dispute-seconds", 86_400, "--as", "admin")
    assert seated("committee", "show", SHANGHAI)["proposed"]["epoch"] == 2
    assert "Proposed for epoch 2" in seated.told("committee", "show", SHANGHAI)
    approvals = signed_by(seated, "oracle", tmp_path, "committee", "approve-epoch", SHANGHAI)
    assert "quorum" in seated.refused("committee", "begin-epoch", *approvals[:4], "--as", "outsider")
    seated("committee", "begin-epoch", *approvals, "--as", "outsider")
    shown = seated("committee", "show", SHANGHAI)
    assert (shown["in_office"]["epoch"], shown["in_office"]["dispute_seconds"], shown["proposed"]) == (2, 86_400, None)

    report = submitted(seated)
    paper = tmp_path / "paper.txt"
    paper.write_text("the bikes stood still")
    place = (f"{SHANGHAI}/1", report.seq)
    nothing = ("committee", "dispute", *place, "--evidence", tmp_path / "none", "--as", "regulator")
    assert "No such file" in seated.refused(*nothing)
    assert seated("committee", "dispute", *place, "--evidence", paper, "--as", "regulator")["project_id"] == str(
        PROJECT
    )
    words = ("committee", "sign-resolution", *place, "--findings", paper, "--overturn")
    resolutions = signed_by(seated, "arbiter", tmp_path, *words)
    told = seated("committee", "resolve", *resolutions, "--as", "outsider")
    assert (told["upheld"], told["project_id"]) == (False, str(PROJECT))
    (ended,) = seated("committee", "disputes", "--all")["disputes"]
    assert (ended["upheld"], len(ended["arbiters"]), seated("committee", "disputes")["disputes"]) == (False, 3, [])
    assert seated("index", "reconcile")["differences"] == []


def test_equivocation__is_proved_from_two_files_and_forgiven_by_the_desk(seated: Puhui, tmp_path: Path) -> None:
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    with opened(seated) as (registry, world):
        report = world.report(valid_until=FAR)
        for path, each in zip(files, (report, replace(report, serial_end=report.serial_end + 1)), strict=True):
            write(sign(registry, ORACLES[0], each), path)
    assert seated("committee", "prove-equivocation", *files, "--as", "outsider") == {
        "jurisdiction": SHANGHAI,
        "signer": ORACLES[0].address,
    }
    assert seated("committee", "show", SHANGHAI)["suspended"] == [ORACLES[0].address]
    decide(seated, "committee", "reinstate", SHANGHAI, "oracle-0", "--reason", "a stolen key", "--as", "admin")
    assert seated("committee", "show", SHANGHAI)["suspended"] == []
    successors = [word for number in range(4) for word in ("--signer", f"arbiter-{number}")]
    replaced = ("committee", "replace", SHANGHAI, *successors, "--as", "council-maker")
    decide(seated, *replaced, checker="council-checker")
    assert seated("committee", "show", SHANGHAI)["in_office"]["signers"] == [key.address for key in ARBITERS]


def test_emissions__signed_by_three__are_submitted_and_shown(seated: Puhui, tmp_path: Path) -> None:
    statement = tmp_path / "statement.txt"
    statement.write_text("80 t in 2023")
    account = f"{SHANGHAI}/2"
    words = ("emissions", "sign", account, 2023, "80t", "--evidence", statement)
    figures = signed_by(seated, "oracle", tmp_path, *words)
    assert "quorum" in seated.refused("emissions", "submit", *figures[:2], "--as", "outsider")
    told = seated("emissions", "submit", *figures, "--as", "outsider")
    assert (told["year"], told["revision"]) == (2023, 1)
    assert "80,000,000 g" in seated.told("emissions", "show", account)
    assert seated("emissions", "show", account, "--year", 2022)["emissions"] == []
    other = tmp_path / "other.json"
    other.write_text(figures[1].read_text().replace('"year":2023', '"year":2024'))  # type: ignore[attr-defined]
    assert "signed something else" in seated.refused(
        "emissions", "submit", *figures[2:], "--signature", other, "--as", "outsider"
    )
    (tmp_path / "rubbish.json").write_text("{}")
    assert "no signature file" in seated.refused(
        "emissions", "submit", "--signature", tmp_path / "rubbish.json", "--as", "outsider"
    )
