"""Jurisdictions, methodologies, projects and their reports."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.dependencies import PageParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.parameters import (
    AccountQuery,
    HashPath,
    JurisdictionPath,
    JurisdictionQuery,
    MethodologyQuery,
    ProjectPath,
    ProjectQuery,
    SeqPath,
)
from api.schemas import filings as schemas
from api.schemas import ledger
from registry.services.views import jurisdictions, methodologies, projects, references, reports
from registry.services.views.state import as_of

router = APIRouter(tags=["filings"])


@router.get("/jurisdictions", operation_id="listJurisdictions")
def list_jurisdictions(
    request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.JurisdictionPage:
    """All jurisdictions of the network, by code."""
    found = jurisdictions.jurisdictions(session, page)
    set_links(request, response, found)
    return schemas.JurisdictionPage.of(found, page.limit)


@router.get("/jurisdictions/{jurisdiction}", operation_id="getJurisdiction", responses=NOT_FOUND)
def get_jurisdiction(jurisdiction: JurisdictionPath, session: SessionParam) -> schemas.JurisdictionAnswer:
    """A jurisdiction with its members, oracle committee and offset rules."""
    found = jurisdictions.jurisdiction(session, references.read_jurisdiction(jurisdiction))
    return schemas.JurisdictionAnswer.of(as_of(session), found)


@router.get("/methodologies", operation_id="listMethodologies")
def list_methodologies(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    jurisdiction: JurisdictionQuery = None,
) -> schemas.MethodologyPage:
    """Filed methodologies, by id and version."""
    code = references.read_given(references.read_jurisdiction, jurisdiction)
    found = methodologies.methodologies(session, page, jurisdiction=code)
    set_links(request, response, found)
    return schemas.MethodologyPage.of(found, page.limit)


@router.get("/methodologies/{definition_hash}", operation_id="getMethodology", responses=NOT_FOUND)
def get_methodology(definition_hash: HashPath, session: SessionParam) -> schemas.MethodologyAnswer:
    """A methodology with its definition, whose SHA-256 is the filed hash."""
    found = methodologies.methodology(session, references.read_hash(definition_hash, "methodology"))
    return schemas.MethodologyAnswer.of(as_of(session), found)


@router.get("/projects", operation_id="listProjects")
def list_projects(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    jurisdiction: JurisdictionQuery = None,
    developer: AccountQuery = None,
    methodology: MethodologyQuery = None,
) -> schemas.ProjectPage:
    """Filed projects, by id."""
    found = projects.projects(
        session,
        page,
        jurisdiction=references.read_given(references.read_jurisdiction, jurisdiction),
        developer=references.read_given(references.read_account, developer, "developer"),
        definition_hash=references.read_given(references.read_hash, methodology, "methodology"),
    )
    set_links(request, response, found)
    return schemas.ProjectPage.of(found, page.limit)


@router.get("/projects/{project_id}", operation_id="getProject", responses=NOT_FOUND)
def get_project(project_id: ProjectPath, session: SessionParam) -> schemas.ProjectAnswer:
    """A project: its filing, and how far its number line has come."""
    found = projects.project(session, references.read_project(project_id))
    return schemas.ProjectAnswer.of(as_of(session), found)


@router.get("/reports", operation_id="listReports")
def list_reports(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    project_id: ProjectQuery = None,
) -> ledger.ReportPage:
    """Accepted reports, by project and number."""
    project = references.read_given(references.read_project, project_id)
    found = reports.reports(session, page, project_id=project)
    set_links(request, response, found)
    return ledger.ReportPage.of(found, page.limit)


@router.get("/projects/{project_id}/reports/{seq}", operation_id="getReport", responses=NOT_FOUND)
def get_report(project_id: ProjectPath, seq: SeqPath, session: SessionParam) -> ledger.ReportAnswer:
    """A report: its signed fields, signers, and why records were set aside."""
    found = reports.report(session, references.read_project(project_id), references.read_seq(seq))
    return ledger.ReportAnswer.of(as_of(session), found)
