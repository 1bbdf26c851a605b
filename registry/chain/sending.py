"""Building and signing transactions. Pure: the same input gives the same bytes, so a crash can send them again.

Transactions are of the legacy type with a stated gas price: networks with free gas take them from accounts without
ether, which a fee of the newer type would ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from registry.domain.errors import InvalidInput


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
    fields = {
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
