"""Events of Transfers: each from its beginning to its end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from registry.db.models import PendingTransfer, PendingTransferLine
from registry.domain.rules import TransferState
from registry.services.projection.change import Add, Change, Origin, Set, one

_SEQ_MASK = 2**64 - 1


def initiated(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "transfer_id": args["transferId"],
        "sender": args["from"],
        "recipient": args["to"],
        "kind": int(args["kind"]),
        "reference_hash": args["referenceHash"],
        "executable_at": datetime.fromtimestamp(args["executableAt"], UTC),
        "state": int(TransferState.PENDING),
        "accepted": False,
        "initiator": args["by"],
        "approver": None,
    }
    lines = tuple(
        {
            "transfer_id": args["transferId"],
            "position": position,
            "project_id": line["batchId"] >> 64,
            "seq": line["batchId"] & _SEQ_MASK,
            "grams": line["grams"],
        }
        for position, line in enumerate(args["lines"])
    )
    return [one(PendingTransfer, row), Add(PendingTransferLine, lines)]


def approved(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_pending(args, {"approver": args["by"]})]


def accepted(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_pending(args, {"accepted": True})]


def executed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_pending(args, {"state": int(TransferState.EXECUTED)})]


def cancelled(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_pending(args, {"state": int(TransferState.CANCELLED)})]


def refused(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_pending(args, {"state": int(TransferState.REFUSED)})]


def expired(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_pending(args, {"state": int(TransferState.EXPIRED)})]


def _pending(args: dict[str, Any], values: dict[str, Any]) -> Change:
    where = (
        PendingTransfer.transfer_id == args["transferId"],
        PendingTransfer.state == int(TransferState.PENDING),
    )
    return Set(PendingTransfer, where, values)
