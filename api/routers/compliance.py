"""Obligations, offsets, and what may still be offset."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import PageParam, RegistryParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.parameters import AccountPath, AccountQuery, RetirementPath, YearPath, YearQuery
from api.schemas import accounts as schemas
from api.schemas import ledger
from registry.services import compliance
from registry.services.views import accounts, obligations, offsets, references
from registry.services.views.batches import batch_row
from registry.services.views.state import as_of

router = APIRouter(tags=["compliance"])


@router.get("/obligations", operation_id="listObligations")
def list_obligations(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    account: AccountQuery = None,
    year: YearQuery = None,
) -> schemas.ObligationPage:
    """Obligations, by account and year."""
    found = obligations.obligations(
        session,
        page,
        account=references.read_given(references.read_account, account),
        year=references.read_given(references.read_year, year),
    )
    set_links(request, response, found)
    return schemas.ObligationPage.of(found, page.limit)


@router.get("/obligations/{account}/{year}", operation_id="getObligation", responses=NOT_FOUND)
def get_obligation(account: AccountPath, year: YearPath, session: SessionParam) -> schemas.ObligationAnswer:
    """What an enterprise owes for a year, the rules in force, and what was offset so far."""
    found = obligations.obligation(session, references.read_account(account), references.read_year(year))
    return schemas.ObligationAnswer.of(as_of(session), found)


@router.get("/obligations/{account}/{year}/quote", operation_id="quoteOffset", responses=NOT_FOUND)
def quote_offset(
    account: AccountPath,
    year: YearPath,
    batch_id: Annotated[str, Query(description="Batch id: decimal, or printed.")],
    registry: RegistryParam,
    session: SessionParam,
    response: Response,
) -> schemas.Quote:
    """What the account may still offset from a batch, and which rule binds. Asked of the contract, now."""
    row = accounts.require_account(session, references.read_account(account))
    calendar_year = references.read_year(year)
    project_id, seq, vintage = references.read_batch(batch_id)
    if vintage is not None:
        # Only the printed form names a vintage, and with a wrong one it names no batch.
        batch_row(session, project_id, seq, vintage)
    batch = project_id << 64 | seq
    answer = compliance.quote(registry, row.address, calendar_year, batch)
    response.headers["Cache-Control"] = "no-store"
    headrooms = {
        "cap_headroom_grams": answer.cap_headroom,
        "non_local_cap_headroom_grams": answer.non_local_cap_headroom,
        "local_share_headroom_grams": answer.local_share_headroom,
        "pool_headroom_grams": answer.pool_headroom,
        "recognition_headroom_grams": answer.recognition_headroom,
        "balance_grams": answer.balance,
    }
    return schemas.Quote.model_validate(
        {
            "account": row.address,
            "year": calendar_year,
            "batch_id": batch,
            "grams": answer.grams,
            "tonnes": answer.grams,
            "counted_grams": answer.counted_grams,
            "binding": answer.binding,
            "rule_version": answer.rule_version,
            "local": answer.local,
            "preferred": answer.preferred,
            "provisional": answer.provisional,
            "discount_bps": answer.discount_bps,
            "cap_grams": answer.cap_grams,
            "non_local_cap_grams": answer.non_local_cap_grams,
            **headrooms,
            "block_number": answer.block_number,
        }
    )


@router.get("/offsets", operation_id="listOffsets")
def list_offsets(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    account: AccountQuery = None,
    year: YearQuery = None,
) -> ledger.OffsetPage:
    """Offsets, newest first."""
    found = offsets.offsets(
        session,
        page,
        account=references.read_given(references.read_account, account),
        year=references.read_given(references.read_year, year),
    )
    set_links(request, response, found)
    return ledger.OffsetPage.of(found, page.limit)


@router.get("/offsets/{retirement_id}", operation_id="getOffset", responses=NOT_FOUND)
def get_offset(retirement_id: RetirementPath, session: SessionParam) -> ledger.OffsetAnswer:
    """An offset, by the number of its retirement."""
    found = offsets.offset(session, references.read_retirement(retirement_id))
    return ledger.OffsetAnswer.of(as_of(session), None, offset=found)
