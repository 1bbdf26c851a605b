"""Applying raw logs to the derived tables, inside the transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.chain.contracts import Event, Register
from registry.chain.failures import AnswerMalformed, ArtifactMissing
from registry.chain.gateway import LogEntry
from registry.db.models import Batch, Holding
from registry.domain.errors import IntegrityError
from registry.services.projection import desk
from registry.services.projection.change import BatchKey, Change, Origin, Touch, make
from registry.services.projection.events import IGNORED, PROJECTIONS, PROPOSED


class UnknownEvent(IntegrityError):
    """A contract of ours emitted what this build cannot read. Values: what (the contract), topic, block, log_index."""

    code = "unknown_event"
    text = (
        "{what} emitted an event with signature {topic} in block {block} (log {log_index}) that this version does not "
        "know, so the index stops before it. Install the version that belongs to these contracts."
    )


class GramsDoNotAdd(IntegrityError):
    """Invariant 1 does not hold for a batch. Values: what (the batch), issued, held, retired, cancelled."""

    code = "grams_do_not_add"
    text = (
        "{what}: issued {issued} is not held {held} + retired {retired} + cancelled {cancelled} grams. The index "
        "stops; compare with the chain by `puhui index reconcile`."
    )


def apply_block(session: Session, register: Register, logs: Iterable[LogEntry], block_time: datetime) -> None:
    """Applies all logs of one block, in order, then checks that the grams of each batch it touched still add up.

    Raises UnknownEvent, ChangeMissed, GramsDoNotAdd, AnswerMalformed; SQLAlchemy's IntegrityError if a row breaks a
    constraint. The caller rolls back.
    """
    touched: set[BatchKey] = set()
    for log in logs:
        origin = Origin(log.block_number, block_time, log.tx_hash, log.log_index)
        event = _event(register, log)
        what = f"{event.contract}.{event.name} in block {log.block_number}, log {log.log_index}"
        for change in changes_of(event, origin, register):
            make(session, change, origin, what)
            if isinstance(change, Touch):
                touched.add(change.batch)
    for batch in sorted(touched):
        check_batch(session, batch)


def changes_of(event: Event, origin: Origin, register: Register) -> list[Change]:
    """What an event changes. Reads nothing but the event and the ABIs. Raises UnknownEvent."""
    key = (event.contract, event.name)
    if key in IGNORED:
        return []
    if key == PROPOSED:
        return desk.proposed(event.args, origin, lambda target, data: _decode_call(register, target, data))
    project = PROJECTIONS.get(key)
    if project is None:
        raise _unknown(event.contract, event.log)
    return project(event.args, origin)


def check_batch(session: Session, batch: BatchKey) -> None:
    """Raises GramsDoNotAdd unless issued = sum of holdings + retired + cancelled (invariant 1)."""
    project_id, seq = batch
    found = session.execute(
        select(Batch.issued_grams, Batch.retired_grams, Batch.cancelled_grams).where(
            Batch.project_id == project_id, Batch.seq == seq
        )
    ).one_or_none()
    issued, retired, cancelled = found if found is not None else (0, 0, 0)
    total = select(func.coalesce(func.sum(Holding.grams), 0)).where(
        Holding.project_id == project_id, Holding.seq == seq
    )
    # PostgreSQL sums integers to numeric.
    held = int(session.execute(total).scalar_one())
    if issued != held + retired + cancelled:
        raise GramsDoNotAdd(
            what=f"batch {project_id}/{seq}", issued=issued, held=held, retired=retired, cancelled=cancelled
        )


def _event(register: Register, log: LogEntry) -> Event:
    event = register.decode_log(log)
    if event is None:
        raise _unknown(register.name_at(log.address) or log.address, log)
    return event


def _unknown(contract: str, log: LogEntry) -> UnknownEvent:
    topic = "0x" + log.topics[0].hex() if log.topics else "none"
    return UnknownEvent(what=contract, topic=topic, block=log.block_number, log_index=log.log_index)


def _decode_call(register: Register, target: str, data: bytes) -> tuple[str, str, dict[str, Any]] | None:
    contract = register.name_at(target)
    if contract is None:
        return None
    try:
        call = register.decode_call(contract, data)
    except (ArtifactMissing, AnswerMalformed):
        # Anybody with a maker's role may propose bytes that mean nothing; the Desk publishes them, and so do we.
        return None
    return call.contract, call.function, call.args
