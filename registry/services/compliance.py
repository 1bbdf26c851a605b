"""Offset rules and obligations: setting them, and asking what may still be used."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from registry.domain.errors import InvalidInput
from registry.domain.rules import CapBase, Rule
from registry.domain.units import check_grams, check_integer
from registry.services.calls import GuardedCall
from registry.services.registry import Registry

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The offset rules of one jurisdiction and year. Times in seconds since 1970; shares in basis points."""

    cap_base: CapBase
    cap_bps: int
    local_share_min_bps: int
    first_vintage: int
    last_vintage: int
    granularity_grams: int
    opens_at: int
    deadline: int
    document_hash: bytes


@dataclass(frozen=True, slots=True)
class Obligation:
    """What an enterprise owes for a year, in grams."""

    initial_allocation: int
    issued_allowances: int
    verified_emissions: int
    amount_due: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What may still be offset from one batch, in grams, and the rule that binds. See ICompliance.Quote."""

    grams: int
    binding: Rule
    rule_version: int
    cap_grams: int
    cap_headroom: int
    local_share_headroom: int
    balance: int


def set_rule_set(jurisdiction: int, year: int, rules: RuleSet) -> GuardedCall:
    """Sets the rule set of a jurisdiction and year; a later one is the next version. Raises InvalidInput."""
    if rules.cap_base is CapBase.NONE:
        raise InvalidInput(field="cap_base", problem="must name a quantity", given=rules.cap_base.name)
    check_integer(rules.cap_bps, "cap_bps", 1, BASIS_POINTS)
    check_integer(rules.local_share_min_bps, "local_share_min_bps", 0, BASIS_POINTS)
    if rules.first_vintage > rules.last_vintage or rules.opens_at > rules.deadline:
        raise InvalidInput(field="rule set", problem="vintages or times are reversed", given=asdict(rules))
    check_grams(rules.granularity_grams, field="granularity_grams", least=1)
    args = (
        int(rules.cap_base),
        rules.cap_bps,
        rules.local_share_min_bps,
        rules.first_vintage,
        rules.last_vintage,
        rules.granularity_grams,
        rules.opens_at,
        rules.deadline,
        rules.document_hash,
    )
    return GuardedCall("Compliance", "setRuleSet", (jurisdiction, year, args))


def set_obligation(jurisdiction: int, account: str, year: int, obligation: Obligation) -> GuardedCall:
    """Sets what an enterprise owes for a year."""
    args = tuple(check_grams(value, field=name) for name, value in asdict(obligation).items())
    return GuardedCall("Compliance", "setObligation", (jurisdiction, account, year, args))


def quote(registry: Registry, account: str, year: int, batch_id: int) -> Quote:
    """What the account may still offset from a batch, and which rule binds. Asked of the chain, now."""
    answer = registry.call("Compliance", "quote", account, year, batch_id)
    return Quote(
        grams=answer["grams"],
        binding=Rule(answer["binding"]),
        rule_version=answer["ruleVersion"],
        cap_grams=answer["capGrams"],
        cap_headroom=answer["capHeadroom"],
        local_share_headroom=answer["localShareHeadroom"],
        balance=answer["balance"],
    )
