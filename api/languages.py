"""Which of our two languages a client prefers (RFC 9110, Accept-Language)."""

from __future__ import annotations

from typing import Literal

Language = Literal["zh", "en"]

DEFAULT: Language = "en"
_HEADER_CHARS_MAX = 1_000


def preferred(accept_language: str | None) -> Language:
    """The language with the highest quality; the first of equal ones; English where neither is asked for."""
    best: Language = DEFAULT
    best_quality = 0.0
    for entry in (accept_language or "")[:_HEADER_CHARS_MAX].split(","):
        tag, _, parameters = entry.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if name in ("zh", "en") and quality > best_quality:
            best, best_quality = ("zh" if name == "zh" else "en"), quality
    return best


def _quality(parameters: str) -> float:
    # The only float of this package: a weight of a header, nowhere near a credit.
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if name.strip() == "q" and 0.0 <= quality <= 1.0 else 0.0
