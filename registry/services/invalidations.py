"""Grams found invalid: holding a batch, invalidating, covering its holders, and what the developer does about it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from eth_account.signers.local import LocalAccount
from sqlalchemy import select

from registry.chain.gateway import Receipt
from registry.db.models import Holding, Invalidation, Recall
from registry.domain.errors import IntegrityError, InvalidInput, NotFound
from registry.domain.ids import split_batch_id, split_project_id
from registry.domain.units import check_grams
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import hash_of, keep_text

PAGE_HOLDERS = 50
"""How many holders the contract covers in one transaction."""

NOBODY = "0x" + "00" * 20


def invalidate(batch_id: int, grams: int, reason: str, buffers: Sequence[str] = ()) -> GuardedCall:
    """Invalidates grams of a batch: of the developer, then of the named buffer accounts, then of all holders.

    Raises InvalidInput for a buffer account named twice.
    """
    if len(set(buffers)) != len(buffers):
        raise InvalidInput(field="buffers", problem="one account stands twice", given=list(buffers))
    ordered = sorted(buffers, key=lambda account: int(account, 16))
    args = (_jurisdiction_of(batch_id), batch_id, check_grams(grams, least=1), hash_of(reason), ordered)
    return GuardedCall("Invalidations", "invalidate", args, (reason,))


def waive(registry: Registry, invalidation_id: int, holder: str | None, grams: int, reason: str) -> GuardedCall:
    """Takes the invalidation of open grams back: recalled ones of a holder, or used ones. Raises NotFound."""
    jurisdiction = _jurisdiction_of(_made(registry, invalidation_id)["batchId"])
    args = (jurisdiction, invalidation_id, holder or NOBODY, check_grams(grams, least=1), hash_of(reason))
    return GuardedCall("Invalidations", "waive", args, (reason,))


def lift_hold(batch_id: int, reason: str) -> GuardedCall:
    """Ends the hold of a REGULATOR over a batch before its time."""
    args = (_jurisdiction_of(batch_id), batch_id, hash_of(reason))
    return GuardedCall("Invalidations", "liftHold", args, (reason,))


def hold(registry: Registry, regulator: LocalAccount, batch_id: int, reason: str, *, key: str) -> Receipt:
    """Holds a batch at once, by one REGULATOR; it ends by itself."""
    digest = keep_text(registry.database, "reason", reason)
    return registry.send(regulator, "Invalidations", "hold", [batch_id, digest], key=key)


def end_hold(registry: Registry, anyone: LocalAccount, batch_id: int, *, key: str) -> Receipt:
    """Ends a hold whose time is over."""
    return registry.send(anyone, "Invalidations", "endHold", [batch_id], key=key)


def recall(registry: Registry, anyone: LocalAccount, invalidation_id: int, *, key: str) -> int:
    """Covers all holders of an invalidation, a page a transaction. Returns how many this call covered.

    Somebody else may cover them at the same time: who is covered already is passed over.

    Raises:
        NotFound: there is no such invalidation.
        NoRecallRunning: all of its holders were covered already.
        IntegrityError: the index knows no holder that is not covered, yet the recall is not complete.
    """
    batch_id = _made(registry, invalidation_id)["batchId"]
    covered = 0
    while True:
        holders = holders_to_cover(registry, invalidation_id)
        if not holders:
            break
        page = holders[:PAGE_HOLDERS]
        once = hashlib.sha256("".join(page).encode()).hexdigest()[:16]
        registry.send(anyone, "Invalidations", "recallHoldings", [invalidation_id, page], key=f"{key}/{once}")
        covered += len(page)
        if len(holders) <= PAGE_HOLDERS:
            break
    if covered == 0:
        # Says why: nothing to recall, or covered by somebody else.
        registry.send(anyone, "Invalidations", "recallHoldings", [invalidation_id, [NOBODY]], key=f"{key}/none")
    registry.indexer.run_to_head()
    if registry.call("Invalidations", "standingOf", batch_id)["recallingId"] == invalidation_id:
        what = f"the recall of invalidation {invalidation_id}"
        raise IntegrityError(what=what, problem="it is not complete though the index knows no other holder")
    return covered


def holders_to_cover(registry: Registry, invalidation_id: int) -> list[str]:
    """Accounts that hold something to be recalled and were not covered yet, by address."""
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        made = session.get(Invalidation, invalidation_id)
        if made is None:
            raise NotFound(kind="invalidation", id=invalidation_id)
        if made.complete:
            return []
        covered = set(session.scalars(select(Recall.holder).where(Recall.invalidation_id == invalidation_id)))
        same = select(Invalidation.invalidation_id).where(
            Invalidation.project_id == made.project_id, Invalidation.seq == made.seq
        )
        recalled: dict[str, int] = {}
        for row in session.scalars(select(Recall).where(Recall.invalidation_id.in_(same), Recall.open_grams > 0)):
            recalled[row.holder] = recalled.get(row.holder, 0) + row.open_grams
        of_batch = (Holding.project_id == made.project_id, Holding.seq == made.seq, Holding.grams > 0)
        held = session.execute(select(Holding.account, Holding.grams).where(*of_batch)).all()
    found = [account for account, grams in held if account not in covered and grams > recalled.get(account, 0)]
    return sorted(found, key=lambda account: int(account, 16))


def replace(
    registry: Registry,
    agent: LocalAccount,
    payer: str,
    invalidation_id: int,
    holder: str,
    batch_id: int,
    grams: int,
    *,
    key: str,
) -> Receipt:
    """Gives a holder grams of another batch of the payer for its recalled ones, which are cancelled."""
    args = [payer, invalidation_id, holder, batch_id, check_grams(grams, least=1)]
    return registry.send(agent, "Invalidations", "replace", args, key=key)


def settle(
    registry: Registry,
    agent: LocalAccount,
    payer: str,
    invalidation_id: int,
    holder: str | None,
    batch_id: int,
    grams: int,
    *,
    key: str,
) -> int:
    """Retires equal grams of the payer, for used grams or for recalled ones of a holder. Returns the retirement id."""
    args = [payer, invalidation_id, holder or NOBODY, batch_id, check_grams(grams, least=1)]
    receipt = registry.send(agent, "Invalidations", "settle", args, key=key)
    return int(registry.event(receipt, "Settled")["retirementId"])


def give_up(
    registry: Registry, agent: LocalAccount, holder: str, invalidation_id: int, grams: int, *, key: str
) -> Receipt:
    """Gives up recalled grams without replacement, by an agent of their holder."""
    args = [holder, invalidation_id, check_grams(grams, least=1)]
    return registry.send(agent, "Invalidations", "giveUp", args, key=key)


def _made(registry: Registry, invalidation_id: int) -> dict[str, int]:
    made: dict[str, int] = registry.call("Invalidations", "invalidationOf", invalidation_id)
    return made


def _jurisdiction_of(batch_id: int) -> int:
    project_id, _ = split_batch_id(batch_id)
    return split_project_id(project_id)[0]
