"""Accounts: opening and agents. Changes of status are in test_accounts_status.py."""

from __future__ import annotations

from typing import Any

import pytest
from eth_hash.auto import keccak

from registry.domain.rules import AccountKind, AccountStatus, Right
from registry.services.accounts import open_account, set_agents
from registry.services.calls import GuardedCall
from tests.contracts.parties import (
    CLERK,
    DEPLOYER,
    NOBODY,
    OUTSIDER,
    PLATFORM,
    READER,
    REGISTRAR,
)
from tests.contracts.refusals import refused
from tests.world import SHANGHAI, WUHAN, World, actor

COMMITMENT = b"\x11" * 32
NUMBER = 7
INITIATE, READ = int(Right.INITIATE), int(Right.READ)


def opening(number: int = NUMBER, **changed: Any) -> GuardedCall:
    fields = {
        "jurisdiction": SHANGHAI,
        "number": number,
        "kind": int(AccountKind.ENTERPRISE),
        "identity": COMMITMENT,
        "agents": [(CLERK.address, INITIATE)],
    }
    return GuardedCall("Accounts", "openAccount", tuple({**fields, **changed}.values()))


def agents_call(account: str, agents: list[tuple[str, int]], jurisdiction: int = SHANGHAI) -> GuardedCall:
    return GuardedCall("Accounts", "setAgents", (jurisdiction, account, agents))


# wire


def unwired(world: World) -> World:
    return world.beside("Accounts", world.register.address("Authority"), world.register.address("Desk"), 60)


def test_wire__by_an_outsider__reverts(world: World) -> None:
    with refused("NotWirable", caller=OUTSIDER.address):
        unwired(world).send(OUTSIDER, "Accounts", "wire", world.register.address("Credits"))


def test_wire__zero_address__reverts(world: World) -> None:
    with refused("NotWirable", caller=DEPLOYER.address):
        unwired(world).send(DEPLOYER, "Accounts", "wire", NOBODY)


def test_wire__a_second_time__reverts(world: World) -> None:
    with refused("NotWirable", caller=DEPLOYER.address):
        world.send(DEPLOYER, "Accounts", "wire", OUTSIDER.address)


def test_wire__by_the_deployer__names_the_ledger(world: World) -> None:
    fresh = unwired(world)
    assert fresh.call("Accounts", "ledger") == NOBODY
    fresh.send(DEPLOYER, "Accounts", "wire", world.register.address("Credits"))
    assert fresh.call("Accounts", "ledger") == world.register.address("Credits")


# openAccount


def test_open_account__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=REGISTRAR.address):
        world.send(REGISTRAR, "Accounts", "openAccount", *opening().args)


def test_open_account__of_the_council__reverts(world: World) -> None:
    with refused("UnknownJurisdiction", jurisdiction=0):
        world.decide(opening(jurisdiction=0))


def test_open_account__jurisdiction_never_opened__reverts(world: World) -> None:
    with refused("UnknownJurisdiction", jurisdiction=440300):
        world.decide(opening(jurisdiction=440300))


def test_open_account__number_zero__reverts(world: World) -> None:
    with refused("InvalidNumber"):
        world.decide(opening(0))


def test_open_account__without_kind__reverts(world: World) -> None:
    with refused("InvalidKind"):
        world.decide(opening(kind=int(AccountKind.NONE)))


def test_open_account__kind_that_is_none__reverts(world: World) -> None:
    with refused("FailedCall"):
        world.decide(opening(kind=len(AccountKind)))


def test_open_account__without_commitment__reverts(world: World) -> None:
    with refused("InvalidCommitment"):
        world.decide(opening(identity=bytes(32)))


def test_open_account__number_taken__reverts(world: World) -> None:
    with refused("AccountExists", account=world.account(1)):
        world.decide(opening(1))


def test_open_account__over_fifty_agents__reverts_with_the_number(world: World) -> None:
    with refused("InvalidAgentCount", agents=51):
        world.decide(opening(agents=[(CLERK.address, READ)] * 51))


def test_open_account__agent_that_may_not_be_one__reverts_and_opens_nothing(world: World) -> None:
    with refused("InvalidAgent", agent=NOBODY, rights=INITIATE):
        world.decide(opening(agents=[(CLERK.address, INITIATE), (NOBODY, INITIATE)]))
    with refused("UnknownAccount", account=world.account(NUMBER)):
        world.call("Accounts", "accountOf", world.account(NUMBER))


def test_open_account__its_own_agent__reverts(world: World) -> None:
    own = world.account(NUMBER)
    with refused("InvalidAgent", agent=own, rights=INITIATE):
        world.decide(opening(agents=[(own, INITIATE)]))


@pytest.mark.parametrize("kind", list(AccountKind)[1:])
def test_open_account__of_each_kind__is_stored_and_announced(world: World, kind: AccountKind) -> None:
    account = world.account(NUMBER)
    agents = [(CLERK.address, Right.INITIATE | Right.APPROVE), (READER.address, Right.READ)]
    receipt = world.decide(open_account(SHANGHAI, NUMBER, kind, COMMITMENT, agents))
    assert world.event(receipt, "AccountOpened") == {
        "account": account,
        "jurisdiction": SHANGHAI,
        "number": NUMBER,
        "kind": kind,
        "identityCommitment": COMMITMENT,
    }
    assert world.events(receipt, "AgentSet") == [
        {"account": account, "agent": who, "rights": rights} for who, rights in agents
    ]
    assert world.call("Accounts", "accountOf", account) == {
        "jurisdiction": SHANGHAI,
        "number": NUMBER,
        "kind": kind,
        "status": AccountStatus.OPEN,
        "openedAt": world.clock.now,
        "frozenUntil": 0,
        "flags": 0,
        "identityCommitment": COMMITMENT,
    }


