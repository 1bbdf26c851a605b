"""Events of Filings: methodologies and projects, and their status."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import case

from registry.db.models import Methodology, MethodologyStatusChange, Project, ProjectStatusChange
from registry.domain.ids import split_project_id
from registry.domain.rules import FilingStatus
from registry.services.projection.change import Change, Origin, Set, one

_NO_ACCOUNT = "0x" + "00" * 20


def methodology_filed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "definition_hash": args["definitionHash"],
        "jurisdiction": args["jurisdiction"],
        "methodology_id": short_text(args["methodologyId"]),
        "version": args["version"],
        "document_hash": args["documentHash"],
        "status": int(FilingStatus.FILED),
    }
    return [one(Methodology, row)]


def methodology_status_changed(args: dict[str, Any], origin: Origin) -> list[Change]:
    key = args["definitionHash"]
    where = (Methodology.definition_hash == key, Methodology.status.in_(_statuses_before(args)))
    return [
        Set(Methodology, where, _status_now(Methodology.suspended_until, args, origin)),
        one(MethodologyStatusChange, {"definition_hash": key, **_status_change(args)}),
    ]


def project_filed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    filing = args["filing"]
    jurisdiction, number = split_project_id(args["projectId"])
    boundary = filing["boundaryAccount"]
    row = {
        "project_id": args["projectId"],
        "jurisdiction": jurisdiction,
        "number": number,
        "definition_hash": filing["definitionHash"],
        "developer": filing["developer"],
        "boundary_account": None if boundary == _NO_ACCOUNT else boundary,
        "crediting_start_day": filing["creditingStart"],
        "crediting_end_day": filing["creditingEnd"],
        "scenario": filing["scenario"],
        "ceiling_grams": filing["ceilingGrams"],
        "co_benefit_hash": filing["coBenefitHash"],
        "area": filing["area"],
        "mechanism": filing["mechanism"],
        "status": int(FilingStatus.FILED),
    }
    return [one(Project, row)]


def project_status_changed(args: dict[str, Any], origin: Origin) -> list[Change]:
    key = args["projectId"]
    where = (Project.project_id == key, Project.status.in_(_statuses_before(args)))
    return [
        Set(Project, where, _status_now(Project.suspended_until, args, origin)),
        one(ProjectStatusChange, {"project_id": key, **_status_change(args)}),
    ]


def short_text(value: bytes) -> str:
    """The ASCII text in a bytes32, zero padding removed; anything else as 0x text, which no such text begins with."""
    stripped = value.rstrip(b"\0")
    if stripped and stripped.isascii() and stripped.decode().isprintable() and not stripped.startswith(b"0x"):
        return stripped.decode()
    return "0x" + value.hex()


def _statuses_before(args: dict[str, Any]) -> list[int]:
    # A suspension that ended by itself left no event: the chain calls filed what is stored as suspended.
    previous = FilingStatus(args["previousStatus"])
    return [int(previous), int(FilingStatus.SUSPENDED)] if previous is FilingStatus.FILED else [int(previous)]


def _status_now(column: Any, args: dict[str, Any], origin: Origin) -> dict[str, Any]:
    status = FilingStatus(args["status"])
    if status is FilingStatus.SUSPENDED:
        return {"status": int(status), "suspended_until": _time(args["suspendedUntil"])}
    if FilingStatus(args["previousStatus"]) is FilingStatus.SUSPENDED:
        # An emergency that still ran ends now: the next one waits from here.
        return {"status": int(status), "suspended_until": case((column.is_(None), None), else_=origin.block_time)}
    return {"status": int(status)}


def _time(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _status_change(args: dict[str, Any]) -> dict[str, Any]:
    return {
        "previous_status": int(args["previousStatus"]),
        "status": int(args["status"]),
        "reason_hash": args["reasonHash"],
        "by": args["by"],
        "suspended_until": _time(args["suspendedUntil"]),
    }
