"""Opening an evidence package, believing nothing of it.

`load_package` checks, in this order: the manifest is canonical, the verifier's signature stands on it and the verifier
is allowed, every file has its hash, the records have the schema, are sorted, and add up to the totals; where results
are declared, each record has one statement that an allowed verifier signed. What the records mean is the business of
accounting and screens.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.exceptions import BadSignature

from oracles.package_format import (
    MANIFEST_BYTES_MAX,
    MANIFEST_NAME,
    RECORD_SCHEMA,
    RECORDS_NAME,
    SIGNATURE_BYTES_MAX,
    SIGNATURE_NAME,
    STATEMENTS_BYTES_MAX,
    STATEMENTS_NAME,
    Manifest,
    manifest_hash,
)
from oracles.statements import Statements
from registry.domain.canonical import parse_strict_json
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.evidence import VerifierStatement, statement_typed_data

BATCH_RECORDS = 65_536
# A row group that unfolds to more than this is a bomb, not evidence: ours are below 20 MB.
ROW_GROUP_BYTES_MAX = 2**29
# Fixed columns take 94 bytes a record and keys some 60.
BATCH_BYTES_MAX = 2**26
ACT_KEY_BYTES_MAX = 500
_READ_BYTES = 1 << 20
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SIGNATURE = re.compile(r"[0-9a-f]{130}")


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """Some records, column by column, in the order of the package. All lists have one length."""

    first: int
    """Number of the first of these records in the package, from 0."""
    act_key: list[str]
    occurred_at: list[int]
    duration_seconds: list[int]
    scenario: list[int]
    quantity: list[int]
    actor: list[bytes]
    actor_start_day: list[bytes]
    actor_end_day: list[bytes]

    def __len__(self) -> int:
        return len(self.occurred_at)


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
    statements = None
    if manifest.statements is not None:
        content = _read_bounded(folder / STATEMENTS_NAME, STATEMENTS_BYTES_MAX)
        statements = Statements.read(content, manifest.project_id, chain_id, allowed_verifiers)
    _check_records(folder / RECORDS_NAME, manifest, statements)
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


def read_records(path: Path) -> Iterator[RecordColumns]:
    """Reads records without comparing them with a manifest; schema and types are checked.

    Raises:
        InvalidEvidence: no Parquet file, another schema, a missing value.
    """
    try:
        with pq.ParquetFile(path) as file:
            _check_schema(file)
        # A text that is stored once can stand in any number of records: as a dictionary it is read once, and measured
        # before it is unfolded.
        with pq.ParquetFile(path, read_dictionary=["act_key"]) as file:
            first = 0
            for batch in file.iter_batches(batch_size=BATCH_RECORDS):
                _check_batch(batch)
                columns = []
                for name in RECORD_SCHEMA.names:
                    column = batch.column(name)
                    plain = column.dictionary_decode() if name == "act_key" else column
                    columns.append(plain.to_pylist())
                yield RecordColumns(first, *columns)
                first += batch.num_rows
    except InvalidEvidence:
        raise
    except (pa.ArrowException, OSError, ValueError) as cause:
        problem = f"cannot be read as Parquet: {str(cause).splitlines()[0] if str(cause) else type(cause).__name__}"
        raise InvalidEvidence(what=str(path), problem=problem) from cause


def _check_batch(batch: pa.RecordBatch) -> None:
    """Before anything of it becomes Python objects: sizes, and that nothing is missing. Raises InvalidEvidence."""
    if batch.nbytes > BATCH_BYTES_MAX:
        problem = f"{batch.num_rows} of them take {batch.nbytes} bytes, at most {BATCH_BYTES_MAX} are read at once"
        raise InvalidEvidence(what=f"{RECORDS_NAME}, records", problem=problem)
    for name in RECORD_SCHEMA.names:
        if batch.column(name).null_count:
            raise InvalidEvidence(what=f"{RECORDS_NAME}, column {name}", problem="has missing values")
    longest = pc.max(pc.binary_length(batch.column("act_key").dictionary)).as_py() or 0
    if longest > ACT_KEY_BYTES_MAX:
        problem = f"a key has {longest} bytes, at most {ACT_KEY_BYTES_MAX} are read"
        raise InvalidEvidence(what=f"{RECORDS_NAME}, column act_key", problem=problem)


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


def _check_schema(file: pq.ParquetFile) -> None:
    found = file.schema_arrow.remove_metadata()
    if not found.equals(RECORD_SCHEMA):
        problem = f"has the columns [{_schema_text(found)}], needed are [{_schema_text(RECORD_SCHEMA)}]"
        raise InvalidEvidence(what=RECORDS_NAME, problem=problem)
    for number in range(file.metadata.num_row_groups):
        unfolded_bytes = file.metadata.row_group(number).total_byte_size
        if not 0 <= unfolded_bytes <= ROW_GROUP_BYTES_MAX:
            problem = f"unfolds to {unfolded_bytes} bytes, at most {ROW_GROUP_BYTES_MAX} are read"
            raise InvalidEvidence(what=f"{RECORDS_NAME}, row group {number}", problem=problem)


def _schema_text(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}{'' if field.nullable else ' required'}" for field in schema)


def _check_records(path: Path, manifest: Manifest, statements: Statements | None) -> None:
    records = 0
    quantity: Counter[int] = Counter()
    last: tuple[int, str, int] | None = None
    for batch in read_records(path):
        keys = list(zip(batch.occurred_at, batch.act_key, batch.quantity, strict=True))
        # A package has one order, so that equal evidence has equal bytes.
        if keys != sorted(keys) or (last is not None and keys and keys[0] < last):
            raise InvalidEvidence(what=RECORDS_NAME, problem="its records are not sorted by time, act key and quantity")
        last = keys[-1] if keys else last
        records += len(keys)
        if records > manifest.totals.records:
            break  # enough to know that the totals are wrong; a bomb need not be unfolded to its end
        for scenario, amount in zip(batch.scenario, batch.quantity, strict=True):
            quantity[scenario] += amount
        if statements is not None:
            statements.meet(batch.act_key, batch.occurred_at, batch.duration_seconds, batch.quantity)
    totals = manifest.totals
    _same("records", records, totals.records)
    # A scenario whose quantities add up to zero has to be stated all the same.
    _same("quantity by scenario", dict(sorted(quantity.items())), dict(sorted(totals.quantity.items())))
    if statements is not None:
        statements.check_all_met()


def _same(what: str, found: object, stated: object) -> None:
    if found != stated:
        raise InvalidEvidence(
            what=f"totals, {what}", problem=f"the records add up to {found}, the manifest says {stated}"
        )
