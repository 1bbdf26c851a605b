"""Files that are whole or not there: written aside in the same folder, brought to the disk, then given their name.

Whatever must survive a crash is written through here. A name that can be seen has its whole content on the disk, and
the name itself is on the disk when a call returns. A draft that a crash left behind begins with a dot and is not read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
_EVERYBODY: Final = 0o666  # less what the umask takes away


def write_whole(path: Path, content: bytes, *, mode: int = _EVERYBODY) -> None:
    """Writes a file in place of the one that has its name, if any: a reader finds the old or the new, never a part.

    mode: permissions of the file, less what the umask takes away. Raises OSError; the old file is then as it was.
    """
    with written_aside(path, mode=mode) as draft:
        draft.write_bytes(content)


def write_new(path: Path, content: bytes, *, mode: int = _EVERYBODY) -> None:
    """Writes a file whose name is not taken, also not by another process at the same moment.

    Raises FileExistsError: the name is taken; that file is as it was. OSError.
    """
    with _draft(path, mode) as draft:
        draft.write_bytes(content)
        sync_path(draft)
        # A link fails where a rename would replace what another process has just written.
        os.link(draft, path)
        sync_path(path.parent)


@contextmanager
def written_aside(path: Path, *, mode: int = _EVERYBODY) -> Iterator[Path]:
    """Gives an empty file to write into; at the end of the block it takes the name, unless the block raises."""
    with _draft(path, mode) as draft:
        yield draft
        land(draft, path)


def land(draft: Path, path: Path) -> None:
    """Gives a file or folder that was written aside its name, all of its content being on the disk before.

    A file replaces the one that has the name. Raises OSError for a folder whose name is taken.
    """
    _sync_all(draft)
    draft.replace(path)
    sync_path(path.parent)


def sync_path(path: Path) -> None:
    """Brings a file or folder to the disk; of a folder only the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _draft(path: Path, mode: int) -> Iterator[Path]:
    # A name of its own for each writer: two at the same time do not write into one draft.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _sync_all(path: Path) -> None:
    if stat.S_ISDIR(path.lstat().st_mode):
        for inner in path.iterdir():
            _sync_all(inner)
    sync_path(path)
