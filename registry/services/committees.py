"""Committees between themselves: handing over, disputing reports, resolving disputes, proving equivocation.

What the Desk decides about committees is built in `membership`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from eth_account.signers.local import LocalAccount
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from registry.chain.gateway import Receipt
from registry.db.models import Committee, ProposedCommittee, SignerSuspension
from registry.domain.committee import EpochApproval, Resolution
from registry.domain.errors import InvalidInput, NotFound
from registry.domain.ids import COUNCIL_JURISDICTION
from registry.domain.report import Report
from registry.domain.typed_data import Signed
from registry.services.registry import Registry
from registry.services.signatures import Signature, gather

Kind = TypeVar("Kind", bound=Signed)


@dataclass(frozen=True, slots=True)
class Seats:
    """A committee. `due_at` is None for one in office; one that is proposed may take office from then on."""

    jurisdiction: int
    epoch: int
    signers: tuple[str, ...]
    quorum: int
    dispute_seconds: int
    activation_seconds: int
    due_at: datetime | None


def in_office(session: Session, jurisdiction: int) -> Seats:
    """The committee in office. Raises NotFound."""
    newest = select(Committee).where(Committee.jurisdiction == jurisdiction).order_by(Committee.epoch.desc()).limit(1)
    row = session.scalar(newest.options(selectinload(Committee.signers)))
    if row is None:
        raise NotFound(kind="committee of jurisdiction", id=str(jurisdiction))
    signers = tuple(seat.signer for seat in row.signers)
    terms = (row.quorum, row.dispute_seconds, row.activation_seconds)
    return Seats(jurisdiction, row.epoch, signers, *terms, due_at=None)


def proposed(session: Session, jurisdiction: int) -> Seats | None:
    """The committee that waits for the approval of the one in office, if any."""
    row = session.get(ProposedCommittee, jurisdiction)
    if row is None:
        return None
    terms = (row.quorum, row.dispute_seconds, row.activation_seconds)
    return Seats(jurisdiction, row.epoch, tuple(json.loads(row.signers)), *terms, due_at=row.due_at)


def suspended(session: Session, jurisdiction: int) -> list[str]:
    """Signers whose signature does not count in the jurisdiction, by address."""
    rows = select(SignerSuspension.signer).where(
        SignerSuspension.jurisdiction == jurisdiction, SignerSuspension.reinstatement_hash.is_(None)
    )
    return sorted(session.scalars(rows))


def approval_of(registry: Registry, jurisdiction: int, valid_until: int) -> EpochApproval:
    """What the committee in office has to sign so that the proposed one takes office. Raises NotFound."""
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        next_one = proposed(session, jurisdiction)
    if next_one is None:
        raise NotFound(kind="proposed committee of jurisdiction", id=str(jurisdiction))
    return EpochApproval(
        jurisdiction=jurisdiction,
        epoch=next_one.epoch,
        signers=next_one.signers,
        dispute_seconds=next_one.dispute_seconds,
        activation_seconds=next_one.activation_seconds,
        valid_until=valid_until,
    )


def begin_epoch(registry: Registry, sender: LocalAccount, signatures: Sequence[Signature], *, key: str) -> Receipt:
    """Puts a proposed committee in office; anybody may who has the approvals. Raises InvalidInput, ContractRefused."""
    approval = _signed_as(EpochApproval, signatures)
    gathered, ordered = gather(signatures, _quorum(registry, approval.jurisdiction))
    return registry.send(sender, "OracleCommittee", "beginEpoch", [gathered.message(), ordered], key=key)


def dispute(
    registry: Registry, person: LocalAccount, project_id: int, seq: int, evidence_hash: bytes, *, key: str
) -> Receipt:
    """Disputes the last report of a project before it is final. It cannot be withdrawn. Raises ContractRefused."""
    return registry.send(person, "OracleCommittee", "dispute", [project_id, seq, evidence_hash], key=key)


def resolution_of(
    registry: Registry, project_id: int, seq: int, *, upheld: bool, findings_hash: bytes, valid_until: int
) -> Resolution:
    """What the arbiters have to sign about a disputed report. Raises ContractRefused: there is none, or no arbiters."""
    digest = registry.call("OracleCommittee", "reportOf", project_id, seq)["digest"]
    epoch = registry.call("OracleCommittee", "committeeOf", COUNCIL_JURISDICTION)[0]
    return Resolution(project_id, seq, digest, upheld, findings_hash, valid_until, epoch)


def resolve(registry: Registry, sender: LocalAccount, signatures: Sequence[Signature], *, key: str) -> Receipt:
    """Ends a dispute with the signatures of the arbiters; anybody may. Raises InvalidInput, ContractRefused."""
    _signed_as(Resolution, signatures)
    gathered, ordered = gather(signatures, _quorum(registry, COUNCIL_JURISDICTION))
    return registry.send(sender, "OracleCommittee", "resolve", [gathered.message(), ordered], key=key)


def prove_equivocation(
    registry: Registry, sender: LocalAccount, first: Signature, second: Signature, *, key: str
) -> Receipt:
    """Has a signer suspended who signed two reports for one place. Raises InvalidInput, ContractRefused."""
    for each in (first, second):
        _signed_as(Report, [each])
    arguments = [first.signed.message(), first.signature, second.signed.message(), second.signature]
    return registry.send(sender, "OracleCommittee", "proveEquivocation", arguments, key=key)


def _signed_as(kind: type[Kind], signatures: Sequence[Signature]) -> Kind:
    signed = signatures[0].signed if signatures else None
    if not isinstance(signed, kind):
        given = "none" if signed is None else signed.SCHEMA.primary
        raise InvalidInput(field="signatures", problem=f"must be of a {kind.SCHEMA.primary}", given=given)
    return signed


def _quorum(registry: Registry, jurisdiction: int) -> int:
    return int(registry.call("OracleCommittee", "committeeOf", jurisdiction)[2])
