"""Screens: what sets a record aside. One module a screen; the order of reasons is `registry.domain.reasons.Reason`."""

from oracles.screens.acts import ActColumns, Screen
from oracles.screens.claim_file import SqliteClaimStore
from oracles.screens.claims import CLAIM_SCHEMA, Claim, ClaimStore, Flags, ReportKey, claim_table
from oracles.screens.screening import all_screens

__all__ = [
    "CLAIM_SCHEMA",
    "ActColumns",
    "Claim",
    "ClaimStore",
    "Flags",
    "ReportKey",
    "Screen",
    "SqliteClaimStore",
    "all_screens",
    "claim_table",
]
