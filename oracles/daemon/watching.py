"""Watching the others: reports that this oracle did not sign are recomputed while they can still be disputed.

A wrong one is disputed, with a file of findings whose hash goes on chain; two things that one signer said for one place
are proved to the contract. Both files are on disk before the transaction is sent.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from oracles.committee.chain_view import ChainView, ReportState
from oracles.committee.oracle import Oracle
from oracles.daemon.places import ProjectState, turn_of
from oracles.daemon.seams import Chain, Log
from oracles.daemon.state import State
from oracles.errors import OracleRefuses, PackageRefused
from oracles.screens import ReportKey
from registry.domain.canonical import canonical_json
from registry.domain.errors import ContractRefused, InvalidEvidence, NotFound, RegistryError
from registry.domain.report import Report
from registry.domain.rules import ReportStatus
from registry.files import write_new
from registry.services.oracle_messages import MessageBox, OpenPlace, equivocations, message_bytes
from registry.services.signatures import Signature

_TOO_LATE = {"NotDisputable", "DisputeWindowOver", "UnknownReport"}
_MAY_NOT = "NotADisputer"
_SUSPENDED = "SuspendedSigner"


class Watch:
    """What one oracle does about others that are wrong."""

    def __init__(
        self, oracle: Oracle, chain: Chain, box: MessageBox, records: Path, log: Log, state: State, *, signs: bool
    ) -> None:
        """records: the folder of findings and proofs. signs: False for a dry run, which tells and sends nothing."""
        self._oracle = oracle
        self._chain = chain
        self._box = box
        self._records = records
        self._log = log
        self._state = state
        self._signs = signs
        self._judged: dict[int, bytes] = {}
        self._since: dict[int, tuple[bytes, int]] = {}
        """Project -> a report that can be disputed and whose evidence is not here, and when that was first seen."""
        self._seen: dict[tuple[OpenPlace, str], float] = {}

    def judge(self, state: ProjectState, view: ChainView, now: int) -> None:
        """Recomputes the last report of a project while it can fall; disputes a wrong one, and one without evidence.

        Raises what `Oracle.recompute` raises where it is this oracle that cannot compute.
        """
        project_id, last = state.project_id, state.last
        # By the chain's time, not by this oracle's: a clock that is ahead would take the window for over too early.
        can_fall = last.status is ReportStatus.ACCEPTED and not last.is_final(view.timestamp)
        if not can_fall or self._judged.get(project_id) == last.digest:
            self._state.unjudged.pop(project_id, None)
            if last.status is ReportStatus.OVERTURNED:
                self._state.wrong.discard(last.digest)
            return
        self._state.unjudged[project_id] = last.seq
        report = self._chain.accepted(project_id, last.seq)
        kept = self._oracle.knows(ReportKey(project_id, last.seq), last.digest)
        if kept or any(signed.digest == last.digest for signed in self._oracle.signed(project_id, last.seq)):
            self._state.unjudged.pop(project_id, None)
            self._judged[project_id] = last.digest
        elif self._recomputed(report, last, view, now):
            self._judged[project_id] = last.digest
            self._state.unjudged.pop(project_id, None)

    def _recomputed(self, report: Report, last: ReportState, view: ChainView, now: int) -> bool:
        """Whether a report is judged: recomputed, or disputed."""
        folder = self._oracle.package_of(report.evidence_hash)
        wrong: RegistryError
        if folder is None:
            wrong = NotFound(kind="copy of evidence package", id=report.evidence_hash.hex())
        else:
            try:
                with self._state.busy(f"report {report.seq} of project {report.project_id}"):
                    self._oracle.recompute(folder, view, report)
            except (OracleRefuses, PackageRefused) as refusal:
                self._dispute(report, last.digest, refusal)
                return True
            except InvalidEvidence as unfit:
                wrong = unfit
            else:
                self._log.info("agrees", project=report.project_id, seq=report.seq)
                return True
        # What nobody can see is as good as wrong, or a stolen quorum would only have to hide its evidence. Half of the
        # time that is left goes to those who publish it.
        if now < (self._seen_since(report.project_id, last.digest, now) + last.final_at) / 2:
            return False
        self._dispute(report, last.digest, wrong)
        return True

    def _seen_since(self, project_id: int, digest: bytes, now: int) -> int:
        known, since = self._since.get(project_id, (b"", 0))
        if known != digest:
            since = now
            self._since[project_id] = (digest, now)
        return since

    def _dispute(self, report: Report, digest: bytes, wrong: RegistryError) -> None:
        self._state.wrong.add(digest)
        told = {"project": report.project_id, "seq": report.seq, "problem": str(wrong)}
        findings = {"report": digest.hex(), "evidence": report.evidence_hash.hex(), "oracle": self._oracle.name, **told}
        path = self._records / "disputes" / f"{report.project_id}-{report.seq}-{digest.hex()[:16]}.json"
        findings_hash = hashlib.sha256(_kept(path, canonical_json(findings))).digest()
        if not self._signs:
            self._log.error("a wrong report is not disputed: dry run", **told)
            return
        try:
            self._chain.dispute(report.project_id, report.seq, findings_hash)
        except ContractRefused as refusal:
            if refusal.error_name == _MAY_NOT:
                self._log.error("a wrong report is not disputed: this key may not", key=self._oracle.name, **told)
                return
            if refusal.error_name in _TOO_LATE:
                self._log.warning("a wrong report needs no dispute any more", refusal=str(refusal), **told)
                return
            raise
        self._state.counts["disputed"] += 1
        self._log.error("disputed", findings=str(path), **told)

    def prove(self, place: OpenPlace, now: float, turn_seconds: float) -> None:
        """Proves equivocation that is seen in messages. The oracles take turns, as with reports."""
        for first, second in equivocations(self._box.at(place.project_id, place.seq)):
            since = self._seen.setdefault((place, first.signer), now)
            for number, message in enumerate((first, second), start=1):
                name = f"{place.project_id}-{place.seq}-{first.signer.lower()}-{number}.json"
                _kept(self._records / "equivocations" / name, message_bytes(message))
            if self._signs and now >= since + turn_of(place, self._oracle.address) * turn_seconds:
                self._prove(first, second, place)
        while len(self._seen) > 1_000:
            self._seen.pop(next(iter(self._seen)))

    def _prove(self, first: Signature, second: Signature, place: OpenPlace) -> None:
        told = {"signer": first.signer, "project": place.project_id, "seq": place.seq}
        try:
            self._chain.prove_equivocation(first, second)
        except ContractRefused as refusal:
            if refusal.error_name != _SUSPENDED:
                raise
            return  # another oracle was faster
        self._state.counts["equivocations"] += 1
        self._log.error("equivocation proved", **told)


def _kept(path: Path, content: bytes) -> bytes:
    """Puts content into a file that is not there yet; gives what the file holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_new(path, content)
    except FileExistsError:
        return path.read_bytes()
    return content
