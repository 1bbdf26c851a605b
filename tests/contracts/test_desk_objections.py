"""Desk: objections, rulings on them, experts' opinions, and that nobody does two of these."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.rules import AccountStatus, ObjectionStatus, Part, RequestStatus, Role
from registry.services.membership import grant_roles, revoke_roles
from tests.contracts.desk_requests import DAY, policy_call, status_call
from tests.contracts.parties import APPROVER, CLERK, NEWCOMER, OUTSIDER, READER, REGISTRAR, REGULATOR
from tests.contracts.refusals import REASON, refused
from tests.world import ACTORS, SHANGHAI, WUHAN, World

NOTICE_SECONDS = 600
EVIDENCE = b"e" * 32
AGENT = ACTORS["WUHAN_ENTERPRISE"]
NOBODY = "0x" + "00" * 20


@pytest.fixture
def request_id(world: World) -> int:
    """A request under a notice of ten minutes that asks for two experts; experts and an auditor are there."""
    world.decide(policy_call(world, (int(Role.REGISTRAR), int(Role.APPROVER), NOTICE_SECONDS, DAY, 2)))
    offices = [(Role.EXPERT, CLERK.address), (Role.EXPERT, NEWCOMER.address), (Role.AUDITOR, READER.address)]
    world.decide(grant_roles(SHANGHAI, offices))
    return world.propose(REGISTRAR, status_call(world))[0]


def approve(world: World, request_id: int) -> Any:
    call = status_call(world)
    target, data = (
        world.register.address(call.contract),
        world.register.encode(call.contract, call.function, *call.args),
    )
    return world.send(APPROVER, "Desk", "approve", request_id, target, data)


def end_notice(world: World, request_id: int) -> int:
    """Sets the clock to the second in which the notice ends, and returns it."""
    world.clock.now = world.call("Desk", "requestOf", request_id)["proposedAt"] + NOTICE_SECONDS
    return world.clock.now


def opine(world: World, request_id: int) -> None:
    for expert in (CLERK, NEWCOMER):
        receipt = world.send(expert, "Desk", "opine", request_id, True, REASON)
        wanted = {"requestId": request_id, "expert": expert.address, "positive": True, "opinionHash": REASON}
        assert world.event(receipt, "OpinionGiven") == wanted
        assert world.call("Desk", "partOf", request_id, expert.address) == Part.POSITIVE_OPINION


def test_desk__objected_dismissed_and_recommended__is_executed_after_the_notice(world: World, request_id: int) -> None:
    account = world.account(1, WUHAN)
    receipt = world.send(AGENT, "Desk", "object", request_id, account, EVIDENCE)
    wanted = {"requestId": request_id, "objector": account, "by": AGENT.address, "evidenceHash": EVIDENCE}
    assert world.event(receipt, "Objected") == wanted
    end_notice(world, request_id)
    with refused("ObjectionOpen", requestId=request_id, objections=1):
        approve(world, request_id)
    receipt = world.send(REGULATOR, "Desk", "rule", request_id, account, False, REASON)
    wanted = {"requestId": request_id, "objector": account, "regulator": REGULATOR.address, "upheld": False}
    assert world.event(receipt, "Ruled") == {**wanted, "reasonHash": REASON}
    assert world.call("Desk", "objectionOf", request_id, account) == ObjectionStatus.DISMISSED
    with refused("OpinionsMissing", requestId=request_id, given=0, needed=2):
        approve(world, request_id)
    opine(world, request_id)
    approve(world, request_id)
    assert world.call("Accounts", "statusOf", world.account(2)) == AccountStatus.FROZEN


def test_desk__objection_of_an_auditor_upheld__is_rejected(world: World, request_id: int) -> None:
    ended = end_notice(world, request_id)
    with refused("NoticeOver", requestId=request_id, approvableAt=ended, currentTime=ended):
        world.send(AGENT, "Desk", "object", request_id, world.account(1, WUHAN), EVIDENCE)
    world.send(READER, "Desk", "object", request_id, NOBODY, EVIDENCE)
    receipt = world.send(REGULATOR, "Desk", "rule", request_id, READER.address, True, REASON)
    assert world.event(receipt, "Rejected") == {
        "requestId": request_id,
        "checker": REGULATOR.address,
        "reasonHash": REASON,
    }
    assert world.call("Desk", "requestOf", request_id)["status"] == RequestStatus.REJECTED


def test_object__by_who_may_not__reverts(world: World, request_id: int) -> None:
    account = world.account(2)
    with refused("NotAgent", account=account, caller=OUTSIDER.address):
        world.send(OUTSIDER, "Desk", "object", request_id, account, EVIDENCE)
    with refused("HashMissing", requestId=request_id):
        world.send(READER, "Desk", "object", request_id, NOBODY, bytes(32))
    world.send(REGULATOR, "Accounts", "freeze", account, REASON)
    with refused("AccountNotOpen", account=account, status=AccountStatus.FROZEN):
        world.send(ACTORS["ENTERPRISE"], "Desk", "object", request_id, account, EVIDENCE)
    world.send(READER, "Desk", "object", request_id, NOBODY, EVIDENCE)
    with refused("AlreadyObjected", requestId=request_id, objector=READER.address):
        world.send(READER, "Desk", "object", request_id, NOBODY, EVIDENCE)
    world.decide(revoke_roles(SHANGHAI, [(Role.REGULATOR, REGULATOR.address)]))
    with refused("NoRegulator", jurisdiction=SHANGHAI):
        world.send(AGENT, "Desk", "object", request_id, world.account(1, WUHAN), EVIDENCE)


def test_desk__one_person__does_one_thing(world: World, request_id: int) -> None:
    world.decide(grant_roles(SHANGHAI, [(Role.EXPERT, REGISTRAR.address), (Role.EXPERT, APPROVER.address)]))
    with refused("MakerTakesPart", requestId=request_id, caller=REGISTRAR.address):
        world.send(REGISTRAR, "Desk", "opine", request_id, True, REASON)
    with refused("NoOpenObjection", requestId=request_id, objector=OUTSIDER.address):
        world.send(REGULATOR, "Desk", "rule", request_id, OUTSIDER.address, True, REASON)
    world.send(APPROVER, "Desk", "opine", request_id, False, REASON)
    end_notice(world, request_id)
    with refused("TookPart", requestId=request_id, caller=APPROVER.address, part=Part.NEGATIVE_OPINION):
        approve(world, request_id)


def test_opine__where_the_policy_asks_for_none__reverts(world: World) -> None:
    world.decide(grant_roles(SHANGHAI, [(Role.EXPERT, CLERK.address)]))
    other = world.propose(REGISTRAR, status_call(world))[0]
    with refused("OpinionsNotAsked", requestId=other):
        world.send(CLERK, "Desk", "opine", other, True, REASON)
    assert world.call("Desk", "accounts") == world.register.address("Accounts")
