"""The form of an evidence package: what packing writes, sources carry and oracles check.

manifest.json     canonical JSON: project, methodology, period, totals, files with SHA-256; it names no person
records.parquet   one row an act, sorted; the schema is `RECORD_SCHEMA`
statements.json   only where results are declared: the verifier's signed statement of each record (`oracles.statements`)
signature.json    the verifier's address and EIP-712 signature over SHA-256 of the bytes of manifest.json
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.days import Period
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.ids import split_project_id

PACKAGE_FORMAT: Final = "puhui-evidence/2"
MANIFEST_NAME: Final = "manifest.json"
RECORDS_NAME: Final = "records.parquet"
SIGNATURE_NAME: Final = "signature.json"
STATEMENTS_NAME: Final = "statements.json"

MANIFEST_BYTES_MAX: Final = 256 * 1024
SIGNATURE_BYTES_MAX: Final = 4 * 1024
# 1.6 billion records are about 200 GB; a source that offers more is not believed.
RECORDS_BYTES_MAX: Final = 2**38
STATEMENTS_BYTES_MAX: Final = 16 * 1024 * 1024
LABEL_CHARS_MAX: Final = 500

# All columns are required: a record with a hole in it is no record.
RECORD_SCHEMA: Final = pa.schema(
    [
        pa.field("act_key", pa.string(), nullable=False),
        pa.field("occurred_at", pa.int64(), nullable=False),
        pa.field("duration_seconds", pa.int32(), nullable=False),
        pa.field("scenario", pa.uint16(), nullable=False),
        pa.field("quantity", pa.int64(), nullable=False),
        pa.field("actor", pa.binary(32), nullable=False),
        pa.field("actor_start_day", pa.binary(16), nullable=False),
        pa.field("actor_end_day", pa.binary(16), nullable=False),
    ]
)

_HEX_32 = re.compile(r"[0-9a-f]{64}")
_REASON = re.compile(r"[a-z][a-z_]{0,63}")


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of the rows. rows = rows_used + rejected, always. Raises InvalidEvidence if they do not add up."""

    rows: int
    """Rows of the platform's table."""
    rows_used: int
    """Rows that are in a record: one each, or several, as entry and exit of one ride."""
    records: int
    rejected: dict[str, int]
    """Rows that are in no record: reason -> count."""
    noted: dict[str, int]
    """What was odd in rows that are used all the same, or is missing between them: name -> count."""
    quantity: dict[int, int]
    """Scenario number -> sum of the quantities of its records, in its base unit."""

    def __post_init__(self) -> None:
        if self.rows != self.rows_used + sum(self.rejected.values()) or self.rows_used < self.records:
            used = f"{self.rows_used} in {self.records} records"
            raise _invalid("totals", f"{self.rows} rows are not {used} and the rejected ones")


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package besides the manifest and the signature."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself."""

    project_id: int
    methodology_id: str
    methodology_version: int
    definition_hash: bytes
    period: Period
    totals: Totals
    file: PackageFile
    label: str
    """A note that has to be shown with every figure of this package, such as "illustration"; empty for none."""
    statements: PackageFile | None = None
    """The statements of declared results; None where grams are computed from acts."""
    exclusions: bytes | None = None
    """SHA-256 of the exclusion list it is held against; None (and then not in the file) where there is none."""

    @property
    def files(self) -> tuple[PackageFile, ...]:
        """All files besides the manifest and the signature."""
        return (self.file,) if self.statements is None else (self.file, self.statements)

    def to_bytes(self) -> bytes:
        """The canonical bytes that are hashed and signed."""
        return canonical_json(self.to_json(), "manifest")

    def to_json(self) -> dict[str, Any]:
        """The content of manifest.json."""
        totals = self.totals
        return {
            "format": PACKAGE_FORMAT,
            "project_id": self.project_id,
            "methodology": {
                "id": self.methodology_id,
                "version": self.methodology_version,
                "definition_hash": self.definition_hash.hex(),
            },
            "period": {"start_day": self.period.start_day, "end_day": self.period.end_day},
            "totals": {
                "rows": totals.rows,
                "rows_used": totals.rows_used,
                "records": totals.records,
                "rejected": dict(totals.rejected),
                "noted": dict(totals.noted),
                "quantity": {str(scenario): amount for scenario, amount in totals.quantity.items()},
            },
            "files": [{"name": file.name, "sha256": file.sha256, "bytes": file.size_bytes} for file in self.files],
            "label": self.label,
            **({} if self.exclusions is None else {"exclusions": self.exclusions.hex()}),
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Reads a manifest; the bytes have to be exactly what `to_bytes` writes.

        Raises:
            InvalidEvidence: too large, no JSON, a field too many, too few or of the wrong kind, or not canonical.
        """
        if len(data) > MANIFEST_BYTES_MAX:
            raise InvalidEvidence(what=MANIFEST_NAME, problem=f"more than {MANIFEST_BYTES_MAX} bytes")
        try:
            manifest = _read_manifest(parse_strict_json(data, MANIFEST_NAME))
        except InvalidEvidence:
            raise
        except InvalidInput as cause:
            raise InvalidEvidence(what=MANIFEST_NAME, problem=str(cause).rstrip(".")) from cause
        if manifest.to_bytes() != data:
            raise InvalidEvidence(what=MANIFEST_NAME, problem="it is not in canonical form")
        return manifest


def manifest_hash(data: bytes) -> bytes:
    """SHA-256 of the bytes of manifest.json, 32 bytes: the name of the package everywhere, and what is signed."""
    return hashlib.sha256(data).digest()


def _read_manifest(content: Any) -> Manifest:
    names = {"format", "project_id", "methodology", "period", "totals", "files", "label"}
    if isinstance(content, dict) and "exclusions" in content:
        names.add("exclusions")
    top = _object(content, "manifest", names)
    if top["format"] != PACKAGE_FORMAT:
        raise _invalid("format", f"is {top['format']!r}, this version reads {PACKAGE_FORMAT}")
    methodology = _object(top["methodology"], "methodology", {"id", "version", "definition_hash"})
    period = _object(top["period"], "period", {"start_day", "end_day"})
    label = _text(top["label"], "label")
    if len(label) > LABEL_CHARS_MAX:
        raise _invalid("label", f"more than {LABEL_CHARS_MAX} characters")
    project_id = _integer(top["project_id"], "project_id")
    split_project_id(project_id)
    file, statements = _read_files(top["files"])
    return Manifest(
        project_id=project_id,
        methodology_id=_text(methodology["id"], "methodology.id"),
        methodology_version=_integer(methodology["version"], "methodology.version"),
        definition_hash=bytes.fromhex(_hash(methodology["definition_hash"], "methodology.definition_hash")),
        period=Period(period["start_day"], period["end_day"]),
        totals=_read_totals(top["totals"]),
        file=file,
        label=label,
        statements=statements,
        exclusions=bytes.fromhex(_hash(top["exclusions"], "exclusions")) if "exclusions" in top else None,
    )


def _read_totals(content: Any) -> Totals:
    fields = _object(content, "totals", {"rows", "rows_used", "records", "rejected", "noted", "quantity"})
    quantity = fields["quantity"]
    if not isinstance(quantity, dict):
        raise _invalid("totals.quantity", "has to be an object")
    for scenario in quantity:
        if not scenario.isascii() or not scenario.isdecimal() or len(scenario) > 5:
            raise _invalid("totals.quantity", f"{scenario!r} is no scenario number")
    return Totals(
        rows=_integer(fields["rows"], "totals.rows"),
        rows_used=_integer(fields["rows_used"], "totals.rows_used"),
        records=_integer(fields["records"], "totals.records"),
        rejected=_read_counts(fields["rejected"], "totals.rejected"),
        noted=_read_counts(fields["noted"], "totals.noted"),
        # A sum may exceed what one quantity may hold, and hostile records may be negative: judged record by record.
        quantity={int(number): _whole(amount, f"totals.quantity.{number}") for number, amount in quantity.items()},
    )


def _read_counts(content: Any, path: str) -> dict[str, int]:
    if not isinstance(content, dict):
        raise _invalid(path, "has to be an object")
    for reason in content:
        if not _REASON.fullmatch(reason):
            raise _invalid(path, f"{reason!r} is no reason")
    return {reason: _integer(count, f"{path}.{reason}", 1) for reason, count in content.items()}


def _read_files(content: Any) -> tuple[PackageFile, PackageFile | None]:
    if not isinstance(content, list) or len(content) not in (1, 2):
        raise _invalid("files", f"has to list {RECORDS_NAME}, then {STATEMENTS_NAME} where results are declared")
    limits = ((RECORDS_NAME, RECORDS_BYTES_MAX), (STATEMENTS_NAME, STATEMENTS_BYTES_MAX))
    read = [_read_file(each, f"files[{place}]", *limits[place]) for place, each in enumerate(content)]
    return read[0], read[1] if len(read) > 1 else None


def _read_file(content: Any, path: str, name: str, most_bytes: int) -> PackageFile:
    file = _object(content, path, {"name", "sha256", "bytes"})
    if file["name"] != name:
        raise _invalid(f"{path}.name", f"is {file['name']!r}, has to be {name}")
    size_bytes = _integer(file["bytes"], f"{path}.bytes")
    if size_bytes > most_bytes:
        raise _invalid(f"{path}.bytes", f"more than {most_bytes}")
    return PackageFile(name, _hash(file["sha256"], f"{path}.sha256"), size_bytes)


def _invalid(path: str, problem: str) -> InvalidEvidence:
    return InvalidEvidence(what=f"{MANIFEST_NAME}, {path}", problem=problem)


def _object(value: Any, path: str, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(path, "has to be an object")
    if value.keys() != names:
        differing = ", ".join(sorted(value.keys() ^ names))
        raise _invalid(path, f"lacks or should not have {differing}")
    return value


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _invalid(path, "has to be a text")
    return value


def _whole(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _invalid(path, "has to be an integer")
    return value


def _integer(value: Any, path: str, least: int = 0) -> int:
    if not least <= _whole(value, path) < 2**63:
        raise _invalid(path, f"has to be at least {least} and below 2**63")
    return int(value)


def _hash(value: Any, path: str) -> str:
    if not isinstance(value, str) or not _HEX_32.fullmatch(value):
        raise _invalid(path, "has to be 64 lower-case hexadecimal digits")
    return value
