"""Rules, obligations, offsets, requests at the desk, and public texts of the small network."""

from __future__ import annotations

import json
from typing import Any

from registry.db import models
from registry.domain.rules import CapBase, ObjectionStatus, RequestStatus
from tests.api.network_names import (
    CONTRACTS,
    ENTERPRISE,
    HEAD,
    PROJECT,
    REASON,
    SHANGHAI,
    START,
    STATEMENT,
    UINT64_MAX,
    WUHAN,
    WUHAN_ENTERPRISE,
    address,
    block_time,
    digest,
    made_in,
    tx_hash,
)


def _caps(bps: int) -> dict[str, int]:
    return {"cap_bps": bps, "non_local_cap_bps": bps, "deadline_seconds": 2**40 - 1}


def compliance() -> list[Any]:
    rules = {
        "jurisdiction": SHANGHAI,
        "cap_base": int(CapBase.VERIFIED_EMISSIONS),
        "local_share_min_bps": 0,
        "preferred_share_min_bps": 0,
        "preference_areas": "[]",
        "first_vintage": 2013,
        "last_vintage": 2025,
        "mechanisms": 3,
        "methodologies_listed": False,
        "methodologies": "[]",
        "own_boundary_excluded": True,
        "pooled": False,
        "pool_grams": 0,
        "reservable_until_seconds": 0,
        "reversal_seconds": 0,
        "granularity_grams": 1,
        "opens_at_seconds": int(START.timestamp()),
        "document_hash": digest("rules"),
    }
    amounts = {
        "initial_allocation_grams": 900_000,
        "issued_allowances_grams": 880_000,
        "verified_emissions_grams": 1_000_000,
        "amount_due_grams": UINT64_MAX,
    }
    obligation = {"account": ENTERPRISE, "year": 2025}
    nothing = {"preferred_used_grams": 0, "provisional_grams": 0, "surrendered_grams": 0, "excluded": False}
    return [
        models.RuleSet(**rules, year=2025, version=1, **_caps(100), **made_in(21)),
        models.RuleSet(**rules, year=2025, version=2, **_caps(500), **made_in(22)),
        models.Obligation(
            **obligation, **amounts, **nothing, local_used_grams=2_500, other_used_grams=0, **made_in(24)
        ),
        models.ObligationChange(**obligation, **{**amounts, "verified_emissions_grams": 0}, **made_in(23)),
        models.ObligationChange(**obligation, **amounts, **made_in(24)),
        # An obligation of a year without rules.
        models.Obligation(
            account=WUHAN_ENTERPRISE,
            year=2024,
            **amounts,
            **nothing,
            local_used_grams=0,
            other_used_grams=0,
            **made_in(25),
        ),
        models.Offset(
            retirement_id=1,
            account=ENTERPRISE,
            year=2025,
            project_id=PROJECT,
            seq=1,
            grams=2_500,
            counted_grams=2_500,
            local=True,
            preferred=False,
            terms_key=bytes(32),
            rule_version=2,
            by=address("ANNA"),
            **made_in(18, 1),
        ),
    ]


def request_row(number: int, **changed: Any) -> models.DeskRequest:
    """A request in public notice: to freeze nothing, to issue batch 1."""
    values = {
        "request_id": number,
        "jurisdiction": SHANGHAI,
        "maker": address(f"{SHANGHAI}_REGISTRAR"),
        "target": CONTRACTS["Credits"],
        "data": bytes.fromhex("01020304") + bytes(64),
        "decoded": True,
        "contract": "Credits",
        "function": "issue",
        "arguments": '{"jurisdiction":"310000","projectId":"1331439861760001","seq":"1"}',
        "approvable_at": block_time(14),
        "expires_at": block_time(10_000),
        "experts": 0,
        "status": int(RequestStatus.PROPOSED),
        "checker": None,
        "reason_hash": None,
        "decided_block_number": None,
        "decided_tx_hash": None,
        **made_in(14, number),
    }
    return models.DeskRequest(**{**values, **changed})


def desk() -> list[Any]:
    decided = {"decided_block_number": 15, "decided_tx_hash": tx_hash(15), "checker": address(f"{SHANGHAI}_APPROVER")}
    return [
        request_row(1, status=int(RequestStatus.EXECUTED), experts=1, **decided),
        request_row(2, status=int(RequestStatus.REJECTED), reason_hash=digest(REASON), **decided),
        request_row(
            3,
            contract="Enforcement",
            function="setFrozen",
            arguments=json.dumps({"jurisdiction": str(SHANGHAI), "reasonHash": "0x" + digest(REASON).hex()}),
        ),
        # Nobody decided it, and the head of the chain is past its end.
        request_row(4, expires_at=block_time(HEAD)),
        request_row(5, decoded=False, contract=None, function="0x01020304", arguments="{}", jurisdiction=WUHAN),
    ]


def said() -> list[Any]:
    """What was said about the first request."""
    return [
        models.DeskObjection(
            request_id=1,
            objector=ENTERPRISE,
            by=address("ANNA"),
            evidence_hash=digest("evidence nobody published"),
            status=int(ObjectionStatus.DISMISSED),
            regulator=address("REGULATOR"),
            reason_hash=digest(REASON),
            ruled_block_number=15,
            ruled_tx_hash=tx_hash(15),
            **made_in(14, 30),
        ),
        models.DeskOpinion(
            request_id=1,
            expert=address("EXPERT"),
            positive=True,
            opinion_hash=digest("an opinion nobody published"),
            **made_in(14, 31),
        ),
    ]


def texts() -> list[Any]:
    known = (("jurisdiction", "上海市"), ("reason", REASON), ("statement", STATEMENT))
    return [
        models.Document(sha256=digest(text), kind=kind, text=text, salt=None, added_at=block_time(3))
        for kind, text in known
    ]
