"""Packages behind a plain HTTP address: any file server will do.

    <base>/packages.json                 {"packages": [{"name": ..., "manifest_sha256": ...}, ...], "next": "..."}
    <base>/<name>/manifest.json, signature.json, records.parquet

`next` names the next page of the list, a file beside packages.json; the last page has none. Nothing of the transport
is trusted: sizes are bounded, and hashes decide. A page that did not change is not sent again (ETag), and a download
that broke off is gone on with (Range).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from oracles.sources.deadline import Deadline, session_with_deadline
from oracles.sources.source import PackageRef, check_name, pull_files, too_large
from registry.domain.canonical import parse_strict_json
from registry.domain.errors import InvalidEvidence, InvalidInput, SourceUnavailable

INDEX_NAME = "packages.json"
INDEX_BYTES_MAX = 4 * 1024 * 1024
PAGES_MAX = 1_000
PACKAGES_MAX = 100_000
# How often a download is gone on with, as long as each attempt brought something.
RESUMPTIONS_MAX = 20
# The first is for connecting and for each silence; the second for all of a listing or a package, so that a source that
# drips bytes does not hold an oracle for ever.
SILENCE_SECONDS = 20
TRANSFER_SECONDS_MAX = 3_600
_BLOCK_BYTES = 1 << 16
_ETAG_CHARS_MAX = 200
_HEX_32 = re.compile(r"[0-9a-f]{64}")
_PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of the list."""

    etag: str
    refs: tuple[PackageRef, ...]
    following: str | None


