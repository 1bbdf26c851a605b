"""From the material of a certificate to its facts: each is derived here, by the maker of a file and by its reader.

headers -> receipts under their roots -> events of the right contracts -> facts that agree with one another -> document.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from registry.domain.days import Period
from registry.domain.errors import RegistryError
from registry.domain.report import typed_data
from registry.domain.rules import Purpose
from registry.domain.serials import SerialRange
from registry.proofs import anchor
from registry.proofs.acts import check_acts
from registry.proofs.document import EventProof, Material, to_hex
from registry.proofs.errors import InvalidCertificate, reason
from registry.proofs.events import (
    OffsetMade,
    ReportAccepted,
    Retired,
    decode_offset_made,
    decode_report_accepted,
    decode_retired,
)
from registry.proofs.facts import Facts, compose
from registry.proofs.header import Header, parse_header
from registry.proofs.receipts import Log, Receipt, decode_receipt, proven_receipt

_RETIREMENT: Final = "$.proofs.retirement"
_OFFSET: Final = "$.proofs.offset"
_REPORT: Final = "$.proofs.report"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked and held. `subject` is a stable word, `found` a sentence with what was found."""

    subject: str
    found: str


@dataclass(frozen=True, slots=True)
class Proven:
    """What the material proves: the whole document, and the headers that everything hangs on."""

    document: dict[str, Any]
    checks: tuple[Check, ...]
    retirement_header: Header
    report_header: Header


def prove(material: Material) -> Proven:
    """Derives the certificate from its material. Raises InvalidCertificate for the first thing that does not hold."""
    retirement_header, receipt = _receipt(material.retirement, _RETIREMENT)
    report_header, report_receipt = _receipt(material.report, _REPORT)
    retired_log = _log(receipt, material.retirement.log_position, material.contracts, "Credits", _RETIREMENT)
    report_log = _log(report_receipt, material.report.log_position, material.contracts, "OracleCommittee", _REPORT)
    try:
        retired = decode_retired(retired_log, material.contracts["Credits"])
    except RegistryError as error:
        raise InvalidCertificate(path=f"{_RETIREMENT}.log_position", problem=reason(error)) from error
    try:
        accepted = decode_report_accepted(report_log, material.contracts["OracleCommittee"])
    except RegistryError as error:
        raise InvalidCertificate(path=f"{_REPORT}.log_position", problem=reason(error)) from error
    offset = _offset(material, receipt, retired)

    _check_report(accepted, material)
    _check_order(retirement_header, report_header, accepted)
    serials = _serials(retired, accepted)
    _check_statement(material, retired)
    _check_beneficiary(material, retired)
    check_acts(material.acts, serials, accepted)

    facts = Facts(material, retirement_header, report_header, retired, offset, accepted, serials)
    return Proven(
        document=compose(facts),
        checks=_checks(facts),
        retirement_header=retirement_header,
        report_header=report_header,
    )


def _receipt(proof: EventProof, path: str) -> tuple[Header, Receipt]:
    try:
        header = parse_header(proof.header_rlp)
        anchor.block_hash(header)
    except RegistryError as error:
        raise InvalidCertificate(path=f"{path}.header_rlp", problem=reason(error)) from error
    try:
        receipt = decode_receipt(proven_receipt(header.receipts_root, proof.receipt_index, proof.receipt_nodes))
    except RegistryError as error:
        raise InvalidCertificate(path=f"{path}.receipt_nodes", problem=reason(error)) from error
    if not receipt.succeeded:
        raise InvalidCertificate(path=f"{path}.receipt_nodes", problem="the transaction failed")
    return header, receipt


def _log(receipt: Receipt, position: int, contracts: Mapping[str, str], contract: str, path: str) -> Log:
    if position >= len(receipt.logs):
        problem = f"the receipt has {len(receipt.logs)} logs"
        raise InvalidCertificate(path=f"{path}.log_position", problem=problem, stated=position)
    log = receipt.logs[position]
    if contract not in contracts:
        raise InvalidCertificate(path=f"$.chain.contracts.{contract}", problem="is missing")
    stated, writer = contracts[contract], to_checksum_address(log.address)
    if stated != writer:
        problem = f"log {position} of the receipt was written by another contract"
        raise InvalidCertificate(path=f"$.chain.contracts.{contract}", problem=problem, stated=stated, proven=writer)
    return log


def _offset(material: Material, receipt: Receipt, retired: Retired) -> OffsetMade | None:
    position = material.offset_log_position
    is_offset = retired.purpose is Purpose.COMPLIANCE_OFFSET
    if position is None:
        if is_offset:
            raise InvalidCertificate(path=_OFFSET, problem="the retirement is an offset, whose event must be shown")
        if "Compliance" in material.contracts:
            raise InvalidCertificate(path="$.chain.contracts.Compliance", problem="nothing here proves it")
        return None
    if not is_offset:
        raise InvalidCertificate(path=_OFFSET, problem=f"the purpose is {retired.purpose.solidity_name}, no offset")
    log = _log(receipt, position, material.contracts, "Compliance", _OFFSET)
    try:
        offset = decode_offset_made(log, material.contracts["Compliance"])
    except RegistryError as error:
        raise InvalidCertificate(path=f"{_OFFSET}.log_position", problem=reason(error)) from error
    pairs = (
        ("retirement id", offset.retirement_id, retired.retirement_id),
        ("account", offset.account, retired.account),
        ("batch id", offset.batch_id, retired.batch_id),
        ("grams", offset.grams, retired.grams),
        ("agent", offset.by, retired.by),
    )
    for what, of_offset, of_retirement in pairs:
        if of_offset != of_retirement:
            problem = f"its {what} is not that of the retirement"
            raise InvalidCertificate(path=_OFFSET, problem=problem, stated=of_offset, proven=of_retirement)
    return offset


