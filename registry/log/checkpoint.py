"""The checkpoint: how far a log goes and what its root is. It is written last, so what it names is there.

Three lines, the body of a C2SP tlog-checkpoint: origin, size, root in base64. It is not signed here: the root that
counts is the one that a quorum of oracles signed in a report.
"""

import base64
import binascii
import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.domain.errors import LogCorrupted
from registry.files import write_whole
from registry.log.tree import EMPTY_ROOT, HASH_BYTES

ORIGIN: Final = "puhui.act-log/1"
_TEXT = re.compile(re.escape(ORIGIN) + r"\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]{44})\n")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Number of leaves and root of the tree over them."""

    size: int
    root: bytes

    def text(self) -> str:
        return f"{ORIGIN}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"


EMPTY_CHECKPOINT: Final = Checkpoint(0, EMPTY_ROOT)


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint in a file, None if there is no file. Raises LogCorrupted."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LogCorrupted(path=path, problem=f"it cannot be read ({error.strerror})") from None
    match = _TEXT.fullmatch(data.decode("utf-8", errors="replace"))
    root = b""
    if match is not None:
        with contextlib.suppress(binascii.Error):
            root = base64.b64decode(match[2], validate=True)
    if match is None or len(root) != HASH_BYTES:
        raise LogCorrupted(path=path, problem="it is no checkpoint")
    checkpoint = Checkpoint(int(match[1]), root)
    if (checkpoint.size == 0) != (root == EMPTY_ROOT):
        raise LogCorrupted(path=path, problem="size and root contradict each other")
    return checkpoint


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replaces the file at once: after a crash there is the old one or the new one, never a part."""
    write_whole(path, checkpoint.text().encode("ascii"))
