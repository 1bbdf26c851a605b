"""Verified emissions: what the quorum of a jurisdiction's oracles signed, and nothing else. Refusals are in forge."""

from __future__ import annotations

import hashlib
from typing import Any

from registry.domain.emissions import EmissionReport
from tests.contracts.refusals import refused
from tests.world import ORACLES, SHANGHAI, World

YEAR = 2023


def figure(world: World, **changed: Any) -> EmissionReport:
    fields = {
        "account": world.account(2),
        "year": YEAR,
        "grams": 80_000_000,
        "evidence_hash": hashlib.sha256(b"emission statement").digest(),
        "revision": 1,
        "valid_until": world.clock.now + 86_400,
        "epoch": 1,
    }
    return EmissionReport(**{**fields, **changed})


def test_digest__of_a_figure__is_the_contracts(world: World) -> None:
    report = figure(world)
    signatures = world.sign(report)
    digest = world.call("Emissions", "digestOf", report.as_tuple())
    signers = world.call("OracleCommittee", "requireQuorum", SHANGHAI, 1, digest, signatures)
    assert signers == [oracle.address for oracle in ORACLES[:3]]
    assert world.call("Emissions", "ACCOUNTS") == world.register.address("Accounts")
    assert world.call("Emissions", "COMMITTEE") == world.register.address("OracleCommittee")


def test_submit__by_anyone__is_kept_told_and_corrected_by_the_next_revision(world: World) -> None:
    account = world.account(2)
    assert world.call("Emissions", "verifiedOf", account, YEAR) == 0
    receipt = world.verify_emissions(account, YEAR, 80_000_000)
    told = world.event(receipt, "EmissionsVerified")
    assert (told["account"], told["year"], told["report"]["grams"]) == (account, YEAR, 80_000_000)
    assert told["signers"] == [oracle.address for oracle in ORACLES[:3]]
    world.verify_emissions(account, YEAR, 79_000_000)
    assert world.call("Emissions", "verifiedOf", account, YEAR) == 79_000_000
    stored = world.call("Emissions", "emissionsOf", account, YEAR)
    assert (stored["grams"], stored["revision"]) == (79_000_000, 2)
    with refused("WrongRevision", account=account, year=YEAR, expected=3, given=1):
        world.verify_emissions(account, YEAR, 1, revision=1)
