"""What holds credits back: invalidations with their liability, orders against holders."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.dependencies import PageParam, SessionParam, set_links
from api.documentation import NOT_FOUND
from api.parameters import AccountPath, AccountQuery, InvalidationPath
from api.schemas import restraints as schemas
from registry.services.views import accounts, invalidations, pledges, references
from registry.services.views.state import as_of

router = APIRouter(tags=["ledger"])


@router.get("/invalidations", operation_id="listInvalidations")
def list_invalidations(
    request: Request, response: Response, session: SessionParam, page: PageParam
) -> schemas.InvalidationPage:
    """Grams found invalid, and what became of them, newest first."""
    found = invalidations.invalidations(session, page)
    set_links(request, response, found)
    return schemas.InvalidationPage.of(found, page.limit)


@router.get("/invalidations/{invalidation_id}", operation_id="getInvalidation", responses=NOT_FOUND)
def get_invalidation(invalidation_id: InvalidationPath, session: SessionParam) -> schemas.InvalidationAnswer:
    """An invalidation: whose grams were recalled, and what was done for them."""
    number = references.read_decimal(invalidation_id, "invalidation id", 1, 2**63 - 1)
    return schemas.InvalidationAnswer.of(as_of(session), invalidations.invalidation(session, number))


@router.get("/accounts/{account}/liability", operation_id="getLiability", responses=NOT_FOUND)
def get_liability(account: AccountPath, session: SessionParam) -> schemas.LiabilityAnswer:
    """What a developer owes for invalid grams; above 0 nothing is issued for its projects."""
    row = accounts.require_account(session, references.read_account(account))
    return schemas.LiabilityAnswer.of(as_of(session), invalidations.liability(session, row.address))


@router.get("/orders", operation_id="listOrders")
def list_orders(
    request: Request, response: Response, session: SessionParam, page: PageParam, account: AccountQuery = None
) -> schemas.HolderOrderPage:
    """Orders against holders, newest first: grams frozen, grams moved; of an account those in its favour too."""
    found = pledges.orders(session, page, account=references.read_given(references.read_account, account))
    set_links(request, response, found)
    return schemas.HolderOrderPage.of(found, page.limit)
