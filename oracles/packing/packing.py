"""`pack`: from a platform's own table and a mapping to an evidence package."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from oracles.errors import InvalidMapping, PackageExists
from oracles.package_format import (
    LABEL_CHARS_MAX,
    MANIFEST_NAME,
    RECORDS_NAME,
    SIGNATURE_NAME,
    Manifest,
    PackageFile,
    Totals,
    manifest_hash,
)
from oracles.packing.mapping import Mapping
from oracles.packing.records import Record, RecordReader, Rejection, RowRejected
from oracles.packing.secret import check_secret
from oracles.packing.sorting import RUN_RECORDS, SortedRecords, write_records
from oracles.packing.table import open_table
from registry.domain.canonical import canonical_json
from registry.domain.days import Period
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.evidence import VerifierStatement, statement_typed_data
from registry.domain.ids import split_project_id
from registry.domain.methodology import Methodology, definition_hash
from registry.files import land, write_whole

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """A package that was written."""

    folder: Path
    manifest: Manifest
    manifest_hash: bytes
    rejected_file: Path
    """Beside the folder: row number and reason of every row that could not be read, one JSON object a line."""


def pack(
    table: Path,
    mapping: Mapping,
    folder: Path,
    *,
    project_id: int,
    methodology: Methodology,
    period: Period,
    platform_secret: bytes,
    label: str = "",
    run_records: int = RUN_RECORDS,
) -> Packed:
    """Reads a platform's table and writes an unsigned evidence package, whole or not at all.

    The bytes depend on the rows, not on their order. A row that cannot be read is counted in the manifest, by reason,
    and listed by number beside the package (not in it: row numbers depend on the order of the table).

    platform_secret: at least 32 bytes; keep it, the commitments to users are made with it.
    label: a note that has to be shown with every figure of the package.

    Raises:
        MissingColumns, UnreadableInput: the table is not what the mapping describes.
        InvalidMapping: scenario, names in the act key or time zone are not those of the methodology.
        PackageExists: the folder holds something already.
        InvalidInput: project id, secret or label.
    """
    _check_arguments(mapping, methodology, project_id, platform_secret, label)
    if folder.exists():
        raise PackageExists(folder=str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
            rejected_draft = Path(scratch) / "rejected.jsonl"
            records = SortedRecords(Path(scratch), run_records)
            asset_form = methodology.scenario(mapping.scenario).act.asset_form
            read = RecordReader(mapping, asset_form, platform_secret).read
            rejected = _read_table(table, mapping, read, records, rejected_draft)
            tally = _Tally()
            write_records(draft / RECORDS_NAME, tally.counting(records))
            totals = Totals(tally.records + rejected.total(), tally.records, dict(rejected), dict(tally.quantity))
            manifest = Manifest(
                project_id=project_id,
                methodology_id=methodology.id,
                methodology_version=methodology.version,
                definition_hash=definition_hash(methodology),
                period=period,
                totals=totals,
                file=_describe(draft / RECORDS_NAME),
                label=label,
            )
            content = manifest.to_bytes()
            (draft / MANIFEST_NAME).write_bytes(content)
            rejected_file = folder.with_name(f"{folder.name}.rejected.jsonl")
            land(rejected_draft, rejected_file)
        draft.chmod(0o755)
        land(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Packed(folder, manifest, manifest_hash(content), rejected_file)


def sign_package(folder: Path, verifier: LocalAccount, chain_id: int) -> bytes:
    """Puts the verifier's EIP-712 signature beside the manifest, replacing an earlier one. Returns the manifest hash.

    The verifier has to have checked the package before: this only signs.

    Raises:
        InvalidEvidence: there is no manifest, or it is not one.
    """
    try:
        content = (folder / MANIFEST_NAME).read_bytes()
    except OSError as cause:
        raise InvalidEvidence(what=str(folder / MANIFEST_NAME), problem=f"cannot be read: {cause.strerror}") from cause
    manifest = Manifest.from_bytes(content)
    digest = manifest_hash(content)
    statement = VerifierStatement(manifest.project_id, digest)
    signable = encode_typed_data(full_message=statement_typed_data(statement, chain_id))
    signature = bytes(verifier.sign_message(signable).signature)
    signed = {"verifier": verifier.address, "signature": signature.hex()}
    write_whole(folder / SIGNATURE_NAME, canonical_json(signed, SIGNATURE_NAME))
    return digest


def _check_arguments(
    mapping: Mapping, methodology: Methodology, project_id: int, platform_secret: bytes, label: str
) -> None:
    split_project_id(project_id)
    check_secret(platform_secret)
    if len(label) > LABEL_CHARS_MAX:
        raise InvalidInput(field="label", problem=f"more than {LABEL_CHARS_MAX} characters", given=f"{len(label)}")
    known = [scenario.number for scenario in methodology.scenarios]
    if mapping.scenario not in known:
        problem = f"methodology {methodology.id} has no scenario {mapping.scenario}, it has {known}"
        raise InvalidMapping(mapping=mapping.name, path="scenario", problem=problem)
    # Under another name the same act would have another key, and could be claimed once more.
    act = methodology.scenario(mapping.scenario).act
    for path, given, wanted in (("act.kind", mapping.kind, act.kind), ("act.asset", mapping.asset_name, act.asset)):
        if given != wanted:
            problem = f"is {given}, scenario {mapping.scenario} of methodology {methodology.id} has {wanted}"
            raise InvalidMapping(mapping=mapping.name, path=path, problem=problem)
    # Act keys carry local times: another zone would give the same act another key.
    if mapping.offset_seconds != methodology.offset_seconds:
        problem = f"is not the zone of methodology {methodology.id} ({methodology.zone_name})"
        raise InvalidMapping(mapping=mapping.name, path="time.offset", problem=problem)


def _read_table(
    table: Path,
    mapping: Mapping,
    read: Callable[[tuple[str, ...]], Record],
    records: SortedRecords,
    rejected_file: Path,
) -> Counter[str]:
    rejected: Counter[str] = Counter()
    with (
        rejected_file.open("w", encoding="ascii") as out,
        open_table(table, mapping.encoding, mapping.delimiter) as source,
    ):
        for number, cells in source.rows(mapping.columns.present()):
            try:
                if cells is None:
                    raise RowRejected(Rejection.WRONG_SHAPE)
                records.add(read(cells))
            except RowRejected as refusal:
                rejected[refusal.reason.value] += 1
                out.write(json.dumps({"row": number, "reason": refusal.reason.value}) + "\n")
    return rejected


class _Tally:
    """Counts records on their way into the file."""

    def __init__(self) -> None:
        self.records = 0
        self.quantity: Counter[int] = Counter()

    def counting(self, records: SortedRecords) -> Iterator[Record]:
        for record in records:
            self.records += 1
            self.quantity[record.scenario] += record.quantity
            yield record


def _describe(path: Path) -> PackageFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return PackageFile(path.name, digest.hexdigest(), path.stat().st_size)
