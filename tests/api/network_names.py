"""Names of what is on the small network of `network_rows`: the same on every run."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from registry.domain.methodology import definition_hash, load_shipped
from tests.world import actor

SHANGHAI, WUHAN, ANHUI = 310000, 420100, 340000
PROJECT = SHANGHAI << 32 | 1
SECOND_PROJECT = SHANGHAI << 32 | 2
BATCH = PROJECT << 64 | 1
START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
HEAD = 40
PERIODS = ((17014, 17044), (17045, 17074), (17075, 17105))
QUANTITY_METRES = 10_494
ACTS_PER_REPORT = (10, 6, 4)
UINT64_MAX = 2**64 - 1


def digest(text: str) -> bytes:
    """32 bytes that stand for something, the same on every run."""
    return hashlib.sha256(text.encode()).digest()


def address(name: str) -> str:
    """The address of a named account or person."""
    return actor(name).address


def block_hash(number: int) -> bytes:
    return digest(f"block {number}")


def tx_hash(number: int) -> bytes:
    """The transaction of a block: one each, as on the embedded chain."""
    return digest(f"transaction of block {number}")


def block_time(number: int) -> datetime:
    return START + timedelta(seconds=number)


def act_id(report: int, position: int) -> bytes:
    """The act at a position of report 1, 2 or 3."""
    return digest(f"act {report}/{position}")


PLATFORM, ENTERPRISE, FROZEN, WUHAN_ENTERPRISE = (
    address(f"ACCOUNT_{name}") for name in ("PLATFORM", "ENTERPRISE", "FROZEN", "WUHAN_ENTERPRISE")
)
SIGNERS = sorted((address(f"ORACLE_{n}") for n in range(4)), key=lambda text: int(text, 16))
CONTRACT_NAMES = (
    "Authority",
    "Desk",
    "Accounts",
    "Filings",
    "OracleCommittee",
    "Emissions",
    "Credits",
    "Pledges",
    "Enforcement",
    "Compliance",
)
CONTRACTS = {name: address(f"CONTRACT_{name}") for name in CONTRACT_NAMES}
METHODOLOGY = load_shipped()["travel-beijing-2024"]
DEFINITION = definition_hash(METHODOLOGY)
OTHER_DEFINITION = digest("a definition that nobody published")
REASON = "Suspected false trading."
STATEMENT = "Fulfilment of the year 2025."
QUARANTINED = act_id(1, 100)
TOO_SMALL = act_id(1, 9)


def made_in(number: int, log_index: int = 0) -> dict[str, Any]:
    """The columns of a derived row: the block of the event that made it."""
    return {"block_number": number, "tx_hash": tx_hash(number), "log_index": log_index}
