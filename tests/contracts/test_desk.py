"""Desk: proposing and its policies. Deciding is in test_desk_deciding.py."""

from __future__ import annotations

from typing import Any

import pytest
from eth_hash.auto import keccak

from registry.chain.artifacts import selector
from registry.domain.rules import AccountStatus, RequestStatus, Role
from registry.services.calls import GuardedCall
from tests.contracts.desk_requests import DAY, OWN_POLICY, SET_STATUS, policy_call, status_call
from tests.contracts.parties import (
    ADMIN,
    APPROVER,
    COUNCIL_MAKER,
    DEPLOYER,
    OUTSIDER,
    REGISTRAR,
    REGULATOR,
    WUHAN_REGISTRAR,
    name_of,
)
from tests.contracts.refusals import REASON, refused
from tests.world import SHANGHAI, WUHAN, World

COUNCIL = 0
NEVER_OPENED = 440300


def policy_of(world: World, jurisdiction: int) -> tuple[Any, ...]:
    target = world.register.address("Accounts")
    return tuple(world.call("Desk", "policyOf", jurisdiction, target, SET_STATUS).values())


# wire


def test_wire__by_an_outsider__reverts(world: World) -> None:
    fresh = world.beside("Desk", world.register.address("Authority"))
    entry = (COUNCIL, world.register.address("Accounts"), SET_STATUS, OWN_POLICY)
    with refused("NotWirable", caller=OUTSIDER.address):
        fresh.send(OUTSIDER, "Desk", "wire", [entry], world.register.address("Accounts"))


def test_wire__without_entries__reverts(world: World) -> None:
    fresh = world.beside("Desk", world.register.address("Authority"))
    with refused("NotWirable", caller=DEPLOYER.address):
        fresh.send(DEPLOYER, "Desk", "wire", [], world.register.address("Accounts"))


def test_wire__a_second_time__reverts(world: World) -> None:
    entry = (COUNCIL, world.register.address("Accounts"), SET_STATUS, OWN_POLICY)
    with refused("NotWirable", caller=DEPLOYER.address):
        world.send(DEPLOYER, "Desk", "wire", [entry], world.register.address("Accounts"))


def test_wire__by_the_deployer__sets_the_first_policies(world: World) -> None:
    fresh = world.beside("Desk", world.register.address("Authority"))
    target = world.register.address("Accounts")
    with refused("NoPolicy", jurisdiction=SHANGHAI, target=target, selector=SET_STATUS):
        fresh.call("Desk", "policyOf", SHANGHAI, target, SET_STATUS)
    receipt = fresh.send(DEPLOYER, "Desk", "wire", [(COUNCIL, target, SET_STATUS, OWN_POLICY)], target)
    policy = {"maker": Role.REGISTRAR, "checker": Role.APPROVER, "noticeSeconds": 7, "expirySeconds": DAY, "experts": 0}
    wanted = {"jurisdiction": COUNCIL, "target": target, "selector": SET_STATUS, "policy": policy}
    assert fresh.event(receipt, "PolicySet") == wanted
    assert policy_of(fresh, SHANGHAI) == OWN_POLICY


# setPolicy


def test_set_policy__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=ADMIN.address):
        world.send(ADMIN, "Desk", "setPolicy", *policy_call(world, OWN_POLICY).args)


def test_set_policy__jurisdiction_never_opened__reverts(world: World) -> None:
    with refused("UnknownJurisdiction", jurisdiction=NEVER_OPENED):
        world.decide(policy_call(world, OWN_POLICY, jurisdiction=NEVER_OPENED))


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param((Role.NONE, Role.APPROVER, 0, 1, 0), id="no maker"),
        pytest.param((Role.REGISTRAR, Role.NONE, 0, 1, 0), id="no checker"),
        pytest.param((Role.AUDITOR, Role.APPROVER, 0, 1, 0), id="auditor proposes"),
        pytest.param((Role.REGISTRAR, Role.AUDITOR, 0, 1, 0), id="auditor approves"),
        pytest.param((Role.RETIRER, Role.APPROVER, 0, 1, 0), id="module proposes"),
        pytest.param((Role.REGISTRAR, Role.CORRECTOR, 0, 1, 0), id="module approves"),
        pytest.param((Role.REGISTRAR, Role.REGISTRAR, 0, 1, 0), id="one role for both"),
        pytest.param((Role.REGISTRAR, Role.APPROVER, 5, 5, 0), id="expires as its notice ends"),
        pytest.param((Role.REGISTRAR, Role.APPROVER, 5, 4, 0), id="expires before its notice ends"),
        pytest.param((Role.REGISTRAR, Role.APPROVER, 0, 0, 0), id="expires at once"),
        pytest.param((Role.REGISTRAR, Role.APPROVER, 0, 365 * DAY + 1, 0), id="expires after more than a year"),
        pytest.param((Role.REGISTRAR, Role.APPROVER, 0, 1, 21), id="asks more than 20 experts"),
    ],
)
def test_set_policy__that_could_not_work__reverts(world: World, policy: tuple[int, ...]) -> None:
    # Invariant 7
    with refused("InvalidPolicy", target=world.register.address("Accounts"), selector=SET_STATUS):
        world.decide(policy_call(world, tuple(int(value) for value in policy)))


