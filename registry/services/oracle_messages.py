"""What oracles tell each other: a report with one signature, and the mailbox that keeps such messages for the others.

A message proves itself: who signed is recovered from the signature, and nobody can make or change one for another. So
a mailbox is trusted for nothing; it may forget, repeat or hold back. It keeps only what can still matter (the open
place of each project, signers in office) and so little of each signer that nobody can fill it.

    {"type": "Report", "message": {...}, "signer": "0x...", "signature": "0x..."}    as a signature file
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import Project
from registry.db.models import Report as ReportRow
from registry.domain.canonical import canonical_json
from registry.domain.errors import Conflict, InvalidInput, NotFound
from registry.domain.ids import split_project_id
from registry.domain.report import DOMAIN_NAME, Report
from registry.domain.rules import ReportStatus
from registry.services.committees import in_office, suspended
from registry.services.signatures import Signature, parse

MESSAGE_BYTES_MAX = 2_048
MESSAGES_MAX = 64
"""Of one place: two contents of each of 31 signers."""
CONTENTS_MAX = 2
"""Of one signer for one place: the second one is the proof that it lies, a third proves nothing more."""
PLACES_MAX = 10_000
MESSAGES_PER_SECOND = 20
"""From one address. A committee of 31 that signs a report every minute stays far below."""
_NO_DIGEST = bytes(32)


class MessageRefused(Conflict):
    """A message that no oracle could use now. Values: problem."""

    code = "message_refused"
    text = (
        "The message is not taken: {problem}. Sign for the place that is open now, or wait until this server sees it."
    )


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """Where the next report of a project has to stand, and who may sign it."""

    project_id: int
    seq: int
    prev_digest: bytes
    epoch: int
    signers: tuple[str, ...]
    """Of the committee in office, without those who are suspended."""
    quorum: int


@lru_cache(maxsize=1024)
def message_bytes(message: Signature) -> bytes:
    """The one form in which a message travels."""
    return canonical_json(message.as_json())


@lru_cache(maxsize=1024)
def read_message(content: bytes, chain_id: int, contract: str) -> Signature:
    """A message and who signed it. Asked again for the same bytes, it does not compute again. Raises InvalidInput."""
    if len(content) > MESSAGE_BYTES_MAX:
        raise InvalidInput(field="message", problem=f"has more than {MESSAGE_BYTES_MAX} bytes", given=len(content))
    message = parse(content, "message", chain_id, lambda _name: contract)
    if not isinstance(message.signed, Report):
        raise InvalidInput(
            field="message", problem=f"is no report of {DOMAIN_NAME}", given=message.signed.SCHEMA.primary
        )
    return message


def report_of(message: Signature) -> Report:
    """What was signed."""
    assert isinstance(message.signed, Report), "read_message lets nothing else through"
    return message.signed


@lru_cache(maxsize=1024)
def content_of(report: Report) -> Report:
    """What a report says, whatever its terms: two that differ in this, signed for one place, are equivocation."""
    return replace(report, valid_until=0, epoch=0)


def open_place(session: Session, project_id: int) -> OpenPlace:
    """The open place of a project, as the index knows it. Raises NotFound, InvalidSerial."""
    jurisdiction = split_project_id(project_id)[0]
    if session.get(Project, project_id) is None:
        raise NotFound(kind="project", id=str(project_id))
    seats = in_office(session, jurisdiction)
    newest = select(ReportRow).where(ReportRow.project_id == project_id).order_by(ReportRow.seq.desc()).limit(1)
    last = session.scalar(newest)
    out = set(suspended(session, jurisdiction))
    seq = 0 if last is None else last.seq
    return OpenPlace(
        project_id=project_id,
        seq=seq if last is not None and last.status == ReportStatus.OVERTURNED else seq + 1,
        prev_digest=_NO_DIGEST if last is None else last.digest,
        epoch=seats.epoch,
        signers=tuple(signer for signer in seats.signers if signer not in out),
        quorum=seats.quorum,
    )


class MessageBox:
    """The messages of the open places, in memory. May be used from any thread.

    What is lost with the process is posted again by those who signed it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[int, tuple[OpenPlace, dict[str, list[Signature]]]] = {}

    def put(self, message: Signature, place: OpenPlace) -> bool:
        """Keeps a message; says whether it is new. Raises MessageRefused."""
        report = report_of(message)
        found = (report.project_id, report.seq, report.prev_digest, report.epoch)
        if found != (place.project_id, place.seq, place.prev_digest, place.epoch):
            open_one = f"report {place.seq} after {place.prev_digest.hex()} in epoch {place.epoch}"
            problem = f"it is for report {report.seq} after {report.prev_digest.hex()} in epoch {report.epoch}"
            raise MessageRefused(problem=f"{problem}, open is {open_one}")
        if message.signer not in place.signers:
            raise MessageRefused(problem=f"{message.signer} is no signer in office, or suspended")
        with self._lock:
            return self._keep(message, self._messages_of(place))

    def at(self, project_id: int, seq: int) -> list[Signature]:
        """The messages for a report, by signer; of each signer at most CONTENTS_MAX."""
        with self._lock:
            place, by_signer = self._places.get(project_id, (None, {}))
            if place is None or place.seq != seq:
                return []
            return [message for signer in sorted(by_signer) for message in by_signer[signer]]

    def _messages_of(self, place: OpenPlace) -> dict[str, list[Signature]]:
        known = self._places.get(place.project_id)
        if known is None and len(self._places) >= PLACES_MAX:
            raise MessageRefused(problem=f"messages for {PLACES_MAX} projects are kept already")
        if known is None or known[0] != place:
            # Another epoch or another place: the old messages can never be a quorum any more. Where only somebody was
            # suspended, the messages of the others stay.
            same = known is not None and replace(known[0], signers=place.signers) == place
            kept = {s: m for s, m in known[1].items() if s in place.signers} if known is not None and same else {}
            known = self._places[place.project_id] = (place, kept)
        return known[1]

    def _keep(self, message: Signature, by_signer: dict[str, list[Signature]]) -> bool:
        mine, report = by_signer.setdefault(message.signer, []), report_of(message)
        for position, kept in enumerate(map(report_of, mine)):
            if content_of(kept) == content_of(report):
                if report.valid_until <= kept.valid_until:
                    return False
                mine[position] = message
                return True
        if len(mine) == CONTENTS_MAX:
            return False
        mine.append(message)
        return True


def quorums(messages: list[Signature], quorum: int, is_usable: Callable[[Report], bool]) -> list[list[Signature]]:
    """The reports that a quorum signed, each as exactly a quorum of messages in the order the contract wants."""
    by_report: dict[Report, dict[str, Signature]] = {}
    for message in messages:
        by_report.setdefault(report_of(message), {})[message.signer] = message
    return [
        [signed[signer] for signer in sorted(signed, key=lambda address: int(address, 16))[:quorum]]
        for report, signed in by_report.items()
        if len(signed) >= quorum and is_usable(report)
    ]


def equivocations(messages: list[Signature]) -> list[tuple[Signature, Signature]]:
    """Pairs of messages of one signer that say two things for one place."""
    by_signer: dict[str, list[Signature]] = {}
    for message in messages:
        by_signer.setdefault(message.signer, []).append(message)
    return [(several[0], several[1]) for several in by_signer.values() if len(several) > 1]
