"""What a verifier (核证机构) signs: the manifest of one evidence package of one project, as EIP-712 typed data."""

from dataclasses import dataclass
from typing import Any, Final

from registry.domain.errors import InvalidEvidence
from registry.domain.ids import split_project_id

DOMAIN_NAME: Final = "Puhui Evidence"
DOMAIN_VERSION: Final = "1"

STATEMENT_TYPES: Final[dict[str, list[dict[str, str]]]] = {
    # No verifyingContract: no contract checks this signature, the oracles do. The chain id ties it to one network.
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
    ],
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
