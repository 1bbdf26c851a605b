"""Events of Credits: issue, movements, retirement, cancellation.

Holdings follow the ERC-1155 events alone, totals of batches follow `Issued`, `Retired` and `Cancelled` alone; that both
agree is checked at the end of each block.
"""

from __future__ import annotations

from typing import Any

from registry.db.models import Allocation, Batch, Cancellation, Retirement, Transfer
from registry.domain.ids import split_batch_id
from registry.services.projection.change import Add, BatchKey, Change, Hold, Origin, Set, Touch, one

_NOBODY = "0x" + "00" * 20


def issued(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {"project_id": args["projectId"], "seq": args["seq"]}
    row = {
        **key,
        "batch_id": str(args["batchId"]),
        "vintage": args["vintage"],
        "serial_start": args["serialStart"],
        "serial_end": args["serialEnd"],
        "issued_grams": args["grams"],
        "retired_grams": 0,
        "cancelled_grams": 0,
    }
    lines = enumerate(zip(args["accounts"], args["allocation"], strict=True))
    rows = tuple({**key, "position": n, "account": account, "grams": grams} for n, (account, grams) in lines)
    return [one(Batch, row), Add(Allocation, rows), Touch(split_batch_id(args["batchId"]))]


def transfer_single(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _movement(args, [args["id"]], [args["value"]])


def transfer_batch(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _movement(args, args["ids"], args["values"])


def retired(args: dict[str, Any], _origin: Origin) -> list[Change]:
    batch = split_batch_id(args["batchId"])
    start, grams = args["serialStart"], args["grams"]
    row = {
        "retirement_id": args["retirementId"],
        "project_id": batch[0],
        "seq": batch[1],
        "account": args["account"],
        "serial_start": start,
        "serial_end": start + grams,
        "grams": grams,
        "purpose": int(args["purpose"]),
        "beneficiary": args["beneficiary"],
        "statement_hash": args["statementHash"],
        "by": args["by"],
    }
    # The next serials of the batch, in order: a gap or an overlap meets no row.
    in_order = (Batch.project_id == batch[0], Batch.seq == batch[1], Batch.serial_start + Batch.retired_grams == start)
    counted = Set(Batch, in_order, {"retired_grams": Batch.retired_grams + grams})
    return [counted, one(Retirement, row), Touch(batch)]


def cancelled(args: dict[str, Any], _origin: Origin) -> list[Change]:
    batch = split_batch_id(args["batchId"])
    grams, end = args["grams"], args["serialEnd"]
    row = {
        "project_id": batch[0],
        "seq": batch[1],
        "account": args["account"],
        "serial_start": args["serialStart"],
        "serial_end": end,
        "grams": grams,
        "reason_hash": args["reasonHash"],
    }
    # From the end of the batch's line, in order.
    in_order = (Batch.project_id == batch[0], Batch.seq == batch[1], Batch.serial_end - Batch.cancelled_grams == end)
    counted = Set(Batch, in_order, {"cancelled_grams": Batch.cancelled_grams + grams})
    return [counted, one(Cancellation, row), Touch(batch)]


def _movement(args: dict[str, Any], batch_ids: list[int], amounts: list[int]) -> list[Change]:
    sender, recipient = args["from"], args["to"]
    changes: list[Change] = []
    for position, (batch_id, grams) in enumerate(zip(batch_ids, amounts, strict=True)):
        batch = split_batch_id(batch_id)
        if sender != _NOBODY:
            changes.append(Hold(sender, batch, -grams))
        if recipient != _NOBODY:
            changes.append(Hold(recipient, batch, grams))
        if _NOBODY not in (sender, recipient):
            changes.append(one(Transfer, _transfer(args, position, batch, grams)))
        changes.append(Touch(batch))
    return changes


def _transfer(args: dict[str, Any], position: int, batch: BatchKey, grams: int) -> dict[str, Any]:
    return {
        "position": position,
        "project_id": batch[0],
        "seq": batch[1],
        "sender": args["from"],
        "recipient": args["to"],
        "grams": grams,
        "by": args["operator"],
    }
