"""Pulling packages: from a folder and over HTTP the same, and nothing of the transport is trusted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from oracles.package_format import MANIFEST_NAME, RECORDS_NAME, SIGNATURE_NAME, manifest_hash
from oracles.packing import sign_package
from oracles.sources import EvidenceSource, FolderSource, HttpSource, PackageRef
from registry.domain.errors import InvalidEvidence, InvalidInput, SourceUnavailable
from tests.oracles.factory import CHAIN_ID, manifest_of, month, signed
from tests.world import ACTORS


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tells nobody."""


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is what some of these tests are about."""


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    server = QuietServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def published(tmp_path: Path) -> Path:
    root = tmp_path / "published"
    root.mkdir()
    signed(root / "august", month(9))
    signed(root / "more", month(4))
    write_index(root)
    return root


def write_index(root: Path) -> None:
    entries = [
        {"name": path.parent.name, "manifest_sha256": manifest_hash(path.read_bytes()).hex()}
        for path in sorted(root.glob(f"*/{MANIFEST_NAME}"))
    ]
    (root / "packages.json").write_text(json.dumps({"packages": entries}))


@pytest.fixture(params=["folder", "http"])
def source(request: pytest.FixtureRequest, published: Path) -> Iterator[EvidenceSource]:
    if request.param == "folder":
        yield FolderSource(published)
    else:
        with serving(partial(QuietFiles, directory=str(published))) as url:
            yield HttpSource(url + "/")


def test_packages__are_listed_by_name(source: EvidenceSource, published: Path) -> None:
    expected = [
        PackageRef(name, manifest_hash((published / name / MANIFEST_NAME).read_bytes())) for name in ("august", "more")
    ]
    assert source.packages() == expected


def test_pull__good_package__is_copied_whole_under_its_hash(
    source: EvidenceSource, published: Path, tmp_path: Path
) -> None:
    target = source.pull("august", tmp_path / "own")
    assert target.name == manifest_hash((published / "august" / MANIFEST_NAME).read_bytes()).hex()
    for name in (MANIFEST_NAME, RECORDS_NAME, SIGNATURE_NAME):
        assert (target / name).read_bytes() == (published / "august" / name).read_bytes()
    assert [path.name for path in (tmp_path / "own").iterdir()] == [target.name]


def test_pull__again_with_a_new_signature__takes_the_signature(
    source: EvidenceSource, published: Path, tmp_path: Path
) -> None:
    source.pull("august", tmp_path / "own")
    sign_package(published / "august", ACTORS["OUTSIDER"], CHAIN_ID)
    target = source.pull("august", tmp_path / "own")
    assert (target / SIGNATURE_NAME).read_bytes() == (published / "august" / SIGNATURE_NAME).read_bytes()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [cut, empty, alter, Path.unlink])
@pytest.mark.parametrize("name", [MANIFEST_NAME, RECORDS_NAME, SIGNATURE_NAME])
def test_pull__own_copy_is_half_written__is_pulled_again(
    source: EvidenceSource, published: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    target = source.pull("august", tmp_path / "own")
    damage(target / name)
    assert source.pull("august", tmp_path / "own") == target
    for part in (MANIFEST_NAME, RECORDS_NAME, SIGNATURE_NAME):
        assert (target / part).read_bytes() == (published / "august" / part).read_bytes()
    assert list((tmp_path / "own").iterdir()) == [target]


def test_pull__a_file_or_an_empty_folder_has_its_name__gives_way(
    source: EvidenceSource, published: Path, tmp_path: Path
) -> None:
    digest = manifest_hash((published / "august" / MANIFEST_NAME).read_bytes()).hex()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / digest).write_text("no package")
    (tmp_path / "other" / digest).mkdir(parents=True)
    for own in ("own", "other"):
        target = source.pull("august", tmp_path / own)
        assert (target / RECORDS_NAME).read_bytes() == (published / "august" / RECORDS_NAME).read_bytes()
        assert list((tmp_path / own).iterdir()) == [target]


def test_pull__own_copy_is_damaged_and_so_is_the_source__keeps_what_it_has(
    source: EvidenceSource, published: Path, tmp_path: Path
) -> None:
    target = source.pull("august", tmp_path / "own")
    cut(target / RECORDS_NAME)
    kept = (target / RECORDS_NAME).read_bytes()
    alter(published / "august" / RECORDS_NAME)
    with pytest.raises(InvalidEvidence, match="SHA-256"):
        source.pull("august", tmp_path / "own")
    assert (target / RECORDS_NAME).read_bytes() == kept
    assert list((tmp_path / "own").iterdir()) == [target]


def test_pull__by_several_at_once__all_have_it(source: EvidenceSource, published: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        targets = set(pool.map(lambda _: source.pull("august", tmp_path / "own"), range(12)))
    assert len(targets) == 1
    assert list((tmp_path / "own").iterdir()) == list(targets)


@pytest.mark.parametrize("name", [MANIFEST_NAME, RECORDS_NAME, SIGNATURE_NAME])
def test_pull__a_file_is_missing__leaves_nothing(
    source: EvidenceSource, published: Path, tmp_path: Path, name: str
) -> None:
    (published / "august" / name).unlink()
    with pytest.raises(InvalidEvidence, match=name):
        source.pull("august", tmp_path / "own")
    assert not list((tmp_path / "own").iterdir())


def test_pull__records_altered__tells_both_hashes(source: EvidenceSource, published: Path, tmp_path: Path) -> None:
    path = published / "august" / RECORDS_NAME
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidEvidence, match=manifest_of(published / "august").file.sha256):
        source.pull("august", tmp_path / "own")
    assert not list((tmp_path / "own").iterdir())


def test_pull__records_longer_than_stated__stops_there(source: EvidenceSource, published: Path, tmp_path: Path) -> None:
    path = published / "august" / RECORDS_NAME
    path.write_bytes(path.read_bytes() + b"\0" * 1_000_000)
    with pytest.raises(InvalidEvidence, match="more than"):
        source.pull("august", tmp_path / "own")


@pytest.mark.parametrize("name", ["", ".", "..", "../august", "a/b", "a\\b", "a?b", "a%2fb", "x" * 200, ".hidden"])
def test_pull__name_is_no_name__is_refused(source: EvidenceSource, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        source.pull(name, tmp_path / "own")


def test_folder__absent__says_which(tmp_path: Path) -> None:
    source = FolderSource(tmp_path / "absent")
    with pytest.raises(SourceUnavailable, match="absent"):
        source.packages()
    with pytest.raises(SourceUnavailable, match="absent"):
        source.pull("august", tmp_path / "own")


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "file:///etc", "host/x", "http://", "http://host/x?y=1", "http://h/#f"]
)
def test_http__not_a_plain_address__is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        HttpSource(url)


def test_http__nobody_listens__names_the_address_and_what_to_do(tmp_path: Path) -> None:
    with serving(QuietFiles) as url:
        pass
    with pytest.raises(SourceUnavailable, match="Check the address") as refusal:
        HttpSource(url).pull("august", tmp_path / "own")
    assert url in str(refusal.value)


def answering(status: int, body: bytes, **headers: str) -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Tells nobody."""

    return Answer


