"""The register: domain, log, chain, database, proofs, services and commands."""

import os

# The C implementation of keccak that is installed; eth-hash would take a slower one. Before anything imports it.
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
