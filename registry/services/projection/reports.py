"""Events of OracleCommittee and Emissions: committees, accepted reports, disputes, verified emissions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from registry.db.models import (
    Committee,
    CommitteeSigner,
    Dispute,
    EmissionFigure,
    ProposedCommittee,
    Report,
    ReportSigner,
    SignerSuspension,
)
from registry.domain.rules import ReportStatus
from registry.services.projection.change import Add, Change, Origin, Remove, Set, one


def committee_proposed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "jurisdiction": args["jurisdiction"],
        "epoch": args["epoch"],
        "signers": json.dumps(args["signers"]),
        "quorum": args["quorum"],
        "dispute_seconds": args["disputeSeconds"],
        "activation_seconds": args["activationSeconds"],
        "due_at": _time(args["dueAt"]),
    }
    return [_nothing_proposed(args["jurisdiction"]), one(ProposedCommittee, row)]


def committee_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {"jurisdiction": args["jurisdiction"], "epoch": args["epoch"]}
    row = {
        **key,
        "quorum": args["quorum"],
        "dispute_seconds": args["disputeSeconds"],
        "activation_seconds": args["activationSeconds"],
    }
    signers = Add(CommitteeSigner, _signers(key, args["signers"]))
    return [_nothing_proposed(args["jurisdiction"]), one(Committee, row), signers]


def signer_suspended(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "jurisdiction": args["jurisdiction"],
        "signer": args["signer"],
        "project_id": args["projectId"],
        "seq": args["seq"],
        "first_digest": args["firstDigest"],
        "second_digest": args["secondDigest"],
        "proved_by": args["by"],
        "reinstatement_hash": None,
    }
    return [one(SignerSuspension, row)]


def signer_reinstated(args: dict[str, Any], _origin: Origin) -> list[Change]:
    suspended = (
        SignerSuspension.jurisdiction == args["jurisdiction"],
        SignerSuspension.signer == args["signer"],
        SignerSuspension.reinstatement_hash.is_(None),
    )
    return [Set(SignerSuspension, suspended, {"reinstatement_hash": args["reasonHash"]})]


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
        "final_at": _time(args["finalAt"]),
        "status": int(ReportStatus.ACCEPTED),
    }
    return [one(Report, row), Add(ReportSigner, _signers(key, args["signers"]))]


def report_disputed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "digest": args["digest"],
        "project_id": args["projectId"],
        "seq": args["seq"],
        "disputed_by": args["by"],
        "evidence_hash": args["evidenceHash"],
        "upheld": None,
        "findings_hash": None,
        "arbiters": None,
        "resolved_at": None,
    }
    accepted = (Report.digest == args["digest"], Report.status == int(ReportStatus.ACCEPTED))
    return [Set(Report, accepted, {"status": int(ReportStatus.DISPUTED)}), one(Dispute, row)]


def report_resolved(args: dict[str, Any], origin: Origin) -> list[Change]:
    status = ReportStatus.UPHELD if args["upheld"] else ReportStatus.OVERTURNED
    disputed = (Report.digest == args["digest"], Report.status == int(ReportStatus.DISPUTED))
    values = {
        "upheld": args["upheld"],
        "findings_hash": args["evidenceHash"],
        "arbiters": json.dumps(args["arbiters"]),
        "resolved_at": origin.block_time,
    }
    return [
        Set(Report, disputed, {"status": int(status), "final_at": _time(args["finalAt"])}),
        Set(Dispute, (Dispute.digest == args["digest"], Dispute.upheld.is_(None)), values),
    ]


def report_superseded(args: dict[str, Any], _origin: Origin) -> list[Change]:
    """The overturned report leaves its place; ReportAccepted of the same transaction fills it."""
    place = (ReportSigner.project_id == args["projectId"], ReportSigner.seq == args["seq"])
    overturned = (Report.digest == args["overturnedDigest"], Report.status == int(ReportStatus.OVERTURNED))
    return [Remove(ReportSigner, place, many=True), Remove(Report, overturned)]


def emissions_verified(args: dict[str, Any], origin: Origin) -> list[Change]:
    report = args["report"]
    row = {
        "account": args["account"],
        "year": args["year"],
        "revision": report["revision"],
        "grams": report["grams"],
        "evidence_hash": report["evidenceHash"],
        "valid_until_seconds": report["validUntil"],
        "epoch": report["epoch"],
        "digest": args["digest"],
        "signers": json.dumps(args["signers"]),
        "verified_at": origin.block_time,
    }
    return [one(EmissionFigure, row)]


def _nothing_proposed(jurisdiction: int) -> Remove:
    return Remove(ProposedCommittee, (ProposedCommittee.jurisdiction == jurisdiction,), may_miss=True)


def _signers(key: dict[str, Any], signers: list[str]) -> tuple[dict[str, Any], ...]:
    return tuple({**key, "signer": signer, "position": position} for position, signer in enumerate(signers))


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
