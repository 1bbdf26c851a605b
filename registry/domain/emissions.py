"""The verified emissions of an enterprise in one year, as oracles sign them for the contract Emissions."""

from dataclasses import dataclass
from typing import ClassVar

from registry.domain.typed_data import Schema, Signed


@dataclass(frozen=True, slots=True)
class EmissionReport(Signed):
    """What a committee signs about the emissions of one account in one year. As in IEmissions.sol."""

    SCHEMA: ClassVar[Schema] = Schema(
        "EmissionReport",
        "Emissions",
        "Puhui Emissions",
        (
            ("account", "account", "address"),
            ("year", "year", "uint16"),
            ("grams", "grams", "uint64"),
            ("evidence_hash", "evidenceHash", "bytes32"),
            ("revision", "revision", "uint64"),
            ("valid_until", "validUntil", "uint40"),
            ("epoch", "epoch", "uint32"),
        ),
    )

    account: str
    """Checksum address."""
    year: int
    grams: int
    """Verified emissions of the whole year."""
    evidence_hash: bytes
    """SHA-256 of the verified emission statement."""
    revision: int
    """1 for the first figure, one more for each correction."""
    valid_until: int
    """Last second (UTC) at which it may be submitted."""
    epoch: int
