"""Lists in pages, pages that did not change, downloads that break off, object stores: bounded, and hashes decide."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import fsspec
import pytest

from oracles.package_format import MANIFEST_NAME, RECORDS_NAME, SIGNATURE_NAME, manifest_hash
from oracles.sources import FolderSource, HttpSource, StoreSource, open_source, source, store
from registry.domain.errors import InvalidEvidence, InvalidInput, SourceUnavailable
from tests.oracles.factory import manifest_of, month, signed
from tests.oracles.sources.test_sources import serving

DIGEST = "ab" * 32


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return signed(tmp_path_factory.mktemp("published") / "august", month(60))


def page(names: list[str], following: Any = None) -> bytes:
    content: dict[str, Any] = {"packages": [{"name": name, "manifest_sha256": DIGEST} for name in names]}
    return json.dumps(content if following is None else {**content, "next": following}).encode()


class Server(BaseHTTPRequestHandler):
    """Serves `files`; sends at most `cut_at` bytes of a body and hangs up. Tells `asked` what was asked for."""

    files: dict[str, bytes]
    asked: list[tuple[str, str, str]]
    cut_at: int | None = None
    ranges = True

    def do_GET(self) -> None:
        wanted, known = self.headers.get("Range", ""), self.headers.get("If-None-Match", "")
        self.asked.append((self.path.lstrip("/"), wanted, known))
        body = self.files[self.path.lstrip("/")]
        etag = f'"{hash(body)}"'
        if known == etag:
            self.send_response(304)
            self.end_headers()
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.ranges else 0
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body) - first))
        self.end_headers()
        self.wfile.write(body[first:][: self.cut_at])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tells nobody."""


@contextmanager
def served(files: dict[str, bytes], **changed: Any) -> Iterator[tuple[str, type[Server]]]:
    handler = type("Changed", (Server,), {"files": files, "asked": [], **changed})
    with serving(handler) as url:
        yield url, handler


def files_of(package: Path) -> dict[str, bytes]:
    return {f"august/{path.name}": path.read_bytes() for path in package.iterdir()}


def test_http__list_in_pages__is_one_list_and_unchanged_pages_are_not_sent_again() -> None:
    files = {"packages.json": page(["b"], "more-2.json"), "more-2.json": page(["c", "a"])}
    with served(files) as (url, server):
        http = HttpSource(url)
        assert [ref.name for ref in http.packages()] == ["a", "b", "c"]
        files["more-2.json"] = page(["d"])
        assert [ref.name for ref in http.packages()] == ["b", "d"]
        assert [ref.name for ref in http.packages()] == ["b", "d"]
    known = [bool(known) for _, _, known in server.asked]
    assert known == [False, False, True, True, True, True]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"packages.json": page(["a"], "packages.json")}, "each once"),
        ({"packages.json": page(["a"], "../secret.json")}, "name of a file beside it"),
        ({"packages.json": page(["a"], "http://elsewhere/x.json")}, "name of a file beside it"),
        ({"packages.json": page(["a"], 7)}, "name of a file beside it"),
    ],
)
def test_http__pages_that_lead_astray__are_refused(files: dict[str, bytes], says: str) -> None:
    with served(files) as (url, _), pytest.raises(InvalidEvidence, match=says):
        HttpSource(url).packages()


def test_http__pages_or_packages_without_end__stop_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"packages.json": page(["a"], "p1"), **{f"p{n}": page(["b", "c"], f"p{n + 1}") for n in range(1, 9)}}
    with served(files) as (url, server):
        monkeypatch.setattr("oracles.sources.http.PAGES_MAX", 4)
        with pytest.raises(InvalidEvidence, match="at most 4 pages"):
            HttpSource(url).packages()
        assert len(server.asked) == 4
        monkeypatch.setattr("oracles.sources.http.PACKAGES_MAX", 2)
        with pytest.raises(InvalidEvidence, match="more than 2 packages"):
            HttpSource(url).packages()


