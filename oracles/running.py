"""One report from a package to the chain and into every log: what `puhui oracle round` does.

    pull -> catch up -> recompute, compare, sign -> submit -> keep in each oracle's own log and claims -> publish

Every step can be repeated, so a run that was killed is run again with the same arguments: signatures are on disk before
they are shown, the outbox sends a transaction once, and what is kept and published already stays as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from oracles.catching_up import catch_up
from oracles.committee.chain_view import ChainView, check_final
from oracles.committee.computation import Computation, Proposal
from oracles.committee.digest import report_digest
from oracles.committee.member import LocalMember
from oracles.committee.oracle import Oracle
from oracles.committee.relay import MEMBER_FAILURES, run_round
from oracles.package_format import MANIFEST_NAME, Manifest, manifest_hash
from oracles.sources.source import EvidenceSource
from registry.domain.errors import ContractRefused, SourceUnavailable
from registry.domain.report import Report
from registry.domain.rules import ReportStatus
from registry.log.store import LogStore
from registry.services.publication import Publication, publish
from registry.services.registry import Registry

KEPT = "kept"
Announce = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    """A report that is on chain, kept and published."""

    computation: Computation
    report: Report
    digest: bytes
    signers: list[str]
    """Whose signatures were submitted, ascending; empty if the report was on chain before this run."""
    answers: dict[str, str]
    """Oracle -> "signed", or why not."""
    kept: dict[str, str]
    """Oracle -> "kept", or why it could not keep the report; such a one catches up with the next run. Empty if nobody
    keeps it yet, because it is not final."""
    tx_hash: bytes | None
    """None if the report was on chain before this run."""
    publication: Publication | None
    """None if the report can still be disputed: it is kept and published when it is run again after `final_at`."""
    final_at: int
    """Seconds since 1970 UTC."""


def run_report(
    registry: Registry,
    oracles: Sequence[Oracle],
    source: EvidenceSource,
    package: str,
    sender: LocalAccount,
    announce: Announce | None = None,
) -> RunResult:
    """Lets a committee report one package.

    sender: pays for the transaction; anybody may submit a report that has its quorum.
    announce: is told, in one line each, what goes on.

    Raises:
        QuorumNotReached: with what each oracle said.
        PackageRefused, InvalidEvidence, OracleBehind: no oracle could even propose a report; the reason of the first.
        SourceUnavailable: no oracle could pull the package.
        ContractRefused: the contract did not take the report.
        Conflict: the report of this package is on chain and can still be disputed, or is.
    """
    announce = announce or _silently
    folders, absent = _pull_all(oracles, source, package)
    folder = next(iter(folders.values()))
    content = (folder / MANIFEST_NAME).read_bytes()
    view = ChainView.newest(registry.gateway, registry.register)
    for line in catch_up(registry, oracles, view, manifest_hash(content)):
        announce(line)
    members = [LocalMember(oracle, folders[oracle.name], view) for oracle in oracles if oracle.name in folders]
    report = _accepted_report(oracles, view, Manifest.from_bytes(content).project_id, manifest_hash(content))
    answers: dict[str, str] = {}
    signers: list[str] = []
    tx_hash = None
    if report is None:
        announce(f"{len(members)} oracles recompute package {package}")
        project = view.project(Manifest.from_bytes(content).project_id)
        collected = run_round([*members, *absent], view.signing_committee(project.jurisdiction), view)
        report, answers, signers = collected.report, collected.answers, collected.signers
        announce(f"{len(signers)} signatures for report {report.seq}: submitting")
        tx_hash = submit_report(registry, sender, view, report, collected.signatures)
    after = ChainView.newest(registry.gateway, registry.register)
    accepted = after.report(report.project_id, report.seq)
    if not accepted.is_final(after.timestamp):
        if tx_hash is None:
            check_final(report.project_id, accepted, max(after.timestamp, int(time.time())))
        else:
            announce(f"Report {report.seq} is accepted and can be disputed until {accepted.final_at}: run again then")
            computation = next(member.computation for member in members if member.computation is not None)
            return RunResult(
                computation, report, accepted.digest, signers, answers, {}, tx_hash, None, accepted.final_at
            )
    announce(f"Report {report.seq} is final: every oracle keeps it")
    kept, computation = _keep_all(members, after, report)
    for member in absent:
        kept[member.address] = member.why
    announce("Publishing leaves and reasons")
    registry.indexer.run_to_head()
    publication = publish(
        registry.database,
        LogStore(registry.home.log_folder(report.project_id)),
        report.project_id,
        report.seq,
        computation.leaves,
        computation.set_aside(),
    )
    return RunResult(
        computation, report, accepted.digest, signers, answers, kept, tx_hash, publication, accepted.final_at
    )


def _silently(_line: str) -> None:
    """Tells nobody."""


class _Absent:
    """An oracle that has no copy of the package: it takes part in the round by saying why."""

    def __init__(self, oracle: Oracle, failure: Exception) -> None:
        self.address = oracle.address
        self.why = str(failure)
        self._failure = failure

    def signed_digest(self) -> bytes | None:
        return None

    def propose(self) -> Proposal:
        raise self._failure

    def sign(self, proposal: Proposal) -> bytes:  # noqa: ARG002 - it has nothing to compare it with
        raise self._failure


def _pull_all(oracles: Sequence[Oracle], source: EvidenceSource, package: str) -> tuple[dict[str, Path], list[_Absent]]:
    folders: dict[str, Path] = {}
    failures: dict[str, Exception] = {}
    for oracle in oracles:
        try:
            folders[oracle.name] = oracle.pull(source, package)
        except MEMBER_FAILURES as failure:
            failures[oracle.name] = failure
    if not folders:
        # The first reason is as good as any: all of them asked the same source.
        raise next(iter(failures.values()), SourceUnavailable(what=package, problem="no oracle was asked to pull it"))
    return folders, [_Absent(oracle, failures[oracle.name]) for oracle in oracles if oracle.name in failures]


def _accepted_report(
    oracles: Sequence[Oracle], view: ChainView, project_id: int, evidence_hash: bytes
) -> Report | None:
    """The report of this very package, if one of these oracles signed it and the chain has it already."""
    for seq in range(view.last_seq(project_id), 0, -1):
        state = view.report(project_id, seq)
        if state.status is ReportStatus.OVERTURNED:
            continue
        digest = state.digest
        for oracle in oracles:
            for signed in oracle.signed(project_id, seq):
                if signed.digest == digest and signed.report.evidence_hash == evidence_hash:
                    return signed.report
    return None


def submit_report(
    registry: Registry, sender: LocalAccount, view: ChainView, report: Report, signatures: list[bytes]
) -> bytes | None:
    """Submits a report with its quorum; None if somebody was faster with this very report. Raises ContractRefused."""
    digest = report_digest(report, view.chain_id, view.committee_contract)
    key = f"report/{report.project_id}/{report.seq}/{digest.hex()}"
    try:
        receipt = registry.attempt(sender, "OracleCommittee", "submit", [report.message(), signatures], key=key)
    except ContractRefused:
        # Anybody may submit, so somebody may have been faster with this very report.
        view = ChainView.newest(registry.gateway, registry.register)
        accepted = view.last_seq(report.project_id) >= report.seq
        if not accepted or view.report(report.project_id, report.seq).digest != digest:
            raise
        return None
    return receipt.tx_hash


def _keep_all(members: Sequence[LocalMember], view: ChainView, report: Report) -> tuple[dict[str, str], Computation]:
    kept: dict[str, str] = {}
    computation: Computation | None = None
    failures: list[BaseException] = []
    for member in members:
        try:
            own = member.keep(report, view)
        except MEMBER_FAILURES as failure:
            kept[member.oracle.name] = str(failure)
            failures.append(failure)
        else:
            kept[member.oracle.name] = KEPT
            computation = computation or own
    if computation is None:
        raise failures[0]
    return kept, computation
