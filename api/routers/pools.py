"""Pools with their line, provisional offsets, and what a jurisdiction accepts of others."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import PageParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.parameters import AccountQuery, JurisdictionPath, OffsetPath, YearPath, YearQuery
from api.schemas import pools as schemas
from registry.services.views import offsets, pools, recognition, references
from registry.services.views.state import as_of

router = APIRouter(tags=["compliance"])

OpenOffsetsQuery = Annotated[bool, Query(alias="open", description="Only those neither reversed nor final.")]


@router.get("/pools", operation_id="listPools")
def list_pools(request: Request, response: Response, session: SessionParam, page: PageParam) -> schemas.PoolPage:
    """Pools: what the accounts of a jurisdiction together may offset for a year."""
    found = pools.pools(session, page)
    set_links(request, response, found)
    return schemas.PoolPage.of(found, page.limit)


@router.get("/pools/{code}/{year}", operation_id="getPool", responses=NOT_FOUND)
def get_pool(code: JurisdictionPath, year: YearPath, session: SessionParam) -> schemas.PoolAnswer:
    """A pool: what of it is used, free, and asked for beyond what there is."""
    found = pools.pool(session, references.read_jurisdiction(code), references.read_year(year))
    return schemas.PoolAnswer.of(as_of(session), None, pool=found)


@router.get("/pools/{code}/{year}/reservations", operation_id="listReservations", responses=NOT_FOUND)
def list_reservations(
    code: JurisdictionPath,
    year: YearPath,
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
) -> schemas.ReservationPage:
    """Who reserved in a pool, in the order of the line, and how much waits before each."""
    found = pools.reservations(session, references.read_jurisdiction(code), references.read_year(year), page)
    set_links(request, response, found)
    return schemas.ReservationPage.of(found, page.limit)


@router.get("/provisional-offsets", operation_id="listProvisionalOffsets")
def list_provisional_offsets(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    account: AccountQuery = None,
    year: YearQuery = None,
    open_only: OpenOffsetsQuery = False,
) -> schemas.ProvisionalOffsetPage:
    """Offsets under rules with a reversal window, newest first, whatever became of them."""
    found = offsets.provisional_offsets(
        session,
        page,
        account=references.read_given(references.read_account, account),
        year=references.read_given(references.read_year, year),
        open_only=open_only,
    )
    set_links(request, response, found)
    return schemas.ProvisionalOffsetPage.of(found, page.limit)


@router.get("/provisional-offsets/{offset_id}", operation_id="getProvisionalOffset", responses=NOT_FOUND)
def get_provisional_offset(offset_id: OffsetPath, session: SessionParam) -> schemas.ProvisionalOffsetAnswer:
    """A provisional offset with its lines."""
    found = offsets.provisional_offset(session, references.read_decimal(offset_id, "offset id", 1, 2**63 - 1))
    return schemas.ProvisionalOffsetAnswer.of(as_of(session), None, offset=found)


@router.get(
    "/jurisdictions/{code}/recognised-methodologies", operation_id="listRecognisedMethodologies", responses=NOT_FOUND
)
def list_recognised_methodologies(
    code: JurisdictionPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.RecognisedMethodologyPage:
    """Methodologies of other jurisdictions that projects of this one may use, newest first."""
    found = recognition.recognised_methodologies(session, references.read_jurisdiction(code), page)
    set_links(request, response, found)
    return schemas.RecognisedMethodologyPage.of(found, page.limit)


@router.get("/jurisdictions/{code}/recognition-terms", operation_id="listRecognitionTerms", responses=NOT_FOUND)
def list_recognition_terms(
    code: JurisdictionPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.CreditTermsPage:
    """On which terms a jurisdiction accepts credits of others for offsets, newest first."""
    found = recognition.recognition_terms(session, references.read_jurisdiction(code), page)
    set_links(request, response, found)
    return schemas.CreditTermsPage.of(found, page.limit)


@router.get("/jurisdictions/{code}/project-terms", operation_id="listProjectTerms", responses=NOT_FOUND)
def list_project_terms(
    code: JurisdictionPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.ProjectTermsPage:
    """Single projects that a jurisdiction accepts on terms of their own, or not at all."""
    found = recognition.project_terms(session, references.read_jurisdiction(code), page)
    set_links(request, response, found)
    return schemas.ProjectTermsPage.of(found, page.limit)
