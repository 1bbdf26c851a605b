"""What controls accounts and holds credits back, as shown after the story in which everything happens once."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from registry.domain.rules import TransferState
from registry.services.registry import Registry
from registry.services.views import committees, offsets, pledges, pools, recognition, transfer_rules, transfers
from registry.services.views.paging import Page
from tests.world import SHANGHAI


def test_pools__their_lines__stand_as_the_contract_says(registry: Registry) -> None:
    seen = 0
    with registry.database.session() as session:
        for pool in pools.pools(session).items:
            state = registry.call("Compliance", "poolOf", pool.jurisdiction, pool.year)
            assert pool.used_grams == state["usedGrams"]
            assert pool == pools.pool(session, pool.jurisdiction, pool.year)
            for each in pools.reservations(session, pool.jurisdiction, pool.year).items:
                answer = registry.call("Compliance", "reservationOf", each.account.address, pool.year)
                shown = (each.grams, each.granted_grams, each.ahead_grams)
                assert shown == (answer["grams"], answer["grantedGrams"], answer["aheadGrams"])
                seen += 1
    assert seen


def test_transfers__what_is_left_of_the_story__is_shown_as_the_contracts_have_it(registry: Registry) -> None:
    with registry.database.session() as session:
        shown = transfers.transfers(session).items
        rules = transfer_rules.rules_of_jurisdiction(session, SHANGHAI)
        one = transfers.transfer(session, shown[0].transfer_id)
    assert len(shown) == registry.call("Transfers", "transferCount")
    assert one == shown[0]
    for view in shown:
        answer = registry.call("Transfers", "transferOf", view.transfer_id)
        expiry = registry.call("Transfers", "EXPIRY_SECONDS")
        assert view.state == answer["state"] != TransferState.NONE
        assert int(view.expires_at.timestamp()) == answer["executableAt"] + expiry
    answer = registry.call("TransferRules", "limitsOf", SHANGHAI)
    assert (rules.limits is not None) == answer["isSet"]


def test_every_list__of_the_story__has_something_to_show(registry: Registry) -> None:
    def of(session: Session) -> dict[str, Page[Any]]:
        return {
            "committees": committees.committees(session, SHANGHAI),
            "suspensions": committees.suspensions(session, SHANGHAI),
            "disputes": committees.disputes(session),
            "emissions": committees.figures(session),
            "provisional offsets": offsets.provisional_offsets(session),
            "orders": pledges.orders(session),
            "terms": recognition.recognition_terms(session, SHANGHAI),
            "project terms": recognition.project_terms(session, SHANGHAI),
        }

    with registry.database.session() as session:
        empty = [name for name, page in of(session).items() if not page.items]
    assert empty == []
