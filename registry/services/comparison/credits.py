"""The ledger: balances, totals, retirements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import Account, Batch, Block, Holding, Project, Retirement
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
            "vintage": batch.vintage,
            "held": batch.held,
        }
        answer = chain.ask("Credits", "batchOf", int(batch.batch_id))
        yield from fields("batch", f"{batch.project_id}/{batch.seq}", database, answer, lambda stored: stored)
    yield from _balances(session, chain)
    yield from _project_totals(session, chain, batches)
    yield from _retirements(session, chain, newest)


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
    rows = select(Retirement, Block.block_time).join(Block, Block.number == Retirement.block_number)
    for row, retired_at in session.execute(rows.order_by(Retirement.retirement_id.desc()).limit(newest)):
        database = {
            "grams": row.grams,
            "account": row.account,
            "retiredAt": int(retired_at.timestamp()),
            "purpose": row.purpose,
        }
        answer = chain.ask("Credits", "retirementOf", batch_id(row.project_id, row.seq), row.serial_start)
        yield from fields("retirement", f"{row.retirement_id}", database, answer, lambda stored: stored)
