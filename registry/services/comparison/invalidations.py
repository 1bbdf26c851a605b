"""Invalidations: each as stored, what is recalled of whom, the standing of each batch, what each developer owes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import BatchHold, Discharge, Invalidation, Recall
from registry.domain.ids import batch_id
from registry.domain.rules import DischargeKind
from registry.services.comparison.asking import Chain, Comparison, fields


def compare_invalidations(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """Every invalidation and what follows from it; of the recalls the newest and all that are open."""
    rows = session.scalars(select(Invalidation).order_by(Invalidation.invalidation_id)).all()
    yield Comparison("invalidation", "count", len(rows), chain.ask("Invalidations", "invalidationCount"))
    owed: Counter[str] = Counter()
    for row in rows:
        owed[row.developer] += row.open_recalled_grams + row.open_used_grams
        answer = chain.ask("Invalidations", "invalidationOf", row.invalidation_id)
        yield from fields(
            "invalidation", f"{row.invalidation_id}", _stored(row), answer, lambda made: {**made, **made["split"]}
        )
    for developer, grams in owed.items():
        answer = chain.ask("Invalidations", "openLiabilityOf", developer)
        yield Comparison("liability", developer, grams, answer)
        suspended = chain.ask("Credits", "isSuspended", developer)
        yield Comparison("liability", f"{developer} suspended", grams > 0, suspended)
    yield from _recalls(session, chain, newest)
    yield from _standings(session, chain, rows)


def _stored(row: Invalidation) -> dict[str, int | str | bytes]:
    return {
        "batchId": batch_id(row.project_id, row.seq),
        "developer": row.developer,
        "developerCancelled": row.developer_cancelled_grams,
        "developerRecalled": row.developer_recalled_grams,
        "buffersCancelled": row.buffers_cancelled_grams,
        "holdersRecalled": row.holders_recalled_grams,
        "used": row.used_grams,
        "baseGrams": row.base_grams,
        "coveredGrams": row.covered_grams,
        "openRecalledGrams": row.open_recalled_grams,
        "openUsedGrams": row.open_used_grams,
        "reasonHash": row.reason_hash,
    }


def _recalls(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    latest = select(Recall).order_by(Recall.block_number.desc(), Recall.log_index.desc()).limit(newest)
    found = {(row.invalidation_id, row.holder): row for row in session.scalars(latest)}
    still_open = session.scalars(select(Recall).where(Recall.open_grams > 0))
    found.update({(row.invalidation_id, row.holder): row for row in still_open})
    recalled: Counter[tuple[int, int, str]] = Counter()
    for row in found.values():
        database = {"grams": row.grams, "openGrams": row.open_grams, "covered": True}
        answer = chain.ask("Invalidations", "recallOf", row.invalidation_id, row.holder)
        yield from fields("recall", f"{row.invalidation_id} {row.holder}", database, answer, lambda stored: stored)
        made = session.get_one(Invalidation, row.invalidation_id)
        recalled[made.project_id, made.seq, row.holder] += row.open_grams
    # What the ledger holds back for it, whichever invalidation it was.
    for (project_id, seq, holder), grams in recalled.items():
        answer = chain.ask("Credits", "holdingOf", holder, batch_id(project_id, seq))
        yield from fields(
            "recall", f"{holder} {project_id}/{seq}", {"recalled": grams}, answer, lambda holding: holding
        )


def _standings(session: Session, chain: Chain, rows: Sequence[Invalidation]) -> Iterator[Comparison]:
    """Each batch with an invalidation or a hold."""
    holds = {(row.project_id, row.seq): row for row in session.scalars(select(BatchHold))}
    recalled = _sums(session)
    remaining: Counter[tuple[int, int]] = Counter()
    recalling: dict[tuple[int, int], int] = {}
    for row in rows:
        remaining[row.project_id, row.seq] += row.used_grams
        if not row.complete:
            recalling[row.project_id, row.seq] = row.invalidation_id
    for made, discharge in _discharges(session):
        key = made.project_id, made.seq
        if discharge.holder is not None and discharge.kind == DischargeKind.SETTLED:
            remaining[key] += discharge.grams
        if discharge.holder is None and discharge.kind == DischargeKind.WAIVED:
            remaining[key] -= discharge.grams
    for key in sorted({*holds, *remaining}):
        hold = holds.get(key)
        database = {
            "recalledGrams": recalled[key],
            "remainingGrams": remaining[key],
            "recallingId": recalling.get(key, 0),
            "heldUntil": hold.held_until_seconds if hold else 0,
            "nextHoldAt": hold.next_hold_at_seconds if hold else 0,
        }
        answer = chain.ask("Invalidations", "standingOf", batch_id(*key))
        yield from fields("standing", f"{key[0]}/{key[1]}", database, answer, lambda stored: stored)


def _sums(session: Session) -> Counter[tuple[int, int]]:
    """Open recalled grams of each batch."""
    statement = (
        select(Invalidation.project_id, Invalidation.seq, func.sum(Recall.open_grams))
        .join(Recall, Recall.invalidation_id == Invalidation.invalidation_id)
        .group_by(Invalidation.project_id, Invalidation.seq)
    )
    return Counter({(project_id, seq): int(grams) for project_id, seq, grams in session.execute(statement)})


def _discharges(session: Session) -> list[tuple[Invalidation, Discharge]]:
    statement = select(Invalidation, Discharge).join(
        Discharge, Discharge.invalidation_id == Invalidation.invalidation_id
    )
    return [(made, discharge) for made, discharge in session.execute(statement)]
