"""Lets oracles take in the accepted reports that their claims lack, before they compute another one.

A report of which the oracle has its own copy of the package is recomputed, compared and kept (`Oracle.follow`). The
acts of any other are learned from the public log, checked against the root in the report that the chain accepted; of
those the look-alikes stay unknown. What can be had neither way stays missing, and the oracle computes nothing then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from oracles.committee.chain_view import ChainView
from oracles.committee.digest import report_digest
from oracles.committee.oracle import Oracle
from oracles.committee.relay import MEMBER_FAILURES
from oracles.screens import ReportKey
from registry.db.models import PublishedReport
from registry.db.models import Report as ReportRow
from registry.domain.errors import IntegrityError
from registry.domain.report import Report
from registry.domain.rules import ReportStatus
from registry.log.store import LogStore
from registry.services.registry import Registry


def catch_up(registry: Registry, oracles: Sequence[Oracle], view: ChainView, except_evidence: bytes) -> Iterator[str]:
    """Yields a line for every report that an oracle took in, and for every one that it could not.

    except_evidence: manifest hash of the package that is being reported; if its report was accepted already, the run
        itself keeps it.

    A failure is a line and no exception: what it leaves missing, the oracle finds when it computes.
    """
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        # Of one project in the order of their numbers. Between projects any order does: a report that comes out
        # otherwise than it was accepted is not kept.
        # What can still be overturned waits.
        final = (
            ReportRow.status.in_((int(ReportStatus.ACCEPTED), int(ReportStatus.UPHELD))),
            ReportRow.final_at <= datetime.fromtimestamp(max(view.timestamp, int(time.time())), UTC),
        )
        rows = session.scalars(select(ReportRow).where(*final).order_by(ReportRow.project_id, ReportRow.seq)).all()
        reports = [(report_of_row(row), row.digest) for row in rows if row.evidence_hash != except_evidence]
        published = {(row.project_id, row.seq): row.digest for row in session.scalars(select(PublishedReport))}
    for report, digest in reports:
        key = ReportKey(report.project_id, report.seq)
        log = registry.home.log_folder(report.project_id) if published.get(key) == digest else None
        for oracle in oracles:
            name = f"report {key.seq} of project {key.project_id}"
            try:
                how = _take_in(oracle, report, digest, view, None if log is None else LogStore(log))
            except MEMBER_FAILURES as failure:
                yield f"{oracle.name} cannot take in {name}: {failure}"
            else:
                if how is not None:
                    yield f"{oracle.name} {how} {name}"


def _take_in(oracle: Oracle, report: Report, digest: bytes, view: ChainView, log: LogStore | None) -> str | None:
    """How the oracle came to the claims of an accepted report; None if it has them, or there is no way to them."""
    key = ReportKey(report.project_id, report.seq)
    if oracle.knows(key, digest):
        return None
    folder = oracle.package_of(report.evidence_hash)
    if folder is not None:
        try:
            oracle.follow(folder, view, report)
        except MEMBER_FAILURES:
            if log is None:
                raise
        else:
            return "recomputed and kept"
    if log is None:
        return None
    oracle.learn(key, digest, public_leaves(report, digest, view, log))
    return "learned the acts of"


def public_leaves(report: Report, digest: bytes, view: ChainView, log: LogStore) -> list[bytes]:
    """The leaves of a report in the public log. Raises IntegrityError unless chain, index and log say the same."""
    name = f"report {report.seq} of project {report.project_id}"
    accepted = view.report(report.project_id, report.seq).digest
    stated = report_digest(report, view.chain_id, view.committee_contract)
    if not accepted == stated == digest:
        problem = f"the chain has digest {accepted.hex()}, the index {digest.hex()}, its fields give {stated.hex()}"
        raise IntegrityError(what=name, problem=problem)
    root = log.root(report.log_size)
    if root != report.log_root:
        problem = f"its root at {report.log_size} leaves is {root.hex()}, reported is {report.log_root.hex()}"
        raise IntegrityError(what=f"public log of {name}", problem=problem)
    before = view.report(report.project_id, report.seq - 1)
    return [leaf for _, leaf in log.leaves(before.log_size, report.log_size)]


def report_of_row(row: ReportRow) -> Report:
    """The signed fields of an indexed report."""
    return Report(
        project_id=row.project_id,
        seq=row.seq,
        period_start=row.period_start_day,
        period_end=row.period_end_day,
        methodology_hash=row.methodology_hash,
        evidence_hash=row.evidence_hash,
        log_root=row.log_root,
        log_size=row.log_size,
        serial_end=row.serial_end,
        prev_digest=row.prev_digest,
        valid_until=row.valid_until_seconds,
        epoch=row.epoch,
    )
