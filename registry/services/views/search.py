"""One search box: a number, a hash, an address, a printed serial, or a name leads to the things it names."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry.db.models import (
    Account,
    AccountName,
    Act,
    Batch,
    ChainLog,
    Methodology,
    Project,
    ProjectName,
    QuarantinedAct,
    Report,
    Retirement,
)
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.ids import split_batch_id, split_project_id
from registry.domain.serials import parse_batch, parse_project
from registry.services.views import references
from registry.services.views.acts import stretch_of
from registry.services.views.names import batch_text, project_text
from registry.services.views.provenance import SubjectKind
from registry.services.views.state import AsOf, as_of

QUERY_CHARS_MAX = 200
HITS_MAX = 20
# Fewer bytes than this match half the registry: three letters, but a single Chinese character.
NAME_BYTES_MIN = 3

_CHINESE = re.compile(r"[㐀-鿿]")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. `exact`: the text is an id or hash of it; else it is part of its name."""

    kind: SubjectKind
    id: str
    title: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a text names: exact hits first, at most HITS_MAX."""

    query: str
    hits: tuple[Hit, ...]
    as_of: AsOf


def search(session: Session, text: str) -> Found:
    """Everything that a text names. A text that names nothing finds nothing; only an unusable one is an error.

    Raises InvalidInput for an empty text, one of more than QUERY_CHARS_MAX characters, or control characters.
    """
    query = text.strip()
    if not query or len(query) > QUERY_CHARS_MAX or not query.isprintable():
        raise InvalidInput(
            field="q", problem=f"must have 1 to {QUERY_CHARS_MAX} printable characters", given=text[:QUERY_CHARS_MAX]
        )
    found: dict[tuple[SubjectKind, str], Hit] = {}
    for find in (_numbers, _printed, _addresses, _hashes, _names):
        for hit in find(session, query):
            found.setdefault((hit.kind, hit.id), hit)
            if len(found) == HITS_MAX:
                return Found(query, tuple(found.values()), as_of(session))
    return Found(query, tuple(found.values()), as_of(session))


def _numbers(session: Session, query: str) -> Iterator[Hit]:
    if not (query.isascii() and query.isdecimal()) or query.startswith("0") or len(query) > 39:
        return
    value = int(query)
    if value < 2**63 and session.get(Retirement, value) is not None:
        yield Hit(SubjectKind.RETIREMENT, query, f"PH-R-{value}", True)
    if _is(split_project_id, value) and session.get(Project, value) is not None:
        yield Hit(SubjectKind.PROJECT, query, project_text(value), True)
    if _is(split_batch_id, value):
        batch = session.get(Batch, split_batch_id(value))
        if batch is not None:
            yield Hit(SubjectKind.BATCH, query, batch_text(batch.project_id, batch.seq, batch.vintage), True)


def _printed(session: Session, query: str) -> Iterator[Hit]:
    text = query.upper()
    if not text.startswith("PH-"):
        return
    if _is(references.read_serials, text) or ":" in text:
        with contextlib.suppress(NotFound, InvalidInput):
            stretch_of(session, text)
            yield Hit(SubjectKind.SERIAL, text, text, True)
    elif _is(parse_batch, text):
        batch_id, vintage = parse_batch(text)
        batch = session.get(Batch, split_batch_id(batch_id))
        if batch is not None and batch.vintage == vintage:
            yield Hit(SubjectKind.BATCH, str(batch_id), text, True)
    elif _is(parse_project, text):
        project_id = parse_project(text)
        if session.get(Project, project_id):
            yield Hit(SubjectKind.PROJECT, str(project_id), text, True)


def _addresses(session: Session, query: str) -> Iterator[Hit]:
    if len(query) != 42 or not _is(references.read_account, query):
        return
    address = references.read_account(query)
    if session.get(Account, address):
        yield Hit(SubjectKind.ACCOUNT, address, address, True)


def _hashes(session: Session, query: str) -> Iterator[Hit]:
    text = query.lower() if query.lower().startswith("0x") else "0x" + query.lower()
    if not _is(references.read_hash, text):
        return
    digest = references.read_hash(text)
    if session.get(Act, digest) or session.scalar(
        select(QuarantinedAct).where(QuarantinedAct.act_id == digest).limit(1)
    ):
        yield Hit(SubjectKind.ACT, text, text, True)
    methodology = session.get(Methodology, digest)
    if methodology is not None:
        yield Hit(SubjectKind.METHODOLOGY, text, f"{methodology.methodology_id} v{methodology.version}", True)
    named_by = or_(Report.digest == digest, Report.evidence_hash == digest)
    for report in session.scalars(select(Report).where(named_by).limit(HITS_MAX)):
        yield _report_hit(report, exact=True)
    yield from _transaction(session, digest)


def _transaction(session: Session, tx_hash: bytes) -> Iterator[Hit]:
    """What a transaction made. Its logs are found by an index, so the larger tables are asked only if there are any."""
    block_number = session.scalar(select(ChainLog.block_number).where(ChainLog.tx_hash == tx_hash).limit(1))
    if block_number is None:
        return
    for retirement in session.scalars(select(Retirement).where(Retirement.tx_hash == tx_hash).limit(HITS_MAX)):
        yield Hit(SubjectKind.RETIREMENT, str(retirement.retirement_id), f"PH-R-{retirement.retirement_id}", True)
    for batch in _made(session, Batch, block_number, tx_hash):
        yield _batch_hit(batch)
    for report in _made(session, Report, block_number, tx_hash):
        yield _report_hit(report, exact=True)
    for project in _made(session, Project, block_number, tx_hash):
        yield Hit(SubjectKind.PROJECT, str(project.project_id), project_text(project.project_id), True)
    for account in _made(session, Account, block_number, tx_hash):
        yield Hit(SubjectKind.ACCOUNT, account.address, account.address, True)


def _made(session: Session, model: Any, block_number: int, tx_hash: bytes) -> Any:
    return session.scalars(
        select(model).where(model.block_number == block_number, model.tx_hash == tx_hash).limit(HITS_MAX)
    )


def _names(session: Session, query: str) -> Iterator[Hit]:
    if len(query.encode()) < NAME_BYTES_MIN or (len(query) < 2 and _CHINESE.search(query)):
        return
    for project in session.scalars(_like(ProjectName, query, ProjectName.project_id)):
        yield Hit(SubjectKind.PROJECT, str(project.project_id), project.name_zh, False)
    for name in session.scalars(_like(AccountName, query, AccountName.account)):
        yield Hit(SubjectKind.ACCOUNT, name.account, name.name_zh, False)
    by_id = select(Methodology).where(Methodology.methodology_id.icontains(query, autoescape=True))
    for methodology in session.scalars(by_id.order_by(Methodology.methodology_id, Methodology.version).limit(HITS_MAX)):
        title = f"{methodology.methodology_id} v{methodology.version}"
        yield Hit(SubjectKind.METHODOLOGY, "0x" + methodology.definition_hash.hex(), title, False)


def _like(model: Any, query: str, key: Any) -> Any:
    either = or_(model.name_zh.icontains(query, autoescape=True), model.name_en.icontains(query, autoescape=True))
    return select(model).where(either).order_by(key).limit(HITS_MAX)


def _batch_hit(batch: Batch) -> Hit:
    title = batch_text(batch.project_id, batch.seq, batch.vintage)
    return Hit(SubjectKind.BATCH, str(batch.batch_id), title, True)


def _report_hit(report: Report, *, exact: bool) -> Hit:
    title = f"{project_text(report.project_id)} / {report.seq}"
    return Hit(SubjectKind.REPORT, f"{report.project_id}-{report.seq}", title, exact)


def _is(read: Callable[[Any], Any], value: Any) -> bool:
    try:
        read(value)
    except InvalidInput:
        return False
    return True
