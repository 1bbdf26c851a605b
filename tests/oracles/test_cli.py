"""The commands, on a home of their own: from a table to a published report, and back with one readable line if not."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from oracles.cli import register
from oracles.errors import InvalidExclusions, OracleBehind, PackageRefused, QuorumNotReached
from oracles.package_format import RECORDS_NAME
from oracles.screens import ReportKey, SqliteClaimStore
from registry.chain.keys import KeyStore
from registry.domain.canonical import canonical_json
from registry.domain.errors import InvalidEvidence, NotFound, RegistryError
from registry.domain.methodology import definition_hash
from registry.log.store import LogStore
from registry.services.calls import GuardedCall
from registry.services.home import Home, NetworkSettings
from registry.services.registry import open_registry
from tests import world as worlds
from tests.oracles.conftest import Filed
from tests.oracles.factory import CHAIN_ID, PEPPER, PROJECT, Ride, cycling, month, write_table

NAMES = ["oracle-1", "oracle-2", "oracle-3", "oracle-4"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    store = KeyStore(folder)
    people = {**dict(zip(NAMES, worlds.ORACLES, strict=True)), "verifier": worlds.ACTORS["VERIFIER"]}
    for name, person in {**people, "anybody": worlds.ACTORS["OUTSIDER"]}.items():
        store.create(name, "password", key=bytes(person.key), scrypt_rounds=2)
    return folder


@pytest.fixture
def home(filed: Filed, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    root = tmp_path / "home"
    root.mkdir()
    shutil.copy(filed.path, root / "chain.sqlite")
    shutil.copytree(keys, root / "keys")
    opened = Home(root)
    opened.write_network(NetworkSettings("test", "embedded", CHAIN_ID, filed.addresses, PEPPER.hex(), 0))
    monkeypatch.setenv("PUHUI_PASSWORD", "password")
    monkeypatch.delenv("PUHUI_DATABASE_URL", raising=False)
    return opened


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("5e" * 32)
    return path


def run(*words: object) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


def answered(*words: object) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.exception
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def packed(home: Home, secret: Path, rides: list[Ride], *more: object) -> Path:
    table = write_table(home.root / "table.csv", rides)
    folder = home.packages / "august"
    words = ["--project", "310000/2", "--methodology", cycling().id, "--period", "2016-08-01..2016-08-31"]
    made = answered("pack", table, "--mapping", "mobike-2016", *words, "--secret", secret, "--out", folder, *more)
    assert made["folder"] == str(folder)
    answered("sign-package", folder, "--as", "verifier", "--home", home.root)
    return folder


def reported(home: Home, secret: Path) -> dict[str, Any]:
    """Reports a month and returns what was told."""
    who = [word for name in NAMES for word in ("--oracle", name)]
    return answered("oracle", "round", packed(home, secret, month(10)), *who, "--as", "anybody", "--home", home.root)


def another(home: Home, secret: Path) -> Path:
    """The same month once more, for a project that is filed now."""
    with open_registry(home) as registry:
        world = worlds.World(registry.gateway, registry.register, worlds.Clock(int(time.time())))
        filing = worlds.project_filing(world.account(1), definition_hash=definition_hash(cycling()))
        world.decide(GuardedCall("Filings", "fileProject", (worlds.SHANGHAI, filing)))
    folder = home.packages / "copied"
    words = ["--project", "310000/3", "--methodology", cycling().id, "--period", "2016-08-01..2016-08-31"]
    table = home.root / "table.csv"
    answered("pack", table, "--mapping", "mobike-2016", *words, "--secret", secret, "--out", folder)
    answered("sign-package", folder, "--as", "verifier", "--home", home.root)
    return folder


def claims_of(home: Home, name: str, ran: dict[str, Any]) -> bool:
    claims = SqliteClaimStore(home.oracles / name / "claims.sqlite")
    found = claims.digest_of(ReportKey(PROJECT, 1))
    claims.close()
    return found == bytes.fromhex(ran["digest"].removeprefix("0x"))


def test_exclude__list_in_force__is_applied_and_told(home: Home, secret: Path) -> None:
    period = {"first": "2016-08-01", "last": "2016-08-31"}
    assets = [{"asset": "shared-bike;bike=1002", "period": period, "used_in": "CCER 2016-017"}]
    listed = {"format": "puhui-exclusions/1", "jurisdiction": 310_000, "title": "CCER", "acts": [], "assets": assets}
    file = home.root / "list.json"
    file.write_bytes(canonical_json(listed))
    sha256 = hashlib.sha256(canonical_json(listed)).hexdigest()
    refused = run("oracle", "exclude", file, "--sha256", "00" * 32, "--home", home.root)
    assert isinstance(refused.exception, InvalidExclusions)
    told = answered("oracle", "exclude", file, "--sha256", sha256, "--home", home.root)
    assert (told["jurisdiction"], told["assets"], told["sha256"]) == (310_000, 1, sha256)
    folder = packed(home, secret, month(10), "--exclusions", file)
    checked = answered("oracle", "check", folder, "--home", home.root)
    assert (checked["acts_quarantined"], checked["exclusions"]) == ({"excluded_elsewhere": 1}, sha256)


def test_story__pack_sign_check_run__and_run_again(home: Home, secret: Path) -> None:
    folder = packed(home, secret, [*month(25), Ride(metres="bad")])
    checked = answered("oracle", "check", folder, "--home", home.root)
    assert (checked["acts_in"], checked["acts_counted"], checked["rows_rejected"]) == (25, 25, {"bad_quantity": 1})
    assert (checked["drift"], checked["exclusions"]) == ([], None)
    who = [word for name in NAMES for word in ("--oracle", name)]
    told = answered("oracle", "round", folder, *who, "--as", "anybody", "--home", home.root)
    assert (told["log_root"], told["grams"]) == (checked["log_root"], checked["grams"])
    assert (len(told["signers"]), set(told["answers"].values()), set(told["kept"].values())) == (
        3,
        {"signed"},
        {"kept"},
    )
    assert LogStore(home.log_folder(PROJECT)).root().hex() == told["log_root"]
    again = answered("oracle", "round", folder, *who, "--as", "anybody", "--home", home.root)
    assert (again["digest"], again["tx_hash"], again["signers"]) == (told["digest"], None, [])
    assert set(again["kept"].values()) == {"kept"}


def test_run__one_oracle_has_a_copy_that_is_not_whole__it_pulls_again_and_signs(home: Home, secret: Path) -> None:
    folder = packed(home, secret, month(10))
    (home.oracles / NAMES[1]).mkdir(parents=True)
    first = answered("oracle", "check", folder, "--home", home.root, "--oracle", NAMES[1])
    own = home.oracles / NAMES[1] / "evidence" / first["evidence_hash"]
    (own / RECORDS_NAME).write_bytes(b"rubbish")
    who = [word for name in NAMES for word in ("--oracle", name)]
    told = answered("oracle", "round", folder, *who, "--as", "anybody", "--home", home.root)
    assert (own / RECORDS_NAME).read_bytes() == (folder / RECORDS_NAME).read_bytes()
    assert told["answers"][worlds.ORACLES[1].address] == "signed"
    assert set(told["kept"].values()) == {"kept"}


def test_run__one_oracle_cannot_even_pull__the_others_go_on(home: Home, secret: Path) -> None:
    folder = packed(home, secret, month(10))
    (home.oracles / NAMES[2]).mkdir(parents=True)
    (home.oracles / NAMES[2] / "evidence").write_text("a file where its folder should be")
    who = [word for name in NAMES for word in ("--oracle", name)]
    told = answered("oracle", "round", folder, *who, "--as", "anybody", "--home", home.root)
    absent = worlds.ORACLES[2].address
    assert absent not in told["signers"]
    assert "FileExistsError" in told["answers"][absent]
    assert len(told["signers"]) == 3


def test_run__claims_were_lost__are_made_anew_from_its_own_copies(home: Home, secret: Path) -> None:
    ran, second = reported(home, secret), another(home, secret)
    for path in home.oracles.glob("*/claims.sqlite*"):
        path.unlink()
    shutil.rmtree(home.oracles / NAMES[0] / "evidence")
    who = [word for name in NAMES for word in ("--oracle", name)]
    result = run("oracle", "round", second, *who, "--as", "anybody", "--home", home.root)
    # Three recompute the report and refuse the copy; the one without its package learns the acts and refuses as well.
    assert isinstance(result.exception, PackageRefused)
    assert [name for name in NAMES if not claims_of(home, name, ran)] == []


def test_run__oracle_that_saw_no_report__learns_the_acts_from_the_public_log(home: Home, secret: Path) -> None:
    ran, second = reported(home, secret), another(home, secret)
    shutil.rmtree(home.oracles / NAMES[3])
    result = run("oracle", "round", second, "--oracle", NAMES[3], "--as", "anybody", "--home", home.root)
    assert isinstance(result.exception, PackageRefused)
    assert "claimed_before" in str(result.exception)
    assert claims_of(home, NAMES[3], ran)


def test_run__public_log_is_not_what_was_reported__is_not_learned(home: Home, secret: Path) -> None:
    _, second = reported(home, secret), another(home, secret)
    shutil.rmtree(home.oracles / NAMES[3])
    leaves = home.log_folder(PROJECT) / "leaves.bin"
    content = bytearray(leaves.read_bytes())
    content[40] ^= 1
    leaves.write_bytes(content)
    result = run("oracle", "round", second, "--oracle", NAMES[3], "--as", "anybody", "--home", home.root)
    assert isinstance(result.exception, OracleBehind)


def test_check__no_such_oracle__is_an_error_and_without_one_it_says_what_was_not_screened(
    home: Home, secret: Path
) -> None:
    folder = packed(home, secret, month(10))
    result = run("oracle", "check", folder, "--home", home.root, "--oracle", NAMES[0])
    assert isinstance(result.exception, NotFound)
    assert not (home.oracles / NAMES[0]).exists()
    assert "duplicates were not screened" in run("oracle", "check", folder, "--home", home.root).stdout
    assert answered("oracle", "check", folder, "--home", home.root)["duplicates_screened"] is False


def test_check__earlier_reports__needs_an_oracle_that_knows_them(home: Home, secret: Path) -> None:
    reported(home, secret)
    second = another(home, secret)
    assert isinstance(run("oracle", "check", second, "--home", home.root).exception, OracleBehind)
    result = run("oracle", "check", second, "--home", home.root, "--oracle", NAMES[0])
    assert isinstance(result.exception, PackageRefused)


def test_run__two_oracles_only__is_no_quorum_and_nothing_is_submitted(home: Home, secret: Path) -> None:
    folder = packed(home, secret, month(10))
    who = ["--oracle", NAMES[0], "--oracle", NAMES[3]]
    result = run("oracle", "round", folder, *who, "--as", "anybody", "--home", home.root)
    assert isinstance(result.exception, QuorumNotReached)
    assert not home.log_folder(PROJECT).exists()


def test_check__tells_people_what_it_comes_to(home: Home, secret: Path) -> None:
    folder = packed(home, secret, month(10))
    result = run("oracle", "check", folder, "--home", home.root)
    assert result.exit_code == 0
    assert "10 of 10 acts" in result.stdout


@pytest.mark.parametrize("name", ["absent", "../home"])
def test_check__no_such_package__is_an_error_of_the_registry(home: Home, name: str) -> None:
    home.packages.mkdir()
    result = run("oracle", "check", name, "--source", home.packages, "--home", home.root)
    assert result.exit_code == 1
    assert isinstance(result.exception, RegistryError)


def test_check__altered_package__says_what_is_wrong(home: Home, secret: Path) -> None:
    folder = packed(home, secret, month(10))
    (folder / RECORDS_NAME).write_bytes(b"rubbish")
    result = run("oracle", "check", folder, "--home", home.root)
    assert isinstance(result.exception, InvalidEvidence)
    assert "7 bytes" in str(result.exception)


def test_pack__missing_columns__is_an_error_of_the_registry(home: Home, secret: Path) -> None:
    table = home.root / "table.csv"
    table.write_text("a,b\n1,2\n")
    words = ["--project", "310000/2", "--methodology", cycling().id, "--period", "2016-08-01..2016-08-31"]
    result = run("pack", table, "--mapping", "mobike-2016", *words, "--secret", secret, "--out", home.root / "x")
    assert isinstance(result.exception, RegistryError)
    assert "lacks the column(s) bikeid" in str(result.exception)
