"""Compliance.offset: the rules that refuse whatever the amount, in their order, and that quote says the same."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.rules import AccountStatus, FilingStatus, Right, Role, Rule
from registry.services.accounts import set_agents
from registry.services.calls import GuardedCall
from registry.services.membership import revoke_roles
from tests.contracts.lands import (
    BATCH_GRAMS,
    DEADLINE,
    LOCAL,
    OPENS_AT,
    OTHER,
    WUHAN_DEFINITION,
    WUHAN_PROJECT,
    YEAR,
    Lands,
    obligation_call,
    rules_call,
)
from tests.contracts.ledger import held, set_status, transfer
from tests.contracts.parties import (
    ENTERPRISE,
    OUTSIDER,
    READER,
    REGULATOR,
    WUHAN_ENTERPRISE,
    WUHAN_PLATFORM,
    WUHAN_REGISTRAR,
    name_of,
)
from tests.contracts.refusals import REASON, refused
from tests.world import PROJECT, WUHAN, project_filing

GRAMS = 10


def must_refuse(lands: Lands, rule: Rule, batch: int = LOCAL, year: int = YEAR) -> None:
    """Quote names the rule and allows nothing, and an offset is refused by that rule and changes nothing."""
    quote = lands.quote(batch, year)
    assert (quote["binding"], quote["grams"]) == (rule, 0)
    before = (lands.used(), held(lands.world, lands.enterprise, batch))
    values = {"rule": rule, "wantedGrams": GRAMS, "allowedGrams": 0}
    with refused("OffsetRefused", account=lands.enterprise, year=year, batchId=batch, **values):
        lands.offset((batch, GRAMS), year=year)
    assert (lands.used(), held(lands.world, lands.enterprise, batch)) == before
    assert lands.world.call("Credits", "retirementCount") == 0


# Before any rule


@pytest.mark.parametrize("caller", [OUTSIDER, ENTERPRISE, WUHAN_PLATFORM, WUHAN_REGISTRAR], ids=name_of)
def test_offset__by_nobody_of_the_accounts_agents__reverts(lands: Lands, caller: Any) -> None:
    with refused("NotAgent", account=lands.enterprise, caller=caller.address):
        lands.offset((LOCAL, GRAMS), who=caller)


def test_offset__by_an_agent_without_the_right_to_initiate__reverts(lands: Lands) -> None:
    lands.world.decide(set_agents(WUHAN, lands.enterprise, [(READER.address, Right.APPROVE | Right.READ)]))
    with refused("NotAgent", account=lands.enterprise, caller=READER.address):
        lands.offset((LOCAL, GRAMS), who=READER)


@pytest.mark.parametrize("lines", [0, 51])
def test_offset__no_line_or_over_fifty__reverts_with_the_number(lands: Lands, lines: int) -> None:
    with refused("InvalidLineCount", lines=lines):
        lands.offset(*[(LOCAL, GRAMS)] * lines)


def test_offset__zero__reverts(lands: Lands) -> None:
    with refused("ZeroGrams"):
        lands.offset((LOCAL, 0))


# The rules


def test_offset__year_without_rule_set__is_refused(lands: Lands) -> None:
    must_refuse(lands, Rule.NO_RULE_SET, year=YEAR + 1)


def test_quote__address_that_is_no_account__has_no_rule_set(lands: Lands) -> None:
    quote = lands.quote(account=OUTSIDER.address)
    assert quote == dict.fromkeys(quote, 0) | {"binding": Rule.NO_RULE_SET}


@pytest.mark.parametrize("rules", [{}, {"reversalSeconds": 60}], ids=["final", "provisional"])
def test_offset__by_a_module_that_lost_its_role__is_refused(lands: Lands, rules: dict[str, int]) -> None:
    role = Role.LOCKER if rules else Role.RETIRER
    if rules:
        lands.world.decide(rules_call(**rules))
    lands.world.decide(revoke_roles(0, [(role, lands.world.register.address("Compliance"))]))
    must_refuse(lands, Rule.NOT_INSTALLED)


def test_offset__without_obligation__is_refused(lands: Lands) -> None:
    lands.world.decide(rules_call(year=YEAR + 1))
    must_refuse(lands, Rule.NO_OBLIGATION, year=YEAR + 1)


def test_offset__frozen_account__is_refused(lands: Lands) -> None:
    # Invariant 8
    set_status(lands.world, lands.enterprise, AccountStatus.FROZEN, WUHAN)
    must_refuse(lands, Rule.ACCOUNT_STATUS)


def test_offset__closed_account__is_refused(lands: Lands) -> None:
    # Invariant 8
    for batch in (LOCAL, OTHER):
        grams = held(lands.world, lands.enterprise, batch)
        _give_away(lands, batch, grams)
    set_status(lands.world, lands.enterprise, AccountStatus.CLOSED, WUHAN)
    must_refuse(lands, Rule.ACCOUNT_STATUS)


def _give_away(lands: Lands, batch: int, grams: int) -> None:
    transfer(lands.world, WUHAN_ENTERPRISE, lands.enterprise, lands.world.account(1), grams, batch)


def test_offset__restricted_account__is_allowed(lands: Lands) -> None:
    set_status(lands.world, lands.enterprise, AccountStatus.RESTRICTED, WUHAN)
    lands.offset((LOCAL, GRAMS))
    assert lands.used() == (GRAMS, 0)


def test_offset__one_second_before_the_opening__is_refused_and_at_the_opening_allowed(lands: Lands) -> None:
    lands.world.clock.now = OPENS_AT - 1
    must_refuse(lands, Rule.BEFORE_OPENING)
    lands.world.clock.now = OPENS_AT
    assert lands.quote()["binding"] == Rule.CAP
    lands.offset((LOCAL, GRAMS))


def test_offset__at_the_deadline__is_allowed_and_one_second_later_refused(lands: Lands) -> None:
    lands.world.clock.now = DEADLINE
    lands.offset((LOCAL, GRAMS))
    values = {"rule": Rule.AFTER_DEADLINE, "wantedGrams": GRAMS, "allowedGrams": 0}
    assert lands.quote()["binding"] == Rule.AFTER_DEADLINE
    with refused("OffsetRefused", account=lands.enterprise, year=YEAR, batchId=LOCAL, **values):
        lands.offset((LOCAL, GRAMS))
    assert lands.used() == (GRAMS, 0)


@pytest.mark.parametrize("batch", [LOCAL + 1, LOCAL | 1 << 200, 0], ids=["not issued", "bits above the id", "zero"])
def test_offset__unknown_batch__is_refused(lands: Lands, batch: int) -> None:
    must_refuse(lands, Rule.UNKNOWN_BATCH, batch)


def test_offset__report_accepted_but_not_issued__is_refused(lands: Lands) -> None:
    lands.world.submit(lands.world.report(project_id=WUHAN_PROJECT, methodology_hash=WUHAN_DEFINITION))
    must_refuse(lands, Rule.UNKNOWN_BATCH, LOCAL + 1)


@pytest.mark.parametrize("status", [FilingStatus.SUSPENDED, FilingStatus.WITHDRAWN])
@pytest.mark.parametrize(
    ("function", "key"), [("setProjectStatus", WUHAN_PROJECT), ("setMethodologyStatus", WUHAN_DEFINITION)]
)
def test_offset__project_or_methodology_out_of_force__is_refused(
    lands: Lands, function: str, key: Any, status: FilingStatus
) -> None:
    lands.world.decide(GuardedCall("Filings", function, (WUHAN, key, int(status), REASON)))
    must_refuse(lands, Rule.NOT_IN_FORCE)


def test_offset__project_of_another_jurisdiction_suspended__refuses_only_its_own(lands: Lands) -> None:
    lands.world.send(REGULATOR, "Filings", "suspendProject", PROJECT, REASON)
    must_refuse(lands, Rule.NOT_IN_FORCE, OTHER)
    lands.offset((LOCAL, GRAMS))


@pytest.mark.parametrize(("first", "last"), [(2017, 2020), (2010, 2015)], ids=["too old", "too new"])
def test_offset__vintage_not_accepted__is_refused(lands: Lands, first: int, last: int) -> None:
    lands.world.decide(rules_call(firstVintage=first, lastVintage=last))
    must_refuse(lands, Rule.VINTAGE)


@pytest.mark.parametrize(("first", "last"), [(2016, 2020), (2010, 2016)], ids=["first", "last"])
def test_offset__first_or_last_vintage__is_allowed(lands: Lands, first: int, last: int) -> None:
    lands.world.decide(rules_call(firstVintage=first, lastVintage=last))
    lands.offset((LOCAL, GRAMS))


def test_offset__reductions_inside_the_own_boundary__is_refused(lands: Lands) -> None:
    changed = {"definition_hash": WUHAN_DEFINITION, "boundary_account": lands.enterprise}
    filing = project_filing(lands.world.account(2, WUHAN), **changed)
    lands.world.decide(GuardedCall("Filings", "fileProject", (WUHAN, filing)))
    project = WUHAN_PROJECT + 1
    own = lands.world.issue_batch(to=lands.enterprise, project_id=project, methodology_hash=WUHAN_DEFINITION)
    assert held(lands.world, lands.enterprise, own) == BATCH_GRAMS
    must_refuse(lands, Rule.OWN_BOUNDARY, own)


def test_quote__refusal_before_the_cap__knows_the_cap_and_nothing_else(lands: Lands) -> None:
    lands.world.clock.now = DEADLINE + 1
    quote = lands.quote()
    caps = {"capGrams": 1_000_000, "nonLocalCapGrams": 1_000_000}
    wanted = {"binding": Rule.AFTER_DEADLINE, "ruleVersion": 1, **caps}
    assert quote == dict.fromkeys(quote, 0) | wanted


def test_rules__are_checked_in_their_order(lands: Lands) -> None:
    # Each step removes the refusal before it, so that the next rule shows.
    world = lands.world
    steps = [
        (Rule.NO_RULE_SET, lambda: world.decide(rules_call(year=YEAR + 1, opensAt=DEADLINE, deadline=DEADLINE + 9))),
        (Rule.NO_OBLIGATION, lambda: _owe_next_year(lands)),
        (Rule.ACCOUNT_STATUS, lambda: set_status(world, lands.enterprise, AccountStatus.OPEN, WUHAN)),
        (Rule.BEFORE_OPENING, lambda: setattr(world.clock, "now", DEADLINE + 10)),
        (Rule.AFTER_DEADLINE, lambda: world.decide(rules_call(year=YEAR + 1, deadline=DEADLINE + 1000))),
    ]
    set_status(world, lands.enterprise, AccountStatus.FROZEN, WUHAN)
    for rule, remove in steps:
        assert lands.quote(LOCAL + 1, YEAR + 1)["binding"] == rule
        remove()
    assert lands.quote(LOCAL + 1, YEAR + 1)["binding"] == Rule.UNKNOWN_BATCH


def _owe_next_year(lands: Lands) -> None:
    lands.world.decide(obligation_call(lands.world, year=YEAR + 1))
