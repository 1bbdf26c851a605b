"""Building and signing transactions. Pure: the same input gives the same bytes, so a crash can send them again.

Transactions are of the legacy type with a stated gas price: networks with free gas take them from accounts without
ether, which a fee of the newer type would ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rlp
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from registry.chain.failures import TransactionRejected
from registry.domain.errors import InvalidInput

_TYPE_MAX = 0x7F


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction before signing. `to` is None for a deployment; `gas_price` in wei a unit of gas."""

    chain_id: int
    nonce: int
    gas: int
    gas_price: int
    to: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """What is sent, and the hash by which it is found again."""

    raw: bytes
    tx_hash: bytes


def sign_transaction(transaction: Transaction, account: LocalAccount) -> SignedTransaction:
    """Signs a transaction. Deterministic (RFC 6979), with the chain id in the signature (EIP-155).

    Raises:
        InvalidInput: a negative number, no gas, or an address that is none.
    """
    for name, least in (("chain_id", 1), ("nonce", 0), ("gas", 1), ("gas_price", 0)):
        value = getattr(transaction, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise InvalidInput(field=name, problem=f"must be an integer of at least {least}", given=value)
    fields: dict[str, Any] = {
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "gas": transaction.gas,
        "gasPrice": transaction.gas_price,
        "value": 0,
        "data": transaction.data,
        "to": "" if transaction.to is None else transaction.to,
    }
    try:
        signed = account.sign_transaction(fields)
    except (TypeError, ValueError) as cause:
        raise InvalidInput(field="transaction", problem=str(cause), given=transaction.to) from cause
    return SignedTransaction(bytes(signed.raw_transaction), bytes(signed.hash))


def sender_and_nonce(raw: bytes) -> tuple[str, int]:
    """Who signed a transaction, and its number. Raises TransactionRejected if it does not read."""
    try:
        # EIP-2718: a typed transaction begins with its type, and its number comes after the chain id.
        typed = raw[0] <= _TYPE_MAX
        nonce = rlp.decode(raw[1:])[1] if typed else rlp.decode(raw)[0]
        return str(Account.recover_transaction(raw)), int.from_bytes(nonce, "big")
    except Exception as cause:
        # eth-account, eth-keys and rlp each have errors of their own for bytes that are no transaction.
        raise TransactionRejected(tx_hash="0x" + keccak(raw).hex(), problem=f"it does not read ({cause})") from cause
