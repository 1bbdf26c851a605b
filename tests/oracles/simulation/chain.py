"""The contracts as an oracle meets them, in memory: the rules of `OracleCommittee`, and blocks.

`ChainView` is the real one; it asks `Contracts` what it would ask the register.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from oracles.committee.chain_view import ChainView
from oracles.committee.digest import report_digest, signer_of
from registry.domain.errors import ContractRefused, InvalidInput
from registry.domain.ids import project_id as project_id_of
from registry.domain.report import Report
from registry.domain.rules import FilingStatus, ReportStatus
from registry.services.oracle_messages import OpenPlace, content_of

CHAIN_ID = 20260
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SHANGHAI = 310000
DEFINITION = b"d" * 32
NO_DIGEST = bytes(32)
VERIFIER = "0x" + "ab" * 20

digest_of = lru_cache(maxsize=65_536)(lambda report: report_digest(report, CHAIN_ID, CONTRACT))
recovered = lru_cache(maxsize=65_536)(lambda report, signature: signer_of(report, signature, CHAIN_ID, CONTRACT))


@dataclass(frozen=True, slots=True)
class Accepted:
    report: Report
    digest: bytes
    status: ReportStatus
    final_at: int


@dataclass(frozen=True, slots=True)
class Block:
    """The state after a block. Never changed: a view of an old block sees the old state."""

    number: int
    timestamp: int
    epoch: int
    signers: tuple[str, ...]
    suspended: frozenset[str]
    accepted: dict[tuple[int, int], Accepted]
    last_seq: dict[int, int]


@dataclass
class Contracts:
    """The contracts, with one block for every transaction."""

    now: Callable[[], int]
    signers: tuple[str, ...]
    quorum: int
    dispute_seconds: int
    projects: int
    blocks: list[Block] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(who, error) of every refusal."""

    def __post_init__(self) -> None:
        self.blocks.append(Block(0, self.now(), 1, self.signers, frozenset(), {}, {}))

    @property
    def head(self) -> Block:
        return self.blocks[-1]

    def view(self, lag: int = 0) -> ChainView:
        block = self.blocks[max(0, len(self.blocks) - 1 - lag)]
        return ChainView(self, CHAIN_ID, block.number, block.timestamp)  # type: ignore[arg-type]

    def place(self, project_id: int) -> OpenPlace:
        """As the index of the registry knows it."""
        head = self.head
        seq = head.last_seq.get(project_id, 0)
        last = head.accepted.get((project_id, seq))
        overturned = last is not None and last.status is ReportStatus.OVERTURNED
        able = tuple(signer for signer in head.signers if signer not in head.suspended)
        digest = NO_DIGEST if last is None else last.digest
        return OpenPlace(project_id, seq if overturned else seq + 1, digest, head.epoch, able, self.quorum)

    # What `ChainView` asks

    def address(self, _name: str) -> str:
        return CONTRACT

    def call(self, contract: str, function: str, *args: Any, block: int) -> Any:
        return getattr(self, f"_{function}")(self.blocks[block], *args)

    def _projectOf(self, _block: Block, project_id: int) -> Any:  # noqa: N802
        filing = {"definitionHash": DEFINITION, "scenario": 1, "creditingStart": 0, "creditingEnd": 100_000}
        return {"jurisdiction": project_id >> 32, "filing": filing, "status": FilingStatus.FILED}

    def _methodologyOf(self, _block: Block, _digest: bytes) -> Any:  # noqa: N802
        return {"status": FilingStatus.FILED}

    def _projectCount(self, _block: Block, _jurisdiction: int) -> int:  # noqa: N802
        return self.projects

    def _members(self, _block: Block, _jurisdiction: int, _role: int) -> list[str]:
        return [VERIFIER]

    def _committeeOf(self, block: Block, _jurisdiction: int) -> Any:  # noqa: N802
        return block.epoch, block.signers, self.quorum, self.dispute_seconds

    def _isSuspended(self, block: Block, _jurisdiction: int, signer: str) -> bool:  # noqa: N802
        return signer in block.suspended

    def _lastSeq(self, block: Block, project_id: int) -> int:  # noqa: N802
        return block.last_seq.get(project_id, 0)

    def _reportOf(self, block: Block, project_id: int, seq: int) -> Any:  # noqa: N802
        found = block.accepted[project_id, seq]
        report = found.report
        return {
            "digest": found.digest,
            "serialEnd": report.serial_end,
            "logSize": report.log_size,
            "periodEnd": report.period_end,
            "status": found.status,
            "finalAt": found.final_at,
        }

    # Transactions

    def submit(self, who: str, report: Report, signatures: list[bytes]) -> None:
        head = self.head
        if self.now() > report.valid_until:
            self._refuse(who, "ReportExpired")
        if report.epoch != head.epoch:
            self._refuse(who, "WrongEpoch")
        if len(signatures) != self.quorum:
            self._refuse(who, "WrongSignatureCount")
        before = self._check_next(who, report)
        if report.methodology_hash != DEFINITION:
            self._refuse(who, "WrongMethodology")
        if report.serial_end <= (before.report.serial_end if before else 0):
            self._refuse(who, "LineNotForward")
        self._check_signatures(who, report, signatures)
        digest, final_at = digest_of(report), self.now() + self.dispute_seconds
        key = (report.project_id, report.seq)
        accepted = {**head.accepted, key: Accepted(report, digest, ReportStatus.ACCEPTED, final_at)}
        self._mine(accepted=accepted, last_seq={**head.last_seq, report.project_id: report.seq})

    def _check_next(self, who: str, report: Report) -> Accepted | None:
        place, head = self.place(report.project_id), self.head
        if report.seq != place.seq:
            self._refuse(who, "WrongSeq")
        if report.prev_digest != place.prev_digest:
            self._refuse(who, "WrongPrevDigest")
        before = head.accepted.get((report.project_id, report.seq - 1))
        if before is not None and not self.is_final(before):
            self._refuse(who, "PreviousNotFinal")
        if before is not None and report.period_start <= before.report.period_end:
            self._refuse(who, "PeriodOverlaps")
        return before

    def _check_signatures(self, who: str, report: Report, signatures: list[bytes]) -> None:
        last = 0
        for signature in signatures:
            try:
                signer = recovered(report, signature)
            except InvalidInput:
                self._refuse(who, "InvalidSignature")
            if int(signer, 16) <= last:
                self._refuse(who, "SignersNotAscending")
            last = int(signer, 16)
            if signer in self.head.suspended:
                self._refuse(who, "SuspendedSigner")
            if signer not in self.head.signers:
                self._refuse(who, "NotASigner")

    def dispute(self, who: str, project_id: int, seq: int) -> None:
        head = self.head
        if who not in head.signers or who in head.suspended:
            self._refuse(who, "NotADisputer")
        found = head.accepted[project_id, seq]
        if found.status is not ReportStatus.ACCEPTED:
            self._refuse(who, "NotDisputable")
        if self.now() >= found.final_at:
            self._refuse(who, "DisputeWindowOver")
        self._mine(accepted={**head.accepted, (project_id, seq): replace(found, status=ReportStatus.DISPUTED)})

    def resolve(self, project_id: int, seq: int, *, upheld: bool) -> None:
        """The arbiters' word."""
        head = self.head
        status = ReportStatus.UPHELD if upheld else ReportStatus.OVERTURNED
        found = head.accepted[project_id, seq]
        found = replace(found, status=status, final_at=max(found.final_at, self.now()))
        self._mine(accepted={**head.accepted, (project_id, seq): found})

    def prove_equivocation(self, who: str, first: tuple[Report, bytes], second: tuple[Report, bytes]) -> None:
        same_place = all(
            getattr(first[0], name) == getattr(second[0], name) for name in ("project_id", "seq", "prev_digest")
        )
        if not same_place or content_of(first[0]) == content_of(second[0]):
            self._refuse(who, "NotEquivocation")
        signer = recovered(*first)
        if signer != recovered(*second):
            self._refuse(who, "SignersDiffer")
        if signer in self.head.suspended:
            self._refuse(who, "SuspendedSigner")
        self._mine(suspended=self.head.suspended | {signer})

    def begin_epoch(self, signers: tuple[str, ...]) -> None:
        self._mine(epoch=self.head.epoch + 1, signers=signers)

    def is_final(self, found: Accepted) -> bool:
        return found.status in (ReportStatus.ACCEPTED, ReportStatus.UPHELD) and self.now() >= found.final_at

    def _mine(self, **changes: Any) -> None:
        self.blocks.append(replace(self.head, number=len(self.blocks), timestamp=self.now(), **changes))

    def _refuse(self, who: str, name: str) -> None:
        self.refused.append((who, name))
        raise ContractRefused(error_name=name, contract="OracleCommittee")


PROJECTS = tuple(project_id_of(SHANGHAI, number) for number in (1, 2))
