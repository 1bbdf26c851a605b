"""Authority: jurisdictions, roles, and that no one ever is maker and checker of one jurisdiction."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from eth_hash.auto import keccak

from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from registry.services.membership import open_jurisdiction
from tests.contracts.modules import Module
from tests.contracts.parties import (
    ADMIN,
    APPROVER,
    COUNCIL_CHECKER,
    COUNCIL_MAKER,
    DEPLOYER,
    NEWCOMER,
    NOBODY,
    OUTSIDER,
    REGISTRAR,
    REGULATOR,
    SECOND_APPROVER,
    SECOND_REGISTRAR,
    VERIFIER,
    WUHAN_REGISTRAR,
    name_of,
)
from tests.contracts.refusals import REASON, refused
from tests.world import SHANGHAI, WUHAN, World, actor

COUNCIL = 0
ANHUI = 340000
NEVER_OPENED = 440300


def opening(code: int, grants: list[tuple[int, str]], council: int = COUNCIL) -> GuardedCall:
    return GuardedCall("Authority", "openJurisdiction", (council, code, REASON, grants))


def granting(jurisdiction: int, grants: list[tuple[int, str]]) -> GuardedCall:
    return GuardedCall("Authority", "grantRoles", (jurisdiction, grants))


def revoking(jurisdiction: int, grants: list[tuple[int, str]]) -> GuardedCall:
    return GuardedCall("Authority", "revokeRoles", (jurisdiction, grants))


def offices() -> list[tuple[int, str]]:
    """One member of each office without which a jurisdiction does not open."""
    makers = [(int(role), NEWCOMER.address) for role in (Role.ADMIN, Role.REGISTRAR)]
    return [*makers, (int(Role.APPROVER), SECOND_APPROVER.address)]


def role_id(world: World, jurisdiction: int, role: Role) -> bytes:
    return bytes(world.call("Authority", "roleId", jurisdiction, int(role)))


# constructor


def test_constructor__no_maker__reverts(world: World) -> None:
    with refused("LastMember", jurisdiction=COUNCIL, role=Role.ADMIN):
        world.beside("Authority", [], [APPROVER.address])


def test_constructor__no_checker__reverts(world: World) -> None:
    with refused("LastMember", jurisdiction=COUNCIL, role=Role.APPROVER):
        world.beside("Authority", [REGISTRAR.address], [])


def test_constructor__one_person_as_maker_and_checker__reverts(world: World) -> None:
    with refused("MakerIsChecker", jurisdiction=COUNCIL, member=REGISTRAR.address):
        world.beside("Authority", [REGISTRAR.address], [REGISTRAR.address])


def test_constructor__makers_are_admins_and_registrars_of_the_council(world: World) -> None:
    fresh = world.beside("Authority", [REGISTRAR.address], [APPROVER.address])
    assert fresh.call("Authority", "isOpen", COUNCIL)
    for role, member in ((Role.ADMIN, REGISTRAR), (Role.REGISTRAR, REGISTRAR), (Role.APPROVER, APPROVER)):
        assert fresh.call("Authority", "members", COUNCIL, int(role)) == [member.address]
    assert fresh.call("Authority", "desk") == NOBODY


# wire


def test_wire__by_an_outsider__reverts(world: World) -> None:
    fresh = world.beside("Authority", [REGISTRAR.address], [APPROVER.address])
    with refused("NotWirable", caller=OUTSIDER.address):
        fresh.send(OUTSIDER, "Authority", "wire", world.register.address("Desk"))


def test_wire__zero_address__reverts(world: World) -> None:
    fresh = world.beside("Authority", [REGISTRAR.address], [APPROVER.address])
    with refused("NotWirable", caller=DEPLOYER.address):
        fresh.send(DEPLOYER, "Authority", "wire", NOBODY)


def test_wire__a_second_time__reverts(world: World) -> None:
    with refused("NotWirable", caller=DEPLOYER.address):
        world.send(DEPLOYER, "Authority", "wire", OUTSIDER.address)
    assert world.call("Authority", "desk") == world.register.address("Desk")


def test_wire__by_the_deployer__names_the_desk(world: World) -> None:
    fresh = world.beside("Authority", [REGISTRAR.address], [APPROVER.address])
    fresh.send(DEPLOYER, "Authority", "wire", world.register.address("Desk"))
    assert fresh.call("Authority", "desk") == world.register.address("Desk")


# openJurisdiction


def test_open_jurisdiction__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=COUNCIL_MAKER.address):
        world.send(COUNCIL_MAKER, "Authority", "openJurisdiction", COUNCIL, ANHUI, REASON, offices())


def test_open_jurisdiction__decided_by_another_jurisdiction__reverts(world: World) -> None:
    with refused("NotCouncil", jurisdiction=SHANGHAI):
        world.decide(opening(ANHUI, offices(), council=SHANGHAI))


@pytest.mark.parametrize("code", [0, 109_999, 830_000, 2**32 - 1])
def test_open_jurisdiction__no_six_digit_code__reverts(world: World, code: int) -> None:
    with refused("InvalidJurisdiction", jurisdiction=code):
        world.decide(opening(code, offices()))


def test_open_jurisdiction__open_already__reverts(world: World) -> None:
    with refused("JurisdictionExists", jurisdiction=SHANGHAI):
        world.decide(opening(SHANGHAI, offices()))


@pytest.mark.parametrize("missing", [Role.ADMIN, Role.REGISTRAR, Role.APPROVER])
def test_open_jurisdiction__without_one_of_the_offices__reverts(world: World, missing: Role) -> None:
    with refused("LastMember", jurisdiction=ANHUI, role=missing):
        world.decide(opening(ANHUI, [grant for grant in offices() if grant[0] != missing]))


@pytest.mark.parametrize("count", [0, 51])
def test_open_jurisdiction__no_grant_or_over_fifty__reverts_with_the_number(world: World, count: int) -> None:
    with refused("InvalidGrantCount", grants=count):
        world.decide(opening(ANHUI, [(int(Role.AUDITOR), NEWCOMER.address)] * count))


def test_open_jurisdiction__one_person_as_maker_and_checker__reverts(world: World) -> None:
    both = [(int(Role.REGISTRAR), NEWCOMER.address), (int(Role.APPROVER), NEWCOMER.address)]
    with refused("MakerIsChecker", jurisdiction=ANHUI, member=NEWCOMER.address):
        world.decide(opening(ANHUI, both))


@pytest.mark.parametrize("code", [110_000, 829_999])
def test_open_jurisdiction__first_and_last_code__opens_with_its_members(world: World, code: int) -> None:
    assert not world.call("Authority", "isOpen", code)
    receipt = world.decide(opening(code, offices()))
    assert world.event(receipt, "JurisdictionOpened") == {"jurisdiction": code, "nameHash": REASON}
    assert world.events(receipt, "MemberAdded") == [
        {"jurisdiction": code, "role": role, "member": member} for role, member in offices()
    ]
    assert world.call("Authority", "isOpen", code)
    assert world.call("Authority", "holds", code, int(Role.REGISTRAR), NEWCOMER.address)
    assert not world.call("Authority", "holds", SHANGHAI, int(Role.REGISTRAR), NEWCOMER.address)


def test_open_jurisdiction__name__is_kept_as_its_hash_only(world: World) -> None:
    grants = [(Role(role), member) for role, member in offices()]
    receipt = world.decide(open_jurisdiction(ANHUI, "Anhui", grants))
    assert world.event(receipt, "JurisdictionOpened")["nameHash"] == hashlib.sha256(b"Anhui").digest()


# grantRoles


def test_grant_roles__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=ADMIN.address):
        world.send(ADMIN, "Authority", "grantRoles", SHANGHAI, [(int(Role.AUDITOR), NEWCOMER.address)])


def test_grant_roles__jurisdiction_never_opened__reverts(world: World) -> None:
    with refused("UnknownJurisdiction", jurisdiction=NEVER_OPENED):
        world.decide(granting(NEVER_OPENED, [(Role.AUDITOR, NEWCOMER.address)]))


@pytest.mark.parametrize("count", [0, 51])
def test_grant_roles__no_grant_or_over_fifty__reverts_with_the_number(world: World, count: int) -> None:
    with refused("InvalidGrantCount", grants=count):
        world.decide(granting(SHANGHAI, [(Role.AUDITOR, NEWCOMER.address)] * count))


@pytest.mark.parametrize("jurisdiction", [COUNCIL, SHANGHAI])
def test_grant_roles__no_role__reverts(world: World, jurisdiction: int) -> None:
    with refused("RoleNotGrantable", jurisdiction=jurisdiction, role=Role.NONE):
        world.decide(granting(jurisdiction, [(Role.NONE, NEWCOMER.address)]))


def test_grant_roles__module_outside_the_council__reverts(world: World) -> None:
    with refused("RoleNotGrantable", jurisdiction=SHANGHAI, role=Role.RETIRER):
        world.decide(granting(SHANGHAI, [(Role.RETIRER, world.register.address("Desk"))]))


@pytest.mark.parametrize("member", [NEWCOMER.address, NOBODY], ids=["person", "zero address"])
def test_grant_roles__module_that_is_no_contract__reverts(world: World, member: str) -> None:
    # A person with this role could retire what is on any account.
    with refused("RoleNotGrantable", jurisdiction=COUNCIL, role=Role.RETIRER):
        world.decide(granting(COUNCIL, [(Role.RETIRER, member)]))


def test_grant_roles__module_that_is_a_contract__is_granted(world: World) -> None:
    module = Module.deployed(world).granted()
    assert module.address in world.call("Authority", "members", COUNCIL, int(Role.RETIRER))


def test_grant_roles__number_that_is_no_role__reverts(world: World) -> None:
    with refused("FailedCall"):
        world.decide(granting(SHANGHAI, [(len(Role), NEWCOMER.address)]))


def test_grant_roles__zero_address__reverts(world: World) -> None:
    with refused("ZeroMember"):
        world.decide(granting(SHANGHAI, [(Role.AUDITOR, NOBODY)]))


def test_grant_roles__held_already__reverts_and_grants_none_of_the_call(world: World) -> None:
    with refused("RoleUnchanged", jurisdiction=SHANGHAI, role=Role.REGULATOR, member=REGULATOR.address):
        world.decide(granting(SHANGHAI, [(Role.EXPERT, NEWCOMER.address), (Role.REGULATOR, REGULATOR.address)]))
    assert not world.call("Authority", "holds", SHANGHAI, int(Role.EXPERT), NEWCOMER.address)


@pytest.mark.parametrize(
    ("role", "member"),
    [
        (Role.APPROVER, REGISTRAR.address),
        (Role.APPROVER, ADMIN.address),
        (Role.REGISTRAR, APPROVER.address),
        (Role.ADMIN, APPROVER.address),
    ],
)
def test_grant_roles__maker_would_be_checker__reverts(world: World, role: Role, member: str) -> None:
    # Invariant 7
    with refused("MakerIsChecker", jurisdiction=SHANGHAI, member=member):
        world.decide(granting(SHANGHAI, [(role, member)]))


@pytest.mark.parametrize("maker_role", [Role.REGISTRAR, Role.ADMIN])
@pytest.mark.parametrize("checker_first", [False, True])
def test_grant_roles__maker_and_checker_in_one_call__reverts(
    world: World, maker_role: Role, checker_first: bool
) -> None:
    grants = [(maker_role, NEWCOMER.address), (Role.APPROVER, NEWCOMER.address)]
    with refused("MakerIsChecker", jurisdiction=SHANGHAI, member=NEWCOMER.address):
        world.decide(granting(SHANGHAI, grants[::-1] if checker_first else grants))


def test_grant_roles__checker_here_and_maker_there__is_allowed(world: World) -> None:
    world.decide(granting(WUHAN, [(Role.APPROVER, REGISTRAR.address)]))
    assert world.call("Authority", "holds", SHANGHAI, int(Role.REGISTRAR), REGISTRAR.address)
    assert world.call("Authority", "holds", WUHAN, int(Role.APPROVER), REGISTRAR.address)


@pytest.mark.parametrize("count", [1, 50])
def test_grant_roles__one_to_fifty__grants_each_and_says_so(world: World, count: int) -> None:
    members = [actor(f"AUDITOR_{number}").address for number in range(count)]
    receipt = world.decide(granting(SHANGHAI, [(Role.AUDITOR, member) for member in members]))
    assert world.events(receipt, "MemberAdded") == [
        {"jurisdiction": SHANGHAI, "role": Role.AUDITOR, "member": member} for member in members
    ]
    wanted = {
        "role": role_id(world, SHANGHAI, Role.AUDITOR),
        "account": members[0],
        "sender": world.register.address("Desk"),
    }
    assert world.events(receipt, "RoleGranted")[0] == wanted
    assert sorted(world.call("Authority", "members", SHANGHAI, int(Role.AUDITOR))) == sorted(members)


# revokeRoles


def test_revoke_roles__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=ADMIN.address):
        world.send(ADMIN, "Authority", "revokeRoles", SHANGHAI, [(int(Role.REGULATOR), REGULATOR.address)])


@pytest.mark.parametrize("count", [0, 51])
def test_revoke_roles__no_grant_or_over_fifty__reverts_with_the_number(world: World, count: int) -> None:
    with refused("InvalidGrantCount", grants=count):
        world.decide(revoking(SHANGHAI, [(Role.REGULATOR, REGULATOR.address)] * count))


def test_revoke_roles__not_held__reverts(world: World) -> None:
    with refused("RoleUnchanged", jurisdiction=SHANGHAI, role=Role.REGULATOR, member=OUTSIDER.address):
        world.decide(revoking(SHANGHAI, [(Role.REGULATOR, OUTSIDER.address)]))


def test_revoke_roles__held_in_another_jurisdiction_only__reverts(world: World) -> None:
    with refused("RoleUnchanged", jurisdiction=SHANGHAI, role=Role.REGISTRAR, member=WUHAN_REGISTRAR.address):
        world.decide(revoking(SHANGHAI, [(Role.REGISTRAR, WUHAN_REGISTRAR.address)]))


@pytest.mark.parametrize(("role", "member"), [(Role.REGISTRAR, REGISTRAR.address), (Role.APPROVER, APPROVER.address)])
def test_revoke_roles__last_of_an_office__reverts(world: World, role: Role, member: str) -> None:
    with refused("LastMember", jurisdiction=SHANGHAI, role=role):
        world.decide(revoking(SHANGHAI, [(role, member)]))


def test_revoke_roles__last_but_one_registrar__leaves_one(world: World) -> None:
    world.decide(granting(SHANGHAI, [(Role.REGISTRAR, SECOND_REGISTRAR.address)]))
    receipt = world.decide(revoking(SHANGHAI, [(Role.REGISTRAR, REGISTRAR.address)]))
    gone = {"jurisdiction": SHANGHAI, "role": Role.REGISTRAR, "member": REGISTRAR.address}
    assert world.event(receipt, "MemberRemoved") == gone
    assert world.call("Authority", "members", SHANGHAI, int(Role.REGISTRAR)) == [SECOND_REGISTRAR.address]
    assert not world.call("Authority", "holds", SHANGHAI, int(Role.REGISTRAR), REGISTRAR.address)


@pytest.mark.parametrize(("role", "member"), [(Role.REGULATOR, REGULATOR.address), (Role.VERIFIER, VERIFIER.address)])
def test_revoke_roles__last_of_another_role__may_go(world: World, role: Role, member: str) -> None:
    world.decide(revoking(SHANGHAI, [(role, member)]))
    assert world.call("Authority", "members", SHANGHAI, int(role)) == []


def test_revoke_roles__module__can_no_longer_be_the_ledgers(world: World) -> None:
    module = world.register.address("Compliance")
    world.decide(revoking(COUNCIL, [(Role.RETIRER, module)]))
    assert not world.call("Authority", "holds", COUNCIL, int(Role.RETIRER), module)


# renounceRole


def test_renounce_role__anothers_address__reverts(world: World) -> None:
    with refused("AccessControlBadConfirmation"):
        world.send(OUTSIDER, "Authority", "renounceRole", role_id(world, SHANGHAI, Role.REGULATOR), REGULATOR.address)


def test_renounce_role__not_held__reverts(world: World) -> None:
    with refused("RoleUnchanged", jurisdiction=SHANGHAI, role=Role.REGULATOR, member=OUTSIDER.address):
        world.send(OUTSIDER, "Authority", "renounceRole", role_id(world, SHANGHAI, Role.REGULATOR), OUTSIDER.address)


def test_renounce_role__id_never_granted__reverts_with_no_role(world: World) -> None:
    with refused("RoleUnchanged", jurisdiction=0, role=Role.NONE, member=OUTSIDER.address):
        world.send(OUTSIDER, "Authority", "renounceRole", role_id(world, NEVER_OPENED, Role.ADMIN), OUTSIDER.address)


@pytest.mark.parametrize(
    ("role", "member"), [(Role.ADMIN, ADMIN), (Role.REGISTRAR, REGISTRAR), (Role.APPROVER, APPROVER)]
)
def test_renounce_role__last_of_an_office__reverts(world: World, role: Role, member: Any) -> None:
    with refused("LastMember", jurisdiction=SHANGHAI, role=role):
        world.send(member, "Authority", "renounceRole", role_id(world, SHANGHAI, role), member.address)


def test_renounce_role__own_role__is_given_up(world: World) -> None:
    receipt = world.send(
        REGULATOR, "Authority", "renounceRole", role_id(world, SHANGHAI, Role.REGULATOR), REGULATOR.address
    )
    gone = {"jurisdiction": SHANGHAI, "role": Role.REGULATOR, "member": REGULATOR.address}
    assert world.event(receipt, "MemberRemoved") == gone
    assert world.event(receipt, "RoleRevoked")["sender"] == REGULATOR.address
    assert not world.call("Authority", "holds", SHANGHAI, int(Role.REGULATOR), REGULATOR.address)


# grantRole, revokeRole


@pytest.mark.parametrize("function", ["grantRole", "revokeRole"])
@pytest.mark.parametrize("caller", [COUNCIL_MAKER, COUNCIL_CHECKER, DEPLOYER], ids=name_of)
def test_openzeppelins_own_entries__nobody_may(world: World, function: str, caller: Any) -> None:
    nobodys_role = bytes(world.call("Authority", "DEFAULT_ADMIN_ROLE"))
    with refused("AccessControlUnauthorizedAccount", account=caller.address, neededRole=nobodys_role):
        world.send(caller, "Authority", function, role_id(world, SHANGHAI, Role.REGULATOR), OUTSIDER.address)


# views


def test_role_id__is_the_hash_of_jurisdiction_and_role(world: World) -> None:
    words = SHANGHAI.to_bytes(32, "big") + int(Role.APPROVER).to_bytes(32, "big")
    assert role_id(world, SHANGHAI, Role.APPROVER) == keccak(words)


def test_members__openzeppelins_views_say_the_same(world: World) -> None:
    identifier = role_id(world, SHANGHAI, Role.APPROVER)
    assert world.call("Authority", "hasRole", identifier, APPROVER.address)
    assert world.call("Authority", "getRoleMember", identifier, 0) == APPROVER.address
    assert world.call("Authority", "getRoleMemberCount", identifier) == 1
    assert world.call("Authority", "getRoleMembers", identifier) == [APPROVER.address]
    assert world.call("Authority", "getRoleAdmin", identifier) == bytes(32)
    assert world.call("Authority", "getRoleMemberCount", bytes(32)) == 0


@pytest.mark.parametrize(("interface", "known"), [("01ffc9a7", True), ("7965db0b", True), ("ffffffff", False)])
def test_supports_interface__erc165_and_access_control(world: World, interface: str, known: bool) -> None:
    assert world.call("Authority", "supportsInterface", bytes.fromhex(interface)) is known
