"""Transfers that do not move at once: one agent begins, others agree, anybody executes when it is due."""

from __future__ import annotations

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.errors import InvalidInput
from registry.domain.rules import TransferKind
from registry.domain.units import check_grams
from registry.services.registry import Registry

LINES_MAX = 50
GIFT_REFERENCE = bytes(32)


def initiate(
    registry: Registry,
    agent: LocalAccount,
    sender: str,
    receiver: str,
    lines: Sequence[tuple[int, int]],
    *,
    trade: bytes | None = None,
    key: str,
) -> int:
    """Begins a transfer of lines of (batch id, grams) and locks them. Returns its number.

    `trade`: the hash of the exchange's trade that a sale settles; without one it is a gift.

    Raises:
        InvalidInput: no line or over 50, or an amount that is none.
        ContractRefused: as the contract answers, such as with the limit that binds.
    """
    if not 1 <= len(lines) <= LINES_MAX:
        raise InvalidInput(field="lines", problem=f"must be 1 to {LINES_MAX}", given=len(lines))
    checked = [(batch_id, check_grams(grams, least=1)) for batch_id, grams in lines]
    kind = TransferKind.GIFT if trade is None else TransferKind.SALE
    args = [sender, receiver, checked, int(kind), trade or GIFT_REFERENCE]
    receipt = registry.send(agent, "Transfers", "initiate", args, key=key)
    return int(registry.event(receipt, "TransferInitiated")["transferId"])


def approve(registry: Registry, agent: LocalAccount, transfer_id: int, *, key: str) -> Receipt:
    """Approves it, by another agent of a sender under dual control."""
    return registry.send(agent, "Transfers", "approve", [transfer_id], key=key)


def accept(registry: Registry, agent: LocalAccount, transfer_id: int, *, key: str) -> Receipt:
    """Accepts it, by an agent of a receiver who confirms receipts. Cannot be taken back."""
    return registry.send(agent, "Transfers", "accept", [transfer_id], key=key)


def refuse(registry: Registry, agent: LocalAccount, transfer_id: int, *, key: str) -> Receipt:
    """Refuses it, by an agent of a receiver who confirms receipts. Ends it."""
    return registry.send(agent, "Transfers", "refuse", [transfer_id], key=key)


def execute(registry: Registry, anyone: LocalAccount, transfer_id: int, *, key: str) -> Receipt:
    """Moves the grams, once it has waited and everybody needed has agreed. Cannot be undone."""
    return registry.send(anyone, "Transfers", "execute", [transfer_id], key=key)


def cancel(registry: Registry, agent: LocalAccount, transfer_id: int, *, key: str) -> Receipt:
    """Ends it, by an agent of the sender."""
    return registry.send(agent, "Transfers", "cancel", [transfer_id], key=key)


def expire(registry: Registry, anyone: LocalAccount, transfer_id: int, *, key: str) -> Receipt:
    """Ends it, once its time is over."""
    return registry.send(anyone, "Transfers", "expire", [transfer_id], key=key)
