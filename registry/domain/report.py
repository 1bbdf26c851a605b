"""The report that oracles sign: the fields of the Solidity struct and its EIP-712 form."""

from dataclasses import dataclass
from typing import ClassVar, Final

from registry.domain.typed_data import Schema, Signed, typed_data

__all__ = ["DOMAIN_NAME", "Report", "typed_data"]

DOMAIN_NAME: Final = "Puhui OracleCommittee"


@dataclass(frozen=True, slots=True)
class Report(Signed):
    """What a committee signs about one period of one project. Field by field as in IOracleCommittee.sol.

    Only types and widths are checked here: whether a report fits the project's chain of reports is the contract's word.
    Raises InvalidInput.
    """

    SCHEMA: ClassVar[Schema] = Schema(
        "Report",
        "OracleCommittee",
        DOMAIN_NAME,
        (
            ("project_id", "projectId", "uint64"),
            ("seq", "seq", "uint64"),
            ("period_start", "periodStart", "uint32"),
            ("period_end", "periodEnd", "uint32"),
            ("methodology_hash", "methodologyHash", "bytes32"),
            ("evidence_hash", "evidenceHash", "bytes32"),
            ("log_root", "logRoot", "bytes32"),
            ("log_size", "logSize", "uint64"),
            ("serial_end", "serialEnd", "uint64"),
            ("prev_digest", "prevDigest", "bytes32"),
            ("valid_until", "validUntil", "uint40"),
            ("epoch", "epoch", "uint32"),
        ),
    )

    project_id: int
    seq: int
    period_start: int
    """First day of the monitoring period, days since 1970-01-01."""
    period_end: int
    """Last day, included."""
    methodology_hash: bytes
    evidence_hash: bytes
    """SHA-256 of the evidence package's manifest."""
    log_root: bytes
    log_size: int
    serial_end: int
    """Cumulative grams of the project after this period."""
    prev_digest: bytes
    """EIP-712 digest of the report before, zeros for the first; of the overturned one for a report in its place."""
    valid_until: int
    """Last second (UTC) at which it may be submitted."""
    epoch: int
