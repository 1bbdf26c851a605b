"""Filing of methodologies and projects: the calls, and what is refused before anybody proposes it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from registry.chain.contracts import Register
from registry.domain.days import Period, to_day
from registry.domain.errors import InvalidInput, NotFileable, UnknownScenario
from registry.domain.methodology import definition_hash, load_shipped
from registry.domain.rules import FilingStatus
from registry.services import desk, filing
from registry.services.policies import emergency_seconds, is_demonstration
from registry.services.registry import Registry
from tests.world import ACTORS, CREDITING, SHANGHAI, World

CYCLING = load_shipped()["travel-beijing-2024"]
REGISTRAR, APPROVER, PLATFORM = ACTORS["REGISTRAR"], ACTORS["APPROVER"], ACTORS["PLATFORM"]


def project(**changed: Any) -> Any:
    options: dict[str, Any] = {
        "methodology": CYCLING,
        "developer": PLATFORM.address,
        "scenario": 1,
        "crediting": CREDITING,
        "ceiling_grams": 1_000_000,
        **changed,
    }
    return filing.file_project(SHANGHAI, **options)


def test_file__methodology_then_project__both_are_on_chain(registry: Registry, story_world: World) -> None:
    call = filing.file_methodology(SHANGHAI, CYCLING, demonstration=True)
    desk.decide(registry, REGISTRAR, APPROVER, call, key="methodology")
    call = project(developer=story_world.account(1).lower())
    receipt = desk.decide(registry, REGISTRAR, APPROVER, call, key="project")
    filed = registry.event(receipt, "ProjectFiled")
    assert filed["projectId"] >> 32 == SHANGHAI
    assert filed["developer"] == story_world.account(1)
    assert filed["filing"]["definitionHash"] == definition_hash(CYCLING)
    call = filing.set_project_status(SHANGHAI, filed["projectId"], FilingStatus.SUSPENDED, "audit")
    desk.decide(registry, REGISTRAR, APPROVER, call, key="suspend")
    call = filing.set_methodology_status(SHANGHAI, definition_hash(CYCLING), FilingStatus.SUSPENDED, "audit")
    receipt = desk.decide(registry, REGISTRAR, APPROVER, call, key="suspend methodology")
    assert registry.event(receipt, "MethodologyStatusChanged")["status"] == FilingStatus.SUSPENDED


def test_methodology__on_a_single_secondary_source__is_refused_unless_it_is_said() -> None:
    with pytest.raises(NotFileable, match="grade C"):
        filing.file_methodology(SHANGHAI, CYCLING)


@pytest.mark.parametrize("demo", [True, False])
def test_demonstration__is_what_an_immutable_of_the_network_says(registry: Registry, demo: bool) -> None:
    assert is_demonstration(registry.register)
    network = cast(Register, SimpleNamespace(call=lambda *_, **__: emergency_seconds(demo=demo)))
    assert is_demonstration(network) is demo


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"developer": "310000/1"}, "developer"),
        ({"developer": "0x12"}, "developer"),
        ({"boundary_account": "nobody"}, "boundary account"),
        ({"crediting": (2, 1)}, "ends before it begins"),
        ({"ceiling_grams": 0}, "ceiling_grams"),
        ({"ceiling_grams": 2**63}, "ceiling_grams"),
        ({"ceiling_grams": 1.5}, "ceiling_grams"),
    ],
)
def test_project__that_cannot_be__is_refused(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        project(**changed)


@pytest.mark.parametrize("scenario", [0, 99, -1])
def test_project__of_an_unknown_scenario__is_refused_with_those_there_are(scenario: int) -> None:
    with pytest.raises(UnknownScenario, match="it has"):
        project(scenario=scenario)


def test_project__crediting_a_period_or_years__is_the_same_call() -> None:
    first, last = to_day(date(2016, 8, 1)), to_day(date(2016, 8, 31))
    assert project(crediting=Period(first, last)) == project(crediting=(first, last))
