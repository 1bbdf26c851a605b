"""Compliance.offset: the rules that limit grams, and what an offset does. Quote and offset always agree."""

from __future__ import annotations

from typing import Any

import pytest

from registry.domain.rules import Purpose, Rule
from tests.contracts.lands import (
    BATCH_GRAMS,
    CAP_GRAMS,
    GRANULARITY_GRAMS,
    LOCAL,
    OTHER,
    OTHER_GRAMS,
    YEAR,
    Lands,
    obligation_call,
    rules_call,
)
from tests.contracts.ledger import BENEFICIARY, STATEMENT, held, retire, totals, transfer
from tests.contracts.parties import ENTERPRISE, WUHAN_ENTERPRISE
from tests.contracts.refusals import refused
from tests.world import SHANGHAI, WUHAN

NO_LIMIT = 2**64 - 1


def must_refuse(lands: Lands, batch: int, grams: int, rule: Rule, allowed: int) -> None:
    values = {"rule": rule, "wantedGrams": grams, "allowedGrams": allowed}
    with refused("OffsetRefused", account=lands.enterprise, year=YEAR, batchId=batch, **values):
        lands.offset((batch, grams))


def use_up(lands: Lands, batch: int, rule: Rule, grams: int) -> None:
    """Quote allows exactly this much by this rule: one granule more is refused, this much is accepted."""
    quote = lands.quote(batch)
    assert (quote["grams"], quote["binding"]) == (grams, rule)
    must_refuse(lands, batch, grams + GRANULARITY_GRAMS, rule, grams)
    if grams:
        lands.offset((batch, grams))


def keep(lands: Lands, batch: int, grams: int) -> None:
    """The enterprise gives all but this much of a batch away."""
    given = held(lands.world, lands.enterprise, batch) - grams
    transfer(lands.world, WUHAN_ENTERPRISE, lands.enterprise, lands.world.account(1), given, batch)


# Cap


def test_offset__up_to_the_cap__is_accepted_and_one_granule_more_refused(lands: Lands) -> None:
    # Invariant 9
    assert lands.quote(LOCAL) == {
        "grams": CAP_GRAMS,
        "countedGrams": CAP_GRAMS,
        "binding": Rule.CAP,
        "ruleVersion": 1,
        "local": True,
        "preferred": False,
        "provisional": False,
        "discountBps": 0,
        "capGrams": CAP_GRAMS,
        "nonLocalCapGrams": CAP_GRAMS,
        "capHeadroom": CAP_GRAMS,
        "nonLocalCapHeadroom": NO_LIMIT,
        "localShareHeadroom": NO_LIMIT,
        "poolHeadroom": NO_LIMIT,
        "recognitionHeadroom": NO_LIMIT,
        "balance": BATCH_GRAMS,
    }
    must_refuse(lands, LOCAL, CAP_GRAMS + 1, Rule.CAP, CAP_GRAMS)
    use_up(lands, LOCAL, Rule.CAP, CAP_GRAMS)
    use_up(lands, LOCAL, Rule.CAP, 0)
    use_up(lands, OTHER, Rule.CAP, 0)
    assert lands.used() == (CAP_GRAMS, 0)


def test_offset__cap_that_is_no_multiple__is_used_up_to_the_last_whole_granule(lands: Lands) -> None:
    # Invariant 9: 5 % of 20,199 g is 1,009.95 g.
    lands.world.decide(obligation_call(lands.world, amountDue=20_199))
    assert lands.quote()["capHeadroom"] == 1009
    must_refuse(lands, LOCAL, 1009, Rule.GRANULARITY, 1000)
    use_up(lands, LOCAL, Rule.CAP, 1000)
    # Nine grams of headroom are left, less than can be offset at all.
    quote = lands.quote()
    assert (quote["grams"], quote["binding"], quote["capHeadroom"]) == (0, Rule.GRANULARITY, 9)
    must_refuse(lands, LOCAL, 9, Rule.GRANULARITY, 0)
    must_refuse(lands, LOCAL, 10, Rule.GRANULARITY, 0)


