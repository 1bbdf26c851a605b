"""What an oracle signed, on disk before anyone sees the signature, and never two reports for one place of the chain.

A place is (project, seq, digest of the report before). Two reports signed for one that differ in more than their terms
(`validUntil`, `epoch`) are proof of equivocation and cost an oracle its seat, so what was signed for a place is written
once: made aside, brought to the disk, then linked to its name, which fails if the name is taken, also when two
processes try at the same moment.

The same may be signed again in another epoch: when a committee is replaced before its report was accepted, what it
signed can never be accepted any more, and the signers that stay have to sign under the new epoch, or the project is
stuck. Within an epoch the same may be signed again for a later window (`committee.terms`), once a window: signatures of
two windows never come together to a quorum, and without this a place would be stuck whose report was signed by too few
before its terms ran out. Whichever of them the chain takes, the place is taken, and both say the same.
What takes the place of an overturned report stands in another place: it names the overturned one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from oracles.committee.terms import VALID_WINDOW_SECONDS
from oracles.errors import AlreadySigned
from oracles.screens.claims import ReportKey
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import IntegrityError, InvalidInput
from registry.domain.report import Report
from registry.files import write_new

# Of the digest of the report before, in the name of a file.
_DIGEST_CHARACTERS = 16
_FILES_KEPT = 256


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
        # A file never changes once it has its name.
        self._read = lru_cache(maxsize=_FILES_KEPT)(_read)

    def get(self, key: ReportKey, prev_digest: bytes, epoch: int) -> SignedReport | None:
        """What was signed last for this place in this epoch. Raises IntegrityError if a file is damaged."""
        first = self._path(key, prev_digest, epoch)
        if not first.exists():
            return None
        found = [self._read(path) for path in (first, *self._folder.glob(f"{first.stem}-*.json"))]
        return max(found, key=lambda signed: signed.report.valid_until)

    def all(self, key: ReportKey) -> list[SignedReport]:
        """What was signed under this number, by epoch. Raises IntegrityError if a file is damaged."""
        found = [self._read(path) for path in self._folder.glob(f"{key.project_id}-{key.seq}-*.json")]
        return sorted(found, key=lambda signed: (signed.report.epoch, signed.report.valid_until))

    def keep(self, signed: SignedReport) -> SignedReport:
        """Keeps what is about to be handed out; returns what was kept before if it is the same report.

        Raises:
            AlreadySigned: another report was signed for this place.
        """
        key = ReportKey(signed.report.project_id, signed.report.seq)
        path = self._path(key, signed.report.prev_digest, signed.report.epoch)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._bind(key, signed)
        before = self.get(key, signed.report.prev_digest, signed.report.epoch)
        if before is not None and signed.report.valid_until >= before.report.valid_until + VALID_WINDOW_SECONDS:
            path = path.with_name(f"{path.stem}-{signed.report.valid_until}.json")
        try:
            write_new(path, _write(signed))
        except FileExistsError:
            return self._same_as_kept(key, signed)
        return signed

    def holds_overturned(self, report: Report) -> bool:
        """Whether it signed the report that this one is chained to, and that one said the same for the same number.

        Only an overturned report has the number of the one that follows it.
        """
        key = ReportKey(report.project_id, report.seq)
        before = [kept for kept in self.all(key) if kept.digest == report.prev_digest]
        return any(_content(kept.report, place=False) == _content(report, place=False) for kept in before)

    def _bind(self, key: ReportKey, signed: SignedReport) -> None:
        """Binds the place to what this report says, whatever its terms. Raises AlreadySigned."""
        path = self._path(key, signed.report.prev_digest, None)
        content = _content(signed.report, place=True)
        try:
            write_new(path, content)
        except FileExistsError:
            if path.read_bytes() != content:
                raise self._refusal(key, "with other content", signed) from None

    def _refusal(self, key: ReportKey, known: str, signed: SignedReport) -> AlreadySigned:
        return AlreadySigned(
            oracle=self._oracle,
            project_id=key.project_id,
            seq=key.seq,
            signed=known,
            asked=signed.digest.hex(),
        )

    def _same_as_kept(self, key: ReportKey, signed: SignedReport) -> SignedReport:
        kept = self.get(key, signed.report.prev_digest, signed.report.epoch)
        if kept is None or kept.digest != signed.digest:
            raise self._refusal(key, kept.digest.hex() if kept else "unknown", signed)
        return kept

    def _path(self, key: ReportKey, prev_digest: bytes, epoch: int | None) -> Path:
        place = f"{key.project_id}-{key.seq}-{prev_digest.hex()[:_DIGEST_CHARACTERS]}"
        return self._folder / (f"{place}.bound" if epoch is None else f"{place}-{epoch}.json")


def _content(report: Report, *, place: bool) -> bytes:
    """What a report says, without its terms, and without the report before it unless `place`."""
    left_out = {"validUntil", "epoch"} | (set() if place else {"prevDigest"})
    return canonical_json({name: value for name, value in _message(report).items() if name not in left_out})


def _message(report: Report) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in report.message().items()}


def _write(signed: SignedReport) -> bytes:
    message = _message(signed.report)
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
