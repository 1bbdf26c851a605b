"""Files are whole or not there, and nobody writes one that counts in another way."""

from __future__ import annotations

import ast
import os
import stat
from pathlib import Path

import pytest

from registry.files import OWNER_ONLY, land, write_new, write_whole, written_aside
from tests.conftest import ROOT

# The log appends to files that a checkpoint names; whatever else is kept goes through registry/files.py.
APPENDS = {"registry/files.py", "registry/log/store.py"}


class NoSpaceError(Exception):
    """Stands for whatever ends a writer in the middle."""


def test_write_whole__new_or_old_name__has_the_content_and_no_draft_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in (b"first", b"", b"third"):
        write_whole(path, content)
        assert path.read_bytes() == content
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_write__mode__is_that_of_the_file_from_its_first_byte(tmp_path: Path, write: object) -> None:
    assert callable(write)
    before = os.umask(0o022)
    try:
        write(tmp_path / "open", b"x")
        write(tmp_path / "closed", b"x", mode=OWNER_ONLY)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "closed").stat().st_mode) == 0o600


def test_written_aside__writer_fails__the_old_file_stays_and_the_draft_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")

    def write_half() -> None:
        with written_aside(path) as draft:
            draft.write_bytes(b"half of the n")
            assert path.read_bytes() == b"old"
            assert draft.parent == path.parent
            raise NoSpaceError

    with pytest.raises(NoSpaceError):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_written_aside__two_writers_at_once__do_not_share_a_draft(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with written_aside(path) as first:
        with written_aside(path) as second:
            first.write_bytes(b"first")
            second.write_bytes(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first"


def test_write_new__name_is_taken__is_refused_and_nothing_changes(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"first")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_write__no_such_folder__raises(tmp_path: Path, write: object) -> None:
    assert callable(write)
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "absent" / "a", b"x")


def test_write_whole__a_folder_has_the_name__is_refused_and_the_draft_goes(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_land__folder__takes_its_name_and_never_one_that_is_taken(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner" / "file").write_text(name)
    land(tmp_path / "first", tmp_path / "package")
    with pytest.raises(OSError, match="not empty"):
        land(tmp_path / "second", tmp_path / "package")
    assert (tmp_path / "package" / "inner" / "file").read_text() == "first"


def test_sources__nobody_syncs_or_renames__but_the_one_place_for_it() -> None:
    found = set()
    for package in ("registry", "oracles", "api", "scripts"):
        # Benchmarks keep nothing that must last.
        for path in (each for each in (ROOT / package).rglob("*.py") if not each.name.startswith("bench_")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _renames_or_syncs(node):
                    found.add(path.relative_to(ROOT).as_posix())
    # oracles/sources/source.py moves a broken package out of the way, which need not last.
    assert found == APPENDS | {"oracles/sources/source.py"}


def _renames_or_syncs(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    if isinstance(function.value, ast.Name) and function.value.id == "os":
        return function.attr in {"fsync", "replace", "rename", "link"}
    # Texts are replaced with two arguments, dates and names of columns with named ones; a path with one.
    return function.attr in {"rename", "replace"} and len(call.args) == 1 and not call.keywords