def test_set_policy__target_without_code__reverts(world: World) -> None:
    with refused("InvalidPolicy", target=OUTSIDER.address, selector=SET_STATUS):
        world.decide(policy_call(world, OWN_POLICY, target=OUTSIDER.address))


def test_set_policy__same_as_before__reverts(world: World) -> None:
    world.decide(policy_call(world, OWN_POLICY))
    target = world.register.address("Accounts")
    with refused("PolicyUnchanged", jurisdiction=SHANGHAI, target=target, selector=SET_STATUS):
        world.decide(policy_call(world, OWN_POLICY))


def test_set_policy__of_one_jurisdiction__leaves_the_networks_for_the_others(world: World) -> None:
    networks = policy_of(world, COUNCIL)
    receipt = world.decide(policy_call(world, OWN_POLICY))
    assert world.event(receipt, "PolicySet")["jurisdiction"] == SHANGHAI
    assert policy_of(world, SHANGHAI) == OWN_POLICY
    assert policy_of(world, WUHAN) == policy_of(world, COUNCIL) == networks


def test_set_policy__of_the_network__holds_where_no_own_one_is(world: World) -> None:
    world.decide(policy_call(world, (int(Role.REGISTRAR), int(Role.APPROVER), 9, DAY, 0), jurisdiction=SHANGHAI))
    world.decide(policy_call(world, OWN_POLICY, jurisdiction=COUNCIL))
    assert policy_of(world, WUHAN) == OWN_POLICY
    assert policy_of(world, SHANGHAI)[2] == 9


def test_set_policy__expiring_after_365_days__is_set(world: World) -> None:
    yearly = (int(Role.REGISTRAR), int(Role.APPROVER), 365 * DAY - 1, 365 * DAY, 20)
    world.decide(policy_call(world, yearly))
    assert policy_of(world, SHANGHAI) == yearly


@pytest.mark.parametrize(
    ("own", "applied"),
    [
        ((59, 3600), (60, 3600)),
        ((60, 100), (60, 100)),
        ((61, 100), (61, 100)),
        ((0, 60), (60, 1000)),
        ((0, 999), (60, 1000)),
        ((0, 1001), (60, 1001)),
    ],
    ids=str,
)
def test_policy_of__own_notice__is_never_shorter_than_the_networks(
    world: World, own: tuple[int, int], applied: tuple[int, int]
) -> None:
    # The network asks for a minute and lets requests lapse after 1,000 s.
    world.decide(policy_call(world, (int(Role.REGISTRAR), int(Role.APPROVER), 60, 1000, 0), jurisdiction=COUNCIL))
    world.decide(policy_call(world, (int(Role.ADMIN), int(Role.APPROVER), *own, 0)))
    assert policy_of(world, SHANGHAI) == (Role.ADMIN, Role.APPROVER, *applied, 0)
    receipt = world.send(ADMIN, "Desk", "propose", *call_data(world))
    event = world.event(receipt, "Proposed")
    proposed_at = world.gateway.block(receipt.block_number).timestamp
    assert (event["approvableAt"] - proposed_at, event["expiresAt"] - proposed_at) == applied


def call_data(world: World) -> tuple[str, bytes]:
    call = status_call(world)
    return world.register.address("Accounts"), world.register.encode(call.contract, call.function, *call.args)


# propose


