"""The report that oracles sign: the fields of the Solidity struct and its EIP-712 form."""

from dataclasses import dataclass, fields
from typing import Any, Final

from registry.domain.errors import InvalidInput
from registry.domain.units import check_integer

DOMAIN_NAME: Final = "Puhui OracleCommittee"
DOMAIN_VERSION: Final = "1"

# (name in Python, name in Solidity, Solidity type), in the order of the struct, which is the order of the type hash.
_FIELDS: Final = (
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
)

REPORT_TYPES: Final[dict[str, list[dict[str, str]]]] = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Report": [{"name": solidity, "type": kind} for _, solidity, kind in _FIELDS],
}

REPORT_TYPE_STRING: Final = "Report(" + ",".join(f"{kind} {solidity}" for _, solidity, kind in _FIELDS) + ")"


@dataclass(frozen=True, slots=True)
class Report:
    """What a committee signs about one period of one project. Field by field as in IOracleCommittee.sol.

    Only types and widths are checked here: whether a report fits the project's chain of reports is the contract's word.
    Raises InvalidInput.
    """

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
    """EIP-712 digest of the report before, zeros for the first."""
    valid_until: int
    """Last second (UTC) at which it may be submitted."""
    epoch: int

    def __post_init__(self) -> None:
        for name, _, kind in _FIELDS:
            value = getattr(self, name)
            if kind == "bytes32":
                if not isinstance(value, bytes) or len(value) != 32:
                    raise InvalidInput(field=f"report {name}", problem="must be 32 bytes", given=value)
            else:
                check_integer(value, f"report {name}", 0, 2 ** int(kind.removeprefix("uint")) - 1)

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "Report":
        """The report of a dictionary with the Solidity names, as `message()` and decoded events have them.

        Raises InvalidInput for missing or unknown names.
        """
        expected = {solidity for _, solidity, _ in _FIELDS}
        if set(message) != expected:
            differing = sorted(expected.symmetric_difference(message))
            raise InvalidInput(field="report", problem="fields missing or unknown", given=differing)
        return cls(**{name: message[solidity] for name, solidity, _ in _FIELDS})

    def message(self) -> dict[str, Any]:
        """The fields by their Solidity names."""
        return {solidity: getattr(self, name) for name, solidity, _ in _FIELDS}

    def as_tuple(self) -> tuple[Any, ...]:
        """The fields in the order of the struct, as an ABI encoder takes them."""
        return tuple(getattr(self, field.name) for field in fields(self))


def typed_data(report: Report, chain_id: int, contract: str) -> dict[str, Any]:
    """The full EIP-712 message, for `eth_account.messages.encode_typed_data(full_message=...)`.

    contract: checksum address of the OracleCommittee.
    """
    return {
        "types": REPORT_TYPES,
        "primaryType": "Report",
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": contract,
        },
        "message": report.message(),
    }
