"""Packages in a local folder, one sub-folder each."""

from __future__ import annotations

from pathlib import Path

from oracles.package_format import MANIFEST_BYTES_MAX, MANIFEST_NAME, manifest_hash
from oracles.sources.source import PackageRef, check_name, pull_files, too_large
from registry.domain.errors import InvalidEvidence, SourceUnavailable

_READ_BYTES = 1 << 20


class FolderSource:
    """An `EvidenceSource` over a folder: a mounted share, or the packages of this very machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def packages(self) -> list[PackageRef]:
        """Every sub-folder with a manifest, in the order of names. Raises SourceUnavailable."""
        try:
            manifests = sorted(self._root.glob(f"[!.]*/{MANIFEST_NAME}"))
            if not self._root.is_dir():
                raise NotADirectoryError(0, "no such folder")
            return [PackageRef(path.parent.name, manifest_hash(_read_manifest(path))) for path in manifests]
        except OSError as cause:
            raise SourceUnavailable(what=str(self._root), problem=str(cause.strerror)) from cause

    def pull(self, name: str, into: Path) -> Path:
        """See `EvidenceSource.pull`."""
        folder = self._root / check_name(name)
        if not self._root.is_dir():
            raise SourceUnavailable(what=str(self._root), problem="no such folder")

        def copy(file: str, target: Path, most_bytes: int) -> None:
            _copy_bounded(folder / file, target, most_bytes)

        return pull_files(into, copy)


def _read_manifest(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MANIFEST_BYTES_MAX + 1)
    if len(content) > MANIFEST_BYTES_MAX:
        raise too_large(str(path), MANIFEST_BYTES_MAX)
    return content


def _copy_bounded(path: Path, target: Path, most_bytes: int) -> None:
    copied_bytes = 0
    try:
        with path.open("rb") as source, target.open("wb") as out:
            while block := source.read(_READ_BYTES):
                copied_bytes += len(block)
                if copied_bytes > most_bytes:
                    raise too_large(str(path), most_bytes)
                out.write(block)
    except OSError as cause:
        raise InvalidEvidence(what=str(path), problem=f"cannot be copied: {cause.strerror}") from cause
