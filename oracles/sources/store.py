"""Packages in an object store (S3 and what speaks like it), through fsspec: one prefix a package.

    s3://bucket/prefix/<name>/manifest.json, signature.json, records.parquet

Who may read is told by the environment of the store's own library (AWS_ACCESS_KEY_ID and so on), never by the address.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from oracles.package_format import MANIFEST_BYTES_MAX, MANIFEST_NAME, manifest_hash
from oracles.sources.source import PackageRef, check_name, pull_files, too_large
from registry.domain.errors import InvalidEvidence, InvalidInput, SourceUnavailable

STORE_SCHEMES = ("s3", "gs", "abfs", "oss", "memory")
PACKAGES_MAX = 10_000
TRANSFER_SECONDS_MAX = 3_600
_BLOCK_BYTES = 1 << 20

T = TypeVar("T")


class StoreSource:
    """An `EvidenceSource` over an object store."""

    def __init__(self, url: str, *, transfer_seconds_max: float = TRANSFER_SECONDS_MAX) -> None:
        """url: the prefix above the packages. Raises InvalidInput: another scheme, or its library is not installed."""
        scheme, separator, path = url.partition("://")
        if not separator or scheme not in STORE_SCHEMES or not path.strip("/") or "@" in path or "::" in url:
            problem = f"has to be {', '.join(f'{each}://' for each in STORE_SCHEMES)} with a bucket, and no credentials"
            raise InvalidInput(field="source URL", problem=problem, given=scheme if "@" in path else url)
        try:
            import fsspec

            # Of its own: listings that another use of the library remembers would hide what is new.
            self._store: Any = fsspec.filesystem(scheme, skip_instance_cache=True, use_listings_cache=False)
        except (ImportError, ValueError) as cause:
            extra = "puhui[s3]" if scheme == "s3" else "puhui[sources] and the fsspec library of this store"
            problem = f"a library for {scheme}:// is not installed; install {extra}"
            raise InvalidInput(field="source URL", problem=problem, given=url) from cause
        self._url = url.rstrip("/")
        self._root = path.strip("/") if scheme != "memory" else "/" + path.strip("/")
        self._transfer_seconds_max = transfer_seconds_max

    def packages(self) -> list[PackageRef]:
        """Every prefix with a manifest, in the order of names. Raises SourceUnavailable, InvalidEvidence."""
        return self._in_time(self._list)

    def pull(self, name: str, into: Path) -> Path:
        """See `EvidenceSource.pull`."""
        base = f"{self._root}/{check_name(name)}"

        def copy_all(ends: float) -> Path:
            def copy(file: str, target: Path, most_bytes: int) -> None:
                self._copy(f"{base}/{file}", target, most_bytes, ends)

            return pull_files(into, copy)

        return self._in_time(copy_all)

    def _list(self, ends: float) -> list[PackageRef]:
        found = sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in self._store.ls(self._root, detail=False))
        if len(found) > PACKAGES_MAX:
            problem = f"{len(found)} entries, at most {PACKAGES_MAX} are listed"
            raise InvalidEvidence(what=self._url, problem=problem)
        refs = []
        for name in found:
            try:
                path = f"{self._root}/{check_name(name)}/{MANIFEST_NAME}"
                content = self._store.cat_file(path, start=0, end=MANIFEST_BYTES_MAX + 1)
            except (InvalidInput, FileNotFoundError, NotADirectoryError):
                continue  # something else that lies there
            if len(content) > MANIFEST_BYTES_MAX:
                raise too_large(f"{self._url}/{name}/{MANIFEST_NAME}", MANIFEST_BYTES_MAX)
            refs.append(PackageRef(name, manifest_hash(content)))
            self._check_time(ends)
        return refs

    def _copy(self, path: str, target: Path, most_bytes: int, ends: float) -> None:
        held_bytes = target.stat().st_size if target.exists() else 0
        try:
            with self._store.open(path, "rb") as source, target.open("ab") as out:
                source.seek(min(held_bytes, most_bytes))
                while block := source.read(_BLOCK_BYTES):
                    held_bytes += len(block)
                    if held_bytes > most_bytes:
                        raise too_large(path, most_bytes)
                    self._check_time(ends)
                    out.write(block)
        except FileNotFoundError as cause:
            raise InvalidEvidence(what=path, problem="there is no such object") from cause

    def _in_time(self, work: Callable[[float], T]) -> T:
        """Does something within the time of a transfer. The libraries of stores retry as they like, so the work has a
        thread of its own: it is waited for no longer, and ends by itself with the next block."""
        ends = time.monotonic() + self._transfer_seconds_max
        results: list[T] = []
        failures: list[BaseException] = []

        def run() -> None:
            try:
                results.append(work(ends))
            except BaseException as failure:  # noqa: BLE001 - handed to the one who waits
                failures.append(failure)

        worker = threading.Thread(target=run, daemon=True, name="object store")
        worker.start()
        worker.join(self._transfer_seconds_max)
        if results:
            return results[0]
        raise self._told(failures[0]) if failures else self._late()

    def _told(self, failure: BaseException) -> BaseException:
        if isinstance(failure, InvalidEvidence | InvalidInput | SourceUnavailable) or not isinstance(
            failure, Exception
        ):
            return failure
        # What a store's library raises is not ours to know; none of it is taken for an answer.
        words = f"{type(failure).__name__}: {failure}".splitlines()[0][:200]
        unavailable = SourceUnavailable(what=self._url, problem=words)
        unavailable.__cause__ = failure
        return unavailable

    def _check_time(self, ends: float) -> None:
        if time.monotonic() >= ends:
            raise self._late()

    def _late(self) -> SourceUnavailable:
        return SourceUnavailable(what=self._url, problem=f"not done within {self._transfer_seconds_max} seconds")
