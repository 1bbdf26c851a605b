"""The two fields of a report that do not follow from the evidence: until when it may be submitted, and the epoch."""

from __future__ import annotations

from oracles.committee.computation import Terms

VALID_WINDOW_SECONDS = 30 * 86_400
"""A proposed report may be submitted until the end of the next window of this length, counted from 1970.

So oracles that sign at different times sign the same report. Those that sign on two sides of a border sign two, which
say the same; whoever signed before it signs again for the new window if the place is still open then, and all agree."""
VALID_SECONDS_MIN = 86_400
"""A liar cannot make the others sign what expires before anybody can submit it."""
VALID_SECONDS_MAX = 3 * VALID_WINDOW_SECONDS


def terms_of(now_seconds: int, epoch: int) -> Terms:
    """The terms of this moment, seconds since 1970 UTC."""
    return Terms((now_seconds // VALID_WINDOW_SECONDS + 2) * VALID_WINDOW_SECONDS, epoch)
