"""Verified emissions of an account and year: what its committee signs, and submitting it with a quorum."""

from __future__ import annotations

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.emissions import EmissionReport
from registry.domain.errors import InvalidInput
from registry.domain.units import check_grams, check_integer
from registry.services.accounts import jurisdiction_of
from registry.services.registry import Registry
from registry.services.signatures import Signature, gather


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
