"""Events of TransferRules: working hours, limits, trusted counterparties."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement

from registry.db.models import AccountTransferLimits, CalendarDay, TransferLimits, Trust, WorkingHours
from registry.domain.rules import DayKind
from registry.services.projection.change import Add, Change, Origin, Remove, one


def hours_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "jurisdiction": args["jurisdiction"],
        "weekdays": args["weekdays"],
        "open_second": args["openSecond"],
        "close_second": args["closeSecond"],
    }
    where = (WorkingHours.jurisdiction == args["jurisdiction"],)
    return [Remove(WorkingHours, where, may_miss=True), one(WorkingHours, row)]


def hours_removed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Remove(WorkingHours, (WorkingHours.jurisdiction == args["jurisdiction"],))]


def days_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    jurisdiction, kind = args["jurisdiction"], int(args["kind"])
    changes: list[Change] = [
        Remove(CalendarDay, (CalendarDay.jurisdiction == jurisdiction, CalendarDay.day == day), may_miss=True)
        for day in args["days_"]
    ]
    if kind != DayKind.NONE:
        rows = tuple({"jurisdiction": jurisdiction, "day": day, "kind": kind} for day in args["days_"])
        changes.append(Add(CalendarDay, rows))
    return changes


def limits_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    where = (TransferLimits.jurisdiction == args["jurisdiction"],)
    changes: list[Change] = [Remove(TransferLimits, where, may_miss=True)]
    if args["limits"]["isSet"]:
        changes.append(one(TransferLimits, {"jurisdiction": args["jurisdiction"], **_limits(args["limits"])}))
    return changes


def account_limits_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    where = (AccountTransferLimits.account == args["account"],)
    changes: list[Change] = [Remove(AccountTransferLimits, where, may_miss=True)]
    if args["limits"]["isSet"]:
        changes.append(one(AccountTransferLimits, {"account": args["account"], **_limits(args["limits"])}))
    return changes


def trusted(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "account": args["account"],
        "counterparty": args["counterparty"],
        "trusted_from": datetime.fromtimestamp(args["trustedFrom"], UTC),
        "by": args["by"],
    }
    return [one(Trust, row)]


def distrusted(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Remove(Trust, _trust(args))]


def _trust(args: dict[str, Any]) -> tuple[ColumnElement[bool], ...]:
    return (Trust.account == args["account"], Trust.counterparty == args["counterparty"])


def _limits(limits: dict[str, Any]) -> dict[str, int]:
    return {
        "per_transfer_grams": limits["perTransferGrams"],
        "per_day_grams": limits["perDayGrams"],
        "delay_seconds": limits["delaySeconds"],
        "trust_seconds": limits["trustSeconds"],
    }
