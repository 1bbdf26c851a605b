"""What holds credits back: pledges, and orders against a holder that freeze grams or move them."""

from __future__ import annotations

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.units import check_grams
from registry.services.accounts import jurisdiction_of
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import hash_of


def pledge(
    registry: Registry,
    agent: LocalAccount,
    account: str,
    pledgee: str,
    batch_id: int,
    grams: int,
    *,
    agreement: bytes,
    key: str,
) -> int:
    """Pledges grams to another account, by an agent of the first. Returns the pledge's id.

    `agreement` is the SHA-256 of the pledge agreement, which is not stored.
    """
    args = [account, pledgee, batch_id, check_grams(grams, least=1), agreement]
    receipt = registry.send(agent, "Pledges", "pledge", args, key=key)
    return int(registry.event(receipt, "Pledged")["pledgeId"])


def release(registry: Registry, agent: LocalAccount, pledge_id: int, grams: int, *, key: str) -> Receipt:
    """Gives pledged grams free, by an agent of the pledgee."""
    return registry.send(agent, "Pledges", "release", [pledge_id, check_grams(grams, least=1)], key=key)


def release_by_order(registry: Registry, pledge_id: int, grams: int, reason: str) -> GuardedCall:
    """Gives pledged grams free, by the authority of the pledging account."""
    order = _pledge_order(registry, pledge_id, grams, reason)
    return GuardedCall("Pledges", "releaseByOrder", order, (reason,))


def seize(registry: Registry, pledge_id: int, grams: int, reason: str) -> GuardedCall:
    """Moves pledged grams to the pledgee, by the authority of the pledging account."""
    order = _pledge_order(registry, pledge_id, grams, reason)
    return GuardedCall("Pledges", "seize", order, (reason,))


def set_frozen(registry: Registry, account: str, batch_id: int, grams: int, reason: str) -> GuardedCall:
    """Sets how many grams of a batch are frozen on an account, 0 to free them; also more than it holds."""
    order = (jurisdiction_of(registry, account), account, batch_id, check_grams(grams), hash_of(reason))
    return GuardedCall("Enforcement", "setFrozen", order, (reason,))


def force_transfer(
    registry: Registry, sender: str, receiver: str, batch_id: int, grams: int, reason: str
) -> GuardedCall:
    """Moves grams by order, frozen ones too, but none that are locked or recalled."""
    amount = check_grams(grams, least=1)
    order = (jurisdiction_of(registry, sender), sender, receiver, batch_id, amount, hash_of(reason))
    return GuardedCall("Enforcement", "forceTransfer", order, (reason,))


def _pledge_order(registry: Registry, pledge_id: int, grams: int, reason: str) -> tuple[int, int, int, bytes]:
    """Decided where the pledging account is. Raises UnknownPledge, a ContractRefused."""
    account = registry.call("Pledges", "pledgeOf", pledge_id)["account"]
    return jurisdiction_of(registry, account), pledge_id, check_grams(grams, least=1), hash_of(reason)
