"""Desk: approving, rejecting, withdrawing, and that two persons are always needed (invariant 7)."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.rules import AccountStatus, RequestStatus, Role
from registry.services.calls import GuardedCall
from registry.services.membership import grant_roles, revoke_roles
from tests.contracts.desk_requests import OWN_POLICY, SET_STATUS, policy_call, status_call
from tests.contracts.parties import (
    ADMIN,
    APPROVER,
    COUNCIL_CHECKER,
    NEWCOMER,
    OUTSIDER,
    REGISTRAR,
    SECOND_APPROVER,
    SECOND_REGISTRAR,
    WUHAN_APPROVER,
    name_of,
)
from tests.contracts.refusals import REASON, refused
from tests.world import SHANGHAI, World

EXPIRY_SECONDS = 2_592_000
NOTICE_SECONDS = 600
# Runtime code of six bytes or fewer, written by hand: contracts that a registry would never have.
VANISHING = "33ff"
REFUSING_SILENTLY = "60006000fd"
DECISIONS = ("approve", "reject")


def proposed(world: World) -> tuple[int, str, bytes]:
    return world.propose(REGISTRAR, status_call(world))


def with_notice(world: World) -> tuple[int, str, bytes]:
    """A request under a notice of ten minutes and an expiry of an hour, both from now."""
    world.decide(policy_call(world, (int(Role.REGISTRAR), int(Role.APPROVER), NOTICE_SECONDS, 3600, 0)))
    world.clock.advance(10)
    return proposed(world)


def decide_as(world: World, who: Any, decision: str, request: tuple[int, str, bytes]) -> Any:
    given = request if decision == "approve" else (request[0], REASON)
    return world.send(who, "Desk", decision, *given)


def status_of(world: World, request_id: int) -> int:
    return int(world.call("Desk", "requestOf", request_id)["status"])


def account_status(world: World) -> int:
    return int(world.call("Accounts", "statusOf", world.account(2)))


# approve and reject: who


@pytest.mark.parametrize("decision", DECISIONS)
def test_decide__unknown_request__reverts(world: World, decision: str) -> None:
    unknown = world.call("Desk", "requestCount") + 1
    with refused("UnknownRequest", requestId=unknown):
        decide_as(world, APPROVER, decision, (unknown, world.register.address("Accounts"), b""))


@pytest.mark.parametrize("decision", DECISIONS)
def test_decide__by_the_maker_himself__reverts(world: World, decision: str) -> None:
    # Invariant 7
    request = proposed(world)
    with refused("CheckerIsMaker", requestId=request[0], caller=REGISTRAR.address):
        decide_as(world, REGISTRAR, decision, request)
    assert (status_of(world, request[0]), account_status(world)) == (RequestStatus.PROPOSED, AccountStatus.OPEN)


@pytest.mark.parametrize("decision", DECISIONS)
def test_decide__by_the_maker_who_holds_the_checkers_role_too__reverts(world: World, decision: str) -> None:
    # Invariant 7: a policy may name two roles that one person may hold; two persons are needed all the same.
    world.decide(policy_call(world, (int(Role.EXPERT), int(Role.VERIFIER), 0, 60, 0)))
    world.decide(grant_roles(SHANGHAI, [(Role.EXPERT, NEWCOMER.address), (Role.VERIFIER, NEWCOMER.address)]))
    request = world.propose(NEWCOMER, status_call(world))
    with refused("CheckerIsMaker", requestId=request[0], caller=NEWCOMER.address):
        decide_as(world, NEWCOMER, decision, request)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("caller", [OUTSIDER, ADMIN, SECOND_REGISTRAR, WUHAN_APPROVER, COUNCIL_CHECKER], ids=name_of)
def test_decide__without_the_checkers_role_there__reverts(world: World, decision: str, caller: Any) -> None:
    # Invariant 7: a second maker is no checker.
    world.decide(grant_roles(SHANGHAI, [(Role.REGISTRAR, SECOND_REGISTRAR.address)]))
    request = proposed(world)
    with refused("RoleMissing", jurisdiction=SHANGHAI, role=Role.APPROVER, caller=caller.address):
        decide_as(world, caller, decision, request)
    assert status_of(world, request[0]) == RequestStatus.PROPOSED


def test_approve__by_a_checker_who_lost_the_role_meanwhile__reverts(world: World) -> None:
    world.decide(grant_roles(SHANGHAI, [(Role.APPROVER, SECOND_APPROVER.address)]))
    request = proposed(world)
    world.decide(revoke_roles(SHANGHAI, [(Role.APPROVER, SECOND_APPROVER.address)]))
    with refused("RoleMissing", jurisdiction=SHANGHAI, role=Role.APPROVER, caller=SECOND_APPROVER.address):
        decide_as(world, SECOND_APPROVER, "approve", request)


@pytest.mark.parametrize("decision", DECISIONS)
def test_decide__maker_lost_the_role_meanwhile__can_only_be_rejected(world: World, decision: str) -> None:
    # Invariant 7: the maker was no second person any more when it was decided.
    request = proposed(world)
    world.decide(grant_roles(SHANGHAI, [(Role.REGISTRAR, SECOND_REGISTRAR.address)]))
    world.decide(revoke_roles(SHANGHAI, [(Role.REGISTRAR, REGISTRAR.address)]))
    if decision == "reject":
        decide_as(world, APPROVER, "reject", request)
        assert status_of(world, request[0]) == RequestStatus.REJECTED
        return
    with refused("RoleMissing", jurisdiction=SHANGHAI, role=Role.REGISTRAR, caller=REGISTRAR.address):
        decide_as(world, APPROVER, "approve", request)
    assert (status_of(world, request[0]), account_status(world)) == (RequestStatus.PROPOSED, AccountStatus.OPEN)


def test_withdraw__by_a_maker_who_lost_the_role__ends_it(world: World) -> None:
    request = proposed(world)
    world.decide(grant_roles(SHANGHAI, [(Role.REGISTRAR, SECOND_REGISTRAR.address)]))
    world.decide(revoke_roles(SHANGHAI, [(Role.REGISTRAR, REGISTRAR.address)]))
    world.send(REGISTRAR, "Desk", "withdraw", request[0])
    assert status_of(world, request[0]) == RequestStatus.WITHDRAWN


# approve: when and what


def test_approve__one_second_before_the_notice_ends__reverts_with_both_times(world: World) -> None:
    request = with_notice(world)
    begun = world.clock.now
    world.clock.now = begun + NOTICE_SECONDS - 1
    times = {"approvableAt": begun + NOTICE_SECONDS, "currentTime": begun + NOTICE_SECONDS - 1}
    with refused("NoticeRunning", requestId=request[0], **times):
        decide_as(world, APPROVER, "approve", request)


def test_approve__in_the_second_in_which_the_notice_ends__executes(world: World) -> None:
    request = with_notice(world)
    world.clock.advance(NOTICE_SECONDS)
    receipt = decide_as(world, APPROVER, "approve", request)
    assert world.event(receipt, "Executed") == {"requestId": request[0], "checker": APPROVER.address}
    assert (status_of(world, request[0]), account_status(world)) == (RequestStatus.EXECUTED, AccountStatus.FROZEN)


def test_approve__in_the_last_second_before_expiry__executes(world: World) -> None:
    request = proposed(world)
    world.clock.advance(EXPIRY_SECONDS - 1)
    decide_as(world, APPROVER, "approve", request)
    assert status_of(world, request[0]) == RequestStatus.EXECUTED


@pytest.mark.parametrize("decision", [*DECISIONS, "withdraw"])
def test_decide__in_the_second_of_expiry__reverts_as_expired(world: World, decision: str) -> None:
    request = proposed(world)
    world.clock.advance(EXPIRY_SECONDS)
    assert status_of(world, request[0]) == RequestStatus.EXPIRED
    with refused("NotOpen", requestId=request[0], status=RequestStatus.EXPIRED):
        if decision == "withdraw":
            world.send(REGISTRAR, "Desk", "withdraw", request[0])
        else:
            decide_as(world, APPROVER, decision, request)


def test_approve__call_changed__reverts_with_both_hashes(world: World) -> None:
    request_id, target, _ = proposed(world)
    other = GuardedCall("Accounts", "setStatus", (SHANGHAI, world.account(1), int(AccountStatus.FROZEN), REASON))
    other_id, _, other_data = world.propose(REGISTRAR, other)
    hashes = [world.call("Desk", "requestOf", number)["callHash"] for number in (request_id, other_id)]
    with refused("CallChanged", requestId=request_id, proposedHash=hashes[0], givenHash=hashes[1]):
        world.send(APPROVER, "Desk", "approve", request_id, target, other_data)
    assert account_status(world) == AccountStatus.OPEN


def test_approve__another_target__reverts(world: World) -> None:
    request_id, _, data = proposed(world)
    # The same bytes for another contract have another hash, which only the contract itself tells.
    filings = world.register.address("Filings")
    policy = GuardedCall("Desk", "setPolicy", (SHANGHAI, filings, SET_STATUS, OWN_POLICY))
    world.decide(policy)
    receipt = world.send(REGISTRAR, "Desk", "propose", filings, data)
    other = world.call("Desk", "requestOf", world.event(receipt, "Proposed")["requestId"])["callHash"]
    stored = world.call("Desk", "requestOf", request_id)["callHash"]
    with refused("CallChanged", requestId=request_id, proposedHash=stored, givenHash=other):
        world.send(APPROVER, "Desk", "approve", request_id, filings, data)


def test_approve__a_later_policy__does_not_change_the_request(world: World) -> None:
    request = proposed(world)
    world.decide(policy_call(world, (int(Role.REGISTRAR), int(Role.EXPERT), NOTICE_SECONDS, 3600, 0)))
    decide_as(world, APPROVER, "approve", request)
    assert account_status(world) == AccountStatus.FROZEN


# approve: what the call does


def test_approve__call_that_reverts__gives_its_error_and_leaves_the_request_open(world: World) -> None:
    again = GuardedCall("Accounts", "setStatus", (SHANGHAI, world.account(2), int(AccountStatus.OPEN), REASON))
    request = world.propose(REGISTRAR, again)
    with refused("StatusUnchanged", account=world.account(2), status=AccountStatus.OPEN):
        decide_as(world, APPROVER, "approve", request)
    assert status_of(world, request[0]) == RequestStatus.PROPOSED


def test_approve__call_that_reverts_silently__reverts(world: World) -> None:
    request = strange_request(world, REFUSING_SILENTLY)
    with refused("FailedCall"):
        decide_as(world, APPROVER, "approve", request)
    assert status_of(world, request[0]) == RequestStatus.PROPOSED


def test_approve__target_that_vanished__reverts(world: World) -> None:
    request = strange_request(world, VANISHING)
    world.deploy(OUTSIDER, request[1], b"")
    with refused("AddressEmptyCode", target=request[1]):
        decide_as(world, APPROVER, "approve", request)


def strange_request(world: World, runtime: str) -> tuple[int, str, bytes]:
    """A request to a contract of these few bytes, which has a policy."""
    size = len(runtime) // 2
    # PUSH the code, store it, return it from memory.
    creation = bytes.fromhex(f"{0x5F + size:02x}{runtime}60005260{size:02x}60{32 - size:02x}f3")
    target = world.deploy(OUTSIDER, None, creation).contract_address
    assert target is not None
    world.decide(policy_call(world, OWN_POLICY, target=target))
    data = SET_STATUS + SHANGHAI.to_bytes(32, "big")
    receipt = world.send(REGISTRAR, "Desk", "propose", target, data)
    world.clock.advance(60)
    return world.event(receipt, "Proposed")["requestId"], target, data


# reject and withdraw


@pytest.mark.parametrize("decision", [*DECISIONS, "withdraw"])
@pytest.mark.parametrize("ending", [RequestStatus.EXECUTED, RequestStatus.REJECTED, RequestStatus.WITHDRAWN])
def test_decide__decided_before__reverts_with_how(world: World, decision: str, ending: RequestStatus) -> None:
    request = proposed(world)
    if ending is RequestStatus.WITHDRAWN:
        world.send(REGISTRAR, "Desk", "withdraw", request[0])
    else:
        decide_as(world, APPROVER, "approve" if ending is RequestStatus.EXECUTED else "reject", request)
    with refused("NotOpen", requestId=request[0], status=ending):
        if decision == "withdraw":
            world.send(REGISTRAR, "Desk", "withdraw", request[0])
        else:
            decide_as(world, APPROVER, decision, request)


def test_reject__while_the_notice_runs__ends_it(world: World) -> None:
    request = with_notice(world)
    receipt = decide_as(world, APPROVER, "reject", request)
    wanted = {"requestId": request[0], "checker": APPROVER.address, "reasonHash": REASON}
    assert world.event(receipt, "Rejected") == wanted
    assert (status_of(world, request[0]), account_status(world)) == (RequestStatus.REJECTED, AccountStatus.OPEN)


@pytest.mark.parametrize("caller", [OUTSIDER, APPROVER, SECOND_REGISTRAR], ids=name_of)
def test_withdraw__by_another_than_the_maker__reverts(world: World, caller: Any) -> None:
    world.decide(grant_roles(SHANGHAI, [(Role.REGISTRAR, SECOND_REGISTRAR.address)]))
    request = proposed(world)
    with refused("NotMaker", requestId=request[0], caller=caller.address):
        world.send(caller, "Desk", "withdraw", request[0])


def test_withdraw__unknown_request__reverts(world: World) -> None:
    with refused("UnknownRequest", requestId=0):
        world.send(REGISTRAR, "Desk", "withdraw", 0)


def test_withdraw__by_the_maker__ends_it(world: World) -> None:
    request = proposed(world)
    receipt = world.send(REGISTRAR, "Desk", "withdraw", request[0])
    assert world.event(receipt, "Withdrawn") == {"requestId": request[0], "maker": REGISTRAR.address}
    assert (status_of(world, request[0]), account_status(world)) == (RequestStatus.WITHDRAWN, AccountStatus.OPEN)


def test_propose__the_same_call_twice__makes_two_requests_of_which_each_may_run(world: World) -> None:
    first, second = proposed(world), proposed(world)
    assert second[0] == first[0] + 1
    decide_as(world, APPROVER, "approve", first)
    with refused("StatusUnchanged", account=world.account(2), status=AccountStatus.FROZEN):
        decide_as(world, APPROVER, "approve", second)