def _check_report(accepted: ReportAccepted, material: Material) -> None:
    """The digest under which the chain accepted the report binds its fields, the chain id and the contract."""
    message = encode_typed_data(
        full_message=typed_data(accepted.report, material.chain_id, material.contracts["OracleCommittee"])
    )
    digest = bytes(keccak(b"\x19" + message.version + message.header + message.body))
    if digest != accepted.digest:
        problem = "the report's digest on the chain is not that of this chain id"
        raise InvalidCertificate(
            path="$.chain.chain_id", problem=problem, stated=to_hex(digest), proven=to_hex(accepted.digest)
        )
    report = accepted.report
    try:
        period = Period(report.period_start, report.period_end)
    except RegistryError as error:
        raise InvalidCertificate(path="$.report.period", problem=reason(error)) from error
    holds = (
        ("project_id", accepted.project_id, report.project_id),
        ("seq", accepted.seq, report.seq),
        ("vintage", accepted.vintage, period.vintage),
    )
    for name, of_event, of_report in holds:
        if of_event != of_report:
            problem = "the event contradicts the report in it"
            raise InvalidCertificate(path=f"$.report.{name}", problem=problem, stated=of_event, proven=of_report)
    signers = [int(signer, 16) for signer in accepted.signers]
    if not signers or signers != sorted(set(signers)):
        raise InvalidCertificate(path="$.report.signers", problem="no signer, or not in ascending order")


def _check_order(retirement: Header, report: Header, accepted: ReportAccepted) -> None:
    """A report is accepted, then final, then issued, and only then retired."""
    in_order = report.number < retirement.number and report.timestamp <= retirement.timestamp
    if not in_order:
        problem = "the block of the report is not before that of the retirement"
        raise InvalidCertificate(
            path="$.proofs.report.block_number", problem=problem, stated=report.number, proven=retirement.number
        )
    if accepted.final_at > retirement.timestamp:
        problem = "the report was not final when the retirement was made"
        raise InvalidCertificate(
            path="$.report.final_at", problem=problem, stated=accepted.final_at, proven=retirement.timestamp
        )


def _serials(retired: Retired, accepted: ReportAccepted) -> SerialRange:
    try:
        serials = SerialRange(
            project_id=accepted.project_id,
            seq=accepted.seq,
            vintage=accepted.vintage,
            start=retired.serial_start,
            end=retired.serial_start + retired.grams,
        )
    except RegistryError as error:
        raise InvalidCertificate(path="$.event.serials", problem=reason(error)) from error
    if serials.batch_id != retired.batch_id:
        problem = "the report is not the one this batch was issued from"
        raise InvalidCertificate(
            path=f"{_REPORT}.log_position", problem=problem, stated=serials.batch_id, proven=retired.batch_id
        )
    if serials.start < accepted.serial_start or serials.end > accepted.report.serial_end:
        raise InvalidCertificate(
            path="$.event.serials",
            problem="the serials are not inside the report's stretch of the number line",
            stated=[serials.start, serials.end],
            proven=[accepted.serial_start, accepted.report.serial_end],
        )
    return serials


def _check_statement(material: Material, retired: Retired) -> None:
    if material.statement is None:
        return
    found = hashlib.sha256(_utf8(material.statement, "$.event.statement.text")).digest()
    if found != retired.statement_hash:
        problem = "the text is not the one whose SHA-256 is on the chain"
        raise InvalidCertificate(
            path="$.event.statement.text", problem=problem, stated=to_hex(found), proven=to_hex(retired.statement_hash)
        )


def _utf8(text: str, path: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidCertificate(path=path, problem="the text is not Unicode") from error


def _check_beneficiary(material: Material, retired: Retired) -> None:
    if material.beneficiary is None:
        return
    opening = material.beneficiary
    found = hashlib.sha256(opening.salt + _utf8(opening.text, "$.event.beneficiary.text")).digest()
    if found != retired.beneficiary:
        problem = "text and salt do not open the commitment on the chain"
        raise InvalidCertificate(
            path="$.event.beneficiary", problem=problem, stated=to_hex(found), proven=to_hex(retired.beneficiary)
        )


def _checks(facts: Facts) -> tuple[Check, ...]:
    """What held, in words. Only called when everything did."""
    retired, report, material = facts.retired, facts.accepted.report, facts.material
    number = facts.retirement_header.number
    checks = [
        Check(
            "retirement",
            f"retirement {retired.retirement_id} is in receipt {material.retirement.receipt_index} of block {number}",
        ),
        Check("serials", f"{facts.serials.printed()}, {retired.grams} g"),
        Check(
            "report", f"accepted in block {facts.report_header.number}, signed by {len(facts.accepted.signers)} oracles"
        ),
        Check("digest", f"the report's digest belongs to chain {material.chain_id}"),
    ]
    if facts.offset is not None:
        found = f"counts for {facts.offset.year} under version {facts.offset.rule_version} of the rules"
        checks.append(Check("offset", found))
    if material.acts:
        found = f"{len(material.acts)} of the log's {report.log_size}, with the first and the last of these serials"
        checks.append(Check("acts", found))
    if material.statement is not None:
        checks.append(Check("statement", "the text is the one whose hash is on the chain"))
    if material.beneficiary is not None:
        checks.append(Check("beneficiary", "text and salt open the commitment on the chain"))
    return tuple(checks)
