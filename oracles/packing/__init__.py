"""From a platform's own table to an evidence package."""

from oracles.packing.mapping import load_mapping
from oracles.packing.mapping_model import Mapping
from oracles.packing.packing import Packed, pack, sign_package
from oracles.packing.secret import read_secret
from oracles.packing.table import Source, SqlTable

__all__ = ["Mapping", "Packed", "Source", "SqlTable", "load_mapping", "pack", "read_secret", "sign_package"]
