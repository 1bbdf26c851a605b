"""From what was proven to the document: every member of a certificate, in one place."""

from dataclasses import dataclass
from typing import Any

from registry.domain.days import Period
from registry.domain.serials import SerialRange
from registry.domain.units import grams_to_tonnes_text
from registry.proofs.anchor import block_hash
from registry.proofs.document import FORMAT, ActProof, EventProof, Material, content_hash, to_hex
from registry.proofs.events import OffsetMade, ReportAccepted, Retired
from registry.proofs.header import Header


@dataclass(frozen=True, slots=True)
class Facts:
    """The material together with what it proves; registry/proofs/proving.py has checked that all of it agrees."""

    material: Material
    retirement_header: Header
    report_header: Header
    retired: Retired
    offset: OffsetMade | None
    accepted: ReportAccepted
    serials: SerialRange


def compose(facts: Facts) -> dict[str, Any]:
    """The certificate. The format is a promise: what is written here for one material never changes in format 1."""
    material = facts.material
    document: dict[str, Any] = {
        "format": FORMAT,
        "chain": {"chain_id": material.chain_id, "contracts": dict(material.contracts)},
        "event": _event(facts),
        "report": _report(facts),
        "acts": [_act(act) for act in material.acts],
        "proofs": {
            "retirement": _proof(material.retirement, facts.retirement_header),
            "offset": None if material.offset_log_position is None else {"log_position": material.offset_log_position},
            "report": _proof(material.report, facts.report_header),
        },
    }
    document["content_hash"] = content_hash(document)
    return document


def _event(facts: Facts) -> dict[str, Any]:
    retired, offset, serials = facts.retired, facts.offset, facts.serials
    opening = facts.material.beneficiary
    return {
        "kind": "retirement" if offset is None else "offset",
        "retirement_id": retired.retirement_id,
        "account": retired.account,
        "by": retired.by,
        # Decimal text: it has more bits than the numbers of most JSON readers.
        "batch_id": str(retired.batch_id),
        "project_id": serials.project_id,
        "seq": serials.seq,
        "vintage": serials.vintage,
        "serial_start": serials.start,
        "serial_end": serials.end,
        "serials": serials.printed(),
        "grams": retired.grams,
        "tonnes": grams_to_tonnes_text(retired.grams),
        "purpose": retired.purpose.solidity_name,
        "retired_at": facts.retirement_header.timestamp,
        "statement": {"hash": to_hex(retired.statement_hash), "text": facts.material.statement},
        "beneficiary": {
            "commitment": to_hex(retired.beneficiary),
            "text": None if opening is None else opening.text,
            "salt": None if opening is None else to_hex(opening.salt),
        },
        "offset": None
        if offset is None
        else {
            "year": offset.year,
            "rule_version": offset.rule_version,
            # Only where the discount of a recognition makes a difference: so certificates of before stay what they are.
            **({} if offset.counted_grams == offset.grams else {"counted_grams": offset.counted_grams}),
            "local": offset.local,
            "obligation_account": offset.account,
        },
    }


def _report(facts: Facts) -> dict[str, Any]:
    accepted, report = facts.accepted, facts.accepted.report
    return {
        "digest": to_hex(accepted.digest),
        "project_id": report.project_id,
        "seq": report.seq,
        "period": Period(report.period_start, report.period_end).text,
        "vintage": accepted.vintage,
        "methodology_hash": to_hex(report.methodology_hash),
        "evidence_hash": to_hex(report.evidence_hash),
        "log_root": to_hex(report.log_root),
        "log_size": report.log_size,
        "serial_start": accepted.serial_start,
        "serial_end": report.serial_end,
        "prev_digest": to_hex(report.prev_digest),
        "valid_until": report.valid_until,
        "epoch": report.epoch,
        "accepted_at": facts.report_header.timestamp,
        "final_at": accepted.final_at,
        "signers": list(accepted.signers),
    }


def _act(act: ActProof) -> dict[str, Any]:
    return {"index": act.index, "leaf": to_hex(act.leaf), "proof": [to_hex(node) for node in act.proof]}


def _proof(proof: EventProof, header: Header) -> dict[str, Any]:
    return {
        "block_number": header.number,
        "block_hash": to_hex(block_hash(header)),
        "header_rlp": to_hex(proof.header_rlp),
        "receipt_index": proof.receipt_index,
        "receipt_nodes": [to_hex(node) for node in proof.receipt_nodes],
        "log_position": proof.log_position,
    }
