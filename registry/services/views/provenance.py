"""Provenance: where a credit came from and where it went, from any point of its way, in one answer of one state.

`down` leads towards the acts (retirement, batch, report, project, methodology), `up` towards the use (report, batch,
retirements, offsets, cancellations). Both begin at the subject, nearest first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from registry.db.models import Batch, Methodology, Project, Report
from registry.domain.errors import NotFound
from registry.services.views import references
from registry.services.views.accounts import account_views, require_account
from registry.services.views.acts import (
    ActPage,
    OpenLog,
    QuarantineView,
    acts_between,
    counted_act,
    quarantines,
    stretch_of,
)
from registry.services.views.batches import (
    HoldingView,
    batch_row,
    batch_views,
    holdings_of_account,
    holdings_of_batch,
)
from registry.services.views.invalidations import InvalidationView
from registry.services.views.methodologies import methodology_views
from registry.services.views.names import project_text, serials_text
from registry.services.views.outcomes import Outcome, Totals, outcome_of, totals_of
from registry.services.views.paging import FIRST_PAGE, PageRequest
from registry.services.views.projects import project_views, projects
from registry.services.views.reports import reports
from registry.services.views.retirements import retirement, retirements
from registry.services.views.state import AsOf, as_of
from registry.services.views.steps import (
    SerialsView,
    Step,
    account_step,
    act_step,
    batch_step,
    methodology_step,
    project_step,
    report_step,
    retirement_step,
    serials_step,
    use_step,
)
from registry.services.views.uses import uses_of
from registry.services.views.ways import (
    batch_steps,
    batches_of_reports,
    filing_steps,
    filings_of,
    invalidations_on_the_way,
    report_row,
    report_steps,
    way_down,
    ways_down,
)


class SubjectKind(StrEnum):
    """What a provenance may be asked of. A certificate has the number of its retirement."""

    CERTIFICATE = "certificate"
    RETIREMENT = "retirement"
    OFFSET = "offset"
    SERIAL = "serial"
    BATCH = "batch"
    REPORT = "report"
    ACT = "act"
    ACCOUNT = "account"
    PROJECT = "project"
    METHODOLOGY = "methodology"


@dataclass(frozen=True, slots=True)
class Asked:
    """The session and log a provenance is read from, and which pages of its two lists are wanted."""

    session: Session
    open_log: OpenLog
    page: PageRequest = FIRST_PAGE
    acts_page: PageRequest = FIRST_PAGE


@dataclass(frozen=True, slots=True)
class Provenance:
    """The answer. `up` is paged by `next_cursor`, the acts by their own cursor.

    `holders` are accounts that hold live credits of the batch, any of which may use the serials asked about: within a
    batch they are interchangeable. At most one page of them.
    """

    kind: SubjectKind
    id: str
    subject: Step | None
    """None for an act that was only set aside."""
    outcome: Outcome | None
    totals: Totals | None
    down: tuple[Step, ...]
    up: tuple[Step, ...]
    next_cursor: str | None
    previous_cursor: str | None
    acts: ActPage | None
    holders: tuple[HoldingView, ...]
    quarantines: tuple[QuarantineView, ...]
    invalidations: tuple[InvalidationView, ...]
    """Of the batches on the way: history stays, and what was found wrong with it later stands beside it."""
    as_of: AsOf


def provenance(asked: Asked, kind: SubjectKind, identity: str) -> Provenance:
    """The way of one thing.

    Raises:
        InvalidInput, InvalidSerial: `identity` is no name of such a thing, or a cursor is of another list.
        NotFound: there is none.
        IntegrityError, LogCorrupted: index and log contradict each other.
    """
    return _OF_KIND[kind](asked, identity)


def _of_retirement(asked: Asked, identity: str) -> Provenance:
    view = retirement(asked.session, references.read_retirement(identity))
    row = report_row(asked.session, view.project_id, view.seq)
    return _answer(
        asked,
        SubjectKind.RETIREMENT,
        str(view.retirement_id),
        subject=retirement_step(view),
        totals=Totals(view.grams, view.grams, 0),
        outcome=Outcome.USED,
        down=way_down(asked.session, row),
        acts=acts_between(asked.session, asked.open_log, row, view.serial_start, view.serial_end, asked.acts_page),
    )


def _of_offset(asked: Asked, identity: str) -> Provenance:
    retirement_id = references.read_retirement(identity)
    if retirement(asked.session, retirement_id).offset is None:
        raise NotFound(kind="offset", id=retirement_id)
    return _of_retirement(asked, identity)


def _of_serial(asked: Asked, identity: str) -> Provenance:
    row, start, end = stretch_of(asked.session, identity)
    view = SerialsView(
        project_id=row.project_id,
        printed_project=project_text(row.project_id),
        seq=row.seq,
        vintage=row.vintage,
        start=start,
        end=end,
        printed=serials_text(row.project_id, row.seq, row.vintage, start, end),
    )
    return _stretch(asked, SubjectKind.SERIAL, serials_step(view), row, start, end)


def _of_batch(asked: Asked, identity: str) -> Provenance:
    row = batch_row(asked.session, *references.read_batch(identity))
    report = report_row(asked.session, row.project_id, row.seq)
    subject = batch_step(batch_views(asked.session, [row])[0])
    totals = (row.retired_grams, row.cancelled_grams)
    return _stretch(asked, SubjectKind.BATCH, subject, report, row.serial_start, row.serial_end, totals)


def _of_report(asked: Asked, identity: str) -> Provenance:
    row = report_row(asked.session, *references.read_report(identity))
    batch = asked.session.get(Batch, (row.project_id, row.seq))
    totals = (batch.retired_grams, batch.cancelled_grams) if batch else None
    subject = report_steps(asked.session, row)[0]
    return _stretch(asked, SubjectKind.REPORT, subject, row, row.serial_start, row.serial_end, totals)


def _of_act(asked: Asked, identity: str) -> Provenance:
    act_id = references.read_hash(identity, "act id")
    act = counted_act(asked.session, asked.open_log, act_id)
    set_aside = quarantines(asked.session, act_id)
    if act is not None:
        row = report_row(asked.session, act.report.project_id, act.report.seq)
        leaf = act.item.leaf
        return _stretch(
            asked, SubjectKind.ACT, act_step(act), row, leaf.serial_start, leaf.serial_end, set_aside=set_aside
        )
    if not set_aside:
        raise NotFound(kind="act", id=identity)
    first = set_aside[0]
    row = report_row(asked.session, first.project.project_id, first.seq)
    return _answer(
        asked,
        SubjectKind.ACT,
        identity.lower(),
        subject=None,
        outcome=Outcome.QUARANTINED,
        down=(*report_steps(asked.session, row), *filing_steps(asked.session, row)),
        set_aside=set_aside,
    )


def _of_account(asked: Asked, identity: str) -> Provenance:
    session = asked.session
    address = references.read_account(identity)
    row = require_account(session, address)
    held = holdings_of_account(session, address, PageRequest(limit=asked.page.limit)).items
    used = retirements(session, asked.page, account=address)
    return _answer(
        asked,
        SubjectKind.ACCOUNT,
        address,
        subject=account_step(account_views(session, [row])[0]),
        down=ways_down(session, [(holding.batch.project_id, holding.batch.seq) for holding in held]),
        up=tuple(retirement_step(view) for view in used.items),
        cursors=(used.next_cursor, used.previous_cursor),
        holders=held,
    )


def _of_project(asked: Asked, identity: str) -> Provenance:
    session = asked.session
    project_id = references.read_project(identity)
    row = session.get(Project, project_id)
    if row is None:
        raise NotFound(kind="project", id=identity)
    found = reports(session, asked.page, project_id=project_id)
    batches = batches_of_reports(session, [(view.project_id, view.seq) for view in found.items])
    up: list[Step] = []
    for view in found.items:
        up.append(report_step(view))
        if view.seq in batches:
            up.append(batches[view.seq])
    return _answer(
        asked,
        SubjectKind.PROJECT,
        str(project_id),
        subject=project_step(project_views(session, [row])[0]),
        down=filings_of(session, row)[1:],
        up=tuple(up),
        cursors=(found.next_cursor, found.previous_cursor),
    )


def _of_methodology(asked: Asked, identity: str) -> Provenance:
    session = asked.session
    definition_hash = references.read_hash(identity, "methodology")
    row = session.get(Methodology, definition_hash)
    if row is None:
        raise NotFound(kind="methodology", id=identity)
    found = projects(session, asked.page, definition_hash=definition_hash)
    return _answer(
        asked,
        SubjectKind.METHODOLOGY,
        identity.lower(),
        subject=methodology_step(methodology_views(session, [row])[0]),
        up=tuple(project_step(view) for view in found.items),
        cursors=(found.next_cursor, found.previous_cursor),
    )


_OF_KIND: dict[SubjectKind, Callable[[Asked, str], Provenance]] = {
    SubjectKind.CERTIFICATE: _of_retirement,
    SubjectKind.RETIREMENT: _of_retirement,
    SubjectKind.OFFSET: _of_offset,
    SubjectKind.SERIAL: _of_serial,
    SubjectKind.BATCH: _of_batch,
    SubjectKind.REPORT: _of_report,
    SubjectKind.ACT: _of_act,
    SubjectKind.ACCOUNT: _of_account,
    SubjectKind.PROJECT: _of_project,
    SubjectKind.METHODOLOGY: _of_methodology,
}


def _stretch(
    asked: Asked,
    kind: SubjectKind,
    subject: Step,
    report: Report,
    start: int,
    end: int,
    totals: tuple[int, int] | None = None,
    set_aside: tuple[QuarantineView, ...] = (),
) -> Provenance:
    """The answer for serials [start, end) of one report: what is around it follows from the kind of the subject."""
    session = asked.session
    filings = filing_steps(session, report)
    reports_up = () if kind is SubjectKind.REPORT else report_steps(session, report)
    batches_up = () if kind is SubjectKind.BATCH else batch_steps(session, report)
    issued = session.get(Batch, (report.project_id, report.seq)) is not None
    uses = uses_of(session, report.project_id, start, end, asked.page, totals)
    found = totals_of(uses)
    used_up = tuple(use_step(use) for use in uses.items)
    up, down = used_up, (*batches_up, *reports_up, *filings)
    if kind in (SubjectKind.ACT, SubjectKind.REPORT):
        # From an act the report comes next on the way to its use, and the filings are what stands behind it.
        up, down = (*reports_up, *batches_up, *used_up), filings
    acts = None
    if kind is not SubjectKind.ACT and start < end:
        acts = acts_between(session, asked.open_log, report, start, end, asked.acts_page)
    holders: tuple[HoldingView, ...] = ()
    if issued and found.unused_grams:
        holders = holdings_of_batch(session, report.project_id, report.seq, PageRequest(limit=asked.page.limit)).items
    return _answer(
        asked,
        kind,
        subject.id,
        subject=subject,
        outcome=outcome_of(found, issued=issued),
        totals=found,
        down=down,
        up=up,
        cursors=(uses.next_cursor, uses.previous_cursor),
        acts=acts,
        holders=holders,
        set_aside=set_aside,
    )


def _answer(
    asked: Asked,
    kind: SubjectKind,
    identity: str,
    *,
    subject: Step | None,
    outcome: Outcome | None = None,
    totals: Totals | None = None,
    down: tuple[Step, ...] = (),
    up: tuple[Step, ...] = (),
    cursors: tuple[str | None, str | None] = (None, None),
    acts: ActPage | None = None,
    holders: tuple[HoldingView, ...] = (),
    set_aside: tuple[QuarantineView, ...] = (),
) -> Provenance:
    return Provenance(
        kind=kind,
        id=identity,
        subject=subject,
        outcome=outcome,
        totals=totals,
        down=down,
        up=up,
        next_cursor=cursors[0],
        previous_cursor=cursors[1],
        acts=acts,
        holders=holders,
        quarantines=set_aside,
        invalidations=invalidations_on_the_way(asked.session, (subject, *down, *up)),
        as_of=as_of(asked.session),
    )
