"""Committees of all epochs, suspended signers, disputes, verified emissions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import PageParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.parameters import AccountQuery, JurisdictionPath, ProjectQuery, YearQuery
from api.schemas import committees as schemas
from registry.services.views import committees, references
from registry.services.views.state import as_of

router = APIRouter(tags=["committees"])

OpenDisputesQuery = Annotated[bool, Query(alias="open", description="Only those that the arbiters have not decided.")]


@router.get("/jurisdictions/{code}/committees", operation_id="listCommittees", responses=NOT_FOUND)
def list_committees(
    code: JurisdictionPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.SeatsPage:
    """The committees of a jurisdiction, the one in office first; those of 0 are the arbiters."""
    found = committees.committees(session, references.read_jurisdiction(code), page)
    set_links(request, response, found)
    return schemas.SeatsPage.of(found, page.limit)


@router.get("/jurisdictions/{code}/proposed-committee", operation_id="getProposedCommittee", responses=NOT_FOUND)
def get_proposed_committee(code: JurisdictionPath, session: SessionParam) -> schemas.ProposedSeatsAnswer:
    """The committee that waits for the approval of the one in office."""
    found = committees.proposed_committee(session, references.read_jurisdiction(code))
    return schemas.ProposedSeatsAnswer.of(as_of(session), None, committee=found)


@router.get("/jurisdictions/{code}/suspensions", operation_id="listSuspensions", responses=NOT_FOUND)
def list_suspensions(
    code: JurisdictionPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.SuspensionPage:
    """Signers who were proved to have signed two reports in one place, newest first."""
    found = committees.suspensions(session, references.read_jurisdiction(code), page)
    set_links(request, response, found)
    return schemas.SuspensionPage.of(found, page.limit)


@router.get("/disputes", operation_id="listDisputes")
def list_disputes(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    project_id: ProjectQuery = None,
    open_only: OpenDisputesQuery = False,
) -> schemas.DisputePage:
    """Disputes about reports and how the arbiters decided them, newest first."""
    project = references.read_given(references.read_project, project_id)
    found = committees.disputes(session, page, project_id=project, open_only=open_only)
    set_links(request, response, found)
    return schemas.DisputePage.of(found, page.limit)


@router.get("/emissions", operation_id="listEmissions")
def list_emissions(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    account: AccountQuery = None,
    year: YearQuery = None,
) -> schemas.EmissionFigurePage:
    """Verified emissions with every revision, by account and year."""
    found = committees.figures(
        session,
        page,
        account=references.read_given(references.read_account, account),
        year=references.read_given(references.read_year, year),
    )
    set_links(request, response, found)
    return schemas.EmissionFigurePage.of(found, page.limit)
