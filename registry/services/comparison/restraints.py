"""What holds credits back: locked, frozen and recalled grams, held batches, pledges."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from registry.db.models import Holding, Pledge
from registry.domain.ids import batch_id
from registry.services.comparison.asking import Chain, Comparison, fields


def compare_restraints(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """Every holding of which something is held back, of the others the newest; the newest pledges, and their number."""
    restrained = or_(Holding.locked_grams != 0, Holding.frozen_grams != 0, Holding.recalled_grams != 0)
    for holding in session.scalars(select(Holding).where(restrained)):
        yield from _holding(chain, holding)
    others = select(Holding).where(~restrained).order_by(Holding.block_number.desc(), Holding.log_index.desc())
    for holding in session.scalars(others.limit(newest)):
        yield from _holding(chain, holding)

    count = session.scalar(select(func.count()).select_from(Pledge))
    yield Comparison("pledge", "count", count, chain.ask("Pledges", "pledgeCount"))
    for pledge in session.scalars(select(Pledge).order_by(Pledge.pledge_id.desc()).limit(newest)):
        database = {
            "account": pledge.account,
            "pledgee": pledge.pledgee,
            "batchId": batch_id(pledge.project_id, pledge.seq),
            "grams": pledge.left_grams,
        }
        answer = chain.ask("Pledges", "pledgeOf", pledge.pledge_id)
        yield from fields("pledge", f"{pledge.pledge_id}", database, answer, lambda stored: stored)


def _holding(chain: Chain, holding: Holding) -> Iterator[Comparison]:
    database = {"locked": holding.locked_grams, "frozen": holding.frozen_grams, "recalled": holding.recalled_grams}
    answer = chain.ask("Credits", "holdingOf", holding.account, batch_id(holding.project_id, holding.seq))
    where = f"{holding.account} {holding.project_id}/{holding.seq}"
    yield from fields("held back", where, database, answer, lambda stored: stored)
