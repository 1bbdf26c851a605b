"""Packages behind a plain HTTP address: any file server will do.

    <base>/packages.json                 {"packages": [{"name": ..., "manifest_sha256": ...}, ...]}
    <base>/<name>/manifest.json, signature.json, records.parquet

Nothing of the transport is trusted: sizes are bounded, and hashes decide.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from oracles.sources.source import PackageRef, check_name, pull_files, too_large
from registry.domain.canonical import parse_strict_json
from registry.domain.errors import InvalidEvidence, InvalidInput, SourceUnavailable

INDEX_NAME = "packages.json"
INDEX_BYTES_MAX = 4 * 1024 * 1024
# The first is for connecting and for each silence; the second for a whole file, so that a source that drips bytes
# does not hold an oracle for ever.
SILENCE_SECONDS = 20
FILE_SECONDS_MAX = 3_600
_BLOCK_BYTES = 1 << 16
_HEX_32 = re.compile(r"[0-9a-f]{64}")


class HttpSource:
    """An `EvidenceSource` over HTTP or HTTPS."""

    def __init__(self, base_url: str, *, silence_seconds: float = SILENCE_SECONDS) -> None:
        """base_url: the folder that holds packages.json. Raises InvalidInput for anything but http and https."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise InvalidInput(field="source URL", problem="has to be a plain http or https address", given=base_url)
        self._base_url = base_url.rstrip("/")
        self._silence_seconds = silence_seconds

    def packages(self) -> list[PackageRef]:
        """What packages.json lists. Raises SourceUnavailable, InvalidEvidence."""
        url = f"{self._base_url}/{INDEX_NAME}"
        content = b"".join(self._blocks(url, INDEX_BYTES_MAX))
        try:
            listed = parse_strict_json(content, INDEX_NAME)
        except InvalidInput as cause:
            raise InvalidEvidence(what=url, problem=str(cause).rstrip(".")) from cause
        if not isinstance(listed, dict) or not isinstance(listed.get("packages"), list):
            raise InvalidEvidence(what=url, problem='has to be {"packages": [...]}')
        return sorted((self._ref(url, entry) for entry in listed["packages"]), key=lambda ref: ref.name)

    def pull(self, name: str, into: Path) -> Path:
        """See `EvidenceSource.pull`."""
        base = f"{self._base_url}/{check_name(name)}"

        def copy(file: str, target: Path, most_bytes: int) -> None:
            with target.open("wb") as out:
                for block in self._blocks(f"{base}/{file}", most_bytes):
                    out.write(block)

        return pull_files(into, copy)

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

    def _blocks(self, url: str, most_bytes: int) -> Iterator[bytes]:
        """The body of an answer, never more than `most_bytes`."""
        deadline = time.monotonic() + FILE_SECONDS_MAX
        read_bytes = 0
        with self._get(url) as answer:
            for block in answer.iter_content(_BLOCK_BYTES):
                read_bytes += len(block)
                if read_bytes > most_bytes:
                    raise too_large(url, most_bytes)
                if time.monotonic() > deadline:
                    raise SourceUnavailable(what=url, problem=f"not done within {FILE_SECONDS_MAX} seconds")
                yield block

    @contextmanager
    def _get(self, url: str) -> Iterator[requests.Response]:
        try:
            # A redirect could lead an oracle into its own network; a source has one address.
            answer = requests.get(url, stream=True, timeout=self._silence_seconds, allow_redirects=False)
            with answer:
                if answer.status_code == requests.codes.not_found:
                    raise InvalidEvidence(what=url, problem="there is no such file (HTTP 404)")
                if answer.status_code != requests.codes.ok:
                    raise SourceUnavailable(what=url, problem=f"HTTP status {answer.status_code}")
                yield answer
        except requests.RequestException as cause:
            raise SourceUnavailable(what=url, problem=_plain(cause)) from cause


def _plain(cause: requests.RequestException) -> str:
    if isinstance(cause, requests.Timeout):
        return "no answer in time"
    if isinstance(cause, requests.ConnectionError):
        return "no connection"
    return type(cause).__name__
