"""The platform's secret, from which the commitments to its users are made. It never leaves the platform."""

from __future__ import annotations

from pathlib import Path

from registry.domain.errors import InvalidInput

# User ids are often short numbers; only the secret keeps them from being guessed.
SECRET_BYTES_MIN = 32


def check_secret(secret: bytes) -> bytes:
    """The secret, if it is long enough. Raises InvalidInput below 32 bytes."""
    if len(secret) < SECRET_BYTES_MIN:
        problem = f"it needs at least {SECRET_BYTES_MIN} bytes"
        raise InvalidInput(field="platform secret", problem=problem, given=f"{len(secret)} bytes")
    return secret


def read_secret(path: Path) -> bytes:
    """The secret of a file of hexadecimal text. Raises InvalidInput: no such file, no hexadecimal text, too short."""
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as cause:
        problem = "the file has to hold hexadecimal text"
        raise InvalidInput(field="platform secret", problem=problem, given=str(path)) from cause
    return check_secret(secret)
