"""The outbox: every write to the chain is stored, signed, before it is sent.

    queued      signed and stored; perhaps sent, perhaps not
    submitted   the chain has taken it
    mined       it succeeded; the receipt's block and gas are stored
    reverted    it was mined and the contract refused; the decoded error is stored

A crash at any point leaves signed bytes that are sent again, never signed again: the same bytes have the same hash, so
the chain runs them once. One row per sender owns the numbers (nonces) of its transactions. The idempotency key of the
caller is bound to the row: the same key with the same call gives the first outcome, with another call a Conflict.
Keys that sign are handed in by the caller and never stored; call data is public on chain anyway.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count

from eth_account.signers.local import LocalAccount
from eth_utils.address import is_hex_address, to_canonical_address
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.chain.failures import NonceUsed, TransactionRejected
from registry.chain.gateway import WAIT_SECONDS, Gateway, Receipt
from registry.chain.sending import Transaction, sign_transaction
from registry.db.models import OutboxSender, OutboxTransaction
from registry.db.session import Database
from registry.domain.errors import Conflict, ContractRefused, InvalidInput
from registry.services.plain import plain_json

KEY_MAX_CHARACTERS = 200
_ATTEMPT_CHARACTERS = 8  # a slash and the number of the attempt


class KeyReused(Conflict):
    """An idempotency key was used before for another call. Values: key."""

    code = "idempotency_key_reused"
    text = "The idempotency key {key!r} was used for another transaction. Use a new key for a new transaction."


class TransactionDisplaced(Conflict):
    """Another transaction took the number of ours, so ours can never be mined. Values: key, sender, nonce, expected."""

    code = "transaction_displaced"
    text = (
        "Transaction {key!r} of {sender} was not carried out: another one took its number {nonce}; the chain now "
        "expects {expected}. The key of {sender} was used outside this outbox. Send again with a new idempotency key."
    )


class Outbox:
    """Sends transactions, each exactly once. Safe to use from several threads and processes."""

    def __init__(self, database: Database, gateway: Gateway, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self._database = database
        self._gateway = gateway
        self._wait_seconds = wait_seconds

    def send(self, signer: LocalAccount, to: str | None, data: bytes, *, key: str, gas: int | None = None) -> Receipt:
        """Sends a call (or a deployment, `to` None) and waits until it is mined.

        A call that the contract would refuse now is refused before anything is stored, so the same key may be tried
        again later. `gas` is estimated unless given.

        Raises:
            ContractRefused: the contract refused, in the trial or on chain.
            KeyReused: the key belongs to another sender, recipient or data.
            TransactionDisplaced: the sender's key was used elsewhere.
            Unavailable: the chain does not answer or does not mine; sending again with the same key is safe.
        """
        _check_arguments(to, key, KEY_MAX_CHARACTERS)
        content = _content_hash(signer.address, to, data)
        stored = self._find(key)
        if stored is None:
            gas = self._try(signer.address, to, data, gas)
            stored = self._reserve(signer, to, data, key, content, gas)
        if stored.content_hash != content:
            raise KeyReused(key=key)
        return self._finish(stored)

    def attempt(self, signer: LocalAccount, to: str, data: bytes, *, key: str) -> Receipt:
        """Sends a call whose caller cannot choose another key, in attempts with the keys `key/1`, `key/2` and so on.

        A new attempt begins only when each one before was mined and reverted, or displaced: neither can ever take
        effect. An attempt that is under way, or that succeeded, is carried to its end instead, even if it was written
        differently: the key says what is meant, here for instance one report with the signatures of other oracles.

        Raises:
            ContractRefused, TransactionDisplaced, Unavailable: as `send`, of the newest attempt; try again later.
        """
        _check_arguments(to, key, KEY_MAX_CHARACTERS - _ATTEMPT_CHARACTERS)
        for number in count(1):
            numbered = f"{key}/{number}"
            stored = self._find(numbered)
            if stored is None:
                break
            if stored.state not in ("reverted", "displaced"):
                with suppress(ContractRefused, TransactionDisplaced):
                    return self._finish(stored)
        gas = self._try(signer.address, to, data, None)
        content = _content_hash(signer.address, to, data)
        return self._finish(self._reserve(signer, to, data, numbered, content, gas))

    def recover(self) -> int:
        """Sends again whatever a crash left unfinished, and settles it. Returns the number of transactions settled.

        Run it at start. A contract's refusal is stored and not raised: its sender learns of it with its key.
        """
        settled = 0
        for row in self._unfinished(None, None):
            with suppress(ContractRefused, TransactionDisplaced):
                self._finish(row)
            settled += 1
        return settled

    # Before signing

    def _find(self, key: str) -> OutboxTransaction | None:
        with self._database.session() as session:
            return session.scalar(select(OutboxTransaction).where(OutboxTransaction.key == key))

    def _try(self, sender: str, to: str | None, data: bytes, gas: int | None) -> int:
        """Runs the call without a transaction and returns its gas. Raises ContractRefused; no number is wasted."""
        if gas is None or to is None:
            estimated = self._gateway.estimate_gas(to, data, sender)
            return estimated if gas is None else gas
        self._gateway.call(to, data, sender=sender)
        return gas

    def _reserve(
        self, signer: LocalAccount, to: str | None, data: bytes, key: str, content: bytes, gas: int
    ) -> OutboxTransaction:
        """Takes the sender's next number, signs, and stores the signed bytes: one transaction of the database."""
        on_chain = self._gateway.nonce(signer.address)
        gas_price = self._gateway.gas_price()
        with self._database.transaction() as session:
            sender = _locked_sender(session, signer.address)
            existing = session.scalar(select(OutboxTransaction).where(OutboxTransaction.key == key))
            if existing is not None:
                return existing  # another process was faster with the same key
            nonce = max(sender.next_nonce, on_chain)
            unsigned = Transaction(
                chain_id=self._gateway.chain_id, nonce=nonce, gas=gas, gas_price=gas_price, to=to, data=data
            )
            signed = sign_transaction(unsigned, signer)
            sender.next_nonce = nonce + 1
            row = OutboxTransaction(
                key=key,
                content_hash=content,
                sender=signer.address,
                recipient=to,
                data=data,
                nonce=nonce,
                raw=signed.raw,
                tx_hash=signed.tx_hash,
                state="queued",
                created_at=_now(),
                updated_at=_now(),
            )
            session.add(row)
        return row

    # After signing

    def _finish(self, row: OutboxTransaction) -> Receipt:
        """Brings a stored transaction to its end, from wherever it is. The chain is asked; the row only remembers."""
        if row.state == "displaced":
            raise self._displaced(row, None)
        receipt = self._gateway.receipt(row.tx_hash)
        if receipt is None:
            self._submit(row)
            receipt = self._gateway.wait(row.tx_hash, self._wait_seconds)
        return self._settle(row, receipt)

    def _submit(self, row: OutboxTransaction) -> None:
        # A chain takes the numbers of a sender in order: what a crash left before this one goes first.
        for earlier in self._unfinished(row.sender, row.nonce):
            # One that was displaced is marked so and told to whoever asks for its key; it is no fault of this one.
            with suppress(TransactionDisplaced):
                self._send_raw(earlier)
        try:
            self._send_raw(row)
        except TransactionRejected:
            self._take_back(row)
            raise
        self._update(row, state="submitted")

    def _send_raw(self, row: OutboxTransaction) -> None:
        try:
            self._gateway.send_raw(row.raw)
        except NonceUsed as taken:
            # Ours may have been mined between the question and the sending.
            if self._gateway.receipt(row.tx_hash) is None:
                self._update(row, state="displaced")
                raise self._displaced(row, taken.values["expected"]) from taken

    def _take_back(self, row: OutboxTransaction) -> None:
        """Forgets a transaction that the chain will not take (no ether, too much gas), so that it blocks no other.

        Only the last one of its sender: its number is then free again. The bytes were never handed to anybody else.
        """
        with self._database.transaction() as session:
            sender = _locked_sender(session, row.sender)
            current = session.get(OutboxTransaction, row.id)
            if current is not None and sender.next_nonce == row.nonce + 1:
                session.delete(current)
                sender.next_nonce = row.nonce

    def _settle(self, row: OutboxTransaction, receipt: Receipt) -> Receipt:
        if receipt.succeeded:
            self._update(row, state="mined", block_number=receipt.block_number, gas_used=receipt.gas_used)
            return receipt
        refused = self._gateway.refusal(receipt.tx_hash)
        if refused is None:
            refused = ContractRefused(error_name="Unexplained", contract=row.recipient or "")
        self._update(
            row,
            state="reverted",
            block_number=receipt.block_number,
            gas_used=receipt.gas_used,
            error_contract=refused.contract,
            error_name=refused.error_name,
            error_values=plain_json(refused.values),
        )
        raise refused

    def _unfinished(self, sender: str | None, before_nonce: int | None) -> list[OutboxTransaction]:
        """Rows without an outcome, by sender and number; of one sender before one number if these are given."""
        statement = select(OutboxTransaction).where(OutboxTransaction.state.in_(("queued", "submitted")))
        if sender is not None:
            statement = statement.where(OutboxTransaction.sender == sender, OutboxTransaction.nonce < before_nonce)
        with self._database.session() as session:
            ordered = statement.order_by(OutboxTransaction.sender, OutboxTransaction.nonce)
            return list(session.scalars(ordered))

    def _update(self, row: OutboxTransaction, **values: object) -> None:
        if all(getattr(row, name) == value for name, value in values.items()):
            return
        with self._database.transaction() as session:
            current = session.get_one(OutboxTransaction, row.id, with_for_update=True)
            # Another process may have brought the row further already; an outcome never goes back.
            if current.state in ("mined", "reverted") and values.get("state") == "submitted":
                return
            for name, value in values.items():
                setattr(current, name, value)
            current.updated_at = _now()

    def _displaced(self, row: OutboxTransaction, expected: int | None) -> TransactionDisplaced:
        known = self._gateway.nonce(row.sender) if expected is None else expected
        return TransactionDisplaced(key=row.key, sender=row.sender, nonce=row.nonce, expected=known)


def _locked_sender(session: Session, address: str) -> OutboxSender:
    sender = session.get(OutboxSender, address, with_for_update=True)
    if sender is None:
        sender = OutboxSender(address=address, next_nonce=0)
        session.add(sender)
        session.flush()
    return sender


def _check_arguments(to: str | None, key: str, characters_max: int) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= characters_max:
        raise InvalidInput(field="key", problem=f"must have 1 to {characters_max} characters", given=key)
    if to is not None and not is_hex_address(to):
        raise InvalidInput(field="to", problem="not an address", given=to)


def _content_hash(sender: str, to: str | None, data: bytes) -> bytes:
    recipient = b"\0" if to is None else b"\1" + to_canonical_address(to)
    return hashlib.sha256(to_canonical_address(sender) + recipient + data).digest()


def _now() -> datetime:
    return datetime.now(UTC)