def test_offset__cap_lowered_later__leaves_no_headroom_and_undoes_nothing(lands: Lands) -> None:
    # Invariant 9
    lands.offset((LOCAL, 600_000))
    lands.world.decide(rules_call(capBps=250))
    quote = lands.quote()
    assert (quote["capGrams"], quote["capHeadroom"], quote["grams"]) == (500_000, 0, 0)
    use_up(lands, LOCAL, Rule.CAP, 0)
    assert lands.used() == (600_000, 0)


def test_offset__cap_raised_later__allows_the_rest(lands: Lands) -> None:
    use_up(lands, LOCAL, Rule.CAP, CAP_GRAMS)
    lands.world.decide(obligation_call(lands.world, amountDue=20_000_200))
    use_up(lands, LOCAL, Rule.CAP, 10)


def test_retire__for_another_purpose__counts_against_no_cap(lands: Lands) -> None:
    retire(lands.world, WUHAN_ENTERPRISE, lands.enterprise, 100, batch=LOCAL)
    assert lands.used() == (0, 0)
    assert lands.quote()["capHeadroom"] == CAP_GRAMS


def test_offset__years__are_counted_each_by_itself(lands: Lands) -> None:
    lands.world.decide(rules_call(year=YEAR + 1))
    lands.world.decide(obligation_call(lands.world, year=YEAR + 1))
    lands.offset((LOCAL, CAP_GRAMS))
    assert lands.quote(year=YEAR + 1)["grams"] == CAP_GRAMS
    lands.offset((LOCAL, 10), year=YEAR + 1)
    assert lands.used() == (CAP_GRAMS, 0)
    assert lands.world.call("Compliance", "usedOf", lands.enterprise, YEAR + 1)["localGrams"] == 10


# Local share


def test_offset__nothing_local_yet__refuses_everything_from_elsewhere(lands: Lands) -> None:
    use_up(lands, OTHER, Rule.LOCAL_SHARE, 0)


@pytest.mark.parametrize(
    ("share_bps", "local", "others"),
    [(3000, 300, 700), (3333, 330, 660), (5000, 100_000, 100_000), (7000, 700, 300), (9999, 100_000, 10)],
)
def test_offset__local_share__bounds_what_comes_from_elsewhere(
    lands: Lands, share_bps: int, local: int, others: int
) -> None:
    # Invariant 9: the largest x with local >= share * (local + x), floored to the granularity.
    if share_bps != 5000:
        lands.world.decide(rules_call(localShareMinBps=share_bps))
    lands.offset((LOCAL, local))
    assert lands.quote(OTHER)["localShareHeadroom"] == local * (10_000 - share_bps) // share_bps
    use_up(lands, OTHER, Rule.LOCAL_SHARE, others)
    assert lands.used() == (local, others)
    assert local * 10_000 >= share_bps * (local + others)
    assert local * 10_000 < share_bps * (local + others + GRANULARITY_GRAMS)


def test_offset__another_local_granule__lets_another_come_from_elsewhere(lands: Lands) -> None:
    lands.offset((LOCAL, 100))
    use_up(lands, OTHER, Rule.LOCAL_SHARE, 100)
    use_up(lands, OTHER, Rule.LOCAL_SHARE, 0)
    lands.offset((LOCAL, GRANULARITY_GRAMS))
    use_up(lands, OTHER, Rule.LOCAL_SHARE, GRANULARITY_GRAMS)
    assert lands.used() == (110, 110)


def test_offset__local_share_of_all__admits_local_ones_only(lands: Lands) -> None:
    lands.world.decide(rules_call(localShareMinBps=10_000))
    lands.offset((LOCAL, 1000))
    use_up(lands, OTHER, Rule.LOCAL_SHARE, 0)
    use_up(lands, LOCAL, Rule.CAP, CAP_GRAMS - 1000)


def test_offset__local_share_of_nothing__leaves_the_cap_alone(lands: Lands) -> None:
    lands.world.decide(rules_call(localShareMinBps=0))
    assert lands.quote(OTHER)["localShareHeadroom"] == NO_LIMIT
    use_up(lands, OTHER, Rule.CAP, CAP_GRAMS)
    assert lands.used() == (0, CAP_GRAMS)


