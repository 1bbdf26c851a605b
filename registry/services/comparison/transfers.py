"""Working hours, limits of transfers, trusted counterparties, transfers that wait."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from registry.db.models import (
    AccountTransferLimits,
    CalendarDay,
    Jurisdiction,
    PendingTransfer,
    TransferLimits,
    Trust,
    WorkingHours,
)
from registry.services.comparison.asking import Chain, Comparison, fields

_NO_LIMITS = {"perTransferGrams": 0, "perDayGrams": 0, "delaySeconds": 0, "trustSeconds": 0, "isSet": False}
_NOBODY = "0x" + "00" * 20
_NO_HOURS = {"weekdays": 0, "openSecond": 0, "closeSecond": 0, "isSet": False}


def compare_transfer_rules(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Hours and limits of each jurisdiction, set or not; each noted day, limit of an account, trust."""
    hours = {row.jurisdiction: row for row in session.scalars(select(WorkingHours))}
    limits = {row.jurisdiction: row for row in session.scalars(select(TransferLimits))}
    for code in session.scalars(select(Jurisdiction.code).order_by(Jurisdiction.code)):
        answer = chain.ask("TransferRules", "hoursOf", code)
        yield from fields("working hours", f"{code}", _hours(hours.get(code)), answer, lambda stored: stored)
        answer = chain.ask("TransferRules", "limitsOf", code)
        yield from fields("limits", f"{code}", _limits(limits.get(code)), answer, lambda stored: stored)
    for day in session.scalars(select(CalendarDay)):
        kind = chain.ask("TransferRules", "dayOf", day.jurisdiction, day.day)
        yield Comparison("calendar day", f"{day.jurisdiction} {day.day}", day.kind, kind)
    for own in session.scalars(select(AccountTransferLimits)):
        answer = chain.ask("TransferRules", "accountLimitsOf", own.account)
        yield from fields("limits", own.account, _limits(own), answer, lambda stored: stored)
    for trust in session.scalars(select(Trust)):
        trusted_from = chain.ask("TransferRules", "trustedFrom", trust.account, trust.counterparty)
        where = f"{trust.account} {trust.counterparty}"
        yield Comparison("trust", where, int(trust.trusted_from.timestamp()), trusted_from)


def compare_transfers(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """The number of transfers that did not move at once, and the newest of them with their lines."""
    count = session.scalar(select(func.count()).select_from(PendingTransfer))
    yield Comparison("pending transfer", "count", count, chain.ask("Transfers", "transferCount"))
    rows = (
        select(PendingTransfer)
        .options(selectinload(PendingTransfer.lines))
        .order_by(PendingTransfer.transfer_id.desc())
        .limit(newest)
    )
    for row in session.scalars(rows):
        database = {
            "from": row.sender,
            "to": row.recipient,
            "executableAt": int(row.executable_at.timestamp()),
            "state": row.state,
            "accepted": row.accepted,
            "initiator": row.initiator,
            "approver": row.approver or _NOBODY,
        }
        answer = chain.ask("Transfers", "transferOf", row.transfer_id)
        yield from fields("pending transfer", f"{row.transfer_id}", database, answer, lambda stored: stored)
        held = [{"batchId": line.project_id << 64 | line.seq, "grams": line.grams} for line in row.lines]
        found = chain.ask("Transfers", "linesOf", row.transfer_id)
        yield Comparison("pending transfer", f"{row.transfer_id} lines", held, found)


def _hours(row: WorkingHours | None) -> dict[str, object]:
    if row is None:
        return dict(_NO_HOURS)
    return {
        "weekdays": row.weekdays,
        "openSecond": row.open_second,
        "closeSecond": row.close_second,
        "isSet": True,
    }


def _limits(row: TransferLimits | AccountTransferLimits | None) -> dict[str, object]:
    if row is None:
        return dict(_NO_LIMITS)
    return {
        "perTransferGrams": row.per_transfer_grams,
        "perDayGrams": row.per_day_grams,
        "delaySeconds": row.delay_seconds,
        "trustSeconds": row.trust_seconds,
        "isSet": True,
    }
