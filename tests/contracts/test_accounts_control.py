"""Accounts: emergency freezes, flags, consents, what other contracts ask. The refusals one by one are forge tests."""

from __future__ import annotations

from eth_hash.auto import keccak

from registry.domain.rules import AccountFlag, AccountStatus, Right
from registry.services.calls import GuardedCall
from registry.services.policies import emergency_seconds
from tests.contracts.parties import ENTERPRISE, OUTSIDER, REGULATOR
from tests.contracts.refusals import REASON, refused
from tests.world import SHANGHAI, World

BATCH = 7


def test_freeze__by_one_regulator__ends_by_itself(world: World) -> None:
    account = world.account(1)
    seconds = world.call("Accounts", "EMERGENCY_SECONDS")
    assert seconds == emergency_seconds(demo=True)
    world.send(REGULATOR, "Accounts", "freeze", account, REASON)
    assert world.call("Accounts", "statusOf", account) == AccountStatus.FROZEN
    assert world.call("Accounts", "statusOf", world.account(2)) == AccountStatus.OPEN
    world.clock.advance(seconds)
    with refused("FrozenRecently", account=account, allowedAt=world.clock.now + seconds):
        world.send(REGULATOR, "Accounts", "freeze", account, REASON)
    assert world.call("Accounts", "statusOf", account) == AccountStatus.OPEN


def test_dual_control__one_agent_alone__does_nothing_without_a_consent(world: World) -> None:
    account = world.account(2)
    flags = int(AccountFlag.DUAL_CONTROL | AccountFlag.CONFIRMS_RECEIPTS)
    world.decide(GuardedCall("Accounts", "setFlags", (SHANGHAI, account, flags)))
    assert world.call("Accounts", "flagsOf", account) == flags
    assert world.call("Accounts", "transferFacts", world.account(1), account, OUTSIDER.address).toFlags == flags
    clerk = [(OUTSIDER.address, int(Right.APPROVE))]
    world.decide(GuardedCall("Accounts", "setAgents", (SHANGHAI, account, clerk)))
    target = world.register.address("Credits")
    data = world.register.encode("Credits", "balanceOf", account, BATCH)
    call_hash = world.call("Accounts", "callHashOf", target, data)
    asked = world.call("Accounts", "callHashOf", OUTSIDER.address, b"")
    with refused("ConsentMissing", account=account, agent=ENTERPRISE.address, callHash=asked):
        world.send(OUTSIDER, "Accounts", "authorise", account, ENTERPRISE.address, keccak(b""))
    valid_until = world.clock.now + 600
    world.send(OUTSIDER, "Accounts", "consent", account, target, data, valid_until)
    given = {"agent": OUTSIDER.address, "validUntil": valid_until}
    assert world.call("Accounts", "consentOf", account, call_hash) == given
    receipt = world.send(OUTSIDER, "Accounts", "revokeConsent", account, call_hash)
    assert world.event(receipt, "ConsentRevoked")["by"] == OUTSIDER.address