def test_offset__share_raised_later__refuses_others_until_local_ones_make_up_for_it(lands: Lands) -> None:
    lands.offset((LOCAL, 1000), (OTHER, 1000))
    lands.world.decide(rules_call(localShareMinBps=8000))
    use_up(lands, OTHER, Rule.LOCAL_SHARE, 0)
    lands.offset((LOCAL, 3000))
    use_up(lands, OTHER, Rule.LOCAL_SHARE, 0)
    lands.offset((LOCAL, 40))
    use_up(lands, OTHER, Rule.LOCAL_SHARE, 10)


# Balance and granularity


def test_offset__all_that_is_held__is_accepted_and_one_granule_more_refused(lands: Lands) -> None:
    keep(lands, LOCAL, 100)
    use_up(lands, LOCAL, Rule.BALANCE, 100)
    use_up(lands, LOCAL, Rule.BALANCE, 0)


def test_offset__balance_that_is_no_multiple__leaves_the_rest(lands: Lands) -> None:
    keep(lands, LOCAL, 105)
    must_refuse(lands, LOCAL, 106, Rule.BALANCE, 100)
    must_refuse(lands, LOCAL, 105, Rule.GRANULARITY, 100)
    must_refuse(lands, LOCAL, 101, Rule.GRANULARITY, 100)
    lands.offset((LOCAL, 100))
    quote = lands.quote()
    assert (quote["grams"], quote["binding"], quote["balance"]) == (0, Rule.GRANULARITY, 5)
    must_refuse(lands, LOCAL, 5, Rule.GRANULARITY, 0)
    must_refuse(lands, LOCAL, 10, Rule.GRANULARITY, 0)


def test_offset__grams_that_are_no_multiple__are_refused(lands: Lands) -> None:
    for grams in (1, 9, 11):
        must_refuse(lands, LOCAL, grams, Rule.GRANULARITY, CAP_GRAMS)


@pytest.mark.parametrize(("kept", "rule"), [(CAP_GRAMS, Rule.CAP), (CAP_GRAMS - 1, Rule.BALANCE)])
def test_quote__of_equal_headrooms__the_earlier_rule_binds(lands: Lands, kept: int, rule: Rule) -> None:
    keep(lands, LOCAL, kept)
    assert lands.quote()["binding"] == rule


def test_quote__held_by_another__binds_by_the_balance(lands: Lands) -> None:
    keep(lands, OTHER, 0)
    lands.offset((LOCAL, 100))
    use_up(lands, OTHER, Rule.BALANCE, 0)


# What an offset does


def test_offset__one_line__retires_counts_and_keeps_the_rule_version(lands: Lands) -> None:
    # Invariant 1, Invariant 2, Invariant 3
    world, account = lands.world, lands.enterprise
    args = (account, YEAR, [(LOCAL, 50)], BENEFICIARY, STATEMENT)
    assert tuple(world.answer(WUHAN_ENTERPRISE, "Compliance", "offset", *args)) == (1, 0)
    receipt = lands.offset((LOCAL, 50))
    assert world.event(receipt, "OffsetMade") == {
        "retirementId": 1,
        "account": account,
        "year": YEAR,
        "batchId": LOCAL,
        "grams": 50,
        "countedGrams": 50,
        "local": True,
        "preferred": False,
        "termsKey": bytes(32),
        "ruleVersion": 1,
        "by": WUHAN_ENTERPRISE.address,
    }
    assert world.event(receipt, "Retired") == {
        "retirementId": 1,
        "batchId": LOCAL,
        "account": account,
        "serialStart": 0,
        "grams": 50,
        "purpose": Purpose.COMPLIANCE_OFFSET,
        "beneficiary": BENEFICIARY,
        "statementHash": STATEMENT,
        "by": WUHAN_ENTERPRISE.address,
    }
    assert held(world, account, LOCAL) == BATCH_GRAMS - 50
    assert totals(world, LOCAL) == (BATCH_GRAMS, 50, 0, 0)
    assert lands.used() == (50, 0)
    assert lands.quote()["capHeadroom"] == CAP_GRAMS - 50


