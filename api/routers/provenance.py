"""Acts with their proofs, and provenance from any point of the way."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import presenting
from api.dependencies import CURSOR_CHARS_MAX, OpenLogParam, PageParam, SessionParam, set_cursor_links
from api.documentation import NOT_FOUND
from api.parameters import HashPath, SerialQuery, TextQuery
from api.schemas import acts as schemas
from api.schemas.common import PageInfo
from registry.domain.errors import InvalidInput, NotFound
from registry.services.views import references, search
from registry.services.views.acts import acts_between, counted_act, stretch_of
from registry.services.views.paging import LIMIT_DEFAULT, LIMIT_MAX, PageRequest
from registry.services.views.provenance import Asked, Provenance, SubjectKind, provenance
from registry.services.views.state import as_of

router = APIRouter(tags=["provenance"])

KINDS = ", ".join(SubjectKind)
KindPath = Annotated[str, Path(description=f"One of {KINDS}.")]
IdPath = Annotated[
    str, Path(description='Id of the thing; of a serial the printed range, or "PH-310000-0001:1" for one gram.')
]
ActsCursorQuery = Annotated[str | None, Query(max_length=CURSOR_CHARS_MAX, description="The same for the acts.")]


async def get_acts_page(
    acts_limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Acts of one page.")] = LIMIT_DEFAULT,
    acts_after: ActsCursorQuery = None,
    acts_before: ActsCursorQuery = None,
) -> PageRequest:
    return PageRequest(acts_limit, acts_after, acts_before)


ActsPageParam = Annotated[PageRequest, Depends(get_acts_page)]


@router.get("/acts", operation_id="listActs", responses=NOT_FOUND)
def list_acts(
    serial: SerialQuery,
    request: Request,
    response: Response,
    session: SessionParam,
    open_log: OpenLogParam,
    page: PageParam,
) -> schemas.ActListAnswer:
    """The acts behind a serial range, in order."""
    row, start, end = stretch_of(session, serial)
    found = acts_between(session, open_log, row, start, end, page)
    if found is not None:
        set_cursor_links(request, response, found.next_cursor, found.previous_cursor)
    return schemas.ActListAnswer.of(as_of(session), None, acts=presenting.act_list(found, page.limit))


@router.get("/acts/{act_id}", operation_id="getAct", responses=NOT_FOUND)
def get_act(
    act_id: HashPath,
    request: Request,
    response: Response,
    session: SessionParam,
    open_log: OpenLogParam,
    page: PageParam,
) -> schemas.ActAnswer:
    """An act: its leaf and inclusion proofs, the uses of its grams, and why it was set aside if it was."""
    found = provenance(Asked(session, open_log, page), SubjectKind.ACT, act_id)
    set_cursor_links(request, response, found.next_cursor, found.previous_cursor)
    subject = presenting.step(found.subject) if found.subject is not None else None
    steps = [presenting.step(step) for step in found.up]
    return schemas.ActAnswer.of(
        found.as_of,
        None,
        act_id=references.read_hash(act_id),
        counted=subject.facts if subject else None,
        report=next((step.facts for step in steps if step.kind == "report"), None),
        outcome=presenting.coded(found.outcome) if found.outcome else None,
        totals=found.totals,
        uses=[step for step in steps if step.kind in ("retirement", "offset", "cancellation")],
        page_info=PageInfo(limit=page.limit, next=found.next_cursor, previous=found.previous_cursor),
        quarantines=list(found.quarantines),
    )


@router.get("/acts/{act_id}/proof", operation_id="getActProof", responses=NOT_FOUND)
def get_act_proof(act_id: HashPath, session: SessionParam, open_log: OpenLogParam) -> schemas.ProofAnswer:
    """The leaf and its RFC 6962 inclusion proofs: all that an independent checker needs."""
    act = counted_act(session, open_log, references.read_hash(act_id, "act id"))
    if act is None:
        raise NotFound(kind="counted act", id=act_id)
    return schemas.ProofAnswer.of(
        as_of(session),
        act,
        act_id=act.item.act_id,
        project_id=act.item.project.project_id,
        leaf_index=act.item.leaf_index,
        leaf_bytes=act.item.leaf_bytes,
    )


@router.get("/provenance/{kind}/{identity}", operation_id="getProvenance", responses=NOT_FOUND)
def get_provenance(
    kind: KindPath,
    identity: IdPath,
    request: Request,
    response: Response,
    session: SessionParam,
    open_log: OpenLogParam,
    page: PageParam,
    acts_page: ActsPageParam,
) -> schemas.ProvenanceAnswer:
    """Where a credit came from and where it went, from any point of its way."""
    if kind not in set(SubjectKind):
        raise InvalidInput(field="kind", problem=f"must be one of {KINDS}", given=kind[:80])
    found = provenance(Asked(session, open_log, page, acts_page), SubjectKind(kind), identity)
    set_cursor_links(request, response, found.next_cursor, found.previous_cursor)
    return _answer(found, page, acts_page)


@router.get("/provenance", operation_id="findProvenance", responses=NOT_FOUND)
def find_provenance(
    q: TextQuery,
    request: Request,
    response: Response,
    session: SessionParam,
    open_log: OpenLogParam,
    page: PageParam,
    acts_page: ActsPageParam,
) -> schemas.ProvenanceAnswer:
    """The same for whatever a text names exactly: an id, hash, address, printed serial or transaction."""
    hit = next((hit for hit in search.search(session, q).hits if hit.exact), None)
    if hit is None:
        raise NotFound(kind="thing with the id", id=q[:80])
    found = provenance(Asked(session, open_log, page, acts_page), hit.kind, hit.id)
    set_cursor_links(request, response, found.next_cursor, found.previous_cursor)
    return _answer(found, page, acts_page)


def _answer(found: Provenance, page: PageRequest, acts_page: PageRequest) -> schemas.ProvenanceAnswer:
    return schemas.ProvenanceAnswer.of(
        found.as_of,
        None,
        kind=found.kind.value,
        id=found.id,
        subject=presenting.step(found.subject) if found.subject else None,
        outcome=presenting.coded(found.outcome) if found.outcome else None,
        totals=found.totals,
        down=[presenting.step(step) for step in found.down],
        acts=presenting.act_list(found.acts, acts_page.limit),
        up=[presenting.step(step) for step in found.up],
        page_info=PageInfo(limit=page.limit, next=found.next_cursor, previous=found.previous_cursor),
        holders=list(found.holders),
        quarantines=list(found.quarantines),
        invalidations=list(found.invalidations),
    )
