"""Events of Compliance: rule sets, obligations, offsets."""

from __future__ import annotations

from typing import Any

from registry.db.models import Obligation, ObligationChange, Offset, RuleSet
from registry.domain.ids import split_batch_id
from registry.services.projection.change import Change, Origin, Set, one


def rule_set_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    rules = args["rules"]
    row = {
        "jurisdiction": args["jurisdiction"],
        "year": args["year"],
        "version": args["version"],
        "cap_base": int(rules["capBase"]),
        "cap_bps": rules["capBps"],
        "local_share_min_bps": rules["localShareMinBps"],
        "first_vintage": rules["firstVintage"],
        "last_vintage": rules["lastVintage"],
        "granularity_grams": rules["granularityGrams"],
        "opens_at_seconds": rules["opensAt"],
        "deadline_seconds": rules["deadline"],
        "document_hash": rules["documentHash"],
    }
    return [one(RuleSet, row)]


def obligation_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {"account": args["account"], "year": args["year"]}
    previous, values = _amounts(args["previousObligation"]), _amounts(args["obligation"])
    change = one(ObligationChange, {**key, **values})
    # amountDue is never 0 in an obligation that exists.
    if previous["amount_due_grams"] == 0:
        return [one(Obligation, {**key, **values, "local_used_grams": 0, "other_used_grams": 0}), change]
    was = tuple(getattr(Obligation, name) == value for name, value in {**key, **previous}.items())
    return [Set(Obligation, was, values, moves_origin=True), change]


def offset_made(args: dict[str, Any], _origin: Origin) -> list[Change]:
    project_id, seq = split_batch_id(args["batchId"])
    grams = args["grams"]
    row = {
        "retirement_id": args["retirementId"],
        "account": args["account"],
        "year": args["year"],
        "project_id": project_id,
        "seq": seq,
        "grams": grams,
        "local": args["local"],
        "rule_version": args["ruleVersion"],
        "by": args["by"],
    }
    used = Obligation.local_used_grams if args["local"] else Obligation.other_used_grams
    where = (Obligation.account == args["account"], Obligation.year == args["year"])
    return [Set(Obligation, where, {used.key: used + grams}), one(Offset, row)]


def _amounts(obligation: dict[str, Any]) -> dict[str, int]:
    return {
        "initial_allocation_grams": obligation["initialAllocation"],
        "issued_allowances_grams": obligation["issuedAllowances"],
        "verified_emissions_grams": obligation["verifiedEmissions"],
        "amount_due_grams": obligation["amountDue"],
    }
