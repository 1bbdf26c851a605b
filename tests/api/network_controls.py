"""What controls and holds back on the small network: committees, transfers that wait, pools, recognition, orders."""

from __future__ import annotations

import json
from typing import Any

from registry.db import models
from registry.domain.rules import CapBase, DayKind, DischargeKind, TransferKind, TransferState
from tests.api.network_names import (
    DEFINITION,
    ENTERPRISE,
    OTHER_DEFINITION,
    PLATFORM,
    PROJECT,
    REASON,
    SECOND_PROJECT,
    SHANGHAI,
    SIGNERS,
    STATEMENT,
    WUHAN,
    address,
    block_time,
    digest,
    made_in,
)

POOLED_YEAR = 2027
OF_BATCH = {"project_id": PROJECT, "seq": 1}


def controls() -> list[Any]:
    return [*_committees(), *_transfers(), *_pool(), *_recognition(), *_restraints()]


def _committees() -> list[Any]:
    terms = {"quorum": 3, "dispute_seconds": 86_400, "activation_seconds": 600}
    signers = json.dumps(SIGNERS)
    figures = {"account": ENTERPRISE, "year": 2025, "evidence_hash": digest("an emission statement"), "epoch": 1}
    return [
        models.ProposedCommittee(
            jurisdiction=SHANGHAI, epoch=2, signers=signers, due_at=block_time(600), **terms, **made_in(26)
        ),
        models.SignerSuspension(
            jurisdiction=SHANGHAI,
            signer=SIGNERS[3],
            project_id=PROJECT,
            seq=3,
            first_digest=digest("one report"),
            second_digest=digest("another report"),
            proved_by=address("ANNA"),
            reinstatement_hash=digest(REASON),
            **made_in(27),
        ),
        models.Dispute(
            digest=digest("an overturned report"),
            project_id=PROJECT,
            seq=3,
            disputed_by=address("REGULATOR"),
            evidence_hash=digest("evidence nobody published"),
            upheld=False,
            findings_hash=digest("findings nobody published"),
            arbiters=signers,
            resolved_at=block_time(28),
            **made_in(27, 1),
        ),
        models.Dispute(
            digest=digest("a disputed report"),
            project_id=SECOND_PROJECT,
            seq=1,
            disputed_by=SIGNERS[0],
            evidence_hash=digest("other evidence"),
            **made_in(28),
        ),
        *(
            models.EmissionFigure(
                **figures,
                revision=revision,
                grams=grams,
                valid_until_seconds=2**40 - 1,
                digest=digest(f"figure {revision}"),
                signers=json.dumps(SIGNERS[:3]),
                verified_at=block_time(28 + revision),
                **made_in(28 + revision),
            )
            for revision, grams in ((1, 990_000), (2, 1_000_000))
        ),
    ]


def _transfers() -> list[Any]:
    transfer = {"sender": PLATFORM, "recipient": ENTERPRISE, "executable_at": block_time(90), "accepted": False}
    limits = {"per_transfer_grams": 5_000, "per_day_grams": 20_000, "delay_seconds": 86_400, "trust_seconds": 600}
    return [
        models.TransferLimits(jurisdiction=SHANGHAI, **limits, **made_in(29)),
        models.AccountTransferLimits(account=PLATFORM, **{**limits, "per_day_grams": 6_000}, **made_in(29, 1)),
        models.WorkingHours(jurisdiction=SHANGHAI, weekdays=31, open_second=32_400, close_second=61_200, **made_in(29)),
        models.CalendarDay(jurisdiction=SHANGHAI, day=20_727, kind=int(DayKind.HOLIDAY), **made_in(29, 3)),
        models.CalendarDay(jurisdiction=SHANGHAI, day=20_737, kind=int(DayKind.WORKING_DAY), **made_in(29, 4)),
        models.Trust(
            account=PLATFORM, counterparty=ENTERPRISE, trusted_from=block_time(630), by=address("BO"), **made_in(30, 1)
        ),
        models.PendingTransfer(
            **transfer,
            transfer_id=1,
            kind=int(TransferKind.SALE),
            reference_hash=digest("a trade"),
            state=int(TransferState.REFUSED),
            initiator=address("BO"),
            approver=address("ANNA"),
            **made_in(31),
        ),
        models.PendingTransfer(
            **transfer,
            transfer_id=2,
            kind=int(TransferKind.GIFT),
            reference_hash=bytes(32),
            state=int(TransferState.PENDING),
            initiator=address("BO"),
            approver=None,
            **made_in(32),
        ),
    ]


