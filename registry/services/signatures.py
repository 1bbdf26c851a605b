"""Signatures of committee members as files: each signs alone, anybody gathers a quorum and submits it.

{"type": "Resolution", "message": {...}, "signer": "0x...", "signature": "0x..."}; hashes are 0x text. A file proves
nothing by its words: the signer is recovered from the signature before it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from registry.chain.signing import sign_typed, typed_signer
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.committee import EpochApproval, Resolution
from registry.domain.emissions import EmissionReport
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.report import Report
from registry.domain.typed_data import Signed
from registry.services.registry import Registry

KINDS: dict[str, type[Signed]] = {
    kind.SCHEMA.primary: kind for kind in (EpochApproval, Resolution, EmissionReport, Report)
}
SIGNATURES_MAX = 31
_FILE_BYTES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Signature:
    """What one member signed."""

    signed: Signed
    signer: str
    signature: bytes

    def as_json(self) -> dict[str, Any]:
        """The content of its file."""
        return {
            "type": self.signed.SCHEMA.primary,
            "message": {name: _shown(value) for name, value in self.signed.message().items()},
            "signer": self.signer,
            "signature": _shown(self.signature),
        }


def sign(registry: Registry, key: LocalAccount, signed: Signed) -> Signature:
    """Signs for the contract of this network that checks it."""
    contract = registry.register.address(signed.SCHEMA.contract)
    return Signature(signed, str(key.address), sign_typed(signed, key, registry.gateway.chain_id, contract))


def write(signature: Signature, path: Path) -> None:
    """Writes the file of a signature. Raises InvalidInput if the name is taken."""
    try:
        with path.open("xb") as file:
            file.write(canonical_json(signature.as_json()) + b"\n")
    except FileExistsError:
        raise InvalidInput(field="--out", problem="the file exists already", given=str(path)) from None


def read(registry: Registry, path: Path) -> Signature:
    """Reads a signature file and recovers who made it. Raises NotFound, InvalidInput."""
    try:
        content = path.read_bytes()
    except OSError:
        raise NotFound(kind="signature file", id=str(path)) from None
    if len(content) > _FILE_BYTES_MAX:
        raise InvalidInput(field=str(path), problem=f"has more than {_FILE_BYTES_MAX} bytes", given=len(content))
    return parse(content, str(path), registry.gateway.chain_id, registry.register.address)


def parse(content: bytes, what: str, chain_id: int, address_of: Callable[[str], str]) -> Signature:
    """Reads what a signature file holds and recovers who made it. Raises InvalidInput.

    address_of: the address of a contract by its name, as it stands in what was signed.
    """
    fields = parse_strict_json(content, what)
    try:
        # Oracles keep what they signed as {"report", "digest", "signature"}, hashes without 0x.
        stored = fields["report"] if "report" in fields else fields["message"]
        kind = Report if "report" in fields else KINDS[fields["type"]]
        types = {solidity: name for _, solidity, name in kind.SCHEMA.fields}
        message = {name: _value(value, types.get(name, "")) for name, value in stored.items()}
        signature = _bytes(fields["signature"])
    except (KeyError, ValueError, TypeError, AttributeError) as cause:
        problem = f"is no signature file ({type(cause).__name__}: {cause})"
        given = sorted(map(str, fields))[:10] if isinstance(fields, dict) else type(fields).__name__
        raise InvalidInput(field=what, problem=problem, given=given) from cause
    signed = kind.from_message(message)
    contract = address_of(kind.SCHEMA.contract)
    return Signature(signed, typed_signer(signed, signature, chain_id, contract), signature)


def gather(signatures: Sequence[Signature], quorum: int) -> tuple[Signed, list[bytes]]:
    """What they all signed, and a quorum of their signatures in the order the contracts want.

    Raises InvalidInput: they signed different things, or are fewer than the quorum.
    """
    if not 0 < len(signatures) <= SIGNATURES_MAX:
        raise InvalidInput(field="signatures", problem=f"must be 1 to {SIGNATURES_MAX}", given=len(signatures))
    first = signatures[0]
    for other in signatures:
        if other.signed != first.signed:
            problem = f"{other.signer} signed something else than {first.signer}"
            raise InvalidInput(field="signatures", problem=problem, given=other.signed.SCHEMA.primary)
    by_signer = {each.signer: each.signature for each in signatures}
    if len(by_signer) < quorum:
        problem = f"{quorum} different signers are a quorum"
        raise InvalidInput(field="signatures", problem=problem, given=sorted(by_signer))
    ordered = sorted(by_signer, key=lambda address: int(address, 16))[:quorum]
    return first.signed, [by_signer[signer] for signer in ordered]


def _shown(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _value(value: Any, kind: str) -> Any:
    return _bytes(value) if kind == "bytes32" else value


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
