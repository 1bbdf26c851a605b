"""The desk: a maker proposes a call, the public may object, another person approves or rejects.

What is executed is what was published: the approver hands in the call that the index holds from the maker's proposal,
and the contract compares its hash.
"""

from __future__ import annotations

import time

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.db.models import DeskRequest
from registry.domain.errors import ContractRefused, NotFound
from registry.services.calls import GuardedCall
from registry.services.registry import Registry

# Block times may run behind the clock of this machine by a block; waiting longer than this past a notice is a fault.
NOTICE_GRACE_SECONDS = 30
NOTICE_POLL_SECONDS = 0.1


def propose(registry: Registry, maker: LocalAccount, call: GuardedCall, *, key: str) -> int:
    """Proposes a call. Returns the request id."""
    data = registry.register.encode(call.contract, call.function, *call.args)
    target = registry.register.address(call.contract)
    receipt = registry.send(maker, "Desk", "propose", [target, data], key=f"{key}/propose")
    return int(registry.event(receipt, "Proposed")["requestId"])


def approve(registry: Registry, checker: LocalAccount, request_id: int, *, key: str) -> Receipt:
    """Approves a request, which executes it in the same transaction."""
    call = proposed_call(registry, request_id)
    return registry.send(checker, "Desk", "approve", [request_id, call.target, call.data], key=f"{key}/approve")


def reject(registry: Registry, checker: LocalAccount, request_id: int, reason_hash: bytes, *, key: str) -> Receipt:
    """Rejects a request; `reason_hash` is the SHA-256 of the reason's text."""
    return registry.send(checker, "Desk", "reject", [request_id, reason_hash], key=f"{key}/reject")


def withdraw(registry: Registry, maker: LocalAccount, request_id: int, *, key: str) -> Receipt:
    """Takes a request back, by the one who proposed it."""
    return registry.send(maker, "Desk", "withdraw", [request_id], key=f"{key}/withdraw")


def proposed_call(registry: Registry, request_id: int) -> DeskRequest:
    """A request with its call, read from the event that published it.

    Raises:
        NotFound: no request has this id.
    """
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        found = session.get(DeskRequest, request_id)
    if found is None:
        raise NotFound(kind="request", id=request_id)
    return found


def decide(registry: Registry, maker: LocalAccount, checker: LocalAccount, call: GuardedCall, *, key: str) -> Receipt:
    """Proposes, waits for the end of the public notice and approves: both persons in one place, as in the demo."""
    request_id = propose(registry, maker, call, key=key)
    give_up_at = int(proposed_call(registry, request_id).approvable_at.timestamp()) + NOTICE_GRACE_SECONDS
    while True:
        try:
            return approve(registry, checker, request_id, key=key)
        except ContractRefused as refused:
            # Block time is the chain's own: it says when the notice has ended, our clock only when to stop asking.
            if refused.error_name != "NoticeRunning" or time.time() > give_up_at:
                raise
        time.sleep(NOTICE_POLL_SECONDS)
