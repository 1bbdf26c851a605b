"""Offset rules, obligations and pools: setting them, and asking what may still be used."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.errors import InvalidInput
from registry.domain.mechanisms import Mechanism
from registry.domain.rules import CapBase, Fulfilment, Rule
from registry.domain.units import check_grams, check_integer
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import hash_of

BASIS_POINTS = 10_000
LIST_MAX = 50
YEAR_MIN, YEAR_MAX = 1970, 2**16 - 1
SECONDS_MAX = 2**40 - 1
REVERSAL_SECONDS_MAX = 366 * 86_400
GRANULARITY_MAX = 2**56 - 1
CODE_MAX = 2**32 - 1
NO_LIMIT = 2**64 - 1
"""What the contract answers as the headroom of a rule that does not limit."""
ALL_MECHANISMS = tuple(Mechanism)
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The offset rules of one jurisdiction and year. Times in seconds since 1970; shares in basis points."""

    cap_base: CapBase
    cap_bps: int
    non_local_cap_bps: int
    local_share_min_bps: int
    preferred_share_min_bps: int
    preference_areas: tuple[int, ...]
    first_vintage: int
    last_vintage: int
    mechanisms: tuple[Mechanism, ...]
    methodologies: tuple[bytes, ...] | None
    """Definition hashes; None: any."""
    own_boundary_excluded: bool
    pool_grams: int | None
    """None: no pool."""
    reservable_until: int
    granularity_grams: int
    opens_at: int
    deadline: int
    reversal_seconds: int
    document_hash: bytes

    def as_struct(self) -> tuple[object, ...]:
        """In the order of the contract."""
        return (
            int(self.cap_base),
            self.cap_bps,
            self.non_local_cap_bps,
            self.local_share_min_bps,
            self.preferred_share_min_bps,
            self.first_vintage,
            self.last_vintage,
            sum(1 << (mechanism - 1) for mechanism in self.mechanisms),
            self.methodologies is not None,
            self.own_boundary_excluded,
            self.pool_grams is not None,
            self.granularity_grams,
            self.opens_at,
            self.deadline,
            self.reservable_until,
            self.reversal_seconds,
            self.pool_grams or 0,
            self.document_hash,
            list(self.preference_areas),
            list(self.methodologies or ()),
        )


@dataclass(frozen=True, slots=True)
class Obligation:
    """What an enterprise owes for a year, in grams. The emissions are those the oracles verified, else 0."""

    initial_allocation: int
    issued_allowances: int
    verified_emissions: int
    amount_due: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What may still be offset from one batch, in grams, and the rule that binds. See ICompliance.Quote.

    Headrooms are in grams of the batch, before the discount; None where the rule does not limit.
    """

    grams: int
    counted_grams: int
    binding: Rule
    rule_version: int
    local: bool
    preferred: bool
    provisional: bool
    discount_bps: int
    cap_grams: int
    non_local_cap_grams: int
    cap_headroom: int | None
    non_local_cap_headroom: int | None
    local_share_headroom: int | None
    pool_headroom: int | None
    recognition_headroom: int | None
    balance: int
    block_number: int

    @property
    def headrooms(self) -> dict[Rule, int | None]:
        """What each rule leaves, in the order of checking."""
        return {
            Rule.CAP: self.cap_headroom,
            Rule.NON_LOCAL_CAP: self.non_local_cap_headroom,
            Rule.LOCAL_SHARE: self.local_share_headroom,
            Rule.POOL: self.pool_headroom,
            Rule.RECOGNITION_CAP: self.recognition_headroom,
            Rule.BALANCE: self.balance,
        }


@dataclass(frozen=True, slots=True)
class AccountYear:
    """Where an account stands with the obligation of a year, and the figures behind it, in grams."""

    fulfilment: Fulfilment
    amount_due: int
    surrendered: int
    offset: int
    provisional: int
    missing: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Place:
    """An account's reservation of the pool: what is left of it, what of it is granted, what waits before it."""

    grams: int
    granted: int
    ahead: int


def set_rule_set(jurisdiction: int, year: int, rules: RuleSet) -> GuardedCall:
    """Sets the rule set of a jurisdiction and year; a later one is the next version. Raises InvalidInput."""
    check_integer(year, "year", YEAR_MIN, YEAR_MAX)
    _check_shares(rules)
    check_integer(rules.first_vintage, "first_vintage", YEAR_MIN, YEAR_MAX)
    check_integer(rules.last_vintage, "last_vintage", rules.first_vintage, YEAR_MAX)
    check_integer(rules.opens_at, "opens_at", 1, SECONDS_MAX)
    check_integer(rules.deadline, "deadline", rules.opens_at, SECONDS_MAX)
    check_integer(rules.granularity_grams, "granularity_grams", 1, GRANULARITY_MAX)
    check_integer(rules.reversal_seconds, "reversal_seconds", 0, REVERSAL_SECONDS_MAX)
    if not rules.mechanisms or len(set(rules.mechanisms)) != len(rules.mechanisms):
        raise InvalidInput(field="mechanisms", problem="must name at least one, each once", given=rules.mechanisms)
    if len(rules.document_hash) != _HASH_BYTES or not any(rules.document_hash):
        raise InvalidInput(field="document_hash", problem="must be the SHA-256 of the text", given=rules.document_hash)
    if rules.methodologies is not None:
        _check_list("methodologies", rules.methodologies)
    if rules.pool_grams is not None:
        check_grams(rules.pool_grams, field="pool_grams", least=1)
    latest = rules.deadline if rules.pool_grams is not None else 0
    check_integer(rules.reservable_until, "reservable_until", 0, latest)
    return GuardedCall("RuleSets", "setRuleSet", (jurisdiction, year, rules.as_struct()))


