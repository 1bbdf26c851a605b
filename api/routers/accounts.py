"""Accounts, what they hold, and every movement of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import PageParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.parameters import AccountPath, JurisdictionQuery
from api.schemas import accounts as schemas
from api.schemas import ledger
from registry.domain.rules import AccountKind, AccountStatus
from registry.services.views import accounts, batches, pledges, references
from registry.services.views.state import as_of

router = APIRouter(tags=["ledger"])

KindQuery = Annotated[str | None, Query(description="Only of this kind, such as enterprise or platform.")]
StatusQuery = Annotated[str | None, Query(description="Only in this status, such as open or frozen.")]


@router.get("/accounts", operation_id="listAccounts")
def list_accounts(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    jurisdiction: JurisdictionQuery = None,
    kind: KindQuery = None,
    status: StatusQuery = None,
) -> schemas.AccountPage:
    """Accounts, by jurisdiction and number."""
    found = accounts.accounts(
        session,
        page,
        jurisdiction=references.read_given(references.read_jurisdiction, jurisdiction),
        kind=references.read_named(AccountKind, kind, "kind") if kind is not None else None,
        status=references.read_named(AccountStatus, status, "status") if status is not None else None,
    )
    set_links(request, response, found)
    return schemas.AccountPage.of(found, page.limit)


@router.get("/accounts/{account}", operation_id="getAccount", responses=NOT_FOUND)
def get_account(account: AccountPath, session: SessionParam) -> schemas.AccountAnswer:
    """An account with its agents and the changes of its status."""
    found = accounts.account(session, references.read_account(account))
    return schemas.AccountAnswer.of(as_of(session), found)


@router.get("/accounts/{account}/holdings", operation_id="listAccountHoldings", responses=NOT_FOUND)
def list_account_holdings(
    account: AccountPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> ledger.HoldingPage:
    """What an account holds now, by batch."""
    row = accounts.require_account(session, references.read_account(account))
    found = batches.holdings_of_account(session, row.address, page)
    set_links(request, response, found)
    return ledger.HoldingPage.of(found, page.limit)


@router.get("/accounts/{account}/pledges", operation_id="listAccountPledges", responses=NOT_FOUND)
def list_account_pledges(
    account: AccountPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.PledgePage:
    """What an account pledged and what was pledged to it, newest first."""
    found = pledges.pledges_of_account(session, references.read_account(account), page)
    set_links(request, response, found)
    return schemas.PledgePage.of(found, page.limit)


@router.get("/accounts/{account}/movements", operation_id="listAccountMovements", responses=NOT_FOUND)
def list_account_movements(
    account: AccountPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.MovementPage:
    """Every movement of an account's credits, newest first."""
    found = accounts.movements(session, references.read_account(account), page)
    set_links(request, response, found)
    return schemas.MovementPage.of(found, page.limit)
