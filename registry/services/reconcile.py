"""Compares the database with the chain (invariant 11): every balance, total, cap, report and status, at one block.

The database is read in one transaction, the chain at the block of the checkpoint in it, so both speak of the same
moment. Whatever differs is a fault and is reported with both values. Nothing is repaired here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.chain.contracts import Register
from registry.chain.gateway import Gateway
from registry.db.models import Checkpoint
from registry.db.session import Database
from registry.domain.errors import NotFound
from registry.services.comparison.asking import Chain, Comparison
from registry.services.comparison.compliance import compare_compliance
from registry.services.comparison.credits import compare_ledger
from registry.services.comparison.desk import compare_desk
from registry.services.comparison.filings import compare_filings, compare_reports
from registry.services.comparison.invalidations import compare_invalidations
from registry.services.comparison.people import compare_accounts, compare_people
from registry.services.comparison.recognition import compare_recognition
from registry.services.comparison.restraints import compare_restraints
from registry.services.comparison.transfers import compare_transfer_rules, compare_transfers
from registry.services.indexing import ChainUnsteady

NEWEST_ROWS = 10_000
"""Retirements, offsets and requests looked at one by one unless told otherwise; their counts and sums are always."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not the same in both places. `where` names the thing, `what` its kind."""

    what: str
    where: str
    database: str
    chain: str

    def __str__(self) -> str:
        return f"{self.what} {self.where}: database {self.database}, chain {self.chain}"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared at which block. `compared` counts values by kind."""

    block_number: int
    block_hash: bytes
    compared: dict[str, int]
    differences: tuple[Difference, ...]

    @property
    def is_equal(self) -> bool:
        """Whether the database equals the chain."""
        return not self.differences


def reconcile(
    database: Database, gateway: Gateway, register: Register, *, newest_rows: int = NEWEST_ROWS
) -> Reconciliation:
    """Compares all derived tables with the contracts at the block of the index's checkpoint.

    Balances, batches, totals, obligations, filings, reports, accounts and roles are all compared; of retirements,
    offsets and requests of the Desk the newest `newest_rows`, and the count of all.

    Raises:
        NotFound: nothing is indexed yet.
        ChainUnsteady: the checkpoint's block was replaced meanwhile; run the index, then again.
        ChainUnavailable: the node does not answer, or no longer has the state of that block.
    """
    with database.session() as session:
        checkpoint = session.scalar(select(Checkpoint))
        if checkpoint is None or checkpoint.block_number < 0:
            raise NotFound(kind="checkpoint", id="of the index")
        block = gateway.block(checkpoint.block_number)
        differences: list[Difference] = []
        compared: Counter[str] = Counter()
        if block.hash != checkpoint.block_hash:
            raise ChainUnsteady(attempts=1)
        chain = Chain(register, block.number, block.timestamp)
        for comparison in _all(session, chain, newest_rows):
            compared[comparison.what] += 1
            if comparison.database != comparison.chain:
                differences.append(_difference(comparison))
        # Calls name the block by number: it must have been the same one until the end.
        if gateway.block(checkpoint.block_number).hash != checkpoint.block_hash:
            raise ChainUnsteady(attempts=1)
    return Reconciliation(block.number, block.hash, dict(compared), tuple(differences))


def _all(session: Session, chain: Chain, newest_rows: int) -> Iterator[Comparison]:
    yield from compare_people(session, chain)
    yield from compare_desk(session, chain, newest_rows)
    yield from compare_accounts(session, chain)
    yield from compare_transfer_rules(session, chain)
    yield from compare_filings(session, chain)
    yield from compare_recognition(session, chain)
    yield from compare_reports(session, chain)
    yield from compare_transfers(session, chain, newest_rows)
    yield from compare_ledger(session, chain, newest_rows)
    yield from compare_restraints(session, chain, newest_rows)
    yield from compare_compliance(session, chain, newest_rows)
    yield from compare_invalidations(session, chain, newest_rows)


def _difference(comparison: Comparison) -> Difference:
    return Difference(comparison.what, comparison.where, _shown(comparison.database), _shown(comparison.chain))


def _shown(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
