"""Where evidence packages come from, and opening them without believing anything of them."""

from oracles.sources.evidence import EvidencePackage, load_package
from oracles.sources.folder import FolderSource
from oracles.sources.http import HttpSource
from oracles.sources.opening import open_source
from oracles.sources.records import RecordColumns, read_records
from oracles.sources.source import EvidenceSource, PackageRef
from oracles.sources.store import StoreSource

__all__ = [
    "EvidencePackage",
    "EvidenceSource",
    "FolderSource",
    "HttpSource",
    "PackageRef",
    "RecordColumns",
    "StoreSource",
    "load_package",
    "open_source",
    "read_records",
]
