"""The three events that a certificate rests on, decoded from the logs of a receipt.

Their signatures are written here and not read from the compiled contracts: they are part of the certificate's format,
so that a file made today still verifies when the contracts of another day have other events. A test compares them with
the artifacts in registry/chain.
"""

from dataclasses import dataclass
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from registry.domain.errors import InvalidProof, RegistryError
from registry.domain.report import Report
from registry.domain.rules import Purpose
from registry.proofs.receipts import Log


@dataclass(frozen=True, slots=True)
class EventType:
    """An event of a contract: ABI types of its indexed arguments, then of the others, in the order of the log."""

    contract: str
    name: str
    indexed: tuple[str, ...]
    others: tuple[str, ...]
    signature: str

    @property
    def topic(self) -> bytes:
        """Topic 0: keccak of the signature."""
        return bytes(keccak(self.signature.encode("ascii")))


_REPORT = "(uint64,uint64,uint32,uint32,bytes32,bytes32,bytes32,uint64,uint64,bytes32,uint40,uint32)"

RETIRED: Final = EventType(
    contract="Credits",
    name="Retired",
    indexed=("uint64", "uint256", "address"),
    others=("uint64", "uint64", "uint8", "bytes32", "bytes32", "address"),
    signature="Retired(uint64,uint256,address,uint64,uint64,uint8,bytes32,bytes32,address)",
)
OFFSET_MADE: Final = EventType(
    contract="Compliance",
    name="OffsetMade",
    indexed=("uint64", "address", "uint16"),
    others=("uint256", "uint64", "uint64", "bool", "bool", "bytes32", "uint16", "address"),
    signature="OffsetMade(uint64,address,uint16,uint256,uint64,uint64,bool,bool,bytes32,uint16,address)",
)
# Of contracts before recognition knew a discount: each gram counted for one.
OFFSET_MADE_PLAIN: Final = EventType(
    contract="Compliance",
    name="OffsetMade",
    indexed=("uint64", "address", "uint16"),
    others=("uint256", "uint64", "bool", "uint16", "address"),
    signature="OffsetMade(uint64,address,uint16,uint256,uint64,bool,uint16,address)",
)
REPORT_ACCEPTED: Final = EventType(
    contract="OracleCommittee",
    name="ReportAccepted",
    indexed=("uint64", "uint64", "bytes32"),
    others=(_REPORT, "uint64", "uint16", "uint40", "address[]"),
    signature=f"ReportAccepted(uint64,uint64,bytes32,{_REPORT},uint64,uint16,uint40,address[])",
)

_PURPOSES: Final = {purpose.value: purpose for purpose in Purpose}


@dataclass(frozen=True, slots=True)
class Retired:
    """ICredits.Retired. Addresses are checksummed text, amounts grams."""

    retirement_id: int
    batch_id: int
    account: str
    serial_start: int
    grams: int
    purpose: Purpose
    beneficiary: bytes
    statement_hash: bytes
    by: str


@dataclass(frozen=True, slots=True)
class OffsetMade:
    """ICompliance.OffsetMade. `counted_grams` is what the grams count for after the discount of a recognition."""

    retirement_id: int
    account: str
    year: int
    batch_id: int
    grams: int
    counted_grams: int
    local: bool
    preferred: bool
    terms_key: bytes
    rule_version: int
    by: str


@dataclass(frozen=True, slots=True)
class ReportAccepted:
    """IOracleCommittee.ReportAccepted."""

    project_id: int
    seq: int
    digest: bytes
    report: Report
    serial_start: int
    vintage: int
    final_at: int
    signers: tuple[str, ...]


def decode_retired(log: Log, contract: str) -> Retired:
    """The Retired event that `contract` (address of Credits) wrote into the log. Raises InvalidProof."""
    values = _decoded(log, RETIRED, contract)
    retirement_id, batch_id, account, serial_start, grams, purpose, beneficiary, statement_hash, by = values
    if purpose not in _PURPOSES:
        raise InvalidProof(kind="event", problem=f"purpose {purpose} is unknown")
    return Retired(
        retirement_id=retirement_id,
        batch_id=batch_id,
        account=to_checksum_address(account),
        serial_start=serial_start,
        grams=grams,
        purpose=_PURPOSES[purpose],
        beneficiary=beneficiary,
        statement_hash=statement_hash,
        by=to_checksum_address(by),
    )


def decode_offset_made(log: Log, contract: str) -> OffsetMade:
    """The OffsetMade event that `contract` (address of Compliance) wrote into the log. Raises InvalidProof."""
    if log.topics and log.topics[0] == OFFSET_MADE_PLAIN.topic:
        plain = _decoded(log, OFFSET_MADE_PLAIN, contract)
        values = (*plain[:5], plain[4], plain[5], False, bytes(32), *plain[6:])
    else:
        values = _decoded(log, OFFSET_MADE, contract)
    retirement_id, account, year, batch_id, grams, counted_grams, local, preferred, terms_key, rule_version, by = values
    return OffsetMade(
        retirement_id=retirement_id,
        account=to_checksum_address(account),
        year=year,
        batch_id=batch_id,
        grams=grams,
        counted_grams=counted_grams,
        local=local,
        preferred=preferred,
        terms_key=terms_key,
        rule_version=rule_version,
        by=to_checksum_address(by),
    )


def decode_report_accepted(log: Log, contract: str) -> ReportAccepted:
    """The ReportAccepted event that `contract` (address of OracleCommittee) wrote into the log. Raises InvalidProof."""
    project_id, seq, digest, report, serial_start, vintage, final_at, signers = _decoded(log, REPORT_ACCEPTED, contract)
    try:
        decoded_report = Report(*report)
    except RegistryError as error:
        raise InvalidProof(kind="event", problem=str(error)) from error
    return ReportAccepted(
        project_id=project_id,
        seq=seq,
        digest=digest,
        report=decoded_report,
        serial_start=serial_start,
        vintage=vintage,
        final_at=final_at,
        signers=tuple(to_checksum_address(signer) for signer in signers),
    )


def _decoded(log: Log, event: EventType, contract: str) -> tuple[Any, ...]:
    address = to_checksum_address(log.address)
    if address != contract:
        raise InvalidProof(
            kind="event", problem=f"the log was written by {address}, not by {event.contract} at {contract}"
        )
    if len(log.topics) != 1 + len(event.indexed) or log.topics[0] != event.topic:
        raise InvalidProof(kind="event", problem=f"the log is no {event.name}")
    try:
        indexed = tuple(decode([kind], topic)[0] for kind, topic in zip(event.indexed, log.topics[1:], strict=True))
        return (*indexed, *decode(list(event.others), log.data))
    except (DecodingError, OverflowError, ValueError) as error:
        raise InvalidProof(kind="event", problem=f"the log is no {event.name}: {error}") from error