@pytest.mark.parametrize(
    "handler",
    [answering(500, b""), answering(403, b""), answering(302, b"", Location="http://127.0.0.1:1/")],
    ids=["500", "403", "redirect"],
)
def test_http__server_does_not_give_it__is_unavailable(handler: type[BaseHTTPRequestHandler], tmp_path: Path) -> None:
    with serving(handler) as url, pytest.raises(SourceUnavailable, match="HTTP status"):
        HttpSource(url).pull("august", tmp_path / "own")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"packages": 7}',
        b'{"packages": [7]}',
        b'{"packages": [{"name": "a"}]}',
        b'{"packages": [{"name": "../a", "manifest_sha256": "' + b"0" * 64 + b'"}]}',
        b'{"packages": [{"name": "a", "manifest_sha256": "0"}]}',
        b" " * 5_000_000,
    ],
)
def test_http__index_of_another_form__is_refused(body: bytes) -> None:
    with serving(answering(200, body)) as url, pytest.raises(InvalidEvidence, match=r"packages\.json"):
        HttpSource(url).packages()


def test_http__manifest_without_end__is_cut(tmp_path: Path) -> None:
    with serving(answering(200, b"x" * 1_000_000)) as url, pytest.raises(InvalidEvidence, match="more than"):
        HttpSource(url).pull("august", tmp_path / "own")


def test_http__server_is_silent__is_unavailable(tmp_path: Path) -> None:
    done = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            done.wait(5)

    with serving(Silent) as url:
        try:
            with pytest.raises(SourceUnavailable, match="no answer in time"):
                HttpSource(url, silence_seconds=0.2).pull("august", tmp_path / "own")
        finally:
            done.set()


DRIPPED = {
    "headers": [b"HTTP/1.1 200 OK\r\n", *[b"X-%d: y\r\n" % number for number in range(60)]],
    "a line of the headers": [b"HTTP/1.1 200 OK\r\nX: ", *[b"y"] * 60],
    "body of a stated length": [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b" "] * 60],
    "body without a length": [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", *[b" "] * 60],
    "body in chunks": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 60],
}


@pytest.mark.parametrize("part", sorted(DRIPPED))
def test_http__server_drips_bytes__is_cut_off_when_time_is_over(tmp_path: Path, part: str) -> None:
    gone = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            try:
                for piece in DRIPPED[part]:
                    self.request.sendall(piece)
                    time.sleep(0.05)
            except OSError:
                gone.set()

    # Each silence is far below its limit; only the end of the whole transfer can stop it.
    with serving(Dripping) as url:
        source = HttpSource(url, silence_seconds=60, transfer_seconds_max=0.3)
        with pytest.raises(SourceUnavailable, match=r"not done within 0\.3 seconds"):
            source.pull("august", tmp_path / "own")
        assert gone.wait(10), "the connection was left open"
    assert not list((tmp_path / "own").iterdir())


def test_http__handshake_is_dripped__is_cut_off_when_time_is_over(tmp_path: Path) -> None:
    class Dripping(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            try:
                # A record of a TLS handshake, said to have 16 KiB.
                for piece in [b"\x16\x03\x03\x40\x00", *[b"\x02"] * 60]:
                    self.request.sendall(piece)
                    time.sleep(0.05)
            except OSError:
                return

    with serving(Dripping) as url:
        source = HttpSource(url.replace("http:", "https:"), silence_seconds=60, transfer_seconds_max=0.3)
        with pytest.raises(SourceUnavailable, match="not done within"):
            source.pull("august", tmp_path / "own")


def test_http__listing_is_dripped__is_cut_off_when_time_is_over() -> None:
    class Dripping(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            try:
                for piece in DRIPPED["body without a length"]:
                    self.request.sendall(piece)
                    time.sleep(0.05)
            except OSError:
                return

    with serving(Dripping) as url, pytest.raises(SourceUnavailable, match="not done within"):
        HttpSource(url, silence_seconds=60, transfer_seconds_max=0.3).packages()


def test_http__time_is_over_before_it_began__connects_to_nothing(tmp_path: Path) -> None:
    with serving(QuietFiles) as url, pytest.raises(SourceUnavailable, match="not done within 0 seconds"):
        HttpSource(url, transfer_seconds_max=0).pull("august", tmp_path / "own")
