"""Packages behind a plain HTTP address: any file server will do.

    <base>/packages.json                 {"packages": [{"name": ..., "manifest_sha256": ...}, ...]}
    <base>/<name>/manifest.json, signature.json, records.parquet

Nothing of the transport is trusted: sizes are bounded, and hashes decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
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
# The first is for connecting and for each silence; the second for all of a listing or a package, so that a source that
# drips bytes does not hold an oracle for ever.
SILENCE_SECONDS = 20
TRANSFER_SECONDS_MAX = 3_600
_BLOCK_BYTES = 1 << 16
_HEX_32 = re.compile(r"[0-9a-f]{64}")


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

    def packages(self) -> list[PackageRef]:
        """What packages.json lists. Raises SourceUnavailable, InvalidEvidence."""
        url = f"{self._base_url}/{INDEX_NAME}"
        with session_with_deadline(self._transfer_seconds_max) as (session, deadline):
            content = b"".join(self._blocks(session, deadline, url, INDEX_BYTES_MAX))
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

        with session_with_deadline(self._transfer_seconds_max) as (session, deadline):

            def copy(file: str, target: Path, most_bytes: int) -> None:
                with target.open("wb") as out:
                    for block in self._blocks(session, deadline, f"{base}/{file}", most_bytes):
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

    def _blocks(self, session: requests.Session, deadline: Deadline, url: str, most_bytes: int) -> Iterator[bytes]:
        """The body of an answer, never more than `most_bytes` and never after the deadline."""
        read_bytes = 0
        with self._get(session, deadline, url) as answer:
            for block in answer.iter_content(_BLOCK_BYTES):
                read_bytes += len(block)
                if read_bytes > most_bytes:
                    raise too_large(url, most_bytes)
                yield block
        # A body without a stated length ends where the connection ends: cut off, it looks whole.
        if deadline.is_over:
            raise _late(url, deadline)

    @contextmanager
    def _get(self, session: requests.Session, deadline: Deadline, url: str) -> Iterator[requests.Response]:
        try:
            # A redirect could lead an oracle into its own network; a source has one address.
            answer = session.get(url, stream=True, timeout=self._silence_seconds, allow_redirects=False)
            with answer:
                if answer.status_code == requests.codes.not_found:
                    raise InvalidEvidence(what=url, problem="there is no such file (HTTP 404)")
                if answer.status_code != requests.codes.ok:
                    raise SourceUnavailable(what=url, problem=f"HTTP status {answer.status_code}")
                yield answer
        except requests.RequestException as cause:
            if deadline.is_over:
                raise _late(url, deadline) from cause
            raise SourceUnavailable(what=url, problem=_plain(cause)) from cause


def _late(url: str, deadline: Deadline) -> SourceUnavailable:
    return SourceUnavailable(what=url, problem=f"not done within {deadline.seconds} seconds")


def _plain(cause: requests.RequestException) -> str:
    if isinstance(cause, requests.Timeout):
        return "no answer in time"
    if isinstance(cause, requests.ConnectionError):
        return "no connection"
    return type(cause).__name__