def test_open_account__without_agents__is_allowed(world: World) -> None:
    receipt = world.decide(opening(agents=[]))
    assert world.events(receipt, "AgentSet") == []
    assert world.call("Accounts", "statusOf", world.account(NUMBER)) == AccountStatus.OPEN


# setAgents


def test_set_agents__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=PLATFORM.address):
        world.send(PLATFORM, "Accounts", "setAgents", *agents_call(world.account(1), [(CLERK.address, 7)]).args)


def test_set_agents__unknown_account__reverts(world: World) -> None:
    with refused("UnknownAccount", account=OUTSIDER.address):
        world.decide(agents_call(OUTSIDER.address, [(CLERK.address, READ)]))


def test_set_agents__by_another_jurisdiction__reverts_with_both(world: World) -> None:
    account = world.account(1)
    with refused("WrongJurisdiction", account=account, accountJurisdiction=SHANGHAI, jurisdiction=WUHAN):
        world.decide(agents_call(account, [(CLERK.address, INITIATE)], jurisdiction=WUHAN))


@pytest.mark.parametrize("count", [0, 51])
def test_set_agents__none_or_over_fifty__reverts_with_the_number(world: World, count: int) -> None:
    with refused("InvalidAgentCount", agents=count):
        world.decide(agents_call(world.account(1), [(CLERK.address, READ)] * count))


def test_set_agents__zero_address__reverts(world: World) -> None:
    with refused("InvalidAgent", agent=NOBODY, rights=READ):
        world.decide(agents_call(world.account(1), [(NOBODY, READ)]))


def test_set_agents__an_account__reverts(world: World) -> None:
    other = world.account(2)
    with refused("InvalidAgent", agent=other, rights=READ):
        world.decide(agents_call(world.account(1), [(other, READ)]))


def test_set_agents__rights_that_are_no_sum_of_the_three__reverts(world: World) -> None:
    with refused("InvalidAgent", agent=CLERK.address, rights=8):
        world.decide(agents_call(world.account(1), [(CLERK.address, 8)]))


@pytest.mark.parametrize(("agent", "rights"), [(PLATFORM, 7), (OUTSIDER, 0)], ids=["agent", "stranger"])
def test_set_agents__rights_as_before__reverts(world: World, agent: Any, rights: int) -> None:
    account = world.account(1)
    with refused("AgentUnchanged", account=account, agent=agent.address, rights=rights):
        world.decide(agents_call(account, [(agent.address, rights)]))


@pytest.mark.parametrize("rights", range(1, 8))
def test_set_agents__each_sum_of_rights__says_who_may_initiate(world: World, rights: int) -> None:
    account = world.account(1)
    receipt = world.decide(set_agents(SHANGHAI, account, [(CLERK.address, Right(rights))]))
    assert world.event(receipt, "AgentSet") == {"account": account, "agent": CLERK.address, "rights": rights}
    assert world.call("Accounts", "rightsOf", account, CLERK.address) == rights
    assert world.call("Accounts", "mayInitiate", account, CLERK.address) is (rights in (1, 3, 5, 7))
    assert world.call("Accounts", "rightsOf", world.account(2), CLERK.address) == 0


def test_set_agents__zero__removes_the_agent(world: World) -> None:
    account = world.account(1)
    world.decide(agents_call(account, [(PLATFORM.address, 0), (CLERK.address, 7)]))
    assert not world.call("Accounts", "mayInitiate", account, PLATFORM.address)
    assert world.call("Accounts", "mayInitiate", account, CLERK.address)


def test_set_agents__fifty__sets_each(world: World) -> None:
    agents = [(actor(f"AGENT_{number}").address, READ) for number in range(50)]
    receipt = world.decide(agents_call(world.account(1), agents))
    assert [event["agent"] for event in world.events(receipt, "AgentSet")] == [who for who, _ in agents]


# views


def test_address_of__is_a_hash_of_network_jurisdiction_and_number(world: World) -> None:
    # abi.encode of ("puhui.account", chain id, contract, jurisdiction, number)
    contract = bytes.fromhex(world.register.address("Accounts")[2:])
    words = [160, world.gateway.chain_id, int.from_bytes(contract, "big"), WUHAN, 1, len("puhui.account")]
    encoded = b"".join(word.to_bytes(32, "big") for word in words) + b"puhui.account".ljust(32, b"\0")
    assert world.account(1, WUHAN).lower() == "0x" + keccak(encoded)[12:].hex()


def test_views__address_that_is_no_account__have_nothing_of_it(world: World) -> None:
    who = OUTSIDER.address
    assert world.call("Accounts", "statusOf", who) == AccountStatus.NONE
    assert world.call("Accounts", "jurisdictionOf", who) == 0
    assert world.call("Accounts", "rightsOf", who, who) == 0
    assert not world.call("Accounts", "mayInitiate", who, who)
    with refused("UnknownAccount", account=who):
        world.call("Accounts", "accountOf", who)
    assert world.call("Accounts", "jurisdictionOf", world.account(1, WUHAN)) == WUHAN
