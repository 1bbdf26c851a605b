"""The pepper as engines need it in their SQL: the two blocks of HMAC (RFC 2104), ready to be put before a message."""

from __future__ import annotations

from collections.abc import Callable

from registry.domain.errors import InvalidEvidence

_BLOCK_BYTES = 64


def functions(text: str, pepper: bytes, literal: Callable[[bytes], str]) -> str:
    """Fills {inner} and {outer} of a text of SQL functions. literal: how the engine writes bytes.

    Raises InvalidEvidence: a pepper longer than a block would have to be hashed first, and none is.
    """
    if len(pepper) > _BLOCK_BYTES:
        raise InvalidEvidence(
            what="network pepper", problem=f"has {len(pepper)} bytes, at most {_BLOCK_BYTES} are used"
        )
    padded = pepper.ljust(_BLOCK_BYTES, b"\x00")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    return text.format(inner=literal(inner), outer=literal(outer))
