"""Calls and policies that the tests of the Desk propose: freezing account 2, and how that is decided."""

from __future__ import annotations

from registry.chain.artifacts import selector
from registry.domain.rules import AccountStatus, Role
from registry.services.calls import GuardedCall
from tests.contracts.refusals import REASON
from tests.world import SHANGHAI, World

SET_STATUS = selector("Accounts", "setStatus")
DAY = 86_400
# Maker, checker, notice and expiry in seconds, experts, as in the struct.
OWN_POLICY = (int(Role.REGISTRAR), int(Role.APPROVER), 7, DAY, 0)


def status_call(world: World, jurisdiction: int = SHANGHAI) -> GuardedCall:
    """Freezes account 2."""
    args = (jurisdiction, world.account(2), int(AccountStatus.FROZEN), REASON)
    return GuardedCall("Accounts", "setStatus", args)


def policy_call(
    world: World, policy: tuple[int, ...], jurisdiction: int = SHANGHAI, target: str | None = None
) -> GuardedCall:
    """Sets the policy of `setStatus`, of Accounts or of another contract."""
    chosen = target or world.register.address("Accounts")
    return GuardedCall("Desk", "setPolicy", (jurisdiction, chosen, SET_STATUS, policy))