def _pool() -> list[Any]:
    """A pool of 10,000 g: 4,000 g used, 7,000 g reserved by one (6,000 g granted), 2,000 g by another, all waiting."""
    year = {"year": POOLED_YEAR}
    offset = {
        **year,
        "account": ENTERPRISE,
        "rule_version": 1,
        "reversible_until_seconds": int(block_time(600).timestamp()),
        "by": address("ANNA"),
        "beneficiary": digest("beneficiary"),
        "statement_hash": digest(STATEMENT),
        "counted_grams": 900,
    }
    return [
        models.RuleSet(
            **year,
            jurisdiction=SHANGHAI,
            version=1,
            cap_base=int(CapBase.AMOUNT_DUE),
            cap_bps=500,
            non_local_cap_bps=500,
            local_share_min_bps=0,
            preferred_share_min_bps=0,
            preference_areas="[]",
            first_vintage=2013,
            last_vintage=2027,
            mechanisms=1,
            methodologies_listed=False,
            methodologies="[]",
            own_boundary_excluded=True,
            pooled=True,
            pool_grams=10_000,
            reservable_until_seconds=2**40 - 1,
            reversal_seconds=600,
            granularity_grams=1,
            opens_at_seconds=1,
            deadline_seconds=2**40 - 1,
            document_hash=digest("rules"),
            **made_in(33),
        ),
        models.Pool(
            **year, jurisdiction=SHANGHAI, demand_end=13_000, credited_grams=0, used_grams=4_000, **made_in(35)
        ),
        models.Reservation(**year, account=PLATFORM, start=4_000, grams=7_000, **made_in(34)),
        models.Reservation(**year, account=ENTERPRISE, start=11_000, grams=2_000, **made_in(35)),
        models.ProvisionalOffset(**offset, offset_id=1, reversed=True, reason_hash=digest(REASON), **made_in(34, 1)),
        models.ProvisionalOffset(**offset, offset_id=2, reversed=False, **made_in(35, 1)),
    ]


def _recognition() -> list[Any]:
    terms = {
        "jurisdiction": WUHAN,
        "discount_bps": 1_000,
        "yearly_cap_grams": 50_000,
        "valid_from_seconds": int(block_time(0).timestamp()),
        "valid_until_seconds": 2**40 - 1,
    }
    refused = {name: 0 for name in terms if name != "jurisdiction"}
    return [
        models.RecognisedMethodology(
            jurisdiction=WUHAN, definition_hash=DEFINITION, document_hash=digest(REASON), **made_in(36)
        ),
        models.RecognitionTerms(**terms, issuer=SHANGHAI, definition_hash=DEFINITION, **made_in(36, 1)),
        models.RecognitionTerms(**terms, issuer=SHANGHAI, definition_hash=OTHER_DEFINITION, **made_in(36, 2)),
        models.ProjectTerms(**terms, project_id=PROJECT, excluded=False, **made_in(36, 3)),
        models.ProjectTerms(**{**terms, **refused}, project_id=SECOND_PROJECT, excluded=True, **made_in(36, 4)),
    ]


def _restraints() -> list[Any]:
    order = {**OF_BATCH, "account": ENTERPRISE, "reason_hash": digest(REASON)}
    return [
        models.HolderOrder(**order, recipient=None, grams=100, previous_grams=0, **made_in(37)),
        models.HolderOrder(**order, recipient=PLATFORM, grams=50, previous_grams=0, **made_in(37, 1)),
    ]


def lines() -> list[Any]:
    """Lines of transfers and provisional offsets, which must be there first."""
    line = {**OF_BATCH, "position": 0, "grams": 1_000, "counted_grams": 900, "local": False, "preferred": False}
    return [
        *(
            models.PendingTransferLine(**OF_BATCH, transfer_id=number, position=0, grams=number * 100, **made_in(31))
            for number in (1, 2)
        ),
        *(
            models.ProvisionalLine(**line, offset_id=number, terms_key=digest("terms"), **made_in(34, number))
            for number in (1, 2)
        ),
    ]


def invalidation() -> list[Any]:
    """Of batch 1, found invalid and made good in part."""
    return [
        models.Invalidation(
            **OF_BATCH,
            invalidation_id=1,
            developer=PLATFORM,
            grams=600,
            developer_cancelled_grams=100,
            developer_recalled_grams=0,
            buffers_cancelled_grams=0,
            holders_recalled_grams=300,
            used_grams=200,
            base_grams=3_000,
            covered_grams=3_000,
            complete=True,
            open_recalled_grams=250,
            open_used_grams=200,
            reason_hash=digest(REASON),
            **made_in(38),
        ),
    ]


def made_good() -> list[Any]:
    """What was done about it."""
    return [
        models.Recall(
            invalidation_id=1, holder=ENTERPRISE, base_grams=3_000, grams=300, open_grams=250, **made_in(38, 1)
        ),
        models.Discharge(
            invalidation_id=1,
            kind=int(DischargeKind.GIVEN_UP),
            holder=ENTERPRISE,
            grams=50,
            by=address("ANNA"),
            **made_in(39),
        ),
    ]
