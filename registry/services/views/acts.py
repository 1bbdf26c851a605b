"""Acts: the leaf of each in its project's log, the proof that it is there, and what became of its grams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import Act, PublishedReport, QuarantinedAct, Report
from registry.domain.errors import Conflict, IntegrityError, LogCorrupted, NotFound
from registry.domain.units import MAX_GRAMS
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from registry.log.tree import leaf_hash
from registry.services.views import references
from registry.services.views.names import serials_text
from registry.services.views.paging import FIRST_PAGE, Order, PageRequest, Part, cut, decode_cursor
from registry.services.views.projects import LogHead, ProjectRef, log_heads, project_refs
from registry.services.views.reports import ReportView, reason_words, report_views

OpenLog = Callable[[int], LogStore]
"""project id -> its public log. A store is used by one thread, so it is opened for each answer."""

QUARANTINES_SHOWN_MAX = 100

_ORDER = Order("acts", (), (Part.INT64,), lambda row: (row[0],))


class NotPublished(Conflict):
    """The leaves of a report are not in the public log yet. Values: report."""

    code = "not_published"
    text = "The acts of report {report} are not published yet, so nothing can prove them. Try again later."


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """RFC 6962: `hashes` lead from the leaf at `leaf_index` to `root` of the first `size` leaves."""

    seq: int
    """The report in which a quorum of oracles signed size and root."""
    size: int
    root: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class QuarantineView:
    """A record that was set aside and not counted, and why."""

    project: ProjectRef
    seq: int
    reason: str

    @property
    def words(self) -> tuple[str, str]:
        """Why, in English and Chinese."""
        return reason_words(self.reason)


@dataclass(frozen=True, slots=True)
class ActItem:
    """A leaf of the log: its 96 bytes, and what they say. `serials` is None for an act too small for a whole gram."""

    project: ProjectRef
    leaf_index: int
    leaf_bytes: bytes
    leaf: Leaf
    serials: str | None

    @property
    def act_id(self) -> bytes:
        return self.leaf.act_id


@dataclass(frozen=True, slots=True)
class CountedAct:
    """An act in a log, with the report that brought it and two proofs: under that report and under the newest one."""

    item: ActItem
    leaf_hash: bytes
    report: ReportView
    in_report: InclusionProof
    in_newest: InclusionProof


@dataclass(frozen=True, slots=True)
class ActPage:
    """Acts that hold grams of a serial range, in order. Their leaves lie in [first_leaf, end_leaf) of the log."""

    items: tuple[ActItem, ...]
    next_cursor: str | None
    previous_cursor: str | None
    first_leaf: int
    end_leaf: int


def counted_act(session: Session, open_log: OpenLog, act_id: bytes) -> CountedAct | None:
    """The leaf of an act with its proofs; None if it is in no log.

    Raises LogCorrupted, IntegrityError where index and log contradict each other.
    """
    place = session.get(Act, act_id)
    if place is None:
        return None
    published = session.scalars(
        select(PublishedReport)
        .where(PublishedReport.project_id == place.project_id, PublishedReport.log_size > place.leaf_index)
        .order_by(PublishedReport.seq)
        .limit(1)
    ).one_or_none()
    row = session.get(Report, (place.project_id, published.seq)) if published else None
    if published is None or row is None:
        raise IntegrityError(what=f"The act 0x{act_id.hex()}", problem="no published report reaches its leaf")
    head = log_heads(session, [place.project_id])[place.project_id]
    store = open_log(place.project_id)
    data = store.leaf(place.leaf_index)
    ref = project_refs(session, [place.project_id])[place.project_id]
    item = _item(ref, place.leaf_index, data, row.seq, row.vintage)
    if item.act_id != act_id:
        raise LogCorrupted(
            path="leaves.bin", problem=f"leaf {place.leaf_index} is not the act that the index has there"
        )
    return CountedAct(
        item=item,
        leaf_hash=leaf_hash(data),
        report=report_views(session, [row])[0],
        in_report=_proof(store, place.leaf_index, LogHead(row.seq, row.log_size, row.log_root)),
        in_newest=_proof(store, place.leaf_index, head),
    )


def quarantines(session: Session, act_id: bytes) -> tuple[QuarantineView, ...]:
    """Where an act was set aside, at most QUARANTINES_SHOWN_MAX times; empty if it never was."""
    rows = session.scalars(
        select(QuarantinedAct)
        .where(QuarantinedAct.act_id == act_id)
        .order_by(QuarantinedAct.project_id, QuarantinedAct.seq, QuarantinedAct.position)
        .limit(QUARANTINES_SHOWN_MAX)
    ).all()
    refs = project_refs(session, [row.project_id for row in rows])
    return tuple(QuarantineView(refs[row.project_id], row.seq, row.reason) for row in rows)


def require_published(session: Session, project_id: int, seq: int) -> None:
    """Raises NotPublished unless the leaves of a report are in the public log."""
    if session.get(PublishedReport, (project_id, seq)) is None:
        raise NotPublished(report=f"{project_id}-{seq}")


def stretch_of(session: Session, identity: str) -> tuple[Report, int, int]:
    """The report and the serials [start, end) that a text names: a printed range, or "<project>:<serial>" with the
    serial as printed, counted from 1. Raises InvalidInput, InvalidSerial, NotFound.
    """
    if ":" in identity:
        project, _, serial = identity.partition(":")
        start = references.read_decimal(serial, "serial", 1, MAX_GRAMS) - 1
        end, project_id = start + 1, references.read_project(project)
        row = session.scalars(
            select(Report).where(
                Report.project_id == project_id, Report.serial_start <= start, Report.serial_end > start
            )
        ).one_or_none()
    else:
        serials = references.read_serials(identity)
        start, end = serials.start, serials.end
        row = session.get(Report, (serials.project_id, serials.seq))
        if row is not None and (row.vintage != serials.vintage or start < row.serial_start or end > row.serial_end):
            row = None
    if row is None:
        raise NotFound(kind="serial", id=identity)
    return row, start, end


def acts_between(
    session: Session, open_log: OpenLog, report: Report, start: int, end: int, page: PageRequest = FIRST_PAGE
) -> ActPage | None:
    """The acts that hold a gram of the serials [start, end) of one report; None while its leaves are not published.

    Raises NotFound for an empty range, InvalidInput for a cursor of another list, LogCorrupted.
    """
    if start >= end:
        raise NotFound(kind="serial range", id=f"[{start}, {end}) of project {report.project_id}")
    if session.get(PublishedReport, (report.project_id, report.seq)) is None:
        return None
    store = open_log(report.project_id)
    first, end_leaf = store.find_serial(start), store.find_serial(end - 1) + 1
    leaves = list(_window(store, first, end_leaf, page))
    found = cut(leaves, _ORDER, page)
    ref = project_refs(session, [report.project_id])[report.project_id]
    return ActPage(
        items=tuple(_item(ref, index, data, report.seq, report.vintage) for index, data in found.rows),
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        first_leaf=first,
        end_leaf=end_leaf,
    )


def _window(store: LogStore, first: int, end: int, page: PageRequest) -> Iterator[tuple[int, bytes]]:
    """Up to limit + 1 leaves with grams, in the direction of reading; no more of the log is read than is shown."""
    wanted = page.limit + 1
    if page.before is not None:
        high = min(end, int(decode_cursor(page.before, _ORDER.name, _ORDER.parts)[0]))
        while wanted and high > first:
            low = max(first, high - wanted)
            for index, data in reversed(list(store.leaves(low, high))):
                if Leaf.unpack(data).grams and wanted:
                    wanted -= 1
                    yield index, data
            high = low
        return
    low = first
    if page.after is not None:
        low = max(first, int(decode_cursor(page.after, _ORDER.name, _ORDER.parts)[0]) + 1)
    while wanted and low < end:
        high = min(end, low + wanted)
        for index, data in store.leaves(low, high):
            if Leaf.unpack(data).grams and wanted:
                wanted -= 1
                yield index, data
        low = high


def _proof(store: LogStore, index: int, head: LogHead) -> InclusionProof:
    # The store proves against its own checkpoint; what counts is the root that the oracles signed on chain.
    if store.root(head.size) != head.root:
        raise LogCorrupted(path="tile", problem=f"its root of {head.size} leaves is not the one of report {head.seq}")
    return InclusionProof(head.seq, head.size, head.root, tuple(store.inclusion_proof(index, head.size)))


def _item(project: ProjectRef, index: int, data: bytes, seq: int, vintage: int) -> ActItem:
    leaf = Leaf.unpack(data)
    return ActItem(
        project=project,
        leaf_index=index,
        leaf_bytes=data,
        leaf=leaf,
        serials=serials_text(project.project_id, seq, vintage, leaf.serial_start, leaf.serial_end),
    )
