"""Issue, transfer, retire, offset, cancel: what is sent, and what is refused before."""

from __future__ import annotations

from typing import Any

import pytest

from registry.chain import errors
from registry.db.models import Document
from registry.domain.errors import ContractRefused, InvalidInput, RegistryError
from registry.domain.rules import Purpose
from registry.services import ledger
from registry.services.accounts import Commitment
from registry.services.outbox import KeyReused
from registry.services.registry import Registry
from tests.registry.services.ledger_story import YEAR
from tests.world import ACTORS, BATCH, PROJECT, SHANGHAI, World

PLATFORM, ENTERPRISE, OUTSIDER = ACTORS["PLATFORM"], ACTORS["ENTERPRISE"], ACTORS["OUTSIDER"]
HOST = Commitment.of("The host", bytes(32))


def balance(registry: Registry, account: str) -> int:
    return int(registry.call("Credits", "balanceOf", account, BATCH))


def available(registry: Registry, account: str) -> int:
    """What no pending transfer holds back; the story leaves one."""
    return int(registry.call("Credits", "availableOf", account, BATCH))


def retire(registry: Registry, account: str, grams: int, **changed: Any) -> ledger.Use:
    options: dict[str, Any] = {"statement": "A claim.", "beneficiary": HOST, "key": "retire", **changed}
    who, purpose = options.pop("who", PLATFORM), options.pop("purpose", Purpose.OTHER)
    return ledger.retire(registry, who, account, BATCH, grams, purpose, **options)


def test_transfer__less_and_all_of_the_balance__moves_it(registry: Registry, story_world: World) -> None:
    platform, enterprise = story_world.account(1), story_world.account(2)
    held, free, had = balance(registry, platform), available(registry, platform), balance(registry, enterprise)
    for key, grams in (("part", free - 1), ("rest", 1)):
        ledger.transfer(registry, PLATFORM, platform, enterprise, BATCH, grams, key=key)
    assert (balance(registry, platform), balance(registry, enterprise)) == (held - free, had + free)


def test_transfer__more_than_the_balance__is_refused_with_what_is_held(registry: Registry, story_world: World) -> None:
    platform, enterprise = story_world.account(1), story_world.account(2)
    held = balance(registry, platform)
    with pytest.raises(errors.InsufficientGrams) as refused:
        ledger.transfer(registry, PLATFORM, platform, enterprise, BATCH, held + 1, key="more")
    assert held in refused.value.values.values()
    assert balance(registry, platform) == held


def test_transfer__by_somebody_else__is_refused(registry: Registry, story_world: World) -> None:
    for who in (OUTSIDER, ENTERPRISE):
        with pytest.raises(errors.NotAgent):
            ledger.transfer(registry, who, story_world.account(1), story_world.account(2), BATCH, 1, key="theft")


@pytest.mark.parametrize("grams", [0, -1, 2**63, True, "5", 1.5, None])
def test_grams__that_are_none__are_refused_everywhere(registry: Registry, story_world: World, grams: Any) -> None:
    platform, enterprise = story_world.account(1), story_world.account(2)
    before = registry.gateway.block("latest").number
    claim = {"statement": "x", "beneficiary": HOST, "key": "x"}
    with pytest.raises(InvalidInput):
        ledger.transfer(registry, PLATFORM, platform, enterprise, BATCH, grams, key="x")
    with pytest.raises(InvalidInput):
        retire(registry, platform, grams)
    with pytest.raises(InvalidInput):
        ledger.offset(registry, ENTERPRISE, enterprise, YEAR, [(BATCH, 1), (BATCH, grams)], **claim)
    with pytest.raises(InvalidInput):
        ledger.issue(PROJECT, 1, [(platform, grams)])
    with pytest.raises(InvalidInput):
        ledger.cancel(BATCH, platform, grams, "x")
    assert registry.gateway.block("latest").number == before


def test_retire__takes_the_next_serials_and_keeps_the_statement(registry: Registry, story_world: World) -> None:
    first = retire(registry, story_world.account(1), 10)
    second = retire(registry, story_world.account(1), 1, key="another")
    assert (second.serial_start, second.retirement_id) == (first.serial_start + 10, first.retirement_id + 1)
    with registry.database.session() as session:
        stored = session.query(Document).filter_by(kind="statement").one()
    assert (stored.text, stored.salt) == ("A claim.", None)
    assert retire(registry, story_world.account(1), 10) == first
    with pytest.raises(KeyReused):
        retire(registry, story_world.account(1), 11)


@pytest.mark.parametrize("purpose", [Purpose.NONE, Purpose.COMPLIANCE_OFFSET])
def test_retire__for_no_purpose_of_its_own__is_refused(
    registry: Registry, story_world: World, purpose: Purpose
) -> None:
    with pytest.raises(InvalidInput, match="purpose"):
        retire(registry, story_world.account(1), 1, purpose=purpose)


@pytest.mark.parametrize("statement", ["", " \n", "x" * 2001, "\udcff"])
def test_retire__with_a_statement_that_is_none__is_refused(
    registry: Registry, story_world: World, statement: str
) -> None:
    with pytest.raises(InvalidInput, match="statement"):
        retire(registry, story_world.account(1), 1, statement=statement)


def test_retire__more_than_held_or_by_an_outsider__is_refused(registry: Registry, story_world: World) -> None:
    held = balance(registry, story_world.account(1))
    with pytest.raises(errors.InsufficientGrams):
        retire(registry, story_world.account(1), held + 1)
    with pytest.raises(errors.NotAgent):
        retire(registry, story_world.account(1), 1, who=OUTSIDER)
    free = available(registry, story_world.account(1))
    assert free < held
    with pytest.raises(errors.ERC7943InsufficientUnfrozenBalance):
        retire(registry, story_world.account(1), held)
    assert retire(registry, story_world.account(1), free).grams == free


def test_offset__all_lines_or_none(registry: Registry, story_world: World) -> None:
    enterprise = story_world.account(2)
    held = balance(registry, enterprise)
    claim = {"statement": "For the year.", "beneficiary": HOST, "key": "offset"}
    with pytest.raises(ContractRefused):
        ledger.offset(registry, ENTERPRISE, enterprise, YEAR, [(BATCH, 1), (BATCH, held)], **claim)
    assert balance(registry, enterprise) == held
    uses = ledger.offset(registry, ENTERPRISE, enterprise, YEAR, [(BATCH, 1), (BATCH, 2)], **claim).uses
    assert [use.grams for use in uses] == [1, 2]
    assert balance(registry, enterprise) == held - 3
    with pytest.raises(InvalidInput, match="at least one batch"):
        ledger.offset(registry, ENTERPRISE, enterprise, YEAR, [], **claim)


def test_calls__name_the_jurisdiction_that_decides() -> None:
    assert ledger.issue(PROJECT, 1, [("0x" + "11" * 20, 5)]).args[0] == SHANGHAI
    assert ledger.cancel(BATCH, "0x" + "11" * 20, 5, "double counted").args[0] == SHANGHAI


@pytest.mark.parametrize("number", [0, -1, 7, 2**64, "x", None])
def test_calls__of_ids_that_are_none__are_refused(number: Any) -> None:
    with pytest.raises(RegistryError):
        ledger.issue(number, 1, [("0x" + "11" * 20, 5)])
    with pytest.raises(RegistryError):
        ledger.cancel(number, "0x" + "11" * 20, 5, "x")
    with pytest.raises(InvalidInput, match="at least one account"):
        ledger.issue(PROJECT, 1, [])