@pytest.mark.parametrize("length", [0, 4, 35])
def test_propose__shorter_than_selector_and_jurisdiction__reverts(world: World, length: int) -> None:
    with refused("CallTooShort", length=length):
        world.send(REGISTRAR, "Desk", "propose", world.register.address("Accounts"), bytes(length))


def test_propose__first_argument_over_32_bits__reverts(world: World) -> None:
    data = SET_STATUS + (2**32).to_bytes(32, "big")
    with refused("JurisdictionTooLarge", word=2**32):
        world.send(REGISTRAR, "Desk", "propose", world.register.address("Accounts"), data)


def test_propose__jurisdiction_never_opened__reverts(world: World) -> None:
    with refused("UnknownJurisdiction", jurisdiction=NEVER_OPENED):
        world.propose(REGISTRAR, status_call(world, NEVER_OPENED))


def test_propose__function_without_policy__reverts(world: World) -> None:
    target = world.register.address("Accounts")
    freeze = GuardedCall("Accounts", "freeze", (world.account(2), REASON))
    data = selector("Accounts", "freeze") + SHANGHAI.to_bytes(32, "big")
    with refused("NoPolicy", jurisdiction=SHANGHAI, target=target, selector=data[:4]):
        world.send(REGISTRAR, "Desk", "propose", target, data)
    # An account address where a jurisdiction is due has more than 32 bits.
    with refused("JurisdictionTooLarge", word=int(world.account(2), 16)):
        world.propose(REGISTRAR, freeze)


def test_propose__to_an_address_without_policy__reverts(world: World) -> None:
    data = world.register.encode("Accounts", "setStatus", *status_call(world).args)
    with refused("NoPolicy", jurisdiction=SHANGHAI, target=OUTSIDER.address, selector=SET_STATUS):
        world.send(REGISTRAR, "Desk", "propose", OUTSIDER.address, data)


@pytest.mark.parametrize("caller", [OUTSIDER, APPROVER, ADMIN, REGULATOR, WUHAN_REGISTRAR, COUNCIL_MAKER], ids=name_of)
def test_propose__without_the_makers_role_there__reverts(world: World, caller: Any) -> None:
    # Invariant 7
    with refused("RoleMissing", jurisdiction=SHANGHAI, role=Role.REGISTRAR, caller=caller.address):
        world.propose(caller, status_call(world))


def test_propose__by_the_maker__stores_the_calls_hash_and_the_policy_of_now(world: World) -> None:
    world.decide(policy_call(world, OWN_POLICY))
    target, data = call_data(world)
    before = world.call("Desk", "requestCount")
    world.clock.advance(100)
    now = world.clock.now
    assert world.answer(REGISTRAR, "Desk", "propose", target, data) == before + 1
    receipt = world.send(REGISTRAR, "Desk", "propose", target, data)
    assert world.event(receipt, "Proposed") == {
        "requestId": before + 1,
        "jurisdiction": SHANGHAI,
        "maker": REGISTRAR.address,
        "target": target,
        "data": data,
        "approvableAt": now + 7,
        "expiresAt": now + DAY,
        "policy": dict(zip(("maker", "checker", "noticeSeconds", "expirySeconds", "experts"), OWN_POLICY, strict=True)),
    }
    assert world.call("Desk", "requestCount") == before + 1
    padding = bytes(-len(data) % 32)
    words = [bytes(12) + bytes.fromhex(target[2:]), (64).to_bytes(32, "big"), len(data).to_bytes(32, "big")]
    assert world.call("Desk", "requestOf", before + 1) == {
        "callHash": keccak(b"".join(words) + data + padding),
        "maker": REGISTRAR.address,
        "jurisdiction": SHANGHAI,
        "proposedAt": now,
        "status": RequestStatus.PROPOSED,
        "noticeSeconds": 7,
        "expirySeconds": DAY,
        "checker": Role.APPROVER,
        "makerRole": Role.REGISTRAR,
        "experts": 0,
        "positiveOpinions": 0,
        "openObjections": 0,
    }
    # Nothing has happened yet.
    assert world.call("Accounts", "statusOf", world.account(2)) == AccountStatus.OPEN


def test_request_of__unknown__reverts(world: World) -> None:
    unknown = world.call("Desk", "requestCount") + 1
    for request_id in (0, unknown):
        with refused("UnknownRequest", requestId=request_id):
            world.call("Desk", "requestOf", request_id)
