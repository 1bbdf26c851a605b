"""From a platform's own table to an evidence package."""

from oracles.packing.mapping import Mapping, load_mapping
from oracles.packing.packing import Packed, pack, sign_package
from oracles.packing.secret import read_secret

__all__ = ["Mapping", "Packed", "load_mapping", "pack", "read_secret", "sign_package"]
