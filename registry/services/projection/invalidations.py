"""Events of Invalidations: holds, invalidations, what was recalled of whom, and how it was discharged."""

from __future__ import annotations

from typing import Any

from registry.db.models import BatchHold, Discharge, Invalidation, Recall
from registry.domain.ids import split_batch_id
from registry.domain.rules import DischargeKind
from registry.services.projection.change import Change, Origin, Remove, Set, one

_NOBODY = "0x" + "00" * 20


def hold_placed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _hold(args, held_until=args["heldUntil"], next_hold_at=0)


def hold_ended(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _hold(args, held_until=0, next_hold_at=args["nextHoldAt"])


def invalidated(args: dict[str, Any], _origin: Origin) -> list[Change]:
    project_id, seq = split_batch_id(args["batchId"])
    split = args["split"]
    row = {
        "invalidation_id": args["invalidationId"],
        "project_id": project_id,
        "seq": seq,
        "developer": args["developer"],
        "grams": args["grams"],
        "developer_cancelled_grams": split["developerCancelled"],
        "developer_recalled_grams": split["developerRecalled"],
        "buffers_cancelled_grams": split["buffersCancelled"],
        "holders_recalled_grams": split["holdersRecalled"],
        "used_grams": split["used"],
        "base_grams": args["baseGrams"],
        "covered_grams": 0,
        "complete": args["baseGrams"] == 0,
        "open_recalled_grams": split["developerRecalled"] + split["holdersRecalled"],
        "open_used_grams": split["used"],
        "reason_hash": args["reasonHash"],
    }
    return [one(Invalidation, row)]


def holding_recalled(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "invalidation_id": args["invalidationId"],
        "holder": args["holder"],
        "base_grams": args["baseGrams"],
        "grams": args["grams"],
        "open_grams": args["grams"],
    }
    where = (Invalidation.invalidation_id == args["invalidationId"],)
    covered = Set(Invalidation, where, {"covered_grams": Invalidation.covered_grams + args["baseGrams"]})
    return [one(Recall, row), covered]


def recall_completed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    where = (
        Invalidation.invalidation_id == args["invalidationId"],
        Invalidation.covered_grams == Invalidation.base_grams,
        Invalidation.complete.is_(False),
    )
    return [Set(Invalidation, where, {"complete": True})]


def replaced(args: dict[str, Any], _origin: Origin) -> list[Change]:
    project_id, seq = split_batch_id(args["replacementBatchId"])
    more = {
        "payer": args["payer"],
        "replacement_project_id": project_id,
        "replacement_seq": seq,
        "by": args["by"],
    }
    return _discharged(args, DischargeKind.REPLACED, more)


def settled(args: dict[str, Any], _origin: Origin) -> list[Change]:
    more = {"payer": args["payer"], "retirement_id": args["retirementId"], "by": args["by"]}
    return _discharged(args, DischargeKind.SETTLED, more)


def waived(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _discharged(args, DischargeKind.WAIVED, {"reason_hash": args["reasonHash"]})


def given_up(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _discharged(args, DischargeKind.GIVEN_UP, {"by": args["by"]})


def _discharged(args: dict[str, Any], kind: DischargeKind, more: dict[str, Any]) -> list[Change]:
    invalidation_id, grams = args["invalidationId"], args["grams"]
    holder = None if args["holder"] == _NOBODY else args["holder"]
    row = {
        "payer": None,
        "replacement_project_id": None,
        "replacement_seq": None,
        "retirement_id": None,
        "reason_hash": None,
        "by": None,
        **more,
        "invalidation_id": invalidation_id,
        "kind": int(kind),
        "holder": holder,
        "grams": grams,
    }
    of_invalidation = (Invalidation.invalidation_id == invalidation_id,)
    if holder is None:
        values = {"open_used_grams": Invalidation.open_used_grams - grams}
        return [Set(Invalidation, of_invalidation, values), one(Discharge, row)]
    of_holder = (Recall.invalidation_id == invalidation_id, Recall.holder == holder)
    values = {"open_recalled_grams": Invalidation.open_recalled_grams - grams}
    return [
        Set(Recall, of_holder, {"open_grams": Recall.open_grams - grams}),
        Set(Invalidation, of_invalidation, values),
        one(Discharge, row),
    ]


def _hold(args: dict[str, Any], *, held_until: int, next_hold_at: int) -> list[Change]:
    project_id, seq = split_batch_id(args["batchId"])
    row = {
        "project_id": project_id,
        "seq": seq,
        "held_until_seconds": held_until,
        "next_hold_at_seconds": next_hold_at,
        "reason_hash": args["reasonHash"],
        "by": args["by"],
    }
    where = (BatchHold.project_id == project_id, BatchHold.seq == seq)
    return [Remove(BatchHold, where, may_miss=True), one(BatchHold, row)]
