"""Rules and obligations: as data, as calls, and what a quote answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry.domain.errors import InvalidInput, NotFound
from registry.domain.mechanisms import Mechanism
from registry.domain.rules import CapBase, Rule
from registry.domain.units import MAX_GRAMS
from registry.services import compliance, rule_sets
from registry.services.calls import GuardedCall
from registry.services.compliance import Obligation, RuleSet
from registry.services.indexing import Indexer
from registry.services.registry import Registry
from registry.services.views import obligations
from tests.registry.services.ledger_story import YEAR
from tests.world import BATCH, SHANGHAI, World

RULES = RuleSet(
    cap_base=CapBase.AMOUNT_DUE,
    cap_bps=500,
    non_local_cap_bps=500,
    local_share_min_bps=0,
    preferred_share_min_bps=0,
    preference_areas=(),
    first_vintage=2015,
    last_vintage=2030,
    mechanisms=(Mechanism.CARBON_INCLUSION,),
    methodologies=None,
    own_boundary_excluded=True,
    pool_grams=None,
    reservable_until=0,
    granularity_grams=1,
    opens_at=1,
    deadline=2**31,
    reversal_seconds=0,
    document_hash=b"d" * 32,
)


def test_quote__says_what_is_possible_and_what_binds(registry: Registry, story_world: World) -> None:
    answer = compliance.quote(registry, story_world.account(2), YEAR, BATCH)
    limits = [grams for grams in answer.headrooms.values() if grams is not None]
    assert answer.grams == min(limits)
    assert answer.block_number == registry.gateway.block("latest").number
    assert answer.rule_version == 2
    assert isinstance(answer.binding, Rule)
    other_year = compliance.quote(registry, story_world.account(2), YEAR + 7, BATCH)
    assert (other_year.grams, other_year.binding) == (0, Rule.NO_RULE_SET)


def test_obligation__larger_than_any_database_number__has_the_contracts_cap(
    registry: Registry, story_world: World
) -> None:
    account = story_world.account(2)
    changed = {"cap_base": CapBase.ISSUED_ALLOWANCES, "cap_bps": 10_000}
    rules = replace(RULES, **changed)
    story_world.decide(compliance.set_rule_set(SHANGHAI, YEAR, rules))
    story_world.decide(GuardedCall("Compliance", "setObligation", (SHANGHAI, account, YEAR, (0, 2**64 - 1, 0, 1))))
    Indexer(registry.database, story_world.gateway, story_world.register).run_to_head()
    with registry.database.session() as session:
        shown = obligations.obligation(session, account, YEAR).obligation
    assert shown.cap_grams == compliance.quote(registry, account, YEAR, BATCH).cap_grams == MAX_GRAMS


@pytest.mark.parametrize(
    "changed",
    [
        {"cap_base": CapBase.NONE},
        {"cap_bps": 0},
        {"cap_bps": 10_001},
        {"cap_bps": 5.0},
        {"local_share_min_bps": -1},
        {"local_share_min_bps": 10_001},
        {"first_vintage": 2031},
        {"opens_at": 2**31 + 1},
        {"granularity_grams": 0},
        {"granularity_grams": 2**56},
        {"opens_at": 0},
        {"document_hash": bytes(32)},
        {"document_hash": b"short"},
        {"non_local_cap_bps": 501},
        {"preferred_share_min_bps": 1},
        {"preference_areas": (420117,)},
        {"local_share_min_bps": 7000, "preferred_share_min_bps": 6000},
        {"mechanisms": ()},
        {"methodologies": ()},
        {"methodologies": (b"b" * 32, b"a" * 32)},
        {"pool_grams": 0},
        {"reservable_until": 1},
        {"reversal_seconds": 366 * 86_400 + 1},
    ],
)
def test_rule_set__that_cannot_be__is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        compliance.set_rule_set(SHANGHAI, YEAR, replace(RULES, **changed))


def test_rule_set__that_can__is_the_call_the_contract_takes() -> None:
    call = compliance.set_rule_set(SHANGHAI, YEAR, RULES)
    struct = (int(CapBase.AMOUNT_DUE), 500, 500, 0, 0, 2015, 2030, 1, False, True, False, 1, 1, 2**31, 0, 0, 0)
    assert call.args == (SHANGHAI, YEAR, (*struct, b"d" * 32, [], []))
    assert (call.contract, call.function) == ("RuleSets", "setRuleSet")


@pytest.mark.parametrize("field", ["initial_allocation", "issued_allowances", "verified_emissions", "amount_due"])
@pytest.mark.parametrize("grams", [-1, 2**63, 1.5, "1", None])
def test_obligation__with_an_amount_that_is_none__names_its_field(field: str, grams: Any) -> None:
    owed = replace(Obligation(0, 0, 0, 0), **{field: grams})
    with pytest.raises(InvalidInput, match=field):
        compliance.set_obligation(SHANGHAI, "0x" + "11" * 20, YEAR, owed)


def test_shipped_rule_sets__all_read_name_their_source_and_can_be_set() -> None:
    assert rule_sets.shipped_ids()
    for name in rule_sets.shipped_ids():
        found = rule_sets.load_shipped(name)
        assert (found.id, bool(found.source), found.grade in "ABC") == (name, True, True)
        assert len(found.rules.document_hash) == 32
        compliance.set_rule_set(SHANGHAI, YEAR, found.rules)


def test_shipped_rule_sets__unknown__names_those_that_are_there() -> None:
    with pytest.raises(NotFound, match="shanghai-2013-2015"):
        rule_sets.load_shipped("../rule_sets")


SHIPPED = Path(rule_sets.__file__).parent / "rule_set_files" / "shanghai-2013-2015.json"


def test_rule_set_file__of_the_same_content__has_the_same_hash(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(json.loads(SHIPPED.read_text("utf-8")), sort_keys=True, indent=7))
    assert rule_sets.load_file(path).rules == rule_sets.load_shipped("shanghai-2013-2015").rules


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"cap_bps": "500"}, "cap_bps"),
        ({"cap_bps": True}, "cap_bps"),
        ({"deadline": -1}, "deadline"),
        ({"id": ""}, "id"),
        ({"source": 5}, "source"),
        ({"grade": "D"}, "grade"),
        ({"cap_base": "TURNOVER"}, "cap_base"),
        ({"open_points": [1]}, "open_points"),
        ({"surplus": 1}, "surplus"),
        ({"mechanisms": ["COAL"]}, "mechanisms"),
        ({"mechanisms": [["CCER"]]}, "mechanisms"),
        ({"methodologies": ["0x12"]}, "methodologies"),
        ({"pool_grams": "1"}, "pool_grams"),
        ({"own_boundary_excluded": 1}, "own_boundary_excluded"),
        ({"preference_areas": [True]}, "preference_areas"),
    ],
)
def test_rule_set_file__with_a_field_that_cannot_be__names_it(
    tmp_path: Path, changed: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(json.loads(SHIPPED.read_text("utf-8")) | changed))
    with pytest.raises(InvalidInput, match=problem):
        rule_sets.load_file(path)


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"[" * 100_000, b'{"id": 1, "id": 2}', b'{"id": NaN}'])
def test_rule_set_file__that_does_not_read__is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rules.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        rule_sets.load_file(path)


def test_rule_set_file__that_is_not_there__is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(InvalidInput, match=str(path)):
            rule_sets.load_file(path)
