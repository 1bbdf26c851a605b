"""Registry accounts: opening, agents, status. Holders are known on chain only by a salted commitment."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.domain.errors import InvalidInput
from registry.domain.rules import AccountKind, AccountStatus, Right
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


def set_status(jurisdiction: int, account: str, status: AccountStatus, reason: str) -> GuardedCall:
    """Changes the status, also back to open."""
    return GuardedCall("Accounts", "setStatus", (jurisdiction, account, int(status), hash_of(reason)), (reason,))


def freeze(registry: Registry, regulator: LocalAccount, account: str, reason: str, *, key: str) -> Receipt:
    """Freezes an account at once, by one regulator of its jurisdiction. The reason becomes public."""
    digest = keep_text(registry.database, "reason", reason)
    return registry.send(regulator, "Accounts", "freeze", [account, digest], key=key)


def account_address(registry: Registry, jurisdiction: int, number: int) -> str:
    """The address of an account, whether it was opened or not."""
    return str(registry.call("Accounts", "addressOf", jurisdiction, number))
