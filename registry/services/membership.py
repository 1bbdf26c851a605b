"""Who belongs to the network: jurisdictions, roles, oracle committees. Builds the calls that the Desk decides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from registry.domain.errors import InvalidInput
from registry.domain.ids import COUNCIL_JURISDICTION, check_jurisdiction
from registry.domain.rules import Role
from registry.services.calls import GuardedCall
from registry.services.texts import check_text
from registry.services.views.references import read_account

COMMITTEE_SIZES = range(4, 32, 3)


def open_jurisdiction(code: int, name: str, grants: Sequence[tuple[Role, str]]) -> GuardedCall:
    """Opens a jurisdiction with its first members. Decided by the network council. On chain is only the name's hash.

    The contract asks for at least one Admin, one Registrar and one Approver.
    """
    check_jurisdiction(code)
    name_hash = hashlib.sha256(check_text("jurisdiction name", name).encode()).digest()
    return GuardedCall(
        "Authority",
        "openJurisdiction",
        (COUNCIL_JURISDICTION, code, name_hash, _checked(grants)),
    )


def grant_roles(jurisdiction: int, grants: Sequence[tuple[Role, str]]) -> GuardedCall:
    """Grants roles in a jurisdiction."""
    return GuardedCall("Authority", "grantRoles", (jurisdiction, _checked(grants)))


def revoke_roles(jurisdiction: int, grants: Sequence[tuple[Role, str]]) -> GuardedCall:
    """Takes roles away in a jurisdiction."""
    return GuardedCall("Authority", "revokeRoles", (jurisdiction, _checked(grants)))


def set_committee(jurisdiction: int, signers: Sequence[str], dispute_seconds: int) -> GuardedCall:
    """Replaces the oracle committee and begins the next epoch. n = 3f + 1 members, of whom 2f + 1 sign a report.

    Raises InvalidInput for another number, one address twice, or what is no address.
    """
    if len(signers) not in COMMITTEE_SIZES:
        sizes = ", ".join(map(str, COMMITTEE_SIZES))
        raise InvalidInput(field="signers", problem=f"a committee has 3f + 1 members: {sizes}", given=len(signers))
    addresses = [read_account(signer, "signer") for signer in signers]
    if len(set(addresses)) != len(addresses):
        raise InvalidInput(field="signers", problem="one address stands twice", given=list(signers))
    ordered = sorted(addresses, key=lambda address: int(address, 16))
    return GuardedCall("OracleCommittee", "setCommittee", (jurisdiction, ordered, dispute_seconds))


def _checked(grants: Sequence[tuple[Role, str]]) -> list[tuple[int, str]]:
    """Grants as the contract takes them. Raises InvalidInput for none, for no role, or for what is no address."""
    if not grants:
        raise InvalidInput(field="grants", problem="at least one role must be named", given=[])
    if any(role is Role.NONE for role, _ in grants):
        raise InvalidInput(field="role", problem="must name a role", given=Role.NONE.name)
    return [(int(role), read_account(who, "member")) for role, who in grants]