class HttpSource:
    """An `EvidenceSource` over HTTP or HTTPS."""

    def __init__(
        self,
        base_url: str,
        *,
        silence_seconds: float = SILENCE_SECONDS,
        transfer_seconds_max: float = TRANSFER_SECONDS_MAX,
    ) -> None:
        """base_url: the folder that holds packages.json. Raises InvalidInput for anything but http and https."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise InvalidInput(field="source URL", problem="has to be a plain http or https address", given=base_url)
        self._base_url = base_url.rstrip("/")
        self._silence_seconds = silence_seconds
        self._transfer_seconds_max = transfer_seconds_max
        # Address of a page -> what it was when it had this ETag; only pages of the last listing.
        self._pages: dict[str, _Page] = {}

    def packages(self) -> list[PackageRef]:
        """What packages.json and the pages after it list. Raises SourceUnavailable, InvalidEvidence."""
        pages: dict[str, _Page] = {}
        following: str | None = INDEX_NAME
        with session_with_deadline(self._transfer_seconds_max) as (session, deadline):
            while following is not None:
                url = f"{self._base_url}/{following}"
                if url in pages or len(pages) >= PAGES_MAX:
                    problem = f"a list has at most {PAGES_MAX} pages, each once"
                    raise InvalidEvidence(what=url, problem=problem)
                pages[url] = self._page(session, deadline, url)
                following = pages[url].following
                if sum(len(page.refs) for page in pages.values()) > PACKAGES_MAX:
                    raise InvalidEvidence(what=url, problem=f"more than {PACKAGES_MAX} packages are listed")
        self._pages = pages
        return sorted((ref for page in pages.values() for ref in page.refs), key=lambda ref: ref.name)

    def pull(self, name: str, into: Path) -> Path:
        """See `EvidenceSource.pull`."""
        base = f"{self._base_url}/{check_name(name)}"

        with session_with_deadline(self._transfer_seconds_max) as (session, deadline):

            def copy(file: str, target: Path, most_bytes: int) -> None:
                self._download(session, deadline, f"{base}/{file}", target, most_bytes)

            return pull_files(into, copy)

    def _download(self, session: requests.Session, deadline: Deadline, url: str, target: Path, most_bytes: int) -> None:
        """Goes on after what the target holds, and again where the connection breaks."""
        for attempt in range(RESUMPTIONS_MAX + 1):
            before = _held_bytes(target)
            if before >= most_bytes:
                return  # whole or wrong: its hash will tell
            try:
                with self._get(session, deadline, url, _range(before)) as answer:
                    if answer.status_code == requests.codes.requested_range_not_satisfiable:
                        target.write_bytes(b"")
                        continue
                    resumed = answer.status_code == requests.codes.partial_content
                    self._save(answer, deadline, url, target, most_bytes, before if resumed else 0)
                return
            except SourceUnavailable:
                if attempt == RESUMPTIONS_MAX or deadline.is_over or _held_bytes(target) <= before:
                    raise

    def _save(
        self, answer: requests.Response, deadline: Deadline, url: str, target: Path, most_bytes: int, held: int
    ) -> None:
        if held and not answer.headers.get("Content-Range", "").startswith(f"bytes {held}-"):
            raise InvalidEvidence(what=url, problem=f"the answer does not go on at byte {held}")
        with target.open("ab" if held else "wb") as out:
            for block in self._blocks(answer, deadline, url, most_bytes - held):
                out.write(block)

    def _page(self, session: requests.Session, deadline: Deadline, url: str) -> _Page:
        known = self._pages.get(url)
        headers = {"If-None-Match": known.etag} if known and known.etag else {}
        with self._get(session, deadline, url, headers) as answer:
            if answer.status_code == requests.codes.not_modified:
                if known is None:
                    raise SourceUnavailable(what=url, problem="HTTP status 304 for a page that was never asked for")
                return known
            content = b"".join(self._blocks(answer, deadline, url, INDEX_BYTES_MAX))
            etag = answer.headers.get("ETag", "")
        try:
            listed = parse_strict_json(content, INDEX_NAME)
        except InvalidInput as cause:
            raise InvalidEvidence(what=url, problem=str(cause).rstrip(".")) from cause
        if not isinstance(listed, dict) or not isinstance(listed.get("packages"), list):
            raise InvalidEvidence(what=url, problem='has to be {"packages": [...]}, with "next" where pages follow')
        following = listed.get("next")
        if following is not None and not (isinstance(following, str) and _PAGE.fullmatch(following)):
            raise InvalidEvidence(what=url, problem=f"next is {following!r}, it has to be the name of a file beside it")
        return _Page(
            etag if len(etag) <= _ETAG_CHARS_MAX else "",
            tuple(self._ref(url, entry) for entry in listed["packages"]),
            following,
        )

    def _ref(self, url: str, entry: Any) -> PackageRef:
        if not isinstance(entry, dict) or entry.keys() != {"name", "manifest_sha256"}:
            raise InvalidEvidence(what=url, problem="an entry has to hold name and manifest_sha256, and nothing else")
        name, digest = entry["name"], entry["manifest_sha256"]
        if not isinstance(name, str) or not isinstance(digest, str) or not _HEX_32.fullmatch(digest):
            raise InvalidEvidence(what=url, problem=f"entry {entry!r} has no name or no SHA-256")
        try:
            return PackageRef(check_name(name), bytes.fromhex(digest))
        except InvalidInput as cause:
            raise InvalidEvidence(what=url, problem=str(cause).rstrip(".")) from cause

    def _blocks(self, answer: requests.Response, deadline: Deadline, url: str, most_bytes: int) -> Iterator[bytes]:
        """The body of an answer, never more than `most_bytes` and never after the deadline."""
        read_bytes = 0
        for block in answer.iter_content(_BLOCK_BYTES):
            read_bytes += len(block)
            if read_bytes > most_bytes:
                raise too_large(url, most_bytes)
            yield block
        # A body without a stated length ends where the connection ends: cut off, it looks whole.
        if deadline.is_over:
            raise _late(url, deadline)

    @contextmanager
    def _get(
        self, session: requests.Session, deadline: Deadline, url: str, headers: dict[str, str]
    ) -> Iterator[requests.Response]:
        try:
            # A redirect could lead an oracle into its own network; a source has one address. Not compressed: the
            # bytes are those that are hashed, and a range of them is a range of the file.
            answer = session.get(
                url,
                stream=True,
                timeout=self._silence_seconds,
                allow_redirects=False,
                headers={"Accept-Encoding": "identity", **headers},
            )
            with answer:
                if answer.status_code == requests.codes.not_found:
                    raise InvalidEvidence(what=url, problem="there is no such file (HTTP 404)")
                if answer.status_code not in _asked_for(headers):
                    raise SourceUnavailable(what=url, problem=f"HTTP status {answer.status_code}")
                yield answer
        except requests.RequestException as cause:
            if deadline.is_over:
                raise _late(url, deadline) from cause
            raise SourceUnavailable(what=url, problem=_plain(cause)) from cause


def _held_bytes(target: Path) -> int:
    return target.stat().st_size if target.exists() else 0


def _range(held_bytes: int) -> dict[str, str]:
    return {"Range": f"bytes={held_bytes}-"} if held_bytes else {}


def _asked_for(headers: dict[str, str]) -> set[int]:
    """The statuses that answer a request with these headers."""
    return {
        requests.codes.ok,
        *(
            [requests.codes.partial_content, requests.codes.requested_range_not_satisfiable]
            if "Range" in headers
            else []
        ),
        *([requests.codes.not_modified] if "If-None-Match" in headers else []),
    }


def _late(url: str, deadline: Deadline) -> SourceUnavailable:
    return SourceUnavailable(what=url, problem=f"not done within {deadline.seconds} seconds")


def _plain(cause: requests.RequestException) -> str:
    if isinstance(cause, requests.Timeout):
        return "no answer in time"
    if isinstance(cause, requests.ConnectionError):
        return "no connection"
    return type(cause).__name__
