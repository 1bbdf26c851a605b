"""Compliance: rule sets and obligations, which only the Desk sets. Offsetting is in test_offset*.py."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.rules import CapBase
from tests.contracts.lands import (
    CAP_GRAMS,
    DEADLINE,
    LOCAL,
    RULES_DOCUMENT,
    YEAR,
    Lands,
    obligation,
    obligation_call,
    rule_set,
    rules_call,
)
from tests.contracts.parties import OUTSIDER, WUHAN_ADMIN, WUHAN_REGISTRAR
from tests.contracts.refusals import refused
from tests.world import SHANGHAI, WUHAN, World

NEVER_OPENED = 440300
NO_OBLIGATION = {"initialAllocation": 0, "issuedAllowances": 0, "verifiedEmissions": 0, "amountDue": 0}


def named(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


# setRuleSet


def test_set_rule_set__not_through_the_desk__reverts(world: World) -> None:
    # Invariant 7
    with refused("NotThroughDesk", caller=WUHAN_ADMIN.address):
        world.send(WUHAN_ADMIN, "RuleSets", "setRuleSet", *rules_call().args)


@pytest.mark.parametrize("jurisdiction", [0, NEVER_OPENED])
def test_set_rule_set__of_the_council_or_never_opened__reverts(world: World, jurisdiction: int) -> None:
    with refused("UnknownJurisdiction", jurisdiction=jurisdiction):
        world.decide(rules_call(jurisdiction))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("capBase", CapBase.NONE),
        ("capBps", 0),
        ("capBps", 10_001),
        ("nonLocalCapBps", 501),
        ("localShareMinBps", 10_001),
        ("preferredShareMinBps", 5001),
        ("preferenceAreas", [420100]),
        ("mechanisms", 0),
        ("methodologies", [b"\x01" * 32]),
        ("poolGrams", 1),
        ("reservableUntil", 1),
        ("reversalSeconds", 366 * 86_400 + 1),
        ("firstVintage", 0),
        ("firstVintage", 1969),
        ("lastVintage", 2014),
        ("granularityGrams", 0),
        ("opensAt", 0),
        ("deadline", rule_set()["opensAt"] - 1),
        ("documentHash", bytes(32)),
    ],
)
def test_set_rule_set__impossible_field__reverts_with_its_name(world: World, field: str, value: Any) -> None:
    with refused("InvalidField", field=named(field)):
        world.decide(rules_call(**{field: value}))


def test_set_rule_set__year_before_1970__reverts(world: World) -> None:
    with refused("InvalidField", field=named("year")):
        world.decide(rules_call(year=1969))


def test_set_rule_set__number_that_is_no_base__reverts(world: World) -> None:
    with refused("FailedCall"):
        world.decide(rules_call(capBase=len(CapBase)))


def test_set_rule_set__same_as_in_force__reverts(lands: Lands) -> None:
    with refused("RuleSetUnchanged", jurisdiction=WUHAN, year=YEAR):
        lands.world.decide(rules_call())


@pytest.mark.parametrize(
    "changed",
    [
        {"capBps": 1},
        {"capBps": 10_000},
        {"localShareMinBps": 0},
        {"localShareMinBps": 10_000},
        {"firstVintage": 1970, "lastVintage": 1970},
        {"granularityGrams": 1},
        {"granularityGrams": 2**56 - 1},
        {"opensAt": 1, "deadline": 1},
        {"deadline": 2**40 - 1},
        {"nonLocalCapBps": 0},
        {"mechanisms": 255},
        {"reversalSeconds": 366 * 86_400},
        {"pooled": True, "poolGrams": 2**63 - 1, "reservableUntil": DEADLINE},
        {"preferredShareMinBps": 1, "preferenceAreas": list(range(1, 51))},
        {"methodologiesListed": True, "methodologies": [bytes(31) + bytes([n]) for n in range(1, 51)]},
        {"ownBoundaryExcluded": False},
    ],
    ids=str,
)
def test_set_rule_set__outermost_values__are_allowed(world: World, changed: dict[str, int]) -> None:
    world.decide(rules_call(**changed))
    rules, version = world.call("RuleSets", "ruleSetOf", WUHAN, YEAR)
    assert (rules, version) == (rule_set(**changed), 1)


def test_set_rule_set__versions__follow_each_other_and_the_past_stays_readable(world: World) -> None:
    empty = {name: type(value)() for name, value in rule_set().items()} | {"documentHash": bytes(32)}
    assert tuple(world.call("RuleSets", "ruleSetOf", WUHAN, YEAR)) == (empty, 0)
    for version, cap_bps in ((1, 500), (2, 300), (3, 500)):
        receipt = world.decide(rules_call(capBps=cap_bps))
        rules = rule_set(capBps=cap_bps)
        wanted = {"jurisdiction": WUHAN, "year": YEAR, "version": version, "rules": rules}
        assert world.event(receipt, "RuleSetSet") == wanted
        assert tuple(world.call("RuleSets", "ruleSetOf", WUHAN, YEAR)) == (rules, version)
    for version, cap_bps in ((1, 500), (2, 300), (3, 500)):
        assert world.call("RuleSets", "ruleSetAt", WUHAN, YEAR, version)["capBps"] == cap_bps
    for jurisdiction, year in ((SHANGHAI, YEAR), (WUHAN, YEAR + 1)):
        assert world.call("RuleSets", "ruleSetOf", jurisdiction, year)[1] == 0


@pytest.mark.parametrize("version", [0, 2])
def test_rule_set_at__version_that_never_was__reverts(lands: Lands, version: int) -> None:
    with refused("UnknownRuleSet", jurisdiction=WUHAN, year=YEAR, version=version):
        lands.world.call("RuleSets", "ruleSetAt", WUHAN, YEAR, version)
    assert lands.world.call("RuleSets", "ruleSetAt", WUHAN, YEAR, 1)["documentHash"] == RULES_DOCUMENT


# setObligation


def test_set_obligation__not_through_the_desk__reverts(world: World) -> None:
    # Invariant 7
    with refused("NotThroughDesk", caller=WUHAN_REGISTRAR.address):
        world.send(WUHAN_REGISTRAR, "Compliance", "setObligation", *obligation_call(world).args)


def test_set_obligation__unknown_account__reverts(world: World) -> None:
    with refused("UnknownAccount", account=OUTSIDER.address):
        world.decide(obligation_call(world, account=OUTSIDER.address))


def test_set_obligation__by_another_jurisdiction__reverts_with_both(world: World) -> None:
    account = world.account(1, WUHAN)
    with refused("WrongJurisdiction", account=account, accountJurisdiction=WUHAN, jurisdiction=SHANGHAI):
        world.decide(obligation_call(world, SHANGHAI))


def test_set_obligation__year_before_1970__reverts(world: World) -> None:
    with refused("InvalidField", field=named("year")):
        world.decide(obligation_call(world, year=1969))


def test_set_obligation__nothing_due__reverts(world: World) -> None:
    with refused("InvalidField", field=named("amountDue")):
        world.decide(obligation_call(world, amountDue=0))


def test_set_obligation__same_as_before__reverts(lands: Lands) -> None:
    with refused("ObligationUnchanged", account=lands.enterprise, year=YEAR):
        lands.world.decide(obligation_call(lands.world))


def test_set_obligation__cap_one_gram_under_what_was_offset__reverts_with_both(lands: Lands) -> None:
    # Invariant 9
    lands.offset((LOCAL, 500_000))
    # 5 % of 9,999,999 g is 499,999.95 g, which is floored.
    with refused("CapBelowUsed", account=lands.enterprise, year=YEAR, capGrams=499_999, usedGrams=500_000):
        lands.world.decide(obligation_call(lands.world, amountDue=9_999_999))
    assert lands.quote()["capGrams"] == CAP_GRAMS


def test_set_obligation__cap_under_what_was_offset_by_a_later_rule_set__may_rise_but_not_fall(lands: Lands) -> None:
    # Invariant 9
    lands.offset((LOCAL, 600_000))
    lands.world.decide(rules_call(capBps=250))
    # The cap is 500,000 g now, under what was offset before.
    with refused("CapBelowUsed", account=lands.enterprise, year=YEAR, capGrams=499_999, usedGrams=600_000):
        lands.world.decide(obligation_call(lands.world, amountDue=19_999_999))
    for due, cap in ((20_000_001, 500_000), (22_000_000, 550_000), (24_000_400, 600_010)):
        lands.world.decide(obligation_call(lands.world, amountDue=due))
        assert lands.quote()["capGrams"] == cap
    assert lands.quote()["grams"] == 10


def test_set_obligation__cap_equal_to_what_was_offset__is_set_and_leaves_no_headroom(lands: Lands) -> None:
    lands.offset((LOCAL, 500_000))
    lands.world.decide(obligation_call(lands.world, amountDue=10_000_000))
    quote = lands.quote()
    assert (quote["capGrams"], quote["capHeadroom"], quote["grams"]) == (500_000, 0, 0)


def test_set_obligation__corrected__is_announced_with_what_it_was(world: World) -> None:
    account = world.account(1, WUHAN)
    assert world.call("Compliance", "obligationOf", account, YEAR) == NO_OBLIGATION
    previous = NO_OBLIGATION
    for amount in (20_000_000, 2**64 - 1, 1):
        receipt = world.decide(obligation_call(world, amountDue=amount))
        wanted = obligation(amountDue=amount)
        assert world.event(receipt, "ObligationSet") == {
            "account": account,
            "year": YEAR,
            "previousObligation": previous,
            "obligation": wanted,
        }
        assert world.call("Compliance", "obligationOf", account, YEAR) == wanted
        assert world.call("Compliance", "obligationOf", account, YEAR + 1) == NO_OBLIGATION
        previous = wanted


@pytest.mark.parametrize(
    ("base", "grams"),
    [
        (CapBase.INITIAL_ALLOCATION, 2_000_000),
        (CapBase.ISSUED_ALLOWANCES, 3_000_000),
        (CapBase.VERIFIED_EMISSIONS, 0),
        (CapBase.AMOUNT_DUE, 1_000_000),
    ],
)
def test_cap__is_a_share_of_the_base_that_the_rules_name(lands: Lands, base: CapBase, grams: int) -> None:
    if base is not CapBase.AMOUNT_DUE:
        lands.world.decide(rules_call(capBase=int(base)))
    assert lands.quote()["capGrams"] == grams


def test_set_obligation__emissions_that_nobody_verified__reverts_with_both(lands: Lands) -> None:
    values = {"account": lands.enterprise, "year": YEAR, "verifiedGrams": 0, "givenGrams": 1}
    with refused("EmissionsDiffer", **values):
        lands.world.decide(obligation_call(lands.world, verifiedEmissions=1))


# Due, share in basis points, cap: it is floored, and ends where databases end.
CAPS = [
    (19_999, 1, 1),
    (9_999, 1, 0),
    (2**63 - 1, 10_000, 2**63 - 1),
    (2**63, 10_000, 2**63 - 1),
    (2**64 - 1, 10_000, 2**63 - 1),
    (2**64 - 1, 5_000, 2**63 - 1),
]


@pytest.mark.parametrize(("due", "bps", "grams"), CAPS)
def test_cap__is_floored_and_never_overflows(lands: Lands, due: int, bps: int, grams: int) -> None:
    lands.world.decide(rules_call(capBps=bps))
    lands.world.decide(obligation_call(lands.world, amountDue=due))
    assert lands.quote()["capGrams"] == grams
