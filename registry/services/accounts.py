"""Registry accounts: opening, agents, flags, status, consents. Holders are known on chain by a salted commitment."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.errors import InvalidInput
from registry.domain.rules import AccountFlag, AccountKind, AccountStatus, Right
from registry.services.calls import GuardedCall
from registry.services.registry import Registry
from registry.services.texts import hash_of, keep_text

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Commitment:
    """A text behind a hash: `digest` = SHA-256(salt || text). Salt and text open it; deleting the salt closes it."""

    text: str
    salt: bytes

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.salt + self.text.encode()).digest()

    @classmethod
    def of(cls, text: str, salt: bytes | None = None) -> Commitment:
        """Commits to a text under a fresh random salt. Raises InvalidInput for an empty text."""
        if not text.strip():
            raise InvalidInput(field="committed text", problem="must not be empty", given=text)
        return cls(text, secrets.token_bytes(SALT_BYTES) if salt is None else salt)


def open_account(
    jurisdiction: int, number: int, kind: AccountKind, identity: bytes, agents: Sequence[tuple[str, Right]]
) -> GuardedCall:
    """Opens an account; `identity` is the digest of a Commitment to the holder's identity."""
    if kind is AccountKind.NONE:
        raise InvalidInput(field="account kind", problem="must be one of the kinds", given=kind.name)
    return GuardedCall(
        "Accounts",
        "openAccount",
        (jurisdiction, number, int(kind), identity, [(who, int(right)) for who, right in agents]),
    )


def set_agents(jurisdiction: int, account: str, agents: Sequence[tuple[str, Right]]) -> GuardedCall:
    """Sets the rights of agents; no right removes the agent."""
    return GuardedCall("Accounts", "setAgents", (jurisdiction, account, [(who, int(right)) for who, right in agents]))


def set_flags(jurisdiction: int, account: str, flags: AccountFlag) -> GuardedCall:
    """Sets what the account asks for: dual control, the receiver's word."""
    return GuardedCall("Accounts", "setFlags", (jurisdiction, account, int(flags)))


def set_status(jurisdiction: int, account: str, status: AccountStatus, reason: str) -> GuardedCall:
    """Changes the status, also back to open."""
    return GuardedCall("Accounts", "setStatus", (jurisdiction, account, int(status), hash_of(reason)), (reason,))


def freeze(registry: Registry, regulator: LocalAccount, account: str, reason: str, *, key: str) -> Receipt:
    """Freezes an account at once, by one regulator of its jurisdiction. The reason becomes public."""
    digest = keep_text(registry.database, "reason", reason)
    return registry.send(regulator, "Accounts", "freeze", [account, digest], key=key)


def consent(
    registry: Registry, agent: LocalAccount, account: str, contract: str, data: bytes, valid_until: int, *, key: str
) -> bytes:
    """Lets another agent of an account under dual control make one certain call, once. Returns the call's hash.

    `contract` is its name, `data` the whole call: what `ConsentMissing` says with its values.
    """
    args = [account, registry.register.address(contract), data, valid_until]
    receipt = registry.send(agent, "Accounts", "consent", args, key=key)
    return bytes(registry.event(receipt, "ConsentGiven")["callHash"])


def revoke_consent(registry: Registry, agent: LocalAccount, account: str, call_hash: bytes, *, key: str) -> Receipt:
    """Takes a consent back, by any agent of the account who may approve."""
    return registry.send(agent, "Accounts", "revokeConsent", [account, call_hash], key=key)


def jurisdiction_of(registry: Registry, account: str) -> int:
    """The jurisdiction of an account. Raises UnknownAccount, a ContractRefused, if it was not opened."""
    return int(registry.call("Accounts", "accountOf", account)["jurisdiction"])


def account_address(registry: Registry, jurisdiction: int, number: int) -> str:
    """The address of an account, whether it was opened or not."""
    return str(registry.call("Accounts", "addressOf", jurisdiction, number))
