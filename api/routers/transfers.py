"""Transfers that did not move at once; limits, working hours, trusted accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import PageParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.parameters import AccountPath, AccountQuery, JurisdictionPath, TransferPath
from api.schemas import transfers as schemas
from registry.domain.rules import TransferState
from registry.services.views import accounts, references, transfer_rules, transfers
from registry.services.views.state import as_of

router = APIRouter(tags=["transfers"])

StateQuery = Annotated[str | None, Query(description="Only in this state, such as pending or executed.")]


@router.get("/transfers", operation_id="listTransfers")
def list_transfers(
    request: Request,
    response: Response,
    session: SessionParam,
    page: PageParam,
    account: AccountQuery = None,
    state: StateQuery = None,
) -> schemas.TransferPage:
    """Transfers that did not move at once, newest first; of an account as sender or receiver."""
    found = transfers.transfers(
        session,
        page,
        account=references.read_given(references.read_account, account),
        state=references.read_named(TransferState, state, "state") if state is not None else None,
    )
    set_links(request, response, found)
    return schemas.TransferPage.of(found, page.limit)


@router.get("/transfers/{transfer_id}", operation_id="getTransfer", responses=NOT_FOUND)
def get_transfer(transfer_id: TransferPath, session: SessionParam) -> schemas.TransferAnswer:
    """A transfer that did not move at once: what it waits for, or how it ended."""
    number = references.read_decimal(transfer_id, "transfer id", 1, 2**63 - 1)
    return schemas.TransferAnswer.of(as_of(session), None, transfer=transfers.transfer(session, number))


@router.get("/jurisdictions/{code}/transfer-rules", operation_id="getTransferRules", responses=NOT_FOUND)
def get_transfer_rules(code: JurisdictionPath, session: SessionParam) -> schemas.TransferRulesAnswer:
    """Limits and working hours of a jurisdiction, and the limits of the network."""
    found = transfer_rules.rules_of_jurisdiction(session, references.read_jurisdiction(code))
    return schemas.TransferRulesAnswer.of(as_of(session), found)


@router.get("/jurisdictions/{code}/calendar", operation_id="listCalendarDays", responses=NOT_FOUND)
def list_calendar_days(
    code: JurisdictionPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.CalendarDayPage:
    """Holidays and extra working days of a jurisdiction, by date."""
    found = transfer_rules.days_of_jurisdiction(session, references.read_jurisdiction(code), page)
    set_links(request, response, found)
    return schemas.CalendarDayPage.of(found, page.limit)


@router.get("/accounts/{account}/limits", operation_id="getAccountLimits", responses=NOT_FOUND)
def get_account_limits(account: AccountPath, session: SessionParam) -> schemas.AccountLimitsAnswer:
    """The limits that an account has of its own."""
    row = accounts.require_account(session, references.read_account(account))
    limits = transfer_rules.limits_of_account(session, row.address)
    return schemas.AccountLimitsAnswer.of(as_of(session), None, limits=limits)


@router.get("/accounts/{account}/trusts", operation_id="listTrusts", responses=NOT_FOUND)
def list_trusts(
    account: AccountPath, request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.TrustPage:
    """Accounts to which transfers of an account do not wait, by address."""
    found = transfer_rules.trusts_of_account(session, references.read_account(account), page)
    set_links(request, response, found)
    return schemas.TrustPage.of(found, page.limit)
