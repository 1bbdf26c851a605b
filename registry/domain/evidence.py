"""What a verifier (核证机构) signs, as EIP-712 typed data: the manifest of an evidence package, and each result that it
verified itself where a project's reduction is not computed from acts (forestry, manure)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from registry.domain.acts import parse_act_key
from registry.domain.errors import InvalidEvidence
from registry.domain.ids import split_project_id
from registry.domain.units import check_grams, check_integer

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
DOMAIN_NAME: Final = "Puhui Evidence"
DOMAIN_VERSION: Final = "1"

# No verifyingContract: no contract checks these signatures, the oracles do. The chain id ties them to one network.
_DOMAIN_TYPE: Final = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
]
STATEMENT_TYPES: Final[dict[str, list[dict[str, str]]]] = {
    "EIP712Domain": _DOMAIN_TYPE,
    "EvidenceStatement": [
        {"name": "projectId", "type": "uint64"},
        {"name": "manifestHash", "type": "bytes32"},
    ],
}

STATEMENT_TYPE_STRING: Final = "EvidenceStatement(uint64 projectId,bytes32 manifestHash)"


@dataclass(frozen=True, slots=True)
class VerifierStatement:
    """ "I have verified the package with this manifest, for this project." Raises InvalidSerial, InvalidEvidence."""

    project_id: int
    manifest_hash: bytes
    """SHA-256 of the bytes of manifest.json."""

    def __post_init__(self) -> None:
        split_project_id(self.project_id)
        if not isinstance(self.manifest_hash, bytes) or len(self.manifest_hash) != 32:
            raise InvalidEvidence(what="manifest hash", problem="must be 32 bytes")


def statement_typed_data(statement: VerifierStatement, chain_id: int) -> dict[str, Any]:
    """The full EIP-712 message, for `eth_account.messages.encode_typed_data(full_message=...)`."""
    return {
        "types": STATEMENT_TYPES,
        "primaryType": "EvidenceStatement",
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "chainId": chain_id},
        "message": {"projectId": statement.project_id, "manifestHash": statement.manifest_hash},
    }


RESULT_TYPES: Final[dict[str, list[dict[str, str]]]] = {
    "EIP712Domain": _DOMAIN_TYPE,
    "DeclaredResult": [
        {"name": "projectId", "type": "uint64"},
        {"name": "actKey", "type": "string"},
        {"name": "startsAt", "type": "uint64"},
        {"name": "endsAt", "type": "uint64"},
        {"name": "grams", "type": "uint64"},
        {"name": "documentHash", "type": "bytes32"},
    ],
}

EMISSION_TYPES: Final[dict[str, list[dict[str, str]]]] = {
    "EIP712Domain": _DOMAIN_TYPE,
    "EmissionStatement": [
        {"name": "account", "type": "address"},
        {"name": "year", "type": "uint16"},
        {"name": "grams", "type": "uint64"},
        {"name": "documentHash", "type": "bytes32"},
    ],
}


@dataclass(frozen=True, slots=True)
class DeclaredResult:
    """ "I have verified this result, by this document." Raises InvalidSerial, InvalidEvidence, InvalidQuantity."""

    project_id: int
    act_key: str
    """The act key of the one record it stands for: kind, asset and start."""
    starts_at: int
    ends_at: int
    """First second and the second after the last, since 1970 UTC."""
    grams: int
    document_hash: bytes
    """SHA-256 of the verification report."""

    def __post_init__(self) -> None:
        split_project_id(self.project_id)
        parse_act_key(self.act_key)
        check_integer(self.starts_at, "starts_at", 0, 2**63 - 1)
        check_integer(self.ends_at, "ends_at", self.starts_at + 1, 2**63 - 1)
        check_grams(self.grams, least=1)
        if not isinstance(self.document_hash, bytes) or len(self.document_hash) != 32:
            raise InvalidEvidence(what="document hash", problem="must be 32 bytes")


def result_typed_data(result: DeclaredResult, chain_id: int) -> dict[str, Any]:
    """The full EIP-712 message of a declared result."""
    return {
        "types": RESULT_TYPES,
        "primaryType": "DeclaredResult",
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "chainId": chain_id},
        "message": {
            "projectId": result.project_id,
            "actKey": result.act_key,
            "startsAt": result.starts_at,
            "endsAt": result.ends_at,
            "grams": result.grams,
            "documentHash": result.document_hash,
        },
    }


@dataclass(frozen=True, slots=True)
class EmissionStatement:
    """ "I have verified what this enterprise emitted in this year, by this document." Raises InvalidInput."""

    account: str
    """Checksum address of its registry account."""
    year: int
    grams: int
    document_hash: bytes
    """SHA-256 of the verification report."""

    def __post_init__(self) -> None:
        if not isinstance(self.account, str) or _ADDRESS.fullmatch(self.account) is None:
            raise InvalidEvidence(what="account", problem="must be an address")
        check_integer(self.year, "year", 1970, 9999)
        check_grams(self.grams, least=1)
        if not isinstance(self.document_hash, bytes) or len(self.document_hash) != 32:
            raise InvalidEvidence(what="document hash", problem="must be 32 bytes")


def emission_typed_data(statement: EmissionStatement, chain_id: int) -> dict[str, Any]:
    """The full EIP-712 message of a statement of verified emissions."""
    return {
        "types": EMISSION_TYPES,
        "primaryType": "EmissionStatement",
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "chainId": chain_id},
        "message": {
            "account": statement.account,
            "year": statement.year,
            "grams": statement.grams,
            "documentHash": statement.document_hash,
        },
    }