def test_http__page_not_modified_that_was_never_asked_for__is_no_answer() -> None:
    class Unmodified(Server):
        def do_GET(self) -> None:
            self.send_response(304)
            self.end_headers()

    with serving(Unmodified) as url, pytest.raises(SourceUnavailable, match="304"):
        HttpSource(url).packages()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came of a block that was not whole is lost: blocks have to be smaller than these files."""
    monkeypatch.setattr("oracles.sources.http._BLOCK_BYTES", 16)


def test_http__download_breaks_off__is_gone_on_with(package: Path, tmp_path: Path, small_blocks: None) -> None:
    files = files_of(package)
    whole = len(files[f"august/{RECORDS_NAME}"])
    with served(files, cut_at=whole // 3) as (url, server):
        target = HttpSource(url).pull("august", tmp_path / "own")
    assert (target / RECORDS_NAME).read_bytes() == files[f"august/{RECORDS_NAME}"]
    third = whole // 3 // 16 * 16
    ranges = [wanted for path, wanted, _ in server.asked if path.endswith(RECORDS_NAME)]
    assert ranges[:3] == ["", f"bytes={third}-", f"bytes={third + whole // 3 // 16 * 16}-"]
    assert list((tmp_path / "own").iterdir()) == [target]


def test_http__source_goes_away__the_next_pull_goes_on_where_it_stopped(
    package: Path, tmp_path: Path, small_blocks: None
) -> None:
    files, own = files_of(package), tmp_path / "own"
    half = len(files[f"august/{RECORDS_NAME}"]) // 32 * 16

    class Dying(Server):
        def do_GET(self) -> None:
            if self.headers.get("Range"):
                self.send_response(503)
                self.end_headers()
                return
            self.cut_at = half if self.path.endswith(RECORDS_NAME) else None
            super().do_GET()

    Dying.files, Dying.asked = files, []
    with serving(Dying) as url, pytest.raises(SourceUnavailable, match="503"):
        HttpSource(url).pull("august", own)
    (partial,) = own.iterdir()
    assert (partial.name, partial.stat().st_size) == (f".partial.{manifest_of(package).file.sha256}", half)
    with served(files) as (url, server):
        target = HttpSource(url).pull("august", own)
    assert (f"august/{RECORDS_NAME}", f"bytes={half}-", "") in server.asked
    assert (target / RECORDS_NAME).read_bytes() == files[f"august/{RECORDS_NAME}"]
    assert list(own.iterdir()) == [target]


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("wrong", [b"x" * 100, b"x" * 10_000_000])
def test_http__what_was_kept_is_not_the_beginning__is_fetched_anew(
    package: Path, tmp_path: Path, wrong: bytes, ranges: bool
) -> None:
    file = manifest_of(package).file
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / f".partial.{file.sha256}").write_bytes(wrong[: file.size_bytes + 1])
    with served(files_of(package), ranges=ranges) as (url, _):
        target = HttpSource(url).pull("august", tmp_path / "own")
    assert (target / RECORDS_NAME).read_bytes() == (package / RECORDS_NAME).read_bytes()
    assert list((tmp_path / "own").iterdir()) == [target]


def test_http__server_goes_on_somewhere_else__is_refused(package: Path, tmp_path: Path) -> None:
    file = manifest_of(package).file

    class Elsewhere(Server):
        def send_header(self, keyword: str, value: str) -> None:
            super().send_header(keyword, value.replace("bytes 7-", "bytes 3-"))

        def do_GET(self) -> None:
            # Only ranges of the records are answered wrongly, and nothing else of them is.
            if self.path.endswith(RECORDS_NAME) and not self.headers.get("Range"):
                self.send_response(404)
                self.end_headers()
                return
            super().do_GET()

    Elsewhere.files, Elsewhere.asked = files_of(package), []
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / f".partial.{file.sha256}").write_bytes(b"1234567")
    with serving(Elsewhere) as url, pytest.raises(InvalidEvidence, match="404"):
        HttpSource(url).pull("august", tmp_path / "own")
    assert not list((tmp_path / "own").iterdir())


def test_http__no_progress__is_not_asked_for_ever(package: Path, tmp_path: Path) -> None:
    files = files_of(package)

    class Stuck(Server):
        def do_GET(self) -> None:
            self.cut_at = 0 if self.path.endswith(RECORDS_NAME) else None
            super().do_GET()

    Stuck.files, Stuck.asked = files, []
    with serving(Stuck) as url, pytest.raises(SourceUnavailable):
        HttpSource(url).pull("august", tmp_path / "own")
    assert len(Stuck.asked) == 3
    assert not list((tmp_path / "own").iterdir())


def test_partial__old_ones_are_removed(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".partial.of-another").write_bytes(b"1")
    monkeypatch.setattr(source, "PARTIAL_SECONDS_MAX", -1)
    target = FolderSource(package.parent).pull("august", tmp_path)
    assert list(tmp_path.iterdir()) == [target]


@pytest.fixture
def bucket(package: Path) -> Iterator[str]:
    """A store in memory with the package in it, and things beside it."""
    memory = fsspec.filesystem("memory")
    for path in package.iterdir():
        memory.pipe_file(f"/bucket/evidence/august/{path.name}", path.read_bytes())
    memory.pipe_file("/bucket/evidence/readme.txt", b"no package")
    memory.pipe_file("/bucket/evidence/empty/other.txt", b"no package")
    yield "memory://bucket/evidence"
    memory.rm("/bucket", recursive=True)


def test_store__lists_and_pulls_like_a_folder(bucket: str, package: Path, tmp_path: Path) -> None:
    opened = open_source(bucket)
    (ref,) = opened.packages()
    assert ref == FolderSource(package.parent).packages()[0]
    target = opened.pull("august", tmp_path)
    assert target.name == ref.manifest_hash.hex() == manifest_hash((package / MANIFEST_NAME).read_bytes()).hex()
    for name in (MANIFEST_NAME, SIGNATURE_NAME, RECORDS_NAME):
        assert (target / name).read_bytes() == (package / name).read_bytes()
    assert opened.pull("august", tmp_path) == target
    assert list(tmp_path.iterdir()) == [target]


def test_store__goes_on_after_what_was_kept(bucket: str, package: Path, tmp_path: Path) -> None:
    file = manifest_of(package).file
    (tmp_path / f".partial.{file.sha256}").write_bytes((package / RECORDS_NAME).read_bytes()[:500])
    target = open_source(bucket).pull("august", tmp_path)
    assert (target / RECORDS_NAME).read_bytes() == (package / RECORDS_NAME).read_bytes()


def lengthen(content: bytes) -> bytes:
    return content + b"0" * 1_000_000


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (RECORDS_NAME, lengthen, "more than"),
        (MANIFEST_NAME, lengthen, "more than"),
        (RECORDS_NAME, lambda content: content[:-1] + b"0", "SHA-256"),
        (SIGNATURE_NAME, None, "no such object"),
    ],
)
def test_store__what_is_wrong__is_refused(
    bucket: str, tmp_path: Path, name: str, change: Callable[[bytes], bytes] | None, says: str
) -> None:
    memory, path = fsspec.filesystem("memory"), f"/bucket/evidence/august/{name}"
    content = memory.cat_file(path)
    memory.rm(path)
    if change is not None:
        memory.pipe_file(path, change(content))
    with pytest.raises(InvalidEvidence, match=says):
        open_source(bucket).pull("august", tmp_path)
    assert not list(tmp_path.iterdir())


def test_store__absent_or_silent__is_unavailable(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceUnavailable, match="FileNotFoundError"):
        open_source("memory://nothing/there").packages()
    over = threading.Event()
    slow = StoreSource(bucket, transfer_seconds_max=0.2)
    monkeypatch.setattr(slow._store, "ls", lambda *_, **__: over.wait(20) and [])
    with pytest.raises(SourceUnavailable, match=r"not done within 0\.2 seconds"):
        slow.packages()
    over.set()
    monkeypatch.setattr(store, "PACKAGES_MAX", 1)
    with pytest.raises(InvalidEvidence, match="at most 1"):
        open_source(bucket).packages()


def test_open_source__by_scheme(tmp_path: Path, package: Path) -> None:
    spaced = tmp_path / "a folder"
    shutil.copytree(package.parent, spaced)
    for address in (str(spaced), spaced.as_uri()):
        assert [ref.name for ref in open_source(address).packages()] == ["august"]
    assert isinstance(open_source("https://host/evidence"), HttpSource)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ftp://host/x", "one of https"),
        ("file://host/x", "file:///"),
        ("http://", "plain http"),
        ("memory://", "with a bucket"),
        ("s3://key:s3cret@bucket/x", "no credentials"),
        ("memory://a::s3://b", "with a bucket"),
        ("oss://bucket/x", "not installed"),
    ],
)
def test_open_source__of_another_kind__says_what_is_known(address: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as refusal:
        open_source(address)
    assert "s3cret" not in str(refusal.value)
