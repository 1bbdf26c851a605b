"""The seam between oracles and platforms: where evidence packages are pulled from."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from oracles.package_format import (
    MANIFEST_BYTES_MAX,
    MANIFEST_NAME,
    SIGNATURE_BYTES_MAX,
    SIGNATURE_NAME,
    Manifest,
    PackageFile,
    manifest_hash,
)
from oracles.sources.evidence import check_file_hash
from registry.domain.errors import InvalidEvidence, InvalidInput, SourceUnavailable
from registry.files import land

# How long the beginning of a file is kept whose source became unavailable.
PARTIAL_SECONDS_MAX = 7 * 86_400

# A name is one step of a path or a URL and nothing else: no separators, no leading dot.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class PackageRef:
    """A package that a source offers."""

    name: str
    manifest_hash: bytes


class EvidenceSource(Protocol):
    """Somewhere packages are published."""

    def packages(self) -> list[PackageRef]:
        """What is offered, in the order of the names. Raises SourceUnavailable, InvalidEvidence."""

    def pull(self, name: str, into: Path) -> Path:
        """Copies a package into a folder of the oracle and returns `into / <manifest hash>`.

        Every file has the hash its manifest states; a package that is there already is not copied again, unless it is
        not whole any more.

        Raises:
            SourceUnavailable: the source does not answer.
            InvalidEvidence: no such package, too large, or a file without its hash.
        """


def check_name(name: str) -> str:
    """The name of a package, if it is one. Raises InvalidInput."""
    if not _NAME.fullmatch(name):
        problem = "has to be letters, digits, dots, hyphens and underscores"
        raise InvalidInput(field="package name", problem=problem, given=name)
    return name


Copy = Callable[[str, Path, int], None]
"""(name of a file of the package, where to, how many bytes at most); raises InvalidEvidence above that.

What is there already are the first bytes of the file, if the source is honest: a copy may go on after them.
"""


def pull_files(into: Path, copy: Copy) -> Path:
    """Copies a package file by file into `into / <manifest hash>`, whole or not at all and onto the disk.

    What has that name and is not the whole package, whatever left it behind, is pulled again.
    """
    into.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".pull.", dir=into))
    try:
        copy(MANIFEST_NAME, draft / MANIFEST_NAME, MANIFEST_BYTES_MAX)
        content = (draft / MANIFEST_NAME).read_bytes()
        manifest = Manifest.from_bytes(content)
        copy(SIGNATURE_NAME, draft / SIGNATURE_NAME, SIGNATURE_BYTES_MAX)
        target = into / manifest_hash(content).hex()
        if _is_whole(target, content, manifest):
            # The manifest names the content. The signature is not part of it: a verifier may have signed anew.
            land(draft / SIGNATURE_NAME, target / SIGNATURE_NAME)
            return target
        for file in manifest.files:
            with _partial(into, file) as partial:
                _copy_checked(copy, file, partial)
                partial.rename(draft / file.name)
        _land_package(draft, target, content, manifest)
        return target
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy_checked(copy: Copy, file: PackageFile, target: Path) -> None:
    resumed = target.exists() and target.stat().st_size > 0
    try:
        copy(file.name, target, file.size_bytes)
        check_file_hash(target, file.sha256, file.size_bytes)
    except InvalidEvidence:
        if not resumed:
            raise
        # The beginning may have come from another source, or from before the file was published anew.
        target.write_bytes(b"")
        copy(file.name, target, file.size_bytes)
        check_file_hash(target, file.sha256, file.size_bytes)


@contextmanager
def _partial(into: Path, file: PackageFile) -> Iterator[Path]:
    """Where a file is copied to: under its hash, so that a download that broke off is found and gone on with.

    What was copied is kept only if the source became unavailable; whatever was found wrong is begun anew.
    """
    now = time.time()
    for left in into.glob(".partial.*"):
        with suppress(FileNotFoundError):
            if now - left.stat().st_mtime > PARTIAL_SECONDS_MAX:
                left.unlink()
    path = into / f".partial.{file.sha256}"
    # Another process may be copying the same: then this one has a copy of its own.
    own = Path(tempfile.mkdtemp(prefix=".pull.", dir=into))
    try:
        with path.open("ab") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield own / file.name
                return
            # The one who had the lock before may have moved the file away under its real name.
            if not path.exists() or path.stat().st_ino != os.fstat(held.fileno()).st_ino:
                yield own / file.name
                return
            try:
                yield path
            except SourceUnavailable:
                if path.stat().st_size == 0:
                    path.unlink()
                raise
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _is_whole(folder: Path, content: bytes, manifest: Manifest) -> bool:
    """Whether a folder holds this manifest and the files that it states."""
    try:
        for file in manifest.files:
            check_file_hash(folder / file.name, file.sha256, file.size_bytes)
        return (folder / MANIFEST_NAME).read_bytes() == content
    except (InvalidEvidence, OSError):
        return False


def _land_package(draft: Path, target: Path, content: bytes, manifest: Manifest) -> None:
    """Gives a checked copy its name, which another process may have taken meanwhile."""
    with tempfile.TemporaryDirectory(prefix=".broken.", dir=target.parent, ignore_cleanup_errors=True) as aside:
        if os.path.lexists(target) and not _is_whole(target, content, manifest):
            # Between these two renames there is no package, which is what a crash here leaves: it is pulled again.
            with suppress(FileNotFoundError):  # another process did the same
                target.rename(Path(aside) / "package")
        try:
            land(draft, target)
        except OSError:
            if not _is_whole(target, content, manifest):
                raise


def too_large(what: str, most_bytes: int) -> InvalidEvidence:
    """The error of a file that goes on after its stated size."""
    return InvalidEvidence(what=what, problem=f"more than the {most_bytes} bytes it may have")
