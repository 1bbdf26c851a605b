"""The network with two jurisdictions that issue: a Wuhan enterprise holds credits of its own city and of Shanghai.

Wuhan has rules for offsets of the year 2023 and the enterprise owes 20 t: its cap is 1,000,000 g, of which half must be
local.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.chain.gateway import Receipt
from registry.domain.rules import AccountKind, CapBase, Right
from registry.services.accounts import open_account
from registry.services.calls import GuardedCall
from registry.services.membership import set_committee
from tests.contracts.ledger import BENEFICIARY, STATEMENT, transfer
from tests.contracts.parties import PLATFORM, WUHAN_ENTERPRISE, WUHAN_PLATFORM
from tests.world import BATCH, DEFINITION, ORACLES, SHANGHAI, START, WUHAN, World, project_filing

YEAR = 2023
WUHAN_PROJECT = WUHAN << 32 | 1
WUHAN_DEFINITION = b"\x42" * 32
LOCAL, OTHER = WUHAN_PROJECT << 64 | 1, BATCH
BATCH_GRAMS = 10_000_000
OTHER_GRAMS = 4_000_000
CAP_GRAMS = 1_000_000
GRANULARITY_GRAMS = 10
OPENS_AT, DEADLINE = START + 20_000, START + 1_000_000
RULES_DOCUMENT = b"\x66" * 32


def rule_set(**changed: Any) -> dict[str, Any]:
    """A rule set by its fields: 5 % of what is due, half of it local, tens of grams, vintages 2015 and 2016."""
    fields = {
        "capBase": int(CapBase.AMOUNT_DUE),
        "capBps": 500,
        "nonLocalCapBps": 500,
        "localShareMinBps": 5000,
        "preferredShareMinBps": 5000,
        "firstVintage": 2015,
        "lastVintage": 2016,
        "mechanisms": 1,
        "methodologiesListed": False,
        "ownBoundaryExcluded": True,
        "pooled": False,
        "granularityGrams": GRANULARITY_GRAMS,
        "opensAt": OPENS_AT,
        "deadline": DEADLINE,
        "reservableUntil": 0,
        "reversalSeconds": 0,
        "poolGrams": 0,
        "documentHash": RULES_DOCUMENT,
        "preferenceAreas": [],
        "methodologies": [],
    }
    # Neither a cap of its own for others nor a preference, unless told.
    changed.setdefault("nonLocalCapBps", changed.get("capBps", fields["nonLocalCapBps"]))
    changed.setdefault("preferredShareMinBps", changed.get("localShareMinBps", fields["preferredShareMinBps"]))
    return {**fields, **changed}


def obligation(**changed: int) -> dict[str, int]:
    """What is owed by the names of the struct, in grams; every base another, to tell them apart. No emissions were
    verified."""
    fields = {
        "initialAllocation": 40_000_000,
        "issuedAllowances": 60_000_000,
        "verifiedEmissions": 0,
        "amountDue": 20_000_000,
    }
    return {**fields, **changed}


def rules_call(jurisdiction: int = WUHAN, year: int = YEAR, **changed: Any) -> GuardedCall:
    return GuardedCall("RuleSets", "setRuleSet", (jurisdiction, year, tuple(rule_set(**changed).values())))


def obligation_call(
    world: World, jurisdiction: int = WUHAN, account: str | None = None, year: int = YEAR, **changed: int
) -> GuardedCall:
    args = (jurisdiction, account or world.account(1, WUHAN), year, tuple(obligation(**changed).values()))
    return GuardedCall("Compliance", "setObligation", args)


def terms_call(discount_bps: int = 0, yearly_cap_grams: int = 10**15) -> GuardedCall:
    """Wuhan accepts the credits of Shanghai, for ever."""
    terms = (discount_bps, yearly_cap_grams, 1, 2**40 - 1)
    return GuardedCall("Recognition", "setTerms", (WUHAN, SHANGHAI, DEFINITION, terms))


@dataclass(frozen=True)
class Lands:
    """The network with the clock in the offset period."""

    world: World

    @property
    def enterprise(self) -> str:
        return self.world.account(1, WUHAN)

    def quote(self, batch: int = LOCAL, year: int = YEAR, account: str | None = None) -> dict[str, int]:
        found: dict[str, int] = self.world.call("Compliance", "quote", account or self.enterprise, year, batch)
        return found

    def offset(self, *lines: tuple[int, int], year: int = YEAR, who: Any = WUHAN_ENTERPRISE) -> Receipt:
        """Offsets (batch, grams) lines of the Wuhan enterprise."""
        args = (self.enterprise, year, list(lines), BENEFICIARY, STATEMENT)
        return self.world.send(who, "Compliance", "offset", *args)

    def used(self) -> tuple[int, int]:
        """Grams offset so far: local, from elsewhere."""
        found = self.world.call("Compliance", "usedOf", self.enterprise, YEAR)
        return found["localGrams"], found["otherGrams"]


def settle(world: World) -> None:
    """Makes Wuhan issue too, and gives its enterprise credits and an obligation. `world` has batch 1 issued."""
    agents = [(WUHAN_PLATFORM.address, Right.INITIATE)]
    world.decide(open_account(WUHAN, 2, AccountKind.PLATFORM, b"\x77" * 32, agents))
    world.decide(set_committee(WUHAN, [oracle.address for oracle in ORACLES], 0))
    filed = (WUHAN, WUHAN_DEFINITION, b"walking".ljust(32, b"\0"), 1, b"\x88" * 32)
    world.decide(GuardedCall("Filings", "fileMethodology", filed))
    filing = project_filing(world.account(2, WUHAN), definition_hash=WUHAN_DEFINITION)
    world.decide(GuardedCall("Filings", "fileProject", (WUHAN, filing)))
    enterprise = world.account(1, WUHAN)
    world.issue_batch(to=enterprise, project_id=WUHAN_PROJECT, methodology_hash=WUHAN_DEFINITION)
    transfer(world, PLATFORM, world.account(1), enterprise, OTHER_GRAMS)
    world.decide(rules_call())
    world.decide(obligation_call(world))
    world.decide(terms_call())