def _check_shares(rules: RuleSet) -> None:
    if rules.cap_base is CapBase.NONE:
        raise InvalidInput(field="cap_base", problem="must name a quantity", given=rules.cap_base.name)
    check_integer(rules.cap_bps, "cap_bps", 1, BASIS_POINTS)
    check_integer(rules.non_local_cap_bps, "non_local_cap_bps", 0, rules.cap_bps)
    check_integer(rules.local_share_min_bps, "local_share_min_bps", 0, BASIS_POINTS)
    check_integer(rules.preferred_share_min_bps, "preferred_share_min_bps", 0, rules.local_share_min_bps)
    prefers = rules.preferred_share_min_bps != rules.local_share_min_bps
    if prefers:
        check_integer(rules.preferred_share_min_bps, "preferred_share_min_bps", 1, BASIS_POINTS)
        _check_list("preference_areas", rules.preference_areas)
        for area in rules.preference_areas:
            check_integer(area, "preference_areas", 1, CODE_MAX)
    elif rules.preference_areas:
        problem = "need a preferred share under the local one"
        raise InvalidInput(field="preference_areas", problem=problem, given=rules.preference_areas)


def _check_list(field: str, entries: tuple[int, ...] | tuple[bytes, ...]) -> None:
    listed = list(entries)
    if not 1 <= len(listed) <= LIST_MAX or sorted(set(listed)) != listed:  # type: ignore[type-var]
        problem = f"must be 1 to {LIST_MAX}, in ascending order, each once"
        raise InvalidInput(field=field, problem=problem, given=len(listed))


def set_obligation(jurisdiction: int, account: str, year: int, obligation: Obligation) -> GuardedCall:
    """Sets what an enterprise owes for a year."""
    args = tuple(check_grams(value, field=name) for name, value in asdict(obligation).items())
    return GuardedCall("Compliance", "setObligation", (jurisdiction, account, year, args))


def set_fulfilment(
    jurisdiction: int, account: str, year: int, surrendered_grams: int, *, excluded: bool, reason: str
) -> GuardedCall:
    """Notes what was surrendered so far, and whether the account is excluded for the year."""
    surrendered = check_grams(surrendered_grams, field="surrendered")
    args = (jurisdiction, account, year, surrendered, excluded, hash_of(reason))
    return GuardedCall("Compliance", "setFulfilment", args, (reason,))


def reserve(registry: Registry, agent: LocalAccount, account: str, year: int, grams: int, *, key: str) -> Receipt:
    """Reserves counted grams of the pool, by an agent of the account. Raises ReservationRefused and its like."""
    return registry.send(agent, "Compliance", "reserve", [account, year, check_grams(grams, least=1)], key=key)


def release_reservation(registry: Registry, agent: LocalAccount, account: str, year: int, *, key: str) -> Receipt:
    """Gives up what is left of a reservation, by an agent of the account. Its place is lost."""
    return registry.send(agent, "Compliance", "releaseReservation", [account, year], key=key)


def release_by_order(jurisdiction: int, account: str, year: int, reason: str) -> GuardedCall:
    """Gives up a reservation at the Desk, for an account that keeps others waiting."""
    return GuardedCall("Compliance", "releaseByOrder", (jurisdiction, account, year, hash_of(reason)), (reason,))


def credit_released(
    registry: Registry, who: LocalAccount, jurisdiction: int, year: int, start: int, *, key: str
) -> Receipt:
    """Passes over a stretch of the queue that was given up, once it is reached; anyone may."""
    return registry.send(who, "Compliance", "creditReleased", [jurisdiction, year, start], key=key)


def quote(registry: Registry, account: str, year: int, batch_id: int, block_number: int | None = None) -> Quote:
    """What the account may still offset from a batch, and which rule binds, as of a block; the newest unless told."""
    block = registry.gateway.block("latest").number if block_number is None else block_number
    answer = registry.register.call("Compliance", "quote", account, year, batch_id, block=block)
    return Quote(
        grams=answer["grams"],
        counted_grams=answer["countedGrams"],
        binding=Rule(answer["binding"]),
        rule_version=answer["ruleVersion"],
        local=answer["local"],
        preferred=answer["preferred"],
        provisional=answer["provisional"],
        discount_bps=answer["discountBps"],
        cap_grams=answer["capGrams"],
        non_local_cap_grams=answer["nonLocalCapGrams"],
        cap_headroom=_limit(answer["capHeadroom"]),
        non_local_cap_headroom=_limit(answer["nonLocalCapHeadroom"]),
        local_share_headroom=_limit(answer["localShareHeadroom"]),
        pool_headroom=_limit(answer["poolHeadroom"]),
        recognition_headroom=_limit(answer["recognitionHeadroom"]),
        balance=answer["balance"],
        block_number=block,
    )


def status_of(registry: Registry, account: str, year: int) -> AccountYear:
    """Where an account stands with the obligation of a year. Asked of the chain, now."""
    answer = registry.call("Compliance", "statusOf", account, year)
    return AccountYear(
        fulfilment=Fulfilment(answer["fulfilment"]),
        amount_due=answer["amountDue"],
        surrendered=answer["surrenderedGrams"],
        offset=answer["offsetGrams"],
        provisional=answer["provisionalGrams"],
        missing=answer["missingGrams"],
        deadline=answer["deadline"],
    )


def place_of(registry: Registry, account: str, year: int) -> Place | None:
    """The account's place in the queue for the pool; None without a reservation. Asked of the chain, now."""
    answer = registry.call("Compliance", "reservationOf", account, year)
    if answer["grams"] == 0:
        return None
    return Place(answer["grams"], answer["grantedGrams"], answer["aheadGrams"])


def _limit(headroom: int) -> int | None:
    return None if headroom == NO_LIMIT else headroom
