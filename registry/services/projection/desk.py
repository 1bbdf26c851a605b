"""Events of Desk: policies, and requests from their proposal to their decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from registry.db.models import DeskObjection, DeskOpinion, DeskPolicy, DeskRequest
from registry.domain.rules import ObjectionStatus, RequestStatus
from registry.services.plain import plain_json
from registry.services.projection.change import Change, Origin, Remove, Set, one

DecodeCall = Callable[[str, bytes], tuple[str, str, dict[str, Any]] | None]
"""(target, call data) -> (contract, function, arguments); None for a call that no known ABI explains."""


def policy_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    policy = args["policy"]
    key = {"jurisdiction": args["jurisdiction"], "target": args["target"], "selector": args["selector"]}
    values = {
        "maker_role": int(policy["maker"]),
        "checker_role": int(policy["checker"]),
        "notice_seconds": policy["noticeSeconds"],
        "expiry_seconds": policy["expirySeconds"],
        "experts": policy["experts"],
    }
    where = tuple(getattr(DeskPolicy, name) == value for name, value in key.items())
    return [Remove(DeskPolicy, where, may_miss=True), one(DeskPolicy, {**key, **values})]


def proposed(args: dict[str, Any], _origin: Origin, decode_call: DecodeCall) -> list[Change]:
    data = args["data"]
    call = decode_call(args["target"], data)
    contract, function, arguments = call or (None, "0x" + data[:4].hex(), {})
    row = {
        "request_id": args["requestId"],
        "jurisdiction": args["jurisdiction"],
        "maker": args["maker"],
        "target": args["target"],
        "data": data,
        "decoded": call is not None,
        "contract": contract,
        "function": function,
        "arguments": plain_json(arguments),
        "approvable_at": datetime.fromtimestamp(args["approvableAt"], UTC),
        "expires_at": datetime.fromtimestamp(args["expiresAt"], UTC),
        "experts": args["policy"]["experts"],
        "status": int(RequestStatus.PROPOSED),
    }
    return [one(DeskRequest, row)]


def executed(args: dict[str, Any], origin: Origin) -> list[Change]:
    return [_decided(args["requestId"], origin, RequestStatus.EXECUTED, checker=args["checker"])]


def rejected(args: dict[str, Any], origin: Origin) -> list[Change]:
    values = {"checker": args["checker"], "reason_hash": args["reasonHash"]}
    return [_decided(args["requestId"], origin, RequestStatus.REJECTED, **values)]


def withdrawn(args: dict[str, Any], origin: Origin) -> list[Change]:
    return [_decided(args["requestId"], origin, RequestStatus.WITHDRAWN)]


def objected(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "request_id": args["requestId"],
        "objector": args["objector"],
        "by": args["by"],
        "evidence_hash": args["evidenceHash"],
        "status": int(ObjectionStatus.OPEN),
    }
    return [one(DeskObjection, row)]


def ruled(args: dict[str, Any], origin: Origin) -> list[Change]:
    # A ruling is on an open objection, and once. Upheld, the request's own event follows.
    where = (
        DeskObjection.request_id == args["requestId"],
        DeskObjection.objector == args["objector"],
        DeskObjection.status == int(ObjectionStatus.OPEN),
    )
    values = {
        "status": int(ObjectionStatus.UPHELD if args["upheld"] else ObjectionStatus.DISMISSED),
        "regulator": args["regulator"],
        "reason_hash": args["reasonHash"],
        "ruled_block_number": origin.block_number,
        "ruled_tx_hash": origin.tx_hash,
    }
    return [Set(DeskObjection, where, values)]


def opinion_given(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "request_id": args["requestId"],
        "expert": args["expert"],
        "positive": args["positive"],
        "opinion_hash": args["opinionHash"],
    }
    return [one(DeskOpinion, row)]


def _decided(request_id: int, origin: Origin, status: RequestStatus, **values: Any) -> Change:
    # Only a request that is still open can be decided, and once.
    where = (DeskRequest.request_id == request_id, DeskRequest.status == int(RequestStatus.PROPOSED))
    decision = {"decided_block_number": origin.block_number, "decided_tx_hash": origin.tx_hash}
    return Set(DeskRequest, where, {"status": int(status), **decision, **values})
