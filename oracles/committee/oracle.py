"""One oracle: its home, its key, its own copies. It never signs what it did not recompute.

<home>/evidence/<manifest hash>/   its own copy of every package
<home>/logs/<project id>/          its own act logs
<home>/claims.sqlite, claims.runs/ its own claims
<home>/scratch/                    what an engine is working at; empty in between
<home>/figures/<project id>/       what later reports are compared with
<home>/signed/                     what it signed
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from eth_account.signers.local import LocalAccount

from oracles.accounting.outcome import Engine
from oracles.accounting.reference import ReferenceEngine
from oracles.committee.chain_view import ChainView, check_final
from oracles.committee.comparison import first_difference
from oracles.committee.computation import (
    Bench,
    Computation,
    Proposal,
    Terms,
    check_over,
    check_project,
    compute,
    task_of,
)
from oracles.committee.digest import report_digest, sign_report
from oracles.committee.drift import drift, earlier_figures, keep_figures
from oracles.committee.earlier import check_claims, check_own_claims
from oracles.committee.naming import Named, name_difference, name_fields
from oracles.committee.signed_reports import SignedReport, SignedReports
from oracles.committee.terms import VALID_SECONDS_MAX, VALID_SECONDS_MIN, terms_of
from oracles.errors import ActsReserved, OracleRefuses
from oracles.exclusion_lists import ExclusionLists
from oracles.package_format import RECORDS_NAME, Manifest
from oracles.screens import ReportKey, SqliteClaimStore
from oracles.screens.exclusions import ExclusionList
from oracles.sources.evidence import load_manifest, load_package, read_manifest
from oracles.sources.source import EvidenceSource
from registry.domain.acts import ACT_ID_BYTES
from registry.domain.errors import Conflict, IntegrityError, InvalidEvidence, NotFound
from registry.domain.methodology import Methodology, check_fileable
from registry.domain.report import Report
from registry.log.leaf import Leaf
from registry.log.store import LogStore

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class OracleNetwork:
    """What all oracles of a network share. methodologies: definition hash -> definition."""

    pepper: bytes
    methodologies: Mapping[bytes, Methodology]
    exclusions: ExclusionLists | None = None
    """None where no jurisdiction has a list."""


class Oracle:
    """One member of a committee. Not for several threads at once."""

    def __init__(
        self,
        home: Path,
        key: LocalAccount | None,
        network: OracleNetwork,
        *,
        engine: Engine | None = None,
        clock: Clock = time.time,
    ) -> None:
        """key: None for an oracle that computes and checks, and cannot sign. engine: the reference engine, if None.
        clock: seconds since 1970 UTC.
        """
        self._home = home
        self._key = key
        self._network = network
        self._engine = engine or ReferenceEngine()
        self._clock = clock
        self._opened_claims: SqliteClaimStore | None = None
        self._signed = SignedReports(home / "signed", self.name)

    @property
    def name(self) -> str:
        """How messages call it: its address, or its folder if it has no key."""
        return str(self._key.address) if self._key else self._home.name

    @property
    def address(self) -> str:
        """The address it signs with. Raises NotFound without a key."""
        return str(self._signing_key().address)

    def close(self) -> None:
        """Closes its files."""
        if self._opened_claims is not None:
            self._opened_claims.close()

    @property
    def _claims(self) -> SqliteClaimStore:
        # Opened when first needed, so that a damaged file stops this oracle and not the program that opened it.
        if self._opened_claims is None:
            self._opened_claims = SqliteClaimStore(self._home / "claims.sqlite")
        return self._opened_claims

    def log(self, project_id: int) -> LogStore:
        """Its own log of a project."""
        return LogStore(self._home / "logs" / str(project_id))

    def pull(self, source: EvidenceSource, name: str) -> Path:
        """Makes its own copy of a package and returns the folder. Raises SourceUnavailable, InvalidEvidence."""
        return source.pull(name, self._home / "evidence")

    def signed(self, project_id: int, seq: int) -> list[SignedReport]:
        """What it signed as report `seq` of a project: at most one in each epoch and place of the chain, by epoch."""
        return self._signed.all(ReportKey(project_id, seq))

    def signed_at(self, key: ReportKey, prev_digest: bytes, epoch: int) -> SignedReport | None:
        """What it signed last for a place of the chain in an epoch, if anything."""
        return self._signed.get(key, prev_digest, epoch)

    def signed_next(self, project_id: int, view: ChainView) -> SignedReport | None:
        """What it signed as the next report of a project for the committee in office, if anything."""
        epoch = view.committee(view.project(project_id).jurisdiction).epoch
        before = view.before_next(project_id, self._now(view))
        return self._signed.get(ReportKey(project_id, before.seq + 1), before.digest, epoch)

    def terms(self, project_id: int, view: ChainView) -> Terms:
        """The terms under which it proposes the next report: those it signed already, or those of now."""
        signed = self.signed_next(project_id, view)
        if signed is not None and signed.report.valid_until - self._now(view) >= VALID_SECONDS_MIN:
            return Terms(signed.report.valid_until, signed.report.epoch)
        return self.terms_now(project_id, view)

    def terms_now(self, project_id: int, view: ChainView) -> Terms:
        """The terms of this moment, whatever it signed before: the same for all oracles within a window."""
        return terms_of(self._now(view), view.committee(view.project(project_id).jurisdiction).epoch)

    def compute(self, folder: Path, view: ChainView, terms: Terms | None = None) -> Computation:
        """Recomputes the report of a package, the next one of its project.

        Raises:
            InvalidEvidence, PackageRefused, OracleBehind, IntegrityError: see `committee.computation.compute`.
            InvalidEvidence: the package names another exclusion list than the one in force here.
            OracleBehind, IntegrityError: its claims lack an earlier report, see `committee.earlier.check_claims`.
            NotFound: the filed methodology's definition is not known to this oracle.
            NotFileable: it is graded C, and the network is no demonstration; or a value of it was not seen.
            Conflict: the report before it is not final yet.
        """
        project_id = read_manifest(folder).project_id
        project = view.project(project_id)
        package = load_package(folder, view.chain_id, view.verifiers(project.jurisdiction))
        check_project(package.manifest, project)
        check_over(package.manifest, self._now(view))
        exclusions = self._lists.for_new(package.manifest.exclusions, project.jurisdiction)
        before = view.before_next(project_id, self._now(view))
        bench, methodology = self._bench(project_id, exclusions), self._methodology(project.definition_hash, view)
        # Before screening: claims that lack a report would let its copies through.
        check_claims(view, project, self._claims, self.name, self._now(view))
        own = compute(package, project, before, methodology, terms or self.terms(project_id, view), bench)
        return replace(own, drift=drift(own.figures(), earlier_figures(self._home / "figures", own.report_key)))

    def examine(self, folder: Path, view: ChainView, proposal: Proposal) -> Computation:
        """Recomputes from its own copy what another oracle proposes; returns only if both agree to the byte.

        Raises:
            OracleRefuses: they do not agree; the message names the first record that differs.
            and what `compute` raises.
        """
        proposed = proposal.report
        self._check_terms(proposed, view)
        try:
            own = self.compute(folder, view, Terms(proposed.valid_until, proposed.epoch))
        except InvalidEvidence as cause:
            # The copy is not even whole. Nothing of it is believed, but it may still show where it was altered.
            named = self._differing_record(folder, view, proposal)
            if named is None:
                raise
            raise self._refusal(proposed, f"{cause} {named.text}", named) from cause
        if own.report == proposed and own.leaves == proposal.leaves:
            return own
        difference = first_difference(own.leaves, proposal.leaves)
        if difference is not None:
            named = name_difference(difference, folder, self._network.pepper, own.quarantined)
            raise self._refusal(proposed, named.text, named)
        raise self._refusal(proposed, name_fields(own.report, proposed) or "the leaves have other serials")

    def sign(self, computation: Computation, view: ChainView) -> bytes:
        """Signs what it recomputed. The signature is on disk before it is returned; asked again, it returns the same.

        Its acts are then reserved: no report that counts one of them, or the same of another year, is signed besides.

        Raises:
            AlreadySigned: it signed another report under this number.
            OracleRefuses: another report counted or reserved acts of this one, or the arbiters overturned the same.
            Conflict, Unavailable, IntegrityError: the claim file does not take the reservation.
            NotFound: it has no key.
        """
        report, key = computation.report, self._signing_key()
        if self._signed.holds_overturned(report):
            raise self._refusal(report, f"it says what report {report.prev_digest.hex()} said, which was overturned")
        digest = report_digest(report, view.chain_id, view.committee_contract)
        signature = sign_report(report, key, view.chain_id, view.committee_contract)
        try:
            # In one transaction: what is reserved is what was signed, also if two processes sign at once.
            with self._claims.reserving(computation.report_key, digest, computation.claims):
                return self._signed.keep(SignedReport(report, digest, signature)).signature
        except ActsReserved as taken:
            raise self._refusal(report, str(taken).rstrip(".")) from taken

    def commit(self, computation: Computation, view: ChainView) -> None:
        """Keeps an accepted report: its leaves in the log, its acts in the claims. May be repeated after a crash.

        Raises:
            Conflict: the chain has not accepted this very report, or it is not final yet.
            OracleBehind, IntegrityError: the oracle's log is not where the report begins.
        """
        report, key = computation.report, computation.report_key
        digest = report_digest(report, view.chain_id, view.committee_contract)
        accepted = view.report(key.project_id, key.seq) if view.last_seq(key.project_id) >= key.seq else None
        if accepted is None or accepted.digest != digest:
            found = "no report" if accepted is None else f"report {accepted.digest.hex()}"
            problem = f"the chain has {found} under this number, not {digest.hex()}"
            raise Conflict(kind="report", id=f"{key.project_id}/{key.seq}", problem=problem)
        # A log never forgets a leaf, so what may still be overturned has no place in it.
        check_final(key.project_id, accepted, self._now(view))
        self._append(computation)
        keep_figures(self._home / "figures", key, computation.figures())
        # Last: what is in the claims was kept whole.
        self._claims.record(key, digest, computation.claims)

    def follow(self, folder: Path, view: ChainView, accepted: Report) -> Computation:
        """Catches up with a report that was accepted without this oracle: recomputes, compares, keeps.

        Raises:
            what `recompute` and `commit` raise.
        """
        own = self.recompute(folder, view, accepted)
        self.commit(own, view)
        return own

    def recompute(self, folder: Path, view: ChainView, accepted: Report) -> Computation:
        """Recomputes a report that was accepted, and compares. Keeps nothing.

        Whether project and verifier are in office is not asked: they were when it was accepted. Nor are the claims of
        other projects: were one missing that mattered, another report would come out, and nothing would be kept.

        Raises:
            OracleRefuses: it computes another report than the committee accepted.
            and what `compute` raises.
        """
        project = view.filed_project(accepted.project_id)
        package = load_package(folder, view.chain_id, None)
        if package.manifest_hash != accepted.evidence_hash:
            problem = f"its package has manifest {package.manifest_hash.hex()}, not {accepted.evidence_hash.hex()}"
            raise self._refusal(accepted, problem)
        before = view.report(project.project_id, accepted.seq - 1)
        check_own_claims(project.project_id, before, self._claims, self.name)
        # The one before it on the line; in the chain of digests it may follow an overturned one.
        before = replace(before, digest=accepted.prev_digest)
        terms = Terms(accepted.valid_until, accepted.epoch)
        methodology = self._methodology(project.definition_hash, view)
        # Another list may be in force by now.
        stated = package.manifest.exclusions
        bench = self._bench(project.project_id, None if stated is None else self._lists.get(stated))
        own = compute(package, project, before, methodology, terms, bench)
        if own.report != accepted:
            raise self._refusal(
                accepted, f"it computes root {own.report.log_root.hex()}, not {accepted.log_root.hex()}"
            )
        return own

    def learn(self, key: ReportKey, digest: bytes, leaves: list[bytes]) -> None:
        """Takes the acts of a report of another committee from its public log, so that they cannot be claimed again.

        (Look-alikes are known only of reports that this oracle computed itself.)
        """
        act_ids = [Leaf.unpack(leaf).act_id for leaf in leaves]
        self._claims.learn(key, digest, pa.array(act_ids, pa.binary(ACT_ID_BYTES)))

    def knows(self, key: ReportKey, digest: bytes) -> bool:
        """Are the claims of this accepted report here?"""
        return self._claims.digest_of(key) == digest

    def package_of(self, evidence_hash: bytes) -> Path | None:
        """Its own copy of a package that it pulled before, by the hash of the manifest; None if it has none."""
        folder = self._home / "evidence" / evidence_hash.hex()
        return folder if folder.is_dir() else None

    def packages(self) -> dict[bytes, Manifest]:
        """The packages of which it has a copy, by the hash of the manifest; what is damaged is left out."""
        found = {}
        for folder in sorted((self._home / "evidence").glob("[!.]*/")):
            with suppress(InvalidEvidence, ValueError):
                found[bytes.fromhex(folder.name)] = read_manifest(folder)
        return found

    def manifest_of(self, evidence_hash: bytes) -> Manifest:
        """The manifest of a package of which it has a copy. Raises NotFound, InvalidEvidence."""
        folder = self.package_of(evidence_hash)
        if folder is None:
            raise NotFound(kind="copy of evidence package", id=evidence_hash.hex())
        return read_manifest(folder)

    def _append(self, computation: Computation) -> None:
        report, leaves = computation.report, computation.leaves
        log = self.log(report.project_id)
        size = log.size
        if size == report.log_size - len(leaves):
            log.append(leaves)
        if log.size < report.log_size or log.root(report.log_size) != report.log_root:
            problem = f"it had {size} leaves and does not come to root {report.log_root.hex()} of {report.log_size}"
            raise IntegrityError(what=f"log of project {report.project_id} of oracle {self.name}", problem=problem)

    def _now(self, view: ChainView) -> int:
        # A chain that mines only when there is something to mine may not have had a block for months; the block that
        # takes the report will have today's time.
        return max(view.timestamp, int(self._clock()))

    def _check_terms(self, report: Report, view: ChainView) -> None:
        now = self._now(view)
        if not VALID_SECONDS_MIN <= report.valid_until - now <= VALID_SECONDS_MAX:
            problem = f"it is valid until {report.valid_until}, the time is {now}"
            allowed = f"{VALID_SECONDS_MIN} to {VALID_SECONDS_MAX} seconds ahead"
            raise self._refusal(report, f"{problem}; signed is what is valid {allowed}")
        epoch = view.committee(view.project(report.project_id).jurisdiction).epoch
        if report.epoch != epoch:
            raise self._refusal(report, f"it names epoch {report.epoch}, the committee in office is of epoch {epoch}")

    def _differing_record(self, folder: Path, view: ChainView, proposal: Proposal) -> Named | None:
        """Compares a copy that failed its checks with the proposal, to say where it was altered. None if it cannot."""
        try:
            project = view.project(read_manifest(folder).project_id)
            # What no verifier stands for is not worth the work.
            manifest, _, _ = load_manifest(folder, view.chain_id, view.verifiers(project.jurisdiction))
            before = view.before_next(manifest.project_id, self._now(view))
            methodology = self._methodology(project.definition_hash, view)
            key = ReportKey(manifest.project_id, before.seq + 1)
            bench = self._bench(manifest.project_id, self._lists.in_force(project.jurisdiction))
            # Records that were not checked are read by the engine that reads them one by one.
            own = ReferenceEngine().account(
                folder / RECORDS_NAME, task_of(manifest, project, methodology, key, before, bench)
            )
            difference = first_difference(own.leaves, proposal.leaves)
        except (InvalidEvidence, NotFound):
            return None
        return (
            None if difference is None else name_difference(difference, folder, self._network.pepper, own.quarantined)
        )

    def _refusal(self, report: Report, problem: str, named: Named | None = None) -> OracleRefuses:
        record = None if named is None else named.difference.act_id.hex()
        return OracleRefuses(
            oracle=self.name,
            project_id=report.project_id,
            seq=report.seq,
            problem=problem,
            record=record,
            act_key=None if named is None else named.act_key,
            differing=0 if named is None else named.difference.total,
        )

    def _methodology(self, definition_hash: bytes, view: ChainView) -> Methodology:
        """The filed methodology, if packages may be counted by it on this network. Raises NotFound, NotFileable.

        The chain knows a methodology by its hash alone, so it is the oracles who see what is in it: what was not seen
        in its source is counted nowhere, and grade C on a demonstration network only.
        """
        methodology = self._network.methodologies.get(definition_hash)
        if methodology is None:
            raise NotFound(kind="methodology definition", id=definition_hash.hex())
        check_fileable(methodology, demonstration=view.demonstration)
        return methodology

    def _bench(self, project_id: int, exclusions: ExclusionList | None) -> Bench:
        scratch, pepper = self._home / "scratch", self._network.pepper
        return Bench(self.name, self.log(project_id), self._claims, pepper, self._engine, scratch, exclusions)

    @property
    def _lists(self) -> ExclusionLists:
        return self._network.exclusions or ExclusionLists(self._home / "no exclusions")

    def _signing_key(self) -> LocalAccount:
        if self._key is None:
            raise NotFound(kind="key of oracle", id=self.name)
        return self._key
