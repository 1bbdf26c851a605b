"""The desk: a maker proposes a call, the public may object, another person approves or rejects.

What is executed is what was published: the approver hands in the call that the index holds from the maker's proposal,
and the contract compares its hash.
"""

from __future__ import annotations

import time

from eth_account.signers.local import LocalAccount

from registry.chain import artifacts
from registry.chain.gateway import Receipt
from registry.db.models import DeskRequest
from registry.domain.errors import ContractRefused, NotFound
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import keep_text

NOBODY = "0x" + "00" * 20
# Block times may run behind the clock of this machine by a block; waiting longer than this past a notice is a fault.
NOTICE_GRACE_SECONDS = 30
NOTICE_POLL_SECONDS = 0.1


def propose(registry: Registry, maker: LocalAccount, call: GuardedCall, *, key: str) -> int:
    """Proposes a call and keeps the texts behind its hashes. Returns the request id."""
    for reason in call.reasons:
        keep_text(registry.database, "reason", reason)
    data = registry.register.encode(call.contract, call.function, *call.args)
    target = registry.register.address(call.contract)
    receipt = registry.send(maker, "Desk", "propose", [target, data], key=f"{key}/propose")
    return int(registry.event(receipt, "Proposed")["requestId"])


def approve(registry: Registry, checker: LocalAccount, request_id: int, *, key: str) -> Receipt:
    """Approves a request, which executes it in the same transaction."""
    call = proposed_call(registry, request_id)
    return registry.send(checker, "Desk", "approve", [request_id, call.target, call.data], key=f"{key}/approve")


def reject(registry: Registry, checker: LocalAccount, request_id: int, reason: str, *, key: str) -> Receipt:
    """Rejects a request. The reason becomes public."""
    digest = keep_text(registry.database, "reason", reason)
    return registry.send(checker, "Desk", "reject", [request_id, digest], key=f"{key}/reject")


def withdraw(registry: Registry, maker: LocalAccount, request_id: int, *, key: str) -> Receipt:
    """Takes a request back, by the one who proposed it."""
    return registry.send(maker, "Desk", "withdraw", [request_id], key=f"{key}/withdraw")


def object_to(
    registry: Registry, who: LocalAccount, request_id: int, account: str | None, evidence: str, *, key: str
) -> Receipt:
    """Objects to a request for an account, by one of its agents, or as an auditor. The evidence becomes public."""
    digest = keep_text(registry.database, "evidence", evidence)
    return registry.send(who, "Desk", "object", [request_id, account or NOBODY, digest], key=f"{key}/object")


def rule(
    registry: Registry, regulator: LocalAccount, request_id: int, objector: str, reason: str, *, upheld: bool, key: str
) -> Receipt:
    """Rules on an objection: upheld, it ends the request. The reason becomes public."""
    digest = keep_text(registry.database, "reason", reason)
    return registry.send(regulator, "Desk", "rule", [request_id, objector, upheld, digest], key=f"{key}/rule")


def opine(
    registry: Registry, expert: LocalAccount, request_id: int, opinion: str, *, positive: bool, key: str
) -> Receipt:
    """Gives an expert's opinion on a request. Its text becomes public."""
    digest = keep_text(registry.database, "opinion", opinion)
    return registry.send(expert, "Desk", "opine", [request_id, positive, digest], key=f"{key}/opine")


def functions(registry: Registry) -> list[tuple[str, str, bytes, str]]:
    """What can be called through the Desk: contract, its address, selector and name of the function."""
    return [
        (contract, address, function.selector, function.name)
        for contract, address in registry.network.contracts.items()
        for function in artifacts.load(contract).abi.functions
        if function.inputs and function.inputs[0].type == "uint32"
    ]


def set_policy(
    registry: Registry, jurisdiction: int, contract: str, function: str, policy: tuple[int, int, int, int, int]
) -> GuardedCall:
    """Sets how a function is decided: maker, checker, notice and expiry in seconds, experts; 0 is for the network."""
    target = registry.register.address(contract)
    return GuardedCall("Desk", "setPolicy", (jurisdiction, target, artifacts.selector(contract, function), policy))


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
