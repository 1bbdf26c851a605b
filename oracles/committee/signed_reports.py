"""What an oracle signed, on disk before anyone sees the signature, and never two reports under one number.

Two reports signed for one (project, seq) are proof of equivocation and cost an oracle its seat, so the file of a number
is written once: made aside, brought to the disk, then linked to its name, which fails if the name is taken, also when
two processes try at the same moment.

A number counts within an epoch. When a committee is replaced before its report was accepted, what it signed can never
be accepted any more, and the signers that stay have to sign again under the new epoch, or the project is stuck.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracles.errors import AlreadySigned
from oracles.screens.claims import ReportKey
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import IntegrityError, InvalidInput
from registry.domain.report import Report
from registry.files import write_new


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report with this oracle's signature."""

    report: Report
    digest: bytes
    signature: bytes


class SignedReports:
    """The signed reports of one oracle, one file each."""

    def __init__(self, folder: Path, oracle: str) -> None:
        self._folder = folder
        self._oracle = oracle

    def get(self, key: ReportKey, epoch: int) -> SignedReport | None:
        """What was signed under this number in this epoch. Raises IntegrityError if its file is damaged."""
        path = self._path(key, epoch)
        return _read(path) if path.exists() else None

    def all(self, key: ReportKey) -> list[SignedReport]:
        """What was signed under this number, by epoch. Raises IntegrityError if a file is damaged."""
        found = [_read(path) for path in self._folder.glob(f"{key.project_id}-{key.seq}-*.json")]
        return sorted(found, key=lambda signed: signed.report.epoch)

    def keep(self, signed: SignedReport) -> SignedReport:
        """Keeps what is about to be handed out; returns what was kept before if it is the same report.

        Raises:
            AlreadySigned: another report was signed under this number.
        """
        key = ReportKey(signed.report.project_id, signed.report.seq)
        path = self._path(key, signed.report.epoch)
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            write_new(path, _write(signed))
        except FileExistsError:
            return self._same_as_kept(key, signed)
        return signed

    def _same_as_kept(self, key: ReportKey, signed: SignedReport) -> SignedReport:
        kept = self.get(key, signed.report.epoch)
        if kept is None or kept.digest != signed.digest:
            raise AlreadySigned(
                oracle=self._oracle,
                project_id=key.project_id,
                seq=key.seq,
                signed=kept.digest.hex() if kept else "unknown",
                asked=signed.digest.hex(),
            )
        return kept

    def _path(self, key: ReportKey, epoch: int) -> Path:
        return self._folder / f"{key.project_id}-{key.seq}-{epoch}.json"


def _write(signed: SignedReport) -> bytes:
    fields = signed.report.message().items()
    message = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields}
    return canonical_json({"report": message, "digest": signed.digest.hex(), "signature": signed.signature.hex()})


def _read(path: Path) -> SignedReport:
    try:
        fields: dict[str, Any] = parse_strict_json(path.read_bytes(), "signed report")
        stored = fields["report"].items()
        message = {name: bytes.fromhex(value) if isinstance(value, str) else value for name, value in stored}
        report = Report.from_message(message)
        return SignedReport(report, bytes.fromhex(fields["digest"]), bytes.fromhex(fields["signature"]))
    except (InvalidInput, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise IntegrityError(what=f"signed report {path}", problem=str(cause).rstrip(".")) from cause
