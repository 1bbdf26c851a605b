"""Compliance: rule sets, obligations and fulfilment, offsets, recognised grams, pools and reservations."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from registry.db.models import (
    Account,
    Obligation,
    Offset,
    Pool,
    PoolRelease,
    ProvisionalLine,
    ProvisionalOffset,
    Reservation,
    RuleSet,
)
from registry.domain.rules import Fulfilment
from registry.services.comparison.asking import Chain, Comparison, fields, hexed
from registry.services.provisional import details_hash, details_of

_NOTHING = bytes(32)


def compare_compliance(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """Everything of RuleSets and Compliance; of provisional offsets the newest."""
    yield from _rule_sets(session, chain)
    yield from _obligations(session, chain)
    yield from _offsets(session, chain)
    yield from _provisional(session, chain, newest)
    yield from _recognised(session, chain)
    yield from _pools(session, chain)


def _rule_sets(session: Session, chain: Chain) -> Iterator[Comparison]:
    in_force: dict[tuple[int, int], RuleSet] = {}
    for rules in session.scalars(select(RuleSet).order_by(RuleSet.version)):
        in_force[rules.jurisdiction, rules.year] = rules
    for (jurisdiction, year), rules in in_force.items():
        answer = chain.ask("RuleSets", "ruleSetOf", jurisdiction, year)
        yield from fields(
            "rule set",
            f"{jurisdiction} {year}",
            _rule_set(rules),
            answer,
            lambda stored: {**stored.rules, "version": stored.version},
        )


def _obligations(session: Session, chain: Chain) -> Iterator[Comparison]:
    for owed in session.scalars(select(Obligation)):
        where = f"{owed.account} {owed.year}"
        database = {
            "initialAllocation": owed.initial_allocation_grams,
            "issuedAllowances": owed.issued_allowances_grams,
            "verifiedEmissions": owed.verified_emissions_grams,
            "amountDue": owed.amount_due_grams,
        }
        answer = chain.ask("Compliance", "obligationOf", owed.account, owed.year)
        yield from fields("obligation", where, database, answer, lambda stored: stored)
        used = {
            "localGrams": owed.local_used_grams,
            "otherGrams": owed.other_used_grams,
            "preferredGrams": owed.preferred_used_grams,
            "provisionalGrams": owed.provisional_grams,
        }
        answer = chain.ask("Compliance", "usedOf", owed.account, owed.year)
        yield from fields("used", where, used, answer, lambda stored: stored)
        noted = {"surrenderedGrams": owed.surrendered_grams, "excluded": owed.excluded}
        answer = chain.ask("Compliance", "statusOf", owed.account, owed.year)
        yield from fields(
            "fulfilment",
            where,
            noted,
            answer,
            lambda stored: {**stored, "excluded": stored["fulfilment"] == Fulfilment.EXCLUDED},
        )


def _offsets(session: Session, chain: Chain) -> Iterator[Comparison]:
    """What the lines of an account and year count for together: of what is final and of what can still be reversed.

    Rules' version and year of a single offset stand in its event alone.
    """
    sums: dict[tuple[str, int], Counter[str]] = {}
    final = _counted(Offset.account, Offset.year, Offset.local, Offset.preferred, Offset.counted_grams)
    line, head = ProvisionalLine, ProvisionalOffset
    still_open = (
        _counted(head.account, head.year, line.local, line.preferred, line.counted_grams)
        .join(head, head.offset_id == line.offset_id)
        .where(head.is_open())
    )
    for account, year, local, preferred, grams in (*session.execute(final), *session.execute(still_open)):
        used = sums.setdefault((account, year), Counter())
        used["localGrams" if local else "otherGrams"] += int(grams)
        used["preferredGrams"] += int(grams) if preferred else 0
    for (account, year), used in sums.items():
        database = {name: used[name] for name in ("localGrams", "otherGrams", "preferredGrams")}
        answer = chain.ask("Compliance", "usedOf", account, year)
        yield from fields("offset", f"{account} {year}", database, answer, lambda stored: stored)


def _counted(account: Any, year: Any, local: Any, preferred: Any, grams: Any) -> Select[Any]:
    kinds = (account, year, local, preferred)
    return select(*kinds, func.sum(grams)).group_by(*kinds)


def _provisional(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    rows = select(ProvisionalOffset).options(selectinload(ProvisionalOffset.lines))
    count = 0
    for offset in session.scalars(rows.order_by(ProvisionalOffset.offset_id.desc()).limit(newest)):
        count = max(count, offset.offset_id)
        closed = offset.reversed or offset.first_retirement_id is not None
        digest = _NOTHING if closed else details_hash(details_of(offset))
        answer = chain.ask("Compliance", "provisionalHashOf", offset.offset_id)
        yield Comparison("provisional offset", f"{offset.offset_id}", digest, answer)
    yield Comparison("provisional offset", "count", count, chain.ask("Compliance", "provisionalCount"))


def _recognised(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Grams used under each key of recognition: of what is final and of what can still be reversed."""
    used: Counter[tuple[bytes, int]] = Counter()
    final = select(Offset.terms_key, Offset.year, Offset.grams).where(Offset.local.is_(False))
    still_open = (
        select(ProvisionalLine.terms_key, ProvisionalOffset.year, ProvisionalLine.grams)
        .join(ProvisionalOffset, ProvisionalOffset.offset_id == ProvisionalLine.offset_id)
        .where(ProvisionalLine.local.is_(False), ProvisionalOffset.is_open())
    )
    for key, year, grams in (*session.execute(final), *session.execute(still_open)):
        used[key, year] += grams
    for (key, year), total in used.items():
        yield Comparison(
            "recognised", f"{hexed(key)} {year}", total, chain.ask("Compliance", "recognisedGrams", key, year)
        )


