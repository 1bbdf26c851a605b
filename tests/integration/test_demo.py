"""The whole story: told, resumed, killed and resumed, and told of the real month."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from oracles.demo.command import run_demo
from registry.db.models import Holding, OutboxTransaction
from registry.domain.errors import Conflict, InvalidInput
from registry.proofs.verify import verify_certificate
from registry.services.home import Home
from registry.services.reconcile import reconcile
from registry.services.registry import open_registry

TRIPS = 800
KEYS = (
    *("acts_in", "acts_counted", "acts_quarantined", "grams", "log_root", "log_size", "signers", "committee_size"),
    *("batch_id", "issued_grams", "transferred_grams", "offset_grams", "retired_grams", "refused_offset_error"),
    *("certificates", "certificates_verified", "tampered_rejected", "claimed_again_flagged", "seconds"),
)


def tell(home: Path, **changed: Any) -> tuple[dict[str, Any], list[str]]:
    """Tells the story in this process; returns its figures and lines."""
    lines: list[str] = []
    options = {"data": None, "claimed_again": None, "chain": "embedded", "trips": TRIPS, **changed}
    return run_demo(Home(home), tell=lines.append, **options), lines


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("told") / "home"
    result, _ = tell(home)
    return home, result


@pytest.mark.slow
def test_demo__first_start__gives_every_figure_and_they_add_up(told: tuple[Path, dict[str, Any]]) -> None:
    _, result = told
    assert set(KEYS) <= set(result)
    assert result["acts_in"] == TRIPS
    assert result["acts_counted"] + sum(result["acts_quarantined"].values()) == TRIPS
    assert result["log_size"] == result["acts_counted"]
    assert result["issued_grams"] == result["grams"]
    assert result["signers"] == 3
    assert result["committee_size"] == 4
    assert result["refused_offset_error"] == "OffsetRefused: CAP"
    assert result["certificates_verified"] == len(result["certificates"]) == 2
    assert result["tampered_rejected"] is True
    assert result["claimed_again_flagged"] == TRIPS // 8
    assert "relabelled_copy" in result["claimed_again_refusal"]


@pytest.mark.slow
def test_demo__second_start__resumes_says_so_and_sends_nothing(told: tuple[Path, dict[str, Any]]) -> None:
    home, first = told
    again, lines = tell(home)
    assert again["resumed"] is True
    assert "Going on" in lines[0]
    unchanged = [key for key in KEYS if key != "seconds"]
    assert {key: again[key] for key in unchanged} == {key: first[key] for key in unchanged}
    assert again["reconciled"]["block_number"] == first["reconciled"]["block_number"]


@pytest.mark.slow
def test_demo__another_home__gives_the_same_log_root(told: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    _, first = told
    shuffled = tmp_path / "shuffled.csv"
    header, *rows = (told[0] / "generated-2016-08.csv").read_text("utf-8").splitlines()
    random.Random(7).shuffle(rows)
    shuffled.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    other, _ = tell(tmp_path / "home", data=shuffled)
    assert other["log_root"] == first["log_root"]
    assert other["claimed_again_flagged"] is None


@pytest.mark.slow
def test_demo__other_data_in_the_same_home__is_refused(told: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home, _ = told
    other = tmp_path / "other.csv"
    other.write_text("row_id\n", encoding="utf-8")
    with pytest.raises(Conflict, match="choose another --home"):
        tell(home, data=other)


def test_demo__missing_data__is_told_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nothing\.csv"):
        tell(tmp_path / "home", data=tmp_path / "nothing.csv")
    assert not (tmp_path / "home" / "chain.sqlite").exists()


def _start(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "registry.cli.main", "demo", "--no-serve", "--json"]
    return subprocess.Popen(
        [*command, "--home", str(home), "--trips", str(TRIPS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.long
def test_demo__killed_at_any_moment__resumes_to_the_same_end(told: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    # Invariant 11, also after kill -9: each start lives a little longer than the one before.
    home = tmp_path / "home"
    draw = random.Random(20160801)
    for _ in range(4):
        process = _start(home)
        grown = (home / "chain.sqlite-wal", home / "puhui.sqlite")
        deadline = time.monotonic() + 30
        while process.poll() is None and not all(path.exists() for path in grown) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(draw.uniform(0.0, 2.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = _start(home)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    result = json.loads(output.splitlines()[-1])
    _, first = told
    for key in (
        "log_root",
        "issued_grams",
        "transferred_grams",
        "offset_grams",
        "retired_grams",
        "claimed_again_flagged",
    ):
        assert result[key] == first[key], key
    for path in result["certificates"]:
        verify_certificate(Path(path).read_bytes())
    with open_registry(Home(home)) as registry:
        registry.indexer.run_to_head()
        before = registry.indexer.digest()
        registry.indexer.rebuild()
        assert registry.indexer.digest() == before
        assert reconcile(registry.database, registry.gateway, registry.register).is_equal
        with registry.database.session() as session:
            held = sum(row.grams for row in session.query(Holding))
            states = {row.state for row in session.query(OutboxTransaction)}
    assert held == first["issued_grams"] - first["offset_grams"] - first["retired_grams"]
    assert states == {"mined"}


@pytest.mark.long
@pytest.mark.shared_data
def test_demo__real_month__flags_all_relabelled_rows(shared_data: Path, tmp_path: Path) -> None:
    result, _ = tell(
        tmp_path / "home",
        data=shared_data / "mobike_shanghai_201608_rebuilt.csv.gz",
        claimed_again=shared_data / "mobike_shanghai_relabelled_as_2020.csv",
    )
    assert result["acts_in"] == 97_867
    assert result["acts_counted"] + sum(result["acts_quarantined"].values()) == 97_867
    assert result["acts_quarantined"] == {
        "quantity_too_large": 44,
        "duration_too_long": 386,
        "too_fast": 79,
        "overlapping_act": 7,
    }
    assert result["claimed_again_flagged"] == 12_266
    assert result["refused_offset_error"] == "OffsetRefused: CAP"
    assert result["certificates_verified"] == 2
    assert result["tampered_rejected"] is True
