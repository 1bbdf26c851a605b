"""Keeping what the chain accepted for ever: in this oracle's log and claims, and published beside a registry.

Every final report is recomputed from this oracle's own copy of its package. Where there is none, its acts are learned
from the public log if this process can read one. An oracle that lacks a report computes no other of the jurisdiction.
"""

from __future__ import annotations

from collections.abc import Callable

from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Computation
from oracles.committee.digest import report_digest
from oracles.committee.oracle import Oracle
from oracles.daemon.places import ProjectState
from oracles.daemon.seams import Chain, Log, Publisher
from oracles.daemon.state import State
from oracles.errors import OracleBehind, OracleRefuses
from oracles.screens import ReportKey
from registry.domain.errors import IntegrityError
from registry.domain.report import Report

Computed = Callable[[Report], Computation | None]
"""What this process computed for a report, if it still has it."""


class Keeper:
    """Keeps final reports, one after the other."""

    def __init__(self, oracle: Oracle, chain: Chain, publisher: Publisher | None, log: Log, state: State) -> None:
        self._oracle = oracle
        self._chain = chain
        self._publisher = publisher
        self._log = log
        self._state = state
        self._kept: dict[int, int] = {}

    def keep(self, state: ProjectState, view: ChainView, now: int, computed: Computed) -> None:
        """Keeps the final reports of a project that are not kept yet, in their order.

        Raises:
            OracleRefuses: a final report is not what this oracle computes; nothing after it is kept.
            OracleBehind: there is neither a copy of its package nor a public log.
            and what `Oracle.follow` and `Publisher.publish` raise.
        """
        project_id, final = state.project_id, state.final_seq(now)
        try:
            for seq in range(self._kept.get(project_id, 0) + 1, final + 1):
                self._keep_one(ReportKey(project_id, seq), view, computed)
                self._kept[project_id] = seq
        finally:
            self._state.behind[project_id] = final - self._kept.get(project_id, 0)

    def _keep_one(self, key: ReportKey, view: ChainView, computed: Computed) -> None:
        digest = view.report(*key).digest
        report = self._accepted(key, digest, view)
        known = self._oracle.knows(key, digest)
        published = self._publisher is None or self._publisher.has(report)
        if known and published and self._oracle.log(key.project_id).size >= report.log_size:
            return
        folder = self._oracle.package_of(report.evidence_hash)
        computation = computed(report)
        if computation is not None:
            self._oracle.commit(computation, view)
        elif folder is not None:
            computation = self._follow(report, digest, view)
        else:
            if not known:
                self._learn(key, report, digest, view)
            return
        self._state.counts["kept"] += 1
        self._state.wrong.discard(digest)
        self._log.info("kept", project=key.project_id, seq=key.seq, root=report.log_root.hex(), size=report.log_size)
        if self._publisher is not None and not published:
            self._publisher.publish(computation)
            self._state.counts["published"] += 1
            self._log.info("published", project=key.project_id, seq=key.seq)

    def _accepted(self, key: ReportKey, digest: bytes, view: ChainView) -> Report:
        report = self._chain.accepted(*key)
        stated = report_digest(report, view.chain_id, view.committee_contract)
        if stated != digest:
            problem = f"its fields give digest {stated.hex()}, the chain has {digest.hex()}"
            raise IntegrityError(what=f"report {key.seq} of project {key.project_id}", problem=problem)
        return report

    def _follow(self, report: Report, digest: bytes, view: ChainView) -> Computation:
        folder = self._oracle.package_of(report.evidence_hash)
        assert folder is not None, "asked for with a copy only"
        try:
            with self._state.busy(f"report {report.seq} of project {report.project_id}"):
                return self._oracle.follow(folder, view, report)
        except OracleRefuses:
            self._state.wrong.add(digest)
            raise

    def _learn(self, key: ReportKey, report: Report, digest: bytes, view: ChainView) -> None:
        leaves = self._chain.public_leaves(report, digest, view)
        if leaves is None:
            problem = f"there is no copy of package {report.evidence_hash.hex()}, and no source lists it"
            raise OracleBehind(oracle=self._oracle.name, project_id=key.project_id, seq=key.seq, problem=problem)
        self._oracle.learn(key, digest, list(leaves))
        self._log.info("learned the acts", project=key.project_id, seq=key.seq)
