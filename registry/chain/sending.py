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
_EIP155_OFFSET = 35


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


@dataclass(frozen=True, slots=True)
class ReadTransaction:
    """What a signed transaction says of itself. `chain_id` is None if it is bound to no chain."""

    sender: str
    nonce: int
    chain_id: int | None


def read_transaction(raw: bytes) -> ReadTransaction:
    """Who signed a transaction, its number and its chain. Raises TransactionRejected if it does not read."""
    try:
        # EIP-2718: a typed transaction begins with its type; every type so far has chain id and number in front.
        chain_id: int | None
        if raw[0] <= _TYPE_MAX:
            chain_id, nonce = (_integer(part) for part in rlp.decode(raw[1:])[:2])
        else:
            fields = rlp.decode(raw)
            nonce, v = _integer(fields[0]), _integer(fields[6])
            chain_id = (v - _EIP155_OFFSET) // 2 if v >= _EIP155_OFFSET else None
        return ReadTransaction(str(Account.recover_transaction(raw)), nonce, chain_id)
    except Exception as cause:
        # eth-account, eth-keys and rlp each have errors of their own for bytes that are no transaction.
        raise TransactionRejected(tx_hash="0x" + keccak(raw).hex(), problem=f"it does not read ({cause})") from cause


def _integer(field: bytes) -> int:
    return int.from_bytes(field, "big")
