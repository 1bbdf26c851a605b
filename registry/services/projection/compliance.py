"""Events of RuleSets and Compliance: rule sets, obligations, fulfilment, offsets."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement

from registry.db.models import (
    FulfilmentChange,
    Obligation,
    ObligationChange,
    Offset,
    ProvisionalLine,
    ProvisionalOffset,
    RuleSet,
)
from registry.domain.ids import split_batch_id
from registry.services.projection.change import Add, Change, Origin, Set, one

_NOBODYS_REASON = bytes(32)


def rule_set_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {"jurisdiction": args["jurisdiction"], "year": args["year"], "version": args["version"]}
    return [one(RuleSet, {**key, **rule_set_columns(args["rules"])})]


def rule_set_columns(rules: dict[str, Any]) -> dict[str, Any]:
    """The struct RuleSet as columns of `rule_sets`."""
    return {
        "cap_base": int(rules["capBase"]),
        "cap_bps": rules["capBps"],
        "non_local_cap_bps": rules["nonLocalCapBps"],
        "local_share_min_bps": rules["localShareMinBps"],
        "preferred_share_min_bps": rules["preferredShareMinBps"],
        "preference_areas": json.dumps(list(rules["preferenceAreas"])),
        "first_vintage": rules["firstVintage"],
        "last_vintage": rules["lastVintage"],
        "mechanisms": rules["mechanisms"],
        "methodologies_listed": rules["methodologiesListed"],
        "methodologies": json.dumps(["0x" + digest.hex() for digest in rules["methodologies"]]),
        "own_boundary_excluded": rules["ownBoundaryExcluded"],
        "pooled": rules["pooled"],
        "pool_grams": rules["poolGrams"],
        "reservable_until_seconds": rules["reservableUntil"],
        "granularity_grams": rules["granularityGrams"],
        "opens_at_seconds": rules["opensAt"],
        "deadline_seconds": rules["deadline"],
        "reversal_seconds": rules["reversalSeconds"],
        "document_hash": rules["documentHash"],
    }


def obligation_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {"account": args["account"], "year": args["year"]}
    previous, values = _amounts(args["previousObligation"]), _amounts(args["obligation"])
    change = one(ObligationChange, {**key, **values})
    # amountDue is never 0 in an obligation that exists.
    if previous["amount_due_grams"] == 0:
        nothing = {"local_used_grams": 0, "other_used_grams": 0, "preferred_used_grams": 0, "provisional_grams": 0}
        row = {**key, **values, **nothing, "surrendered_grams": 0, "excluded": False}
        return [one(Obligation, row), change]
    was = tuple(getattr(Obligation, name) == value for name, value in {**key, **previous}.items())
    return [Set(Obligation, was, values, moves_origin=True), change]


def fulfilment_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    values = {"surrendered_grams": args["surrenderedGrams"], "excluded": args["excluded"]}
    row = {"account": args["account"], "year": args["year"], **values, "reason_hash": args["reasonHash"]}
    return [Set(Obligation, _of(args), values), one(FulfilmentChange, row)]


def offset_made(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "retirement_id": args["retirementId"],
        "account": args["account"],
        "year": args["year"],
        **_line(args),
        "rule_version": args["ruleVersion"],
        "by": args["by"],
    }
    return [Set(Obligation, _of(args), _used([args], 1)), one(Offset, row)]


def provisional_offset_made(args: dict[str, Any], _origin: Origin) -> list[Change]:
    offset, lines = args["offset"], args["offset"]["lines"]
    total = sum(line["countedGrams"] for line in lines)
    row = {
        "offset_id": args["offsetId"],
        "account": offset["account"],
        "year": offset["year"],
        "rule_version": offset["ruleVersion"],
        "reversible_until_seconds": offset["reversibleUntil"],
        "by": offset["by"],
        "beneficiary": offset["beneficiary"],
        "statement_hash": offset["statementHash"],
        "counted_grams": total,
        "reversed": False,
        "reason_hash": None,
        "first_retirement_id": None,
    }
    rows = tuple(
        {"offset_id": args["offsetId"], "position": position, **_line(line)} for position, line in enumerate(lines)
    )
    used = {**_used(lines, 1), "provisional_grams": Obligation.provisional_grams + total}
    return [Set(Obligation, _of(args), used), one(ProvisionalOffset, row), Add(ProvisionalLine, rows)]


def offset_reversed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    reason = None if args["reasonHash"] == _NOBODYS_REASON else args["reasonHash"]
    return _closed(args, {"reversed": True, "reason_hash": reason})


def offset_finalised(args: dict[str, Any], _origin: Origin) -> list[Change]:
    # Its lines came as OffsetMade in the same transaction, and were counted once more there.
    return _closed(args, {"first_retirement_id": args["firstRetirementId"]})


def _closed(args: dict[str, Any], fate: dict[str, Any]) -> list[Change]:
    lines = args["offset"]["lines"]
    total = sum(line["countedGrams"] for line in lines)
    used = {**_used(lines, -1), "provisional_grams": Obligation.provisional_grams - total}
    return [Set(Obligation, _of(args), used), Set(ProvisionalOffset, _open(args), fate)]


def _line(line: dict[str, Any]) -> dict[str, Any]:
    project_id, seq = split_batch_id(line["batchId"])
    return {
        "project_id": project_id,
        "seq": seq,
        "grams": line["grams"],
        "counted_grams": line["countedGrams"],
        "local": line["local"],
        "preferred": line["preferred"],
        "terms_key": line["termsKey"],
    }


def _used(lines: list[dict[str, Any]], sign: int) -> dict[str, Any]:
    """What the lines add to the used grams of their obligation, or take away."""
    local = sign * sum(line["countedGrams"] for line in lines if line["local"])
    other = sign * sum(line["countedGrams"] for line in lines if not line["local"])
    preferred = sign * sum(line["countedGrams"] for line in lines if line["preferred"])
    return {
        "local_used_grams": Obligation.local_used_grams + local,
        "other_used_grams": Obligation.other_used_grams + other,
        "preferred_used_grams": Obligation.preferred_used_grams + preferred,
    }


def _of(args: dict[str, Any]) -> tuple[ColumnElement[bool], ...]:
    return Obligation.account == args["account"], Obligation.year == args["year"]


def _open(args: dict[str, Any]) -> tuple[ColumnElement[bool], ...]:
    return ProvisionalOffset.offset_id == args["offsetId"], ProvisionalOffset.is_open()


def _amounts(obligation: dict[str, Any]) -> dict[str, int]:
    return {
        "initial_allocation_grams": obligation["initialAllocation"],
        "issued_allowances_grams": obligation["issuedAllowances"],
        "verified_emissions_grams": obligation["verifiedEmissions"],
        "amount_due_grams": obligation["amountDue"],
    }
