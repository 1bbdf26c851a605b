"""Opening an evidence package, believing nothing of it.

`load_package` checks, in this order: the manifest is canonical, the verifier's signature stands on it and the verifier
is allowed, every file has its hash, the records have the schema, are sorted, and add up to the totals; where results
are declared, each record has one statement that an allowed verifier signed. What the records mean is the business of
accounting and screens.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.exceptions import BadSignature

from oracles.package_format import (
    MANIFEST_BYTES_MAX,
    MANIFEST_NAME,
    RECORDS_NAME,
    SIGNATURE_BYTES_MAX,
    SIGNATURE_NAME,
    STATEMENTS_BYTES_MAX,
    STATEMENTS_NAME,
    Manifest,
    manifest_hash,
)
from oracles.sources.records import RecordColumns, check_records, read_records
from oracles.statements import Statements
from registry.domain.canonical import parse_strict_json
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.evidence import VerifierStatement, statement_typed_data

_READ_BYTES = 1 << 20
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SIGNATURE = re.compile(r"[0-9a-f]{130}")


@dataclass(frozen=True, slots=True)
class EvidencePackage:
    """A package that was checked. Made by `load_package`."""

    folder: Path
    manifest: Manifest
    manifest_hash: bytes
    verifier: str

    @property
    def name(self) -> str:
        """The first half of the manifest hash, enough to name a package in a message."""
        return self.manifest_hash.hex()[:32]

    def batches(self) -> Iterator[RecordColumns]:
        """The records, in order, a few ten thousand at a time. Raises InvalidEvidence."""
        return read_records(self.folder / RECORDS_NAME)


def load_package(folder: Path, chain_id: int, allowed_verifiers: Collection[str] | None) -> EvidencePackage:
    """Opens a package and checks everything that does not depend on a methodology.

    allowed_verifiers: checksum addresses of those who may verify for the project's jurisdiction; None for a package
        whose report was accepted, when who may verify was judged already.

    Raises:
        InvalidEvidence: with the file and the place that is wrong, and both values where two differ.
    """
    manifest, digest, verifier = load_manifest(folder, chain_id, allowed_verifiers)
    _check_files(folder, manifest)
    check_records(folder / RECORDS_NAME, manifest.totals)
    if manifest.statements is not None:
        _check_statements(folder, manifest.project_id, chain_id, allowed_verifiers)
    return EvidencePackage(folder, manifest, digest, verifier)


def load_manifest(
    folder: Path, chain_id: int, allowed_verifiers: Collection[str] | None
) -> tuple[Manifest, bytes, str]:
    """The manifest, its hash and the verifier whose signature holds; no file is looked at. Raises InvalidEvidence."""
    content = _read_bounded(folder / MANIFEST_NAME, MANIFEST_BYTES_MAX)
    manifest, digest = Manifest.from_bytes(content), manifest_hash(content)
    return manifest, digest, _check_signature(folder, manifest.project_id, digest, chain_id, allowed_verifiers)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a package, with nothing else of it checked. Raises InvalidEvidence."""
    return Manifest.from_bytes(_read_bounded(folder / MANIFEST_NAME, MANIFEST_BYTES_MAX))


def check_file_hash(path: Path, sha256: str, size_bytes: int) -> None:
    """Raises InvalidEvidence, with both values, unless the file has this size and SHA-256 (hex)."""
    digest = hashlib.sha256()
    found_bytes = 0
    try:
        with path.open("rb") as file:
            while block := file.read(_READ_BYTES):
                found_bytes += len(block)
                digest.update(block)
    except OSError as cause:
        raise InvalidEvidence(what=str(path), problem=f"cannot be read: {cause.strerror}") from cause
    if found_bytes != size_bytes:
        problem = f"it has {found_bytes} bytes, the manifest says {size_bytes}"
        raise InvalidEvidence(what=str(path), problem=problem)
    if digest.hexdigest() != sha256:
        problem = f"its SHA-256 is {digest.hexdigest()}, the manifest says {sha256}"
        raise InvalidEvidence(what=str(path), problem=problem)


def _read_bounded(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as cause:
        raise InvalidEvidence(what=str(path), problem=f"cannot be read: {cause.strerror}") from cause
    if len(content) > most_bytes:
        raise InvalidEvidence(what=str(path), problem=f"more than {most_bytes} bytes")
    return content


def _check_signature(
    folder: Path, project_id: int, digest: bytes, chain_id: int, allowed_verifiers: Collection[str] | None
) -> str:
    path = folder / SIGNATURE_NAME
    if not path.exists():
        raise InvalidEvidence(what=str(path), problem="the verifier's signature is missing")
    try:
        signed = parse_strict_json(_read_bounded(path, SIGNATURE_BYTES_MAX), SIGNATURE_NAME)
    except InvalidEvidence:
        raise
    except InvalidInput as cause:
        raise InvalidEvidence(what=str(path), problem=str(cause).rstrip(".")) from cause
    if not isinstance(signed, dict) or signed.keys() != {"verifier", "signature"}:
        raise InvalidEvidence(what=str(path), problem="has to hold verifier and signature, and nothing else")
    named = _matching(path, signed, "verifier", _ADDRESS)
    signature = bytes.fromhex(_matching(path, signed, "signature", _SIGNATURE))
    statement = VerifierStatement(project_id, digest)
    try:
        signable = encode_typed_data(full_message=statement_typed_data(statement, chain_id))
        recovered = str(Account.recover_message(signable, signature=signature))
    except (ValueError, BadSignature) as cause:
        raise InvalidEvidence(what=str(path), problem=f"the signature is none: {cause}") from cause
    if recovered.lower() != named.lower():
        problem = f"the signature over manifest {digest.hex()} on chain {chain_id} is of {recovered}, not of {named}"
        raise InvalidEvidence(what=str(path), problem=problem)
    if allowed_verifiers is not None and recovered not in allowed_verifiers:
        problem = f"{recovered} is no verifier of this jurisdiction; allowed: {', '.join(allowed_verifiers) or 'none'}"
        raise InvalidEvidence(what=str(path), problem=problem)
    return recovered


def _matching(path: Path, content: dict[str, object], name: str, pattern: re.Pattern[str]) -> str:
    value = content[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise InvalidEvidence(what=f"{path}, {name}", problem=f"{value!r} has not the form {pattern.pattern}")
    return value


def _check_files(folder: Path, manifest: Manifest) -> None:
    for file in manifest.files:
        check_file_hash(folder / file.name, file.sha256, file.size_bytes)


def _check_statements(folder: Path, project_id: int, chain_id: int, allowed_verifiers: Collection[str] | None) -> None:
    """Each record has exactly one statement that a verifier signed. Raises InvalidEvidence."""
    content = _read_bounded(folder / STATEMENTS_NAME, STATEMENTS_BYTES_MAX)
    statements = Statements.read(content, project_id, chain_id, allowed_verifiers)
    for batch in read_records(folder / RECORDS_NAME):
        statements.meet(batch.act_key, batch.occurred_at, batch.duration_seconds, batch.quantity)
    statements.check_all_met()
