"""Opening a chain by what the settings say: `embedded`, or the URL of a node."""

from __future__ import annotations

from pathlib import Path

from registry.chain.gateway import Gateway
from registry.domain.errors import InvalidInput

EMBEDDED = "embedded"
CHAIN_FILE = "chain.sqlite"


def open_gateway(spec: str, home: Path) -> Gateway:
    """Opens the chain of a home folder: `embedded` keeps it in `chain.sqlite` there, a URL leads to a node.

    Raises:
        InvalidInput: `spec` is neither.
        ChainUnavailable, ForeignChainStore, ChainStoreDamaged: as the chain answers.
    """
    # Either gateway brings half a second of imports; only the one that is used is loaded.
    if spec == EMBEDDED:
        from registry.chain.embedded import EmbeddedGateway

        home.mkdir(parents=True, exist_ok=True)
        return EmbeddedGateway(home / CHAIN_FILE)
    if spec.startswith(("http://", "https://")):
        from registry.chain.rpc import RpcGateway

        return RpcGateway(spec)
    raise InvalidInput(field="chain", problem=f"must be {EMBEDDED!r} or a URL that begins with http", given=spec)
