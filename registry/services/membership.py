"""Who belongs to the network: jurisdictions, roles, oracle committees. Builds the calls that the Desk decides;
a member may give its own role back without it."""

from __future__ import annotations

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.errors import InvalidInput
from registry.domain.ids import COUNCIL_JURISDICTION, check_jurisdiction
from registry.domain.rules import Role
from registry.domain.units import check_integer
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import check_text, hash_of
from registry.services.views.references import read_account

COMMITTEE_SIZES = range(4, 32, 3)
WINDOW_SECONDS_MAX = 90 * 86_400


def open_jurisdiction(code: int, name: str, grants: Sequence[tuple[Role, str]]) -> GuardedCall:
    """Opens a jurisdiction with its first members. Decided by the network council. On chain is only the name's hash.

    The contract asks for at least one Admin, one Registrar and one Approver.
    """
    check_jurisdiction(code)
    name_hash = hash_of(check_text("jurisdiction name", name))
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


def renounce_role(registry: Registry, member: LocalAccount, jurisdiction: int, role: Role, *, key: str) -> Receipt:
    """Gives up one's own role at once: the last Admin, Registrar and Approver cannot."""
    role_id = registry.call("Authority", "roleId", jurisdiction, int(role))
    return registry.send(member, "Authority", "renounceRole", [role_id, member.address], key=key)


def set_committee(
    jurisdiction: int, signers: Sequence[str], dispute_seconds: int, activation_seconds: int = 0
) -> GuardedCall:
    """The first committee of a jurisdiction, or the next one, which waits for the approval of the one in office.

    n = 3f + 1 members, of whom 2f + 1 sign a report; those of jurisdiction 0 are the arbiters.
    dispute_seconds: how long its reports wait before they are final. activation_seconds: how long its successors wait.

    Raises InvalidInput for another number, one address twice, what is no address, or windows of more than 90 days.
    """
    terms = _terms(signers, dispute_seconds, activation_seconds)
    return GuardedCall("OracleCommittee", "setCommittee", (jurisdiction, *terms))


def replace_committee(
    jurisdiction: int, signers: Sequence[str], dispute_seconds: int, activation_seconds: int = 0
) -> GuardedCall:
    """A committee in office without the approval of the one before, which lost its keys. Decided by the council."""
    terms = _terms(signers, dispute_seconds, activation_seconds)
    return GuardedCall("OracleCommittee", "replaceCommittee", (COUNCIL_JURISDICTION, jurisdiction, *terms))


def reinstate_signer(jurisdiction: int, signer: str, reason: str) -> GuardedCall:
    """Lets a signer sign again who was suspended for signing two reports in one place."""
    args = (jurisdiction, read_account(signer, "signer"), hash_of(reason))
    return GuardedCall("OracleCommittee", "reinstate", args, (reason,))


def _terms(signers: Sequence[str], dispute_seconds: int, activation_seconds: int) -> tuple[list[str], int, int]:
    check_integer(dispute_seconds, "dispute seconds", 0, WINDOW_SECONDS_MAX)
    check_integer(activation_seconds, "activation seconds", 0, WINDOW_SECONDS_MAX)
    if len(signers) not in COMMITTEE_SIZES:
        sizes = ", ".join(map(str, COMMITTEE_SIZES))
        raise InvalidInput(field="signers", problem=f"a committee has 3f + 1 members: {sizes}", given=len(signers))
    addresses = [read_account(signer, "signer") for signer in signers]
    if len(set(addresses)) != len(addresses):
        raise InvalidInput(field="signers", problem="one address stands twice", given=list(signers))
    ordered = sorted(addresses, key=lambda address: int(address, 16))
    return ordered, dispute_seconds, activation_seconds


def _checked(grants: Sequence[tuple[Role, str]]) -> list[tuple[int, str]]:
    """Grants as the contract takes them. Raises InvalidInput for none, for no role, or for what is no address."""
    if not grants:
        raise InvalidInput(field="grants", problem="at least one role must be named", given=[])
    if any(role is Role.NONE for role, _ in grants):
        raise InvalidInput(field="role", problem="must name a role", given=Role.NONE.name)
    return [(int(role), read_account(who, "member")) for role, who in grants]
