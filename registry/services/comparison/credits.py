"""The ledger and compliance: balances, totals, retirements, rule sets, obligations, offsets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import Account, Batch, Holding, Obligation, Offset, Project, Retirement, RuleSet
from registry.domain.ids import batch_id
from registry.services.comparison.asking import BALANCES_AT_ONCE, Chain, Comparison, Refused, fields


def compare_ledger(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """Totals of each batch and project, every balance, the number of retirements and the newest of them."""
    batches = session.scalars(select(Batch).order_by(Batch.project_id, Batch.seq)).all()
    for batch in batches:
        database = {
            "issued": batch.issued_grams,
            "retired": batch.retired_grams,
            "cancelled": batch.cancelled_grams,
            "serialStart": batch.serial_start,
        }
        answer = chain.ask("Credits", "batchOf", int(batch.batch_id))
        yield from fields("batch", f"{batch.project_id}/{batch.seq}", database, answer, lambda stored: stored)
    yield from _balances(session, chain)
    yield from _project_totals(session, chain, batches)
    yield from _retirements(session, chain, newest)


def compare_compliance(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """The rule sets in force, each obligation with what was used of it, and the newest offsets."""
    in_force: dict[tuple[int, int], RuleSet] = {}
    for rules in session.scalars(select(RuleSet).order_by(RuleSet.version)):
        in_force[rules.jurisdiction, rules.year] = rules
    for (jurisdiction, year), rules in in_force.items():
        answer = chain.ask("Compliance", "ruleSetOf", jurisdiction, year)
        yield from fields(
            "rule set",
            f"{jurisdiction} {year}",
            _rule_set(rules),
            answer,
            lambda stored: {**stored.rules, "version": stored.version},
        )
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
        used = {"localGrams": owed.local_used_grams, "otherGrams": owed.other_used_grams}
        answer = chain.ask("Compliance", "usedOf", owed.account, owed.year)
        yield from fields("used", where, used, answer, lambda stored: stored)
    for offset in session.scalars(select(Offset).order_by(Offset.retirement_id.desc()).limit(newest)):
        database = {"year": offset.year, "ruleVersion": offset.rule_version}
        answer = chain.ask("Compliance", "offsetOf", offset.retirement_id)
        yield from fields("offset", f"{offset.retirement_id}", database, answer, lambda stored: stored._asdict())


def _project_totals(session: Session, chain: Chain, batches: Sequence[Batch]) -> Iterator[Comparison]:
    """The sums of each project, those that were never issued included."""
    totals = {project_id: Counter[str]() for project_id in session.scalars(select(Project.project_id))}
    for batch in batches:
        used = {"issued": batch.issued_grams, "retired": batch.retired_grams, "cancelled": batch.cancelled_grams}
        totals[batch.project_id].update(used)
    for project_id, total in totals.items():
        database = {name: total[name] for name in ("issued", "retired", "cancelled")}
        answer = chain.ask("Credits", "totalsOf", project_id)
        yield from fields("project total", f"{project_id}", database, answer, lambda stored: stored)


def _balances(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Each account with each batch, those that never held any included, and the sum of each account."""
    accounts = session.scalars(select(Account.address).order_by(Account.address)).all()
    batches = session.execute(select(Batch.project_id, Batch.seq).order_by(Batch.project_id, Batch.seq)).all()
    held = {(row.account, row.project_id, row.seq): row.grams for row in session.scalars(select(Holding))}
    pairs = [(account, project_id, seq) for account, (project_id, seq) in product(accounts, batches)]
    for start in range(0, len(pairs), BALANCES_AT_ONCE):
        page = pairs[start : start + BALANCES_AT_ONCE]
        ids = [batch_id(project_id, seq) for _, project_id, seq in page]
        answer = chain.ask("Credits", "balanceOfBatch", [account for account, _, _ in page], ids)
        balances = [answer] * len(page) if isinstance(answer, Refused) else answer
        for pair, balance in zip(page, balances, strict=True):
            account, project_id, seq = pair
            yield Comparison("balance", f"{account} {project_id}/{seq}", held.get(pair, 0), balance)
    positions = dict.fromkeys(accounts, 0)
    for (account, _, _), grams in held.items():
        positions[account] += grams != 0
    for account, batches_held in positions.items():
        yield Comparison("balance", f"{account} batches", batches_held, chain.ask("Credits", "positionsOf", account))


def _retirements(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    count = session.scalar(select(func.count()).select_from(Retirement))
    yield Comparison("retirement", "count", count, chain.ask("Credits", "retirementCount"))
    for row in session.scalars(select(Retirement).order_by(Retirement.retirement_id.desc()).limit(newest)):
        database = {
            "projectId": row.project_id,
            "seq": row.seq,
            "serialStart": row.serial_start,
            "grams": row.grams,
            "account": row.account,
            "purpose": row.purpose,
        }
        answer = chain.ask("Credits", "retirementOf", row.retirement_id)
        yield from fields("retirement", f"{row.retirement_id}", database, answer, lambda stored: stored)


def _rule_set(rules: RuleSet) -> dict[str, int | bytes]:
    return {
        "version": rules.version,
        "capBase": rules.cap_base,
        "capBps": rules.cap_bps,
        "localShareMinBps": rules.local_share_min_bps,
        "firstVintage": rules.first_vintage,
        "lastVintage": rules.last_vintage,
        "granularityGrams": rules.granularity_grams,
        "opensAt": rules.opens_at_seconds,
        "deadline": rules.deadline_seconds,
        "documentHash": rules.document_hash,
    }
