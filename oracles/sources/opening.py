"""A source by its address: the scheme says which kind it is."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from oracles.sources.folder import FolderSource
from oracles.sources.http import HttpSource
from oracles.sources.source import EvidenceSource
from oracles.sources.store import STORE_SCHEMES, StoreSource
from registry.domain.errors import InvalidInput


def open_source(address: str) -> EvidenceSource:
    """A folder (a path, or file://), an HTTP server (https://, http://) or an object store (s3:// and others).

    Raises InvalidInput: another scheme, a malformed address, a library that is not installed.
    """
    scheme, separator, _ = address.partition("://")
    if not separator:
        return FolderSource(Path(address))
    if scheme in ("http", "https"):
        return HttpSource(address)
    if scheme == "file":
        parts = urlsplit(address)
        if parts.netloc not in ("", "localhost"):
            problem = "has to begin with file:/// and hold the path of a folder of this machine"
            raise InvalidInput(field="source URL", problem=problem, given=address)
        return FolderSource(Path(unquote(parts.path)))
    if scheme in STORE_SCHEMES:
        return StoreSource(address)
    known = ", ".join(("https", "http", "file", *STORE_SCHEMES))
    raise InvalidInput(field="source URL", problem=f"has to be a path or begin with one of {known}", given=scheme)
