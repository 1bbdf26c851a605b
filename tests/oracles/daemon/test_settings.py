"""The settings file: read strictly, refused with what is wrong and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracles.daemon.settings import TEMPLATE, SettingsRefused, read_settings

LEAST = 'home = "."\nname = "o1"\njurisdictions = [310000]\nsources = ["packages"]\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "oracle.toml"
    path.write_text(text, "utf-8")
    return path


def test_template__is_valid_and_paths_begin_at_its_folder(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, TEMPLATE))
    assert settings.home == tmp_path
    assert settings.sources == [str(tmp_path / "packages")]
    assert settings == read_settings(written(tmp_path, LEAST)).model_copy(
        update={"name": "oracle", "mailboxes": ["http://127.0.0.1:8000/api/v1"]}
    )


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("home = ", "the file", "no TOML"),
        (LEAST.replace('name = "o1"', 'name = "../o1"'), "name", "match"),
        (LEAST.replace("[310000]", "[]"), "jurisdictions", "at least 1"),
        (LEAST.replace("[310000]", "[0]"), "jurisdictions.0", "greater than"),
        (LEAST + 'mailboxes = ["ftp://x"]\n', "mailboxes", "no http"),
        (LEAST + "mailbox = []\n", "mailbox", "not permitted"),
        (LEAST + "[listen]\nport = 99999\n", "listen.port", "less than"),
        (LEAST + "[pace]\nround = 0\n", "pace.round", "greater than 0"),
        ('name = "o1"\n', "home", "required"),
    ],
)
def test_read__not_valid__says_what_and_where(tmp_path: Path, text: str, where: str, problem: str) -> None:
    with pytest.raises(SettingsRefused) as refusal:
        read_settings(written(tmp_path, text))
    assert refusal.value.values["path"] == where
    assert problem in str(refusal.value)


def test_read__no_such_file__says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"absent\.toml"):
        read_settings(tmp_path / "absent.toml")
