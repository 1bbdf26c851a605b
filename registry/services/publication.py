"""Publishing a report that the chain has accepted: its leaves into the public log, its acts into the act index.

Nothing is published that does not give exactly the root, size and serials of the accepted report. All rows are written
before the log is extended and committed after it: an act that is already in some log is noticed while nothing has
happened yet, and a crash in between leaves a log that the next run recognises as its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.exc import IntegrityError as BrokenConstraint
from sqlalchemy.orm import Session

from registry.db.models import Act, Block, PublishedReport, QuarantinedAct, Report
from registry.db.session import Database
from registry.domain.errors import Conflict, InvalidEvidence, InvalidInput, NotFound
from registry.domain.reasons import Reason
from registry.domain.rules import ReportStatus
from registry.log.leaf import LEAF_BYTES, serials_of
from registry.log.store import LogStore

_ACT_ID = slice(32, 64)
_ROWS_AT_ONCE = 5_000
_NAMED_MAX = 5
# The plain tables: a hundred thousand rows at once have no use for the ORM's bookkeeping.
_ACTS = cast("Table", Act.__table__)
_QUARANTINED = cast("Table", QuarantinedAct.__table__)

T = TypeVar("T")


class LeavesNotReported(InvalidEvidence):
    """The leaves are not those the report was signed for. Values: report, what, reported, given."""

    code = "leaves_not_reported"
    text = (
        "The leaves do not belong to report {report}: {what} is {given}, the report says {reported}. Take the leaves "
        "from an oracle that signed it."
    )


class ActInAnotherLeaf(Conflict):
    """Acts of the report stand in a log already (invariant 10). Values: report, acts (0x text), total."""

    code = "act_in_another_leaf"
    text = (
        "Report {report} has {total} acts that stand in a log of the network already, among them {acts}. It is not "
        "published; its committee signed what its screens should have refused."
    )


@dataclass(frozen=True, slots=True)
class Publication:
    """A report in the public log. `acts` and `quarantined` are numbers of records."""

    project_id: int
    seq: int
    log_size: int
    log_root: bytes
    acts: int
    quarantined: int


def publish(
    database: Database,
    log_store: LogStore,
    project_id: int,
    seq: int,
    leaves: Sequence[bytes],
    quarantined: Sequence[tuple[bytes, str]],
) -> Publication:
    """Publishes the leaves of an accepted report, in their order, and the records set aside: (act id, reason).

    Doing it again, also after a crash at any point, gives the same and changes nothing.

    Raises:
        NotFound: the index has no such report.
        Conflict: the report is not final (a log never forgets a leaf, so what may still be overturned has no place in
            it), the report before is not published, the log is another project's, or somebody is appending to it.
        LeavesNotReported: root, size or serials are not those of the report.
        ActInAnotherLeaf: an act was counted before.
        InvalidInput: a reason that is none.
    """
    with database.transaction() as session:
        report = session.get(Report, (project_id, seq), with_for_update=True)
        if report is None:
            raise NotFound(kind="report", id=_name(project_id, seq))
        published = session.get(PublishedReport, (project_id, seq))
        if published is not None:
            return _known(published, report)
        _check_final(session, report)
        log_size_before = _size_before(session, report)
        must_append = _check_leaves(log_store, report, log_size_before, leaves)
        _write_acts(session, report, log_size_before, leaves)
        _write_quarantined(session, report, quarantined)
        row = PublishedReport(
            project_id=project_id,
            seq=seq,
            digest=report.digest,
            log_size=report.log_size,
            log_root=report.log_root,
            acts=len(leaves),
            quarantined=len(quarantined),
            published_at=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
        if must_append:
            log_store.append(leaves)
        return _publication(row)


def _known(published: PublishedReport, report: Report) -> Publication:
    if published.digest != report.digest:
        # A reorganisation put another report in its place after this one had gone into an append-only log.
        problem = f"another report, {published.digest.hex()}, is in its place in the public log"
        raise Conflict(kind="report", id=_name(report.project_id, report.seq), problem=problem)
    return _publication(published)


def _check_final(session: Session, report: Report) -> None:
    """Final at the newest block of the index, or now: a chain at rest has no block for long."""
    newest = session.scalar(select(func.max(Block.block_time)))
    now = max(datetime.now(UTC), newest) if newest else datetime.now(UTC)
    if report.status not in (ReportStatus.ACCEPTED, ReportStatus.UPHELD) or now < report.final_at:
        status = ReportStatus(report.status).label
        problem = f"it is {status}, to be final at {report.final_at.isoformat()}; only final reports are published"
        raise Conflict(kind="report", id=_name(report.project_id, report.seq), problem=problem)


def _publication(row: PublishedReport) -> Publication:
    return Publication(row.project_id, row.seq, row.log_size, row.log_root, row.acts, row.quarantined)


def _size_before(session: Session, report: Report) -> int:
    if report.seq == 1:
        return 0
    before = session.get(PublishedReport, (report.project_id, report.seq - 1))
    if before is None:
        name = _name(report.project_id, report.seq)
        raise Conflict(kind="report", id=name, problem=f"report {report.seq - 1} before it is not published yet")
    return before.log_size


def _check_leaves(log_store: LogStore, report: Report, size_before: int, leaves: Sequence[bytes]) -> bool:
    """Whether the leaves still have to be appended. Raises LeavesNotReported, Conflict."""
    name = _name(report.project_id, report.seq)

    def same(what: str, reported: Any, given: Any) -> None:
        if reported != given:
            raise LeavesNotReported(report=name, what=what, reported=reported, given=given)

    same("size of the log", report.log_size, size_before + len(leaves))
    if not leaves or any(len(leaf) != LEAF_BYTES for leaf in leaves):
        raise LeavesNotReported(report=name, what="a leaf", reported=f"{LEAF_BYTES} bytes each", given="other")
    same("first serial", report.serial_start, serials_of(leaves[0])[0])
    same("end of serials", report.serial_end, sum(serials_of(leaves[-1])))
    size_now = log_store.size
    if size_now == size_before:
        _, root = log_store.preview(leaves)
        same("root", report.log_root.hex(), root.hex())
        return True
    if size_now < report.log_size:
        problem = f"the log has {size_now} leaves, and this report begins at leaf {size_before}"
        raise Conflict(kind="report", id=name, problem=problem)
    # A crash, or a restored database: the log is ahead. What is in it must be exactly this.
    same("root", report.log_root.hex(), log_store.root(report.log_size).hex())
    for index, stored in log_store.leaves(size_before, report.log_size):
        same(f"leaf {index}", stored.hex(), leaves[index - size_before].hex())
    return False


def _write_acts(session: Session, report: Report, size_before: int, leaves: Sequence[bytes]) -> None:
    rows = (
        {"act_id": leaf[_ACT_ID], "project_id": report.project_id, "leaf_index": index}
        for index, leaf in enumerate(leaves, size_before)
    )
    try:
        with session.begin_nested():
            for page in _pages(rows):
                session.execute(insert(_ACTS), page)
    except BrokenConstraint as error:
        doubled = _doubled(session, leaves)
        named = ", ".join("0x" + act_id.hex() for act_id in doubled[:_NAMED_MAX])
        name = _name(report.project_id, report.seq)
        raise ActInAnotherLeaf(report=name, acts=named, total=len(doubled)) from error


def _doubled(session: Session, leaves: Sequence[bytes]) -> list[bytes]:
    """The acts that are in the index already, or twice among the leaves."""
    seen: set[bytes] = set()
    doubled: list[bytes] = []
    for page in _pages(leaf[_ACT_ID] for leaf in leaves):
        known = set(session.scalars(select(Act.act_id).where(Act.act_id.in_(page))))
        for act_id in page:
            if act_id in known or act_id in seen:
                doubled.append(act_id)
            seen.add(act_id)
    return doubled


def _write_quarantined(session: Session, report: Report, quarantined: Sequence[tuple[bytes, str]]) -> None:
    reasons = set(Reason)
    for _, reason in quarantined:
        if reason not in reasons:
            raise InvalidInput(field="reason", problem="no reason to set an act aside", given=reason)
    rows = (
        {
            "project_id": report.project_id,
            "seq": report.seq,
            "position": position,
            "act_id": act_id,
            "reason": str(reason),
        }
        for position, (act_id, reason) in enumerate(quarantined)
    )
    for page in _pages(rows):
        session.execute(insert(_QUARANTINED), page)


def _pages(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while page := list(islice(iterator, _ROWS_AT_ONCE)):
        yield page


def _name(project_id: int, seq: int) -> str:
    return f"{project_id}/{seq}"
