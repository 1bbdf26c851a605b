"""Offsets that can be reversed: the details that the contract knows by their hash, reversing, making final."""

from __future__ import annotations

from typing import Any

from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from sqlalchemy.orm import Session, selectinload

from registry.chain.gateway import Receipt
from registry.db.models import ProvisionalOffset
from registry.domain.errors import NotFound
from registry.domain.ids import batch_id
from registry.services.calls import GuardedCall
from registry.services.ledger import Use, uses_of
from registry.services.registry import Registry
from registry.services.texts import hash_of

DETAILS_TYPE = "(address,uint16,uint16,uint40,address,bytes32,bytes32,(uint256,uint64,uint64,bool,bool,bytes32)[])"
"""ICompliance.Provisional."""


def details_of(offset: ProvisionalOffset) -> tuple[Any, ...]:
    """The struct Provisional of an indexed offset, as the contract takes it. Its lines must be loaded."""
    lines = [
        (
            batch_id(line.project_id, line.seq),
            line.grams,
            line.counted_grams,
            line.local,
            line.preferred,
            line.terms_key,
        )
        for line in offset.lines
    ]
    return (
        offset.account,
        offset.year,
        offset.rule_version,
        offset.reversible_until_seconds,
        offset.by,
        offset.beneficiary,
        offset.statement_hash,
        lines,
    )


def details_hash(details: tuple[Any, ...]) -> bytes:
    """keccak256(abi.encode(details)), what the contract stores."""
    return bytes(keccak(encode([DETAILS_TYPE], [details])))


def provisional_offset(session: Session, offset_id: int) -> ProvisionalOffset:
    """An offset with its lines, whatever became of it. Raises NotFound."""
    found = session.get(ProvisionalOffset, offset_id, options=[selectinload(ProvisionalOffset.lines)])
    if found is None:
        raise NotFound(kind="provisional offset", id=offset_id)
    return found


def known_details(registry: Registry, offset_id: int) -> tuple[Any, ...]:
    """The details of an offset, whatever became of it: a repeated command must say the same again. Raises NotFound."""
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        return details_of(provisional_offset(session, offset_id))


def reverse(registry: Registry, agent: LocalAccount, offset_id: int, *, key: str) -> Receipt:
    """Takes an offset back within its window, by an agent of the account. Raises NotFound, ContractRefused."""
    details = known_details(registry, offset_id)
    return registry.send(agent, "Compliance", "reverse", [offset_id, details], key=key)


def reverse_by_order(registry: Registry, jurisdiction: int, offset_id: int, reason: str) -> GuardedCall:
    """Takes an offset back at the Desk, also after its window. Raises NotFound."""
    args = (jurisdiction, offset_id, known_details(registry, offset_id), hash_of(reason))
    return GuardedCall("Compliance", "reverseByOrder", args, (reason,))


def finalise(registry: Registry, who: LocalAccount, offset_id: int, *, key: str) -> list[Use]:
    """Retires the grams of an offset whose window is over; anyone may. Raises NotFound, ContractRefused."""
    details = known_details(registry, offset_id)
    receipt = registry.send(who, "Compliance", "finalise", [offset_id, details], key=key)
    return uses_of(registry, receipt)
