"""Filings: methodologies and projects, and whether each is in force."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from registry.domain.rules import AccountStatus, FilingStatus, Role
from registry.services.calls import GuardedCall
from registry.services.membership import grant_roles
from tests.contracts.parties import (
    NEWCOMER,
    NOBODY,
    OUTSIDER,
    REGISTRAR,
    REGULATOR,
    WUHAN_REGISTRAR,
    name_of,
)
from tests.contracts.refusals import REASON, refused
from tests.world import DEFINITION, PROJECT, SHANGHAI, WUHAN, World, project_filing

COUNCIL = 0
OTHER_DEFINITION = b"\x22" * 32
DOCUMENT = b"\x33" * 32
CYCLING, WALKING = b"cycling".ljust(32, b"\0"), b"walking".ljust(32, b"\0")
LAST_DAY = 2**24 - 1
FILED, SUSPENDED, WITHDRAWN = FilingStatus.FILED, FilingStatus.SUSPENDED, FilingStatus.WITHDRAWN
# Function that changes a status through the Desk, function that suspends at once, key, what an unknown key is told.
OBJECTS = {
    "methodology": ("setMethodologyStatus", "suspendMethodology", DEFINITION, "MethodologyStatusChanged"),
    "project": ("setProjectStatus", "suspendProject", PROJECT, "ProjectStatusChanged"),
}


def named(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


def methodology(**changed: Any) -> GuardedCall:
    fields = {
        "jurisdiction": SHANGHAI,
        "definition_hash": OTHER_DEFINITION,
        "methodology_id": WALKING,
        "version": 1,
        "document_hash": DOCUMENT,
    }
    return GuardedCall("Filings", "fileMethodology", tuple({**fields, **changed}.values()))


def project(world: World, jurisdiction: int = SHANGHAI, developer: str | None = None, **changed: Any) -> GuardedCall:
    own = developer or world.account(1, jurisdiction)
    return GuardedCall("Filings", "fileProject", (jurisdiction, project_filing(own, **changed)))


def change(kind: str, status: int, jurisdiction: int = SHANGHAI) -> GuardedCall:
    function, _, key, _ = OBJECTS[kind]
    return GuardedCall("Filings", function, (jurisdiction, key, int(status), REASON))


def status_of(world: World, kind: str) -> int:
    view = "methodologyOf" if kind == "methodology" else "projectOf"
    return int(world.call("Filings", view, OBJECTS[kind][2])["status"])


# fileMethodology


def test_file_methodology__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=REGISTRAR.address):
        world.send(REGISTRAR, "Filings", "fileMethodology", *methodology().args)


def test_file_methodology__jurisdiction_never_opened__reverts(world: World) -> None:
    with refused("UnknownJurisdiction", jurisdiction=440300):
        world.decide(methodology(jurisdiction=440300))


@pytest.mark.parametrize(
    ("field", "solidity_name", "empty"),
    [
        ("definition_hash", "definitionHash", bytes(32)),
        ("methodology_id", "methodologyId", bytes(32)),
        ("version", "version", 0),
        ("document_hash", "documentHash", bytes(32)),
    ],
)
def test_file_methodology__empty_field__reverts_with_its_name(
    world: World, field: str, solidity_name: str, empty: Any
) -> None:
    with refused("MissingField", field=named(solidity_name)):
        world.decide(methodology(**{field: empty}))


@pytest.mark.parametrize("jurisdiction", [SHANGHAI, WUHAN])
def test_file_methodology__definition_filed_before__reverts(world: World, jurisdiction: int) -> None:
    with refused("MethodologyExists", definitionHash=DEFINITION):
        world.decide(methodology(jurisdiction=jurisdiction, definition_hash=DEFINITION))


@pytest.mark.parametrize("jurisdiction", [SHANGHAI, WUHAN])
def test_file_methodology__version_filed_before__reverts(world: World, jurisdiction: int) -> None:
    with refused("VersionExists", methodologyId=CYCLING, version=1):
        world.decide(methodology(jurisdiction=jurisdiction, methodology_id=CYCLING))


@pytest.mark.parametrize("jurisdiction", [COUNCIL, WUHAN])
def test_file_methodology__next_version__is_stored_and_announced(world: World, jurisdiction: int) -> None:
    receipt = world.decide(methodology(jurisdiction=jurisdiction, methodology_id=CYCLING, version=2))
    assert world.event(receipt, "MethodologyFiled") == {
        "definitionHash": OTHER_DEFINITION,
        "jurisdiction": jurisdiction,
        "methodologyId": CYCLING,
        "version": 2,
        "documentHash": DOCUMENT,
    }
    assert world.call("Filings", "methodologyOf", OTHER_DEFINITION) == {
        "jurisdiction": jurisdiction,
        "version": 2,
        "status": FILED,
        "filedAt": world.clock.now,
        "suspendedUntil": 0,
        "methodologyId": CYCLING,
        "documentHash": DOCUMENT,
    }
    assert world.call("Filings", "methodologyInForce", OTHER_DEFINITION)
    assert world.call("Filings", "methodologyInForce", DEFINITION)


# fileProject


def test_file_project__not_through_the_desk__reverts(world: World) -> None:
    with refused("NotThroughDesk", caller=REGISTRAR.address):
        world.send(REGISTRAR, "Filings", "fileProject", *project(world).args)


def test_file_project__unknown_methodology__reverts(world: World) -> None:
    with refused("UnknownMethodology", definitionHash=OTHER_DEFINITION):
        world.decide(project(world, definition_hash=OTHER_DEFINITION))


@pytest.mark.parametrize("status", [SUSPENDED, WITHDRAWN])
def test_file_project__methodology_out_of_force__reverts(world: World, status: FilingStatus) -> None:
    world.decide(change("methodology", status))
    with refused("MethodologyNotInForce", definitionHash=DEFINITION, status=status):
        world.decide(project(world))


def test_file_project__methodology_of_another_jurisdiction__reverts(world: World) -> None:
    with refused(
        "MethodologyNotRecognised",
        definitionHash=DEFINITION,
        methodologyJurisdiction=SHANGHAI,
        jurisdiction=WUHAN,
    ):
        world.decide(project(world, WUHAN))


def test_file_project__methodology_of_the_council__serves_every_jurisdiction(world: World) -> None:
    world.decide(methodology(jurisdiction=COUNCIL))
    world.decide(project(world, WUHAN, definition_hash=OTHER_DEFINITION))
    assert world.call("Filings", "projectInForce", WUHAN << 32 | 1)


def test_file_project__developer_of_another_jurisdiction__reverts(world: World) -> None:
    foreign = world.account(1, WUHAN)
    with refused("InvalidAccount", account=foreign):
        world.decide(project(world, developer=foreign))


@pytest.mark.parametrize("status", [AccountStatus.RESTRICTED, AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_file_project__developers_account_not_open__reverts(world: World, status: AccountStatus) -> None:
    account = world.account(2)
    world.decide(GuardedCall("Accounts", "setStatus", (SHANGHAI, account, int(status), REASON)))
    with refused("InvalidAccount", account=account):
        world.decide(project(world, developer=account))


def test_file_project__developer_without_account__reverts(world: World) -> None:
    with refused("InvalidAccount", account=OUTSIDER.address):
        world.decide(project(world, developer=OUTSIDER.address))


def test_file_project__boundary_account_unknown__reverts(world: World) -> None:
    with refused("InvalidAccount", account=OUTSIDER.address):
        world.decide(project(world, boundary_account=OUTSIDER.address))


@pytest.mark.parametrize(
    ("first", "last"), [(0, 10), (11, 10), (1, LAST_DAY + 1)], ids=["day zero", "reversed", "too late"]
)
def test_file_project__impossible_crediting_period__reverts_with_it(world: World, first: int, last: int) -> None:
    with refused("InvalidPeriod", start=first, end=last):
        world.decide(project(world, crediting_start=first, crediting_end=last))


@pytest.mark.parametrize(("field", "solidity_name"), [("scenario", "scenario"), ("ceiling_grams", "ceilingGrams")])
def test_file_project__empty_field__reverts_with_its_name(world: World, field: str, solidity_name: str) -> None:
    with refused("MissingField", field=named(solidity_name)):
        world.decide(project(world, **{field: 0}))


@pytest.mark.parametrize(("first", "last"), [(10, 10), (1, LAST_DAY)], ids=["one day", "all days"])
def test_file_project__the_next__is_stored_and_announced(world: World, first: int, last: int) -> None:
    developer = world.account(1)
    boundary = world.account(1, WUHAN)
    changed = {"boundary_account": boundary, "crediting_start": first, "crediting_end": last, "ceiling_grams": 1}
    receipt = world.decide(project(world, **changed))
    filing = {
        "definitionHash": DEFINITION,
        "developer": developer,
        "boundaryAccount": boundary,
        "creditingStart": first,
        "creditingEnd": last,
        "scenario": 1,
        "ceilingGrams": 1,
        "coBenefitHash": hashlib.sha256(b"co-benefits").digest(),
        "area": SHANGHAI,
        "mechanism": 1,
    }
    wanted = {"projectId": PROJECT + 1, "jurisdiction": SHANGHAI, "developer": developer, "filing": filing}
    assert world.event(receipt, "ProjectFiled") == wanted
    stored = {
        "filing": filing,
        "jurisdiction": SHANGHAI,
        "status": FILED,
        "filedAt": world.clock.now,
        "suspendedUntil": 0,
    }
    assert world.call("Filings", "projectOf", PROJECT + 1) == stored
    assert world.call("Filings", "projectInForce", PROJECT + 1)
    assert world.call("Filings", "factsOf", PROJECT + 1)["ceilingGrams"] == 1
    assert world.call("Filings", "originOf", PROJECT + 1)["boundary"] == boundary


def test_file_project__numbers__are_counted_in_each_jurisdiction_by_itself(world: World) -> None:
    world.decide(methodology(jurisdiction=COUNCIL))
    world.decide(project(world))
    world.decide(project(world, WUHAN, definition_hash=OTHER_DEFINITION))
    assert [world.call("Filings", "projectCount", code) for code in (SHANGHAI, WUHAN, COUNCIL)] == [2, 1, 0]
    assert world.call("Filings", "projectOf", PROJECT)["filing"]["boundaryAccount"] == NOBODY


# setMethodologyStatus, setProjectStatus


@pytest.mark.parametrize("kind", OBJECTS)
def test_set_status__not_through_the_desk__reverts(world: World, kind: str) -> None:
    with refused("NotThroughDesk", caller=REGULATOR.address):
        world.send(REGULATOR, "Filings", OBJECTS[kind][0], *change(kind, SUSPENDED).args)


def test_set_status__unknown__reverts(world: World) -> None:
    with refused("UnknownMethodology", definitionHash=OTHER_DEFINITION):
        world.decide(GuardedCall("Filings", "setMethodologyStatus", (SHANGHAI, OTHER_DEFINITION, 2, REASON)))
    with refused("UnknownProject", projectId=PROJECT + 1):
        world.decide(GuardedCall("Filings", "setProjectStatus", (SHANGHAI, PROJECT + 1, 2, REASON)))


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("jurisdiction", [WUHAN, COUNCIL])
def test_set_status__by_another_jurisdiction__reverts_with_both(world: World, kind: str, jurisdiction: int) -> None:
    with refused("WrongJurisdiction", objectJurisdiction=SHANGHAI, jurisdiction=jurisdiction):
        world.decide(change(kind, SUSPENDED, jurisdiction))


@pytest.mark.parametrize("kind", OBJECTS)
def test_set_status__as_it_is__reverts(world: World, kind: str) -> None:
    with refused("StatusUnchanged", status=FILED):
        world.decide(change(kind, FILED))


@pytest.mark.parametrize("kind", OBJECTS)
def test_set_status__none__reverts(world: World, kind: str) -> None:
    with refused("InvalidStatus", current=FILED, wanted=FilingStatus.NONE):
        world.decide(change(kind, FilingStatus.NONE))


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("wanted", [FILED, SUSPENDED])
def test_set_status__withdrawn__stays_withdrawn(world: World, kind: str, wanted: FilingStatus) -> None:
    world.decide(change(kind, WITHDRAWN))
    with refused("InvalidStatus", current=WITHDRAWN, wanted=wanted):
        world.decide(change(kind, wanted))


@pytest.mark.parametrize("kind", OBJECTS)
def test_set_status__suspended_restored_withdrawn__decides_whether_the_project_is_in_force(
    world: World, kind: str
) -> None:
    previous = FILED
    for status in (SUSPENDED, FILED, WITHDRAWN):
        receipt = world.decide(change(kind, status))
        event = world.event(receipt, OBJECTS[kind][3])
        assert list(event.values()) == [OBJECTS[kind][2], previous, status, REASON, world.register.address("Desk"), 0]
        assert status_of(world, kind) == status
        assert world.call("Filings", "projectInForce", PROJECT) is (status is FILED)
        assert world.call("Filings", "methodologyInForce", DEFINITION) is (status is FILED or kind == "project")
        previous = status


# suspendMethodology, suspendProject


def test_suspend__unknown__reverts(world: World) -> None:
    with refused("UnknownMethodology", definitionHash=OTHER_DEFINITION):
        world.send(REGULATOR, "Filings", "suspendMethodology", OTHER_DEFINITION, REASON)
    with refused("UnknownProject", projectId=PROJECT + 1):
        world.send(REGULATOR, "Filings", "suspendProject", PROJECT + 1, REASON)


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("caller", [OUTSIDER, REGISTRAR, WUHAN_REGISTRAR], ids=name_of)
def test_suspend__by_another_than_a_regulator_there__reverts(world: World, kind: str, caller: Any) -> None:
    with refused("RoleMissing", jurisdiction=SHANGHAI, role=Role.REGULATOR, caller=caller.address):
        world.send(caller, "Filings", OBJECTS[kind][1], OBJECTS[kind][2], REASON)


@pytest.mark.parametrize("kind", OBJECTS)
def test_suspend__by_the_regulator_of_another_jurisdiction__reverts(world: World, kind: str) -> None:
    world.decide(grant_roles(WUHAN, [(Role.REGULATOR, NEWCOMER.address)]))
    with refused("RoleMissing", jurisdiction=SHANGHAI, role=Role.REGULATOR, caller=NEWCOMER.address):
        world.send(NEWCOMER, "Filings", OBJECTS[kind][1], OBJECTS[kind][2], REASON)


@pytest.mark.parametrize("kind", OBJECTS)
def test_suspend__twice__reverts(world: World, kind: str) -> None:
    world.send(REGULATOR, "Filings", OBJECTS[kind][1], OBJECTS[kind][2], REASON)
    with refused("StatusUnchanged", status=SUSPENDED):
        world.send(REGULATOR, "Filings", OBJECTS[kind][1], OBJECTS[kind][2], REASON)


@pytest.mark.parametrize("kind", OBJECTS)
def test_suspend__withdrawn__reverts(world: World, kind: str) -> None:
    world.decide(change(kind, WITHDRAWN))
    with refused("InvalidStatus", current=WITHDRAWN, wanted=SUSPENDED):
        world.send(REGULATOR, "Filings", OBJECTS[kind][1], OBJECTS[kind][2], REASON)


@pytest.mark.parametrize("kind", OBJECTS)
def test_suspend__by_one_regulator__is_at_once(world: World, kind: str) -> None:
    _, function, key, name = OBJECTS[kind]
    receipt = world.send(REGULATOR, "Filings", function, key, REASON)
    lasts = world.call("Filings", "EMERGENCY_SECONDS")
    *told, until = world.event(receipt, name).values()
    assert told == [key, FILED, SUSPENDED, REASON, REGULATOR.address]
    assert until == world.clock.now + lasts
    assert status_of(world, kind) == SUSPENDED
    assert not world.call("Filings", "projectInForce", PROJECT)


@pytest.mark.parametrize("kind", OBJECTS)
def test_suspend__unconfirmed__ends_by_itself_and_is_not_repeated_at_once(world: World, kind: str) -> None:
    _, function, key, _ = OBJECTS[kind]
    receipt = world.send(REGULATOR, "Filings", function, key, REASON)
    ended_at = world.event(receipt, OBJECTS[kind][3])["suspendedUntil"]
    world.clock.advance(ended_at - world.clock.now)
    possible_at = ended_at + world.call("Filings", "EMERGENCY_SECONDS")
    with refused("EmergencyTooSoon", possibleAt=possible_at, currentTime=ended_at):
        world.send(REGULATOR, "Filings", function, key, REASON)
    assert status_of(world, kind) == FILED
    assert world.call("Filings", "factsOf", PROJECT)["inForce"]
    origin = world.call("Filings", "originOf", PROJECT)
    assert (origin["inForce"], origin["area"], origin["mechanism"]) == (True, SHANGHAI, 1)


@pytest.mark.parametrize("kind", OBJECTS)
def test_suspend__confirmed_through_the_desk__stays(world: World, kind: str) -> None:
    _, function, key, name = OBJECTS[kind]
    world.send(REGULATOR, "Filings", function, key, REASON)
    event = world.event(world.decide(change(kind, SUSPENDED)), name)
    assert (event["previousStatus"], event["status"], event["suspendedUntil"]) == (SUSPENDED, SUSPENDED, 0)
    world.clock.advance(10 * world.call("Filings", "EMERGENCY_SECONDS"))
    assert world.event(world.decide(change(kind, FILED)), name)["previousStatus"] == SUSPENDED


# views


def test_views__unknown__revert_or_are_not_in_force(world: World) -> None:
    with refused("UnknownMethodology", definitionHash=OTHER_DEFINITION):
        world.call("Filings", "methodologyOf", OTHER_DEFINITION)
    with refused("UnknownProject", projectId=PROJECT + 1):
        world.call("Filings", "projectOf", PROJECT + 1)
    assert not world.call("Filings", "methodologyInForce", OTHER_DEFINITION)
    assert not world.call("Filings", "projectInForce", PROJECT + 1)
    assert world.call("Filings", "projectCount", 440300) == 0
    assert not any(world.call("Filings", "factsOf", PROJECT + 1)[name] for name in ("inForce", "ceilingGrams"))
    origin = world.call("Filings", "originOf", PROJECT + 1)
    assert (origin["inForce"], origin["boundary"], origin["mechanism"]) == (False, NOBODY, 0)
