"""Batches, retirements, certificates."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import PageParam, RegistryParam, SessionParam, set_links
from api.documentation import NOT_FOUND, NOT_YET
from api.parameters import AccountQuery, BatchPath, BatchQuery, ProjectQuery, RetirementPath
from api.schemas import ledger as schemas
from registry.domain.errors import IntegrityError
from registry.domain.rules import Purpose
from registry.proofs.errors import InvalidCertificate
from registry.services.certificates import certificate_bytes
from registry.services.views import batches, references, retirements
from registry.services.views.acts import require_published
from registry.services.views.invalidations import invalidations_of_batches
from registry.services.views.state import as_of

router = APIRouter(tags=["ledger"])

PurposeQuery = Annotated[
    str | None, Query(description="Only for this purpose, such as event_neutrality or compliance_offset.")
]


@router.get("/batches", operation_id="listBatches")
def list_batches(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    project_id: ProjectQuery = None,
) -> schemas.BatchPage:
    """Batches, by project and number of the report."""
    project = references.read_given(references.read_project, project_id)
    found = batches.batches(session, page, project_id=project)
    set_links(request, response, found)
    return schemas.BatchPage.of(found, page.limit)


@router.get("/batches/{batch_id}", operation_id="getBatch", responses=NOT_FOUND)
def get_batch(batch_id: BatchPath, session: SessionParam) -> schemas.BatchAnswer:
    """A batch: what was issued, and what of it is retired, cancelled and live."""
    found = batches.batch(session, *references.read_batch(batch_id))
    wrong = invalidations_of_batches(session, [(found.batch.project_id, found.batch.seq)])
    return schemas.BatchAnswer.of(as_of(session), found, invalidations=wrong)


@router.get("/batches/{batch_id}/holdings", operation_id="listBatchHoldings", responses=NOT_FOUND)
def list_batch_holdings(
    batch_id: BatchPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.HoldingPage:
    """Who holds live credits of a batch, by account."""
    project, seq, vintage = references.read_batch(batch_id)
    found = batches.holdings_of_batch(session, project, seq, page, vintage)
    set_links(request, response, found)
    return schemas.HoldingPage.of(found, page.limit)


@router.get("/retirements", operation_id="listRetirements")
def list_retirements(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    account: AccountQuery = None,
    batch_id: BatchQuery = None,
    purpose: PurposeQuery = None,
) -> schemas.RetirementPage:
    """Retirements, newest first."""
    batch = None
    if batch_id is not None:
        row = batches.batch_row(session, *references.read_batch(batch_id))
        batch = (row.project_id, row.seq)
    found = retirements.retirements(
        session,
        page,
        account=references.read_given(references.read_account, account),
        batch=batch,
        purpose=references.read_named(Purpose, purpose, "purpose") if purpose is not None else None,
    )
    set_links(request, response, found)
    return schemas.RetirementPage.of(found, page.limit)


@router.get("/retirements/{retirement_id}", operation_id="getRetirement", responses=NOT_FOUND)
def get_retirement(retirement_id: RetirementPath, session: SessionParam) -> schemas.RetirementAnswer:
    """A retirement: the serials it consumed, in whose account, what for."""
    found = retirements.retirement(session, references.read_retirement(retirement_id))
    return schemas.RetirementAnswer.of(as_of(session), None, retirement=found)


@router.get(
    "/certificates/{retirement_id}",
    operation_id="getCertificate",
    response_class=Response,
    responses={
        200: {
            "description": "The bytes of the certificate: what `puhui verify FILE` checks offline.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **NOT_FOUND,
        **NOT_YET,
    },
)
def get_certificate(retirement_id: RetirementPath, registry: RegistryParam, session: SessionParam) -> Response:
    """The certificate of a retirement or offset, with the receipt proof of its event and the header of its block."""
    number = references.read_retirement(retirement_id)
    found = retirements.retirement(session, number)
    require_published(session, found.project_id, found.seq)
    try:
        content = certificate_bytes(registry, number)
    except InvalidCertificate as error:
        # The caller handed in nothing but a number: what does not verify is ours.
        raise IntegrityError(what=f"The certificate of retirement {number}", problem=str(error)) from error
    disposition = f'inline; filename="puhui-retirement-{number}.json"'
    return Response(content, media_type="application/json", headers={"Content-Disposition": disposition})
