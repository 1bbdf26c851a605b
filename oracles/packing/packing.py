"""`pack`: from a platform's own table and a mapping to an evidence package."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
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
    STATEMENTS_NAME,
    Manifest,
    PackageFile,
    Totals,
    manifest_hash,
)
from oracles.packing.intake import Intake, Shape
from oracles.packing.mapping_model import Mapping, PairsShape, SeriesShape
from oracles.packing.pairs import Pairs
from oracles.packing.records import Record, RecordMaker
from oracles.packing.rows import Rows
from oracles.packing.secret import check_secret
from oracles.packing.series import Series
from oracles.packing.sorting import RUN_RECORDS, Sorted, sorted_records, write_records
from oracles.packing.stations import Stations
from oracles.packing.table import Source, open_table
from oracles.statements import Statements, check_declared, read_statements, statements_bytes
from registry.domain.acts import AssetForm
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


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whose package it is, and by what rule."""

    project_id: int
    methodology: Methodology
    period: Period
    exclusions: bytes | None


def pack(
    table: Source,
    mapping: Mapping,
    folder: Path,
    *,
    project_id: int,
    methodology: Methodology,
    period: Period,
    platform_secret: bytes,
    label: str = "",
    stations: Path | None = None,
    only_period: bool = False,
    statements: Path | None = None,
    exclusions: bytes | None = None,
    run_records: int = RUN_RECORDS,
) -> Packed:
    """Reads a platform's table and writes an unsigned evidence package, whole or not at all.

    The bytes depend on the rows, not on their order. A row that is in no record is counted in the manifest, by reason,
    and listed by number beside the package (not in it: row numbers depend on the order of the table).

    platform_secret: at least 32 bytes; keep it, the commitments to users are made with it.
    label: a note that has to be shown with every figure of the package; added to that of the mapping.
    stations: the station table of a mapping with pairs; the file of that name beside the table if not given.
    statements: folder with the signed statements of declared results, one file each; see `oracles.statements`.
    exclusions: SHA-256 of the exclusion list in force in the project's jurisdiction, None if there is none.
    only_period: acts outside of the period are rejected as `other_period`, not left to the oracles.

    Raises:
        MissingColumns, UnreadableInput: the table is not what the mapping describes.
        InvalidMapping: scenario, names in the act key or time zone are not those of the methodology.
        PackageExists: the folder holds something already.
        InvalidInput: project id, secret or label.
        InvalidEvidence: a record without its statement, or a statement without its record.
    """
    claimed = Claimed(project_id, methodology, period, exclusions)
    label = "; ".join(dict.fromkeys(text for text in (mapping.label, label) if text))
    _check_arguments(mapping, claimed, platform_secret, label)
    check_declared(methodology, mapping.scenario, statements is not None, "the package")
    if folder.exists():
        raise PackageExists(folder=str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch_name:
            scratch = Path(scratch_name)
            rejected_draft = scratch / "rejected.jsonl"
            records = sorted_records(scratch / "records", run_records)
            maker = RecordMaker(mapping, methodology.scenario(mapping.scenario).act.asset_form, platform_secret)
            with rejected_draft.open("w", encoding="ascii") as out:
                only = period if only_period else None
                intake = Intake(records, out, only, mapping.form.offset_seconds)
                shape = _shape(table, mapping, maker, intake, stations, scratch, run_records)
                with open_table(table, mapping.form) as opened:
                    intake.read(opened, shape)
            content = _write_package(draft, records, intake, claimed, label, statements)
            rejected_file = folder.with_name(f"{folder.name}.rejected.jsonl")
            land(rejected_draft, rejected_file)
        draft.chmod(0o755)
        land(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Packed(folder, Manifest.from_bytes(content), manifest_hash(content), rejected_file)


def _shape(
    table: Source,
    mapping: Mapping,
    maker: RecordMaker,
    intake: Intake,
    stations: Path | None,
    scratch: Path,
    run_rows: int,
) -> Shape:
    shape = mapping.shape
    if isinstance(shape, PairsShape):
        if stations is None:
            if not isinstance(table, Path):
                problem = f"a table in a database has no {shape.stations.file} beside it; give its path"
                raise InvalidInput(field="--stations", problem=problem, given="nothing")
            stations = table.parent / shape.stations.file
        return Pairs(mapping, shape, maker, intake, Stations(stations, shape.stations), scratch, run_rows)
    if stations is not None:
        raise InvalidInput(field="--stations", problem=f"mapping {mapping.name} has no pairs", given=str(stations))
    if isinstance(shape, SeriesShape):
        return Series(mapping, shape, maker, intake, scratch, run_rows)
    return Rows(mapping, shape, maker, intake)


def _write_package(
    draft: Path, records: Sorted[Record], intake: Intake, claimed: Claimed, label: str, statements: Path | None
) -> bytes:
    """The records, their statements, and the manifest, whose bytes are returned."""
    stated = None if statements is None else read_statements(statements, claimed.project_id)
    if stated is not None:
        (draft / STATEMENTS_NAME).write_bytes(statements_bytes(stated))
    tally = _Tally(None if stated is None else Statements(stated))
    write_records(draft / RECORDS_NAME, tally.counting(records))
    manifest = Manifest(
        project_id=claimed.project_id,
        methodology_id=claimed.methodology.id,
        methodology_version=claimed.methodology.version,
        definition_hash=definition_hash(claimed.methodology),
        period=claimed.period,
        totals=Totals(
            rows=intake.rows,
            rows_used=intake.rows_used,
            records=tally.records,
            rejected=dict(intake.rejected),
            noted=dict(intake.noted),
            quantity=dict(tally.quantity),
        ),
        file=_describe(draft / RECORDS_NAME),
        label=label,
        statements=None if stated is None else _describe(draft / STATEMENTS_NAME),
        exclusions=claimed.exclusions,
    )
    content = manifest.to_bytes()
    (draft / MANIFEST_NAME).write_bytes(content)
    return content


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


def _check_arguments(mapping: Mapping, claimed: Claimed, platform_secret: bytes, label: str) -> None:
    methodology = claimed.methodology
    split_project_id(claimed.project_id)
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
    if mapping.digested and act.asset_form is not AssetForm.UPPER_ALPHANUMERIC:
        problem = f"a digest of several columns is no asset of scenario {mapping.scenario}, which has its own number"
        raise InvalidMapping(mapping=mapping.name, path="columns.asset", problem=problem)
    # Act keys carry local times: another zone would give the same act another key.
    if mapping.form.offset_seconds != methodology.offset_seconds:
        problem = f"is not the zone of methodology {methodology.id} ({methodology.zone_name})"
        raise InvalidMapping(mapping=mapping.name, path="time.offset", problem=problem)


class _Tally:
    """Counts records on their way into the file, and holds each against its statement if it needs one."""

    def __init__(self, statements: Statements | None) -> None:
        self.records = 0
        self.quantity: Counter[int] = Counter()
        self._statements = statements

    def counting(self, records: Sorted[Record]) -> Iterator[Record]:
        for record in records:
            self.records += 1
            self.quantity[record.scenario] += record.quantity
            if self._statements is not None:
                one = [record.act_key], [record.occurred_at], [record.duration_seconds], [record.quantity]
                self._statements.meet(*one)
            yield record
        if self._statements is not None:
            self._statements.check_all_met()


def _describe(path: Path) -> PackageFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return PackageFile(path.name, digest.hexdigest(), path.stat().st_size)