def _pools(session: Session, chain: Chain) -> Iterator[Comparison]:
    for pool in session.scalars(select(Pool)):
        database = {
            "demandEnd": pool.demand_end,
            "creditedGrams": pool.credited_grams,
            "usedGrams": pool.used_grams,
        }
        answer = chain.ask("Compliance", "poolOf", pool.jurisdiction, pool.year)
        yield from fields("pool", f"{pool.jurisdiction} {pool.year}", database, answer, lambda stored: stored)
    for release in session.scalars(select(PoolRelease)):
        where = f"{release.jurisdiction} {release.year} at {release.start}"
        answer = chain.ask("Compliance", "releasedAt", release.jurisdiction, release.year, release.start)
        yield Comparison("pool", where, release.grams, answer)
    held = {(row.account, row.year): row for row in session.scalars(select(Reservation))}
    pooled = {(row.jurisdiction, row.year) for row in session.scalars(select(RuleSet).where(RuleSet.pooled))}
    owing = select(Obligation.account, Obligation.year, Account.jurisdiction).join(
        Account, Account.address == Obligation.account
    )
    for account, year, jurisdiction in session.execute(owing):
        if (jurisdiction, year) not in pooled:
            continue
        row = held.get((account, year))
        database = {"start": row.start if row else 0, "grams": row.grams if row else 0}
        answer = chain.ask("Compliance", "reservationOf", account, year)
        yield from fields("reservation", f"{account} {year}", database, answer, lambda stored: stored)


def _rule_set(rules: RuleSet) -> dict[str, int | bytes | list[int] | list[bytes]]:
    return {
        "version": rules.version,
        "capBase": rules.cap_base,
        "capBps": rules.cap_bps,
        "nonLocalCapBps": rules.non_local_cap_bps,
        "localShareMinBps": rules.local_share_min_bps,
        "preferredShareMinBps": rules.preferred_share_min_bps,
        "preferenceAreas": json.loads(rules.preference_areas),
        "firstVintage": rules.first_vintage,
        "lastVintage": rules.last_vintage,
        "mechanisms": rules.mechanisms,
        "methodologiesListed": rules.methodologies_listed,
        "methodologies": [bytes.fromhex(text[2:]) for text in json.loads(rules.methodologies)],
        "ownBoundaryExcluded": rules.own_boundary_excluded,
        "pooled": rules.pooled,
        "poolGrams": rules.pool_grams,
        "reservableUntil": rules.reservable_until_seconds,
        "granularityGrams": rules.granularity_grams,
        "opensAt": rules.opens_at_seconds,
        "deadline": rules.deadline_seconds,
        "reversalSeconds": rules.reversal_seconds,
        "documentHash": rules.document_hash,
    }