def test_offset__lines_of_two_batches__makes_a_retirement_of_each_in_order(lands: Lands) -> None:
    args = (lands.enterprise, YEAR, [(LOCAL, 100), (OTHER, 60), (LOCAL, 10)], BENEFICIARY, STATEMENT)
    assert tuple(lands.world.answer(WUHAN_ENTERPRISE, "Compliance", "offset", *args)) == (1, 0)
    receipt = lands.offset((LOCAL, 100), (OTHER, 60), (LOCAL, 10))
    made = [
        (e["retirementId"], e["batchId"], e["grams"], e["local"]) for e in lands.world.events(receipt, "OffsetMade")
    ]
    assert made == [(1, LOCAL, 100, True), (2, OTHER, 60, False), (3, LOCAL, 10, True)]
    serials = [(e["serialStart"], e["grams"]) for e in lands.world.events(receipt, "Retired")]
    assert serials == [(0, 100), (0, 60), (100, 10)]
    assert lands.used() == (110, 60)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        pytest.param([(OTHER, 10), (LOCAL, 10)], (OTHER, 10, Rule.LOCAL_SHARE, 0), id="others before local ones"),
        pytest.param([(LOCAL, 10), (OTHER, 20)], (OTHER, 20, Rule.LOCAL_SHARE, 10), id="share missed by the second"),
        pytest.param(
            [(LOCAL, CAP_GRAMS - 10), (LOCAL, 20)], (LOCAL, 20, Rule.CAP, 10), id="cap passed by both together"
        ),
        pytest.param([(LOCAL, 100), (LOCAL + 1, 10)], (LOCAL + 1, 10, Rule.UNKNOWN_BATCH, 0), id="unknown batch"),
        pytest.param(
            [(LOCAL, 100), (LOCAL, 15)], (LOCAL, 15, Rule.GRANULARITY, CAP_GRAMS - 100), id="no multiple last"
        ),
    ],
)
def test_offset__one_line_refused__undoes_every_line(lands: Lands, lines: Any, refusal: Any) -> None:
    # Invariant 9
    batch, grams, rule, allowed = refusal
    values = {"rule": rule, "wantedGrams": grams, "allowedGrams": allowed}
    with refused("OffsetRefused", account=lands.enterprise, year=YEAR, batchId=batch, **values):
        lands.offset(*lines)
    assert lands.used() == (0, 0)
    assert (held(lands.world, lands.enterprise, LOCAL), held(lands.world, lands.enterprise, OTHER)) == (
        BATCH_GRAMS,
        OTHER_GRAMS,
    )
    assert lands.world.call("Credits", "retirementCount") == 0


def test_offset__last_line_of_zero__undoes_every_line(lands: Lands) -> None:
    with refused("ZeroGrams"):
        lands.offset((LOCAL, 10), (LOCAL, 0))
    assert lands.used() == (0, 0)


def test_offset__fifty_lines__are_allowed(lands: Lands) -> None:
    receipt = lands.offset(*[(LOCAL, 10)] * 50)
    assert len(lands.world.events(receipt, "OffsetMade")) == 50
    assert lands.used() == (500, 0)


def test_offset__each_is_told_with_its_year_and_the_rules_of_its_time(lands: Lands) -> None:
    told = []
    for number in (1, 2):
        if number == 2:
            lands.world.decide(rules_call(capBps=600))
        event = lands.world.event(lands.offset((LOCAL, 10)), "OffsetMade")
        told.append((event["retirementId"], event["year"], event["ruleVersion"]))
    assert told == [(1, YEAR, 1), (2, YEAR, 2)]


def test_offset__enterprise_of_another_jurisdiction__follows_its_own_rules(lands: Lands) -> None:
    # The same batch is local for one enterprise and from elsewhere for the other.
    world, shanghai = lands.world, lands.world.account(2)
    transfer(world, WUHAN_ENTERPRISE, lands.enterprise, shanghai, 1000, OTHER)
    world.decide(rules_call(SHANGHAI))
    world.decide(obligation_call(world, SHANGHAI, shanghai))
    assert lands.quote(OTHER, account=shanghai)["grams"] == 1000
    args = (shanghai, YEAR, [(OTHER, 1000)], BENEFICIARY, STATEMENT)
    receipt = world.send(ENTERPRISE, "Compliance", "offset", *args)
    assert world.event(receipt, "OffsetMade")["local"] is True
    assert lands.quote(OTHER)["grams"] == 0
    assert lands.used() == (0, 0)
    assert world.call("Accounts", "jurisdictionOf", lands.enterprise) == WUHAN
