"""Events of OracleCommittee: committees and accepted reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from registry.db.models import Committee, CommitteeSigner, Report, ReportSigner
from registry.services.projection.change import Add, Change, Origin, one


def committee_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {"jurisdiction": args["jurisdiction"], "epoch": args["epoch"]}
    row = {**key, "quorum": args["quorum"], "dispute_seconds": args["disputeSeconds"]}
    return [one(Committee, row), Add(CommitteeSigner, _signers(key, args["signers"]))]


def report_accepted(args: dict[str, Any], _origin: Origin) -> list[Change]:
    report = args["report"]
    key = {"project_id": args["projectId"], "seq": args["seq"]}
    row = {
        **key,
        "period_start_day": report["periodStart"],
        "period_end_day": report["periodEnd"],
        "methodology_hash": report["methodologyHash"],
        "evidence_hash": report["evidenceHash"],
        "log_root": report["logRoot"],
        "log_size": report["logSize"],
        "serial_end": report["serialEnd"],
        "prev_digest": report["prevDigest"],
        "valid_until_seconds": report["validUntil"],
        "epoch": report["epoch"],
        "digest": args["digest"],
        "serial_start": args["serialStart"],
        "vintage": args["vintage"],
        "final_at": datetime.fromtimestamp(args["finalAt"], UTC),
    }
    return [one(Report, row), Add(ReportSigner, _signers(key, args["signers"]))]


def _signers(key: dict[str, Any], signers: list[str]) -> tuple[dict[str, Any], ...]:
    return tuple({**key, "signer": signer, "position": position} for position, signer in enumerate(signers))
