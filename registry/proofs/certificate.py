"""Making a certificate: material from a chain and a log, and the document it gives."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from registry.chain.gateway import Gateway
from registry.domain.errors import InvalidProof, NotFound
from registry.domain.ids import split_batch_id
from registry.domain.rules import Purpose
from registry.domain.units import check_integer
from registry.log.store import LogStore
from registry.proofs.document import ACTS_MAX, CONTRACTS, ActProof, BeneficiaryOpening, EventProof, Material, render
from registry.proofs.events import (
    OffsetMade,
    ReportAccepted,
    Retired,
    decode_offset_made,
    decode_report_accepted,
    decode_retired,
)
from registry.proofs.proving import prove
from registry.proofs.receipts import Log, decode_receipt, prove_receipt
from registry.proofs.verify import verify_certificate

SAMPLE_ACTS: Final = 5
"""Enough to show a reader what an act is; all acts of a range are served by the API, each with its proof."""

_Event = TypeVar("_Event", Retired, OffsetMade, ReportAccepted)


def build_certificate(
    gateway: Gateway,
    contracts: Mapping[str, str],
    *,
    retirement_id: int,
    retirement_block: int,
    report_block: int,
    acts: Sequence[ActProof] = (),
    statement: str | None = None,
    beneficiary: BeneficiaryOpening | None = None,
) -> dict[str, Any]:
    """The certificate of one retirement or offset, as `render` writes it. It has been verified before it is returned.

    Args:
        gateway: the chain; read only.
        contracts: addresses (checksum) of Credits, OracleCommittee and Compliance.
        retirement_block, report_block: numbers of the blocks with the events Retired and ReportAccepted.
        acts: a sample as `sample_acts` gives it, or none.
        statement, beneficiary: texts that open the hashes on the chain; None keeps them private.

    Raises:
        NotFound: no such event in that block, or no address for a contract.
        InvalidCertificate: the parts do not agree, such as a text that is not the one whose hash is on the chain.
        ChainUnavailable: the chain does not answer.
    """
    for name in CONTRACTS:
        if name not in contracts:
            raise NotFound(kind="address of the contract", id=name)
    retired, receipt_index, retired_position = _find(
        gateway,
        retirement_block,
        lambda log: decode_retired(log, contracts["Credits"]),
        lambda event: event.retirement_id == retirement_id,
        f"retirement {retirement_id}",
    )
    project_id, seq = split_batch_id(retired.batch_id)
    _, report_index, report_position = _find(
        gateway,
        report_block,
        lambda log: decode_report_accepted(log, contracts["OracleCommittee"]),
        lambda event: (event.project_id, event.seq) == (project_id, seq),
        f"report {seq} of project {project_id}",
    )
    used = {name: contracts[name] for name in ("Credits", "OracleCommittee")}
    offset_position = None
    if retired.purpose is Purpose.COMPLIANCE_OFFSET:
        used["Compliance"] = contracts["Compliance"]
        _, offset_index, offset_position = _find(
            gateway,
            retirement_block,
            lambda log: decode_offset_made(log, contracts["Compliance"]),
            lambda event: event.retirement_id == retirement_id,
            f"offset {retirement_id}",
        )
        if offset_index != receipt_index:
            raise NotFound(kind="offset in the receipt of its retirement", id=retirement_id)
    material = Material(
        chain_id=gateway.chain_id,
        contracts=used,
        retirement=_event_proof(gateway, retirement_block, receipt_index, retired_position),
        offset_log_position=offset_position,
        report=_event_proof(gateway, report_block, report_index, report_position),
        acts=tuple(acts),
        statement=statement,
        beneficiary=beneficiary,
    )
    document = prove(material).document
    # What the reader will do, limits of the file included: a certificate that fails is never handed out.
    verify_certificate(render(document))
    return document


def sample_acts(
    log: LogStore, log_size: int, serial_start: int, serial_end: int, count: int = SAMPLE_ACTS
) -> tuple[ActProof, ...]:
    """The acts behind evenly spaced grams of [serial_start, serial_end), the first and the last among them, each proven
    in the log of the report's `log_size`. The same range always gives the same sample, of at most `count` acts.

    Raises NotFound if the range is empty or not in the log, LogTooShort, LogCorrupted, InvalidQuantity.
    """
    check_integer(count, "count", 2, ACTS_MAX)
    if serial_end <= serial_start:
        raise NotFound(kind="serial range", id=f"[{serial_start}, {serial_end})")
    span = serial_end - 1 - serial_start
    indexes = {log.find_serial(serial_start + span * step // (count - 1)) for step in range(count)}
    return tuple(
        ActProof(index, log.leaf(index), tuple(log.inclusion_proof(index, log_size))) for index in sorted(indexes)
    )


def _find(
    gateway: Gateway,
    block_number: int,
    decode: Callable[[Log], _Event],
    is_wanted: Callable[[_Event], bool],
    what: str,
) -> tuple[_Event, int, int]:
    """The wanted event of a block, the index of its receipt and the log's position in the receipt. Raises NotFound."""
    for receipt_index, encoded in enumerate(gateway.receipts_rlp(block_number)):
        for position, log in enumerate(decode_receipt(encoded).logs):
            try:
                event = decode(log)
            except InvalidProof:
                continue  # another event, or another contract's
            if is_wanted(event):
                return event, receipt_index, position
    raise NotFound(kind="event", id=f"{what} in block {block_number}")


def _event_proof(gateway: Gateway, block_number: int, receipt_index: int, log_position: int) -> EventProof:
    return EventProof(
        header_rlp=gateway.block(block_number).header_rlp,
        receipt_index=receipt_index,
        receipt_nodes=prove_receipt(gateway.receipts_rlp(block_number), receipt_index),
        log_position=log_position,
    )
