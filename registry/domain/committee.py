"""What committees sign besides reports: the approval of their successors, and the arbiters' word on a dispute."""

from dataclasses import dataclass
from typing import ClassVar

from registry.domain.report import DOMAIN_NAME
from registry.domain.typed_data import Schema, Signed


@dataclass(frozen=True, slots=True)
class EpochApproval(Signed):
    """What the committee in office signs to hand over to the next one. As in ICommittees.sol."""

    SCHEMA: ClassVar[Schema] = Schema(
        "EpochApproval",
        "OracleCommittee",
        DOMAIN_NAME,
        (
            ("jurisdiction", "jurisdiction", "uint32"),
            ("epoch", "epoch", "uint32"),
            ("signers", "signers", "address[]"),
            ("dispute_seconds", "disputeSeconds", "uint32"),
            ("activation_seconds", "activationSeconds", "uint32"),
            ("valid_until", "validUntil", "uint40"),
        ),
    )

    jurisdiction: int
    epoch: int
    """The epoch that begins: one more than that of the committee in office."""
    signers: tuple[str, ...]
    """Checksum addresses, ascending."""
    dispute_seconds: int
    activation_seconds: int
    valid_until: int
    """Last second (UTC) at which the approval counts."""


@dataclass(frozen=True, slots=True)
class Resolution(Signed):
    """What a quorum of the arbiters signs about a disputed report. As in IOracleCommittee.sol."""

    SCHEMA: ClassVar[Schema] = Schema(
        "Resolution",
        "OracleCommittee",
        DOMAIN_NAME,
        (
            ("project_id", "projectId", "uint64"),
            ("seq", "seq", "uint64"),
            ("digest", "digest", "bytes32"),
            ("upheld", "upheld", "bool"),
            ("evidence_hash", "evidenceHash", "bytes32"),
            ("valid_until", "validUntil", "uint40"),
            ("epoch", "epoch", "uint32"),
        ),
    )

    project_id: int
    seq: int
    digest: bytes
    """Of the disputed report."""
    upheld: bool
    """False: the report is overturned, and another one takes its place."""
    evidence_hash: bytes
    """SHA-256 of the arbiters' findings."""
    valid_until: int
    """Last second (UTC) at which it may be submitted."""
    epoch: int
    """Of the arbiters, the committee of jurisdiction 0."""
