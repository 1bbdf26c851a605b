"""What one person proposes and another decides."""

from __future__ import annotations

import pytest

from registry.domain.errors import ContractRefused, InvalidInput, NotFound
from registry.domain.rules import RequestStatus, Role
from registry.services import desk
from registry.services.membership import grant_roles, open_jurisdiction, revoke_roles, set_committee
from registry.services.outbox import KeyReused
from registry.services.registry import Registry
from tests.world import ACTORS, SHANGHAI, actor

ADMIN, APPROVER, OUTSIDER = ACTORS["ADMIN"], ACTORS["APPROVER"], ACTORS["OUTSIDER"]
EXPERT = actor("EXPERT")
GRANT = grant_roles(SHANGHAI, [(Role.EXPERT, EXPERT.address)])


def is_expert(registry: Registry) -> bool:
    return bool(registry.call("Authority", "holds", SHANGHAI, int(Role.EXPERT), EXPERT.address))


def status(registry: Registry, request_id: int) -> int:
    return desk.proposed_call(registry, request_id).status


def test_decide__by_two__executes_the_call(registry: Registry) -> None:
    assert not is_expert(registry)
    receipt = desk.decide(registry, ADMIN, APPROVER, GRANT, key="grant")
    assert is_expert(registry)
    assert registry.event(receipt, "MemberAdded")["member"] == EXPERT.address


def test_propose__same_key__is_one_request(registry: Registry) -> None:
    first = desk.propose(registry, ADMIN, GRANT, key="grant")
    assert desk.propose(registry, ADMIN, GRANT, key="grant") == first
    with pytest.raises(KeyReused):
        desk.propose(registry, ADMIN, revoke_roles(SHANGHAI, [(Role.EXPERT, EXPERT.address)]), key="grant")
    call = desk.proposed_call(registry, first)
    assert (call.contract, call.function, call.maker) == ("Authority", "grantRoles", ADMIN.address)


def test_approve__by_the_maker__is_refused_and_changes_nothing(registry: Registry) -> None:
    request_id = desk.propose(registry, ADMIN, GRANT, key="grant")
    with pytest.raises(ContractRefused) as refused:
        desk.approve(registry, ADMIN, request_id, key="grant")
    assert refused.value.error_name == "CheckerIsMaker"
    assert not is_expert(registry)
    # The refusal used up nothing: the checker may approve under the same key.
    desk.approve(registry, APPROVER, request_id, key="grant")
    assert is_expert(registry)


def test_approve__by_an_outsider__is_refused(registry: Registry) -> None:
    request_id = desk.propose(registry, ADMIN, GRANT, key="grant")
    with pytest.raises(ContractRefused, match="does not hold the role"):
        desk.approve(registry, OUTSIDER, request_id, key="grant")


def test_propose__by_an_outsider__is_refused(registry: Registry) -> None:
    with pytest.raises(ContractRefused, match="does not hold the role"):
        desk.propose(registry, OUTSIDER, GRANT, key="grant")


def test_reject__by_the_checker__ends_the_request(registry: Registry) -> None:
    request_id = desk.propose(registry, ADMIN, GRANT, key="grant")
    desk.reject(registry, APPROVER, request_id, "not needed", key="grant")
    assert status(registry, request_id) == RequestStatus.REJECTED
    with pytest.raises(ContractRefused) as refused:
        desk.approve(registry, APPROVER, request_id, key="grant")
    assert refused.value.error_name == "NotOpen"


def test_withdraw__by_the_maker_alone__ends_the_request(registry: Registry) -> None:
    request_id = desk.propose(registry, ADMIN, GRANT, key="grant")
    with pytest.raises(ContractRefused):
        desk.withdraw(registry, APPROVER, request_id, key="grant")
    desk.withdraw(registry, ADMIN, request_id, key="grant")
    assert status(registry, request_id) == RequestStatus.WITHDRAWN


@pytest.mark.parametrize("request_id", [0, 10**6])
def test_request__unknown__is_told_before_anything_is_sent(registry: Registry, request_id: int) -> None:
    with pytest.raises(NotFound, match=f"request {request_id}"):
        desk.approve(registry, APPROVER, request_id, key="unknown")


def test_reject__reason_that_says_nothing__is_refused(registry: Registry) -> None:
    request_id = desk.propose(registry, ADMIN, GRANT, key="grant")
    with pytest.raises(InvalidInput, match="reason"):
        desk.reject(registry, APPROVER, request_id, " ", key="grant")


@pytest.mark.parametrize(
    "grants", [[], [(Role.NONE, EXPERT.address)], [(Role.EXPERT, "0x12")], [(Role.EXPERT, EXPERT.address.lower()[:-1])]]
)
def test_grants__that_cannot_be__are_refused(grants: list[tuple[Role, str]]) -> None:
    for build in (grant_roles, revoke_roles):
        with pytest.raises(InvalidInput):
            build(SHANGHAI, grants)
    with pytest.raises(InvalidInput):
        open_jurisdiction(110_000, "Beijing", grants)


@pytest.mark.parametrize(("code", "name"), [(0, "Council"), (109_999, "Low"), (830_000, "High"), (110_000, " ")])
def test_jurisdiction__that_cannot_be__is_refused(code: int, name: str) -> None:
    with pytest.raises(InvalidInput):
        open_jurisdiction(code, name, [(Role.ADMIN, EXPERT.address)])


def test_committee__is_ordered_by_address_and_has_3f_plus_1_different_signers() -> None:
    signers = [actor(f"SIGNER_{number}").address for number in range(33)]
    ordered = set_committee(SHANGHAI, [signers[0].lower(), *signers[1:4]], 0).args[1]
    assert sorted(ordered, key=lambda address: int(address, 16)) == ordered
    for size in range(32 + 1):
        if size in (4, 7, 10, 13, 16, 19, 22, 25, 28, 31):
            assert len(set_committee(SHANGHAI, signers[:size], 0).args[1]) == size
            continue
        with pytest.raises(InvalidInput, match="4, 7, 10, 13, 16, 19, 22, 25, 28, 31"):
            set_committee(SHANGHAI, signers[:size], 0)
    for wrong in ([*signers[:3], signers[0].lower()], [*signers[:3], "0x12"]):
        with pytest.raises(InvalidInput):
            set_committee(SHANGHAI, wrong, 0)
