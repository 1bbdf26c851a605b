"""Verified emissions of an account and year: what its committee signs, and submitting it with a quorum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eth_account.signers.local import LocalAccount
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.chain.gateway import Receipt
from registry.db.models import EmissionFigure
from registry.domain.emissions import EmissionReport
from registry.domain.errors import InvalidInput
from registry.domain.units import check_grams, check_integer
from registry.services.accounts import jurisdiction_of
from registry.services.registry import Registry
from registry.services.signatures import Signature, gather


@dataclass(frozen=True, slots=True)
class Figure:
    """Verified emissions as they stand in the index. The highest revision of a year counts."""

    account: str
    year: int
    revision: int
    grams: int
    evidence_hash: bytes
    digest: bytes
    verified_at: datetime


def next_figure(
    registry: Registry, account: str, year: int, grams: int, evidence_hash: bytes, valid_until: int
) -> EmissionReport:
    """The figure as the committee of the account has to sign it now. Raises InvalidInput, ContractRefused.

    valid_until: last second (UTC) at which it may be submitted.
    """
    jurisdiction = jurisdiction_of(registry, account)
    return EmissionReport(
        account=account,
        year=check_integer(year, "year", 1970, 9999),
        grams=check_grams(grams, least=1),
        evidence_hash=evidence_hash,
        revision=registry.call("Emissions", "emissionsOf", account, year)["revision"] + 1,
        valid_until=valid_until,
        epoch=registry.call("OracleCommittee", "committeeOf", jurisdiction)[0],
    )


def submit(registry: Registry, sender: LocalAccount, signatures: Sequence[Signature], *, key: str) -> Receipt:
    """Submits a figure that a quorum signed; anybody may. Raises InvalidInput, ContractRefused."""
    report = signatures[0].signed if signatures else None
    if not isinstance(report, EmissionReport):
        raise InvalidInput(field="signatures", problem="must be of verified emissions", given=type(report).__name__)
    jurisdiction = jurisdiction_of(registry, report.account)
    quorum = registry.call("OracleCommittee", "committeeOf", jurisdiction)[2]
    gathered, ordered = gather(signatures, quorum)
    return registry.send(sender, "Emissions", "submit", [gathered.message(), ordered], key=key)


def figures(session: Session, account: str, year: int | None = None) -> list[Figure]:
    """What was ever verified of an account, by year and revision."""
    statement = select(EmissionFigure).where(EmissionFigure.account == account)
    if year is not None:
        statement = statement.where(EmissionFigure.year == year)
    rows = session.scalars(statement.order_by(EmissionFigure.year, EmissionFigure.revision))
    return [
        Figure(row.account, row.year, row.revision, row.grams, row.evidence_hash, row.digest, row.verified_at)
        for row in rows
    ]
