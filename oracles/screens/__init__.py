"""Screens: what sets a record aside. One module a screen; the order of reasons is `registry.domain.reasons.Reason`."""

from oracles.screens.acts import ActColumns, Screen
from oracles.screens.claim_file import Claim, SqliteClaimStore
from oracles.screens.claims import ClaimStore, ReportKey
from oracles.screens.screening import all_screens

__all__ = ["ActColumns", "Claim", "ClaimStore", "ReportKey", "Screen", "SqliteClaimStore", "all_screens"]
