"""Events that hold credits back: locks, recalls, freezes and holds of Credits, Pledges, Enforcement."""

from __future__ import annotations

from typing import Any

from registry.db.models import Batch, HolderOrder, Pledge, PledgeSettlement
from registry.domain.ids import split_batch_id
from registry.services.projection.change import Change, Freeze, Origin, Restrain, Set, one


def locked(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Restrain(args["account"], split_batch_id(args["batchId"]), "locked_grams", args["grams"])]


def unlocked(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Restrain(args["account"], split_batch_id(args["batchId"]), "locked_grams", -args["grams"])]


def recalled(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Restrain(args["account"], split_batch_id(args["batchId"]), "recalled_grams", args["grams"])]


def unrecalled(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Restrain(args["account"], split_batch_id(args["batchId"]), "recalled_grams", -args["grams"])]


def frozen(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Freeze(args["account"], split_batch_id(args["tokenId"]), args["amount"])]


def hold_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    project_id, seq = split_batch_id(args["batchId"])
    where = (Batch.project_id == project_id, Batch.seq == seq, Batch.held != args["held"])
    return [Set(Batch, where, {"held": args["held"]})]


def pledged(args: dict[str, Any], _origin: Origin) -> list[Change]:
    project_id, seq = split_batch_id(args["batchId"])
    row = {
        "pledge_id": args["pledgeId"],
        "account": args["account"],
        "pledgee": args["pledgee"],
        "project_id": project_id,
        "seq": seq,
        "grams": args["grams"],
        "left_grams": args["grams"],
        "reference_hash": args["referenceHash"],
        "by": args["by"],
    }
    return [one(Pledge, row)]


def pledge_released(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _settled(args, seized=False)


def pledge_seized(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _settled(args, seized=True)


def grams_frozen(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_order(args, args["account"], None, args["previousGrams"])]


def transfer_forced(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [_order(args, args["from"], args["to"], 0)]


def _settled(args: dict[str, Any], *, seized: bool) -> list[Change]:
    pledge_id, grams, left = args["pledgeId"], args["grams"], args["gramsLeft"]
    row = {
        "pledge_id": pledge_id,
        "seized": seized,
        "grams": grams,
        "left_grams": left,
        "reason_hash": args["reasonHash"],
    }
    # What was pledged before is what is left and what went: a lost event meets no row.
    where = (Pledge.pledge_id == pledge_id, Pledge.left_grams == left + grams)
    return [Set(Pledge, where, {"left_grams": left}), one(PledgeSettlement, row)]


def _order(args: dict[str, Any], account: str, recipient: str | None, previous_grams: int) -> Change:
    project_id, seq = split_batch_id(args["batchId"])
    row = {
        "account": account,
        "recipient": recipient,
        "project_id": project_id,
        "seq": seq,
        "grams": args["grams"],
        "previous_grams": previous_grams,
        "reason_hash": args["reasonHash"],
    }
    return one(HolderOrder, row)
