"""Health, sums, search, requests at the desk, and the list of problems."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import PageParam, Running, RunningParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.links import href
from api.parameters import JurisdictionQuery, RequestPath, TextQuery
from api.schemas import network as schemas
from registry.domain.rules import RequestStatus
from registry.services.views import network, references, requests, search
from registry.services.views.state import as_of

router = APIRouter(tags=["network"])

# The follower looks once a second; a chain that makes blocks faster is always a few ahead.
LAG_BLOCKS_OK_MAX = 5

StatusQuery = Annotated[str | None, Query(description="Only in this status, such as proposed or executed.")]


@router.get("/health", operation_id="getHealth")
def get_health(running: RunningParam, session: SessionParam, response: Response) -> schemas.Health:
    """Whether the index follows the chain, how far both are, and which contracts this is."""
    response.headers["Cache-Control"] = "no-store"
    return health_of(running, network.network(session))


@router.get("/totals", operation_id="getTotals")
def get_totals(session: SessionParam) -> schemas.NetworkTotals:
    """Sums over the whole network."""
    found = network.totals(session)
    return schemas.NetworkTotals.of(found.as_of, found)


@router.get("/search", operation_id="search")
def get_search(q: TextQuery, session: SessionParam) -> schemas.SearchAnswer:
    """What a text names: any id, hash, address, printed serial or transaction, or part of a name."""
    found = search.search(session, q)
    items = [
        schemas.Hit(kind=hit.kind, id=hit.id, title=hit.title, exact=hit.exact, href=href(hit.kind, hit.id))
        for hit in found.hits
    ]
    return schemas.SearchAnswer.of(found.as_of, found, items=items)


@router.get("/requests", operation_id="listRequests")
def list_requests(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    jurisdiction: JurisdictionQuery = None,
    status: StatusQuery = None,
) -> schemas.RequestPage:
    """Requests at the desk, newest first: what is in public notice now, and what was decided."""
    found = requests.requests(
        session,
        page,
        jurisdiction=references.read_given(references.read_jurisdiction, jurisdiction),
        status=references.read_named(RequestStatus, status, "status") if status is not None else None,
    )
    set_links(request, response, found)
    return schemas.RequestPage.of(found, page.limit)


@router.get("/requests/{request_id}", operation_id="getRequest", responses=NOT_FOUND)
def get_request(request_id: RequestPath, session: SessionParam) -> schemas.RequestAnswer:
    """A request: the exact call in words, who proposed it, objected, gave an opinion, decided."""
    found = requests.request(session, references.read_decimal(request_id, "request id", 1, 2**63 - 1))
    return schemas.RequestAnswer.of(as_of(session), found)


def health_of(running: Running, view: network.NetworkView) -> schemas.Health:
    """The health of a running server."""
    state = running.follower.state
    settings = running.registry.network
    index_height = view.as_of.block_number if view.as_of else None
    lag = None
    if state.chain_height is not None and index_height is not None:
        lag = max(0, state.chain_height - index_height)
    status = "ok"
    if state.fault is not None:
        status = "chain_unavailable" if state.fault.passing else "index_stopped"
    elif lag is None:
        status = "starting"
    elif lag > LAG_BLOCKS_OK_MAX:
        status = "behind"
    return schemas.Health.model_validate(
        {
            "status": status,
            "version": version("puhui"),
            "network": settings.label,
            "chain_id": settings.chain_id,
            "chain_reference": f"eip155:{settings.chain_id}",
            "contracts": settings.contracts,
            "chain_height": state.chain_height,
            "index_height": index_height,
            "lag_blocks": lag,
            "fault": state.fault,
            "as_of": view.as_of,
        }
    )
