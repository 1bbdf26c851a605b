"""A chain behind a JSON-RPC node: Besu, geth, GoQuorum, anvil. Fulfils `gateway.Gateway`.

Nothing of the node is taken at its word that can be checked: a header must hash to its block, receipts must lead to the
header's root, logs must be of the block that was asked for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_hash.auto import keccak

from registry.chain import headers
from registry.chain.abi import checksummed
from registry.chain.errors import decode_error, execution_failure
from registry.chain.failures import (
    AnswerMalformed,
    HeaderMismatch,
    NodeRefused,
    NonceTooHigh,
    NonceUsed,
    TransactionNotMined,
    TransactionRejected,
    WrongChain,
)
from registry.chain.gateway import WAIT_SECONDS, Block, BlockId, LogEntry, Receipt
from registry.chain.json_rpc import Node, NodeError
from registry.chain.sending import ReadTransaction, read_transaction
from registry.domain.errors import ContractRefused, NotFound

TIMEOUT_SECONDS = 30.0
_POLL_SECONDS_FIRST = 0.02
_POLL_SECONDS_LAST = 1.0

# An account of a network where gas costs ether is filled up to this when it has less than the half.
_FUNDS_WEI = 10**19

_GIFT_ATTEMPTS = 10

_ALREADY_THERE = ("already known", "known transaction", "already imported", "already exists")
_NONCE_TAKEN = ("nonce too low", "nonce is too low", "below current nonce", "replacement transaction")
_NONCE_AHEAD = ("nonce too high", "nonce too distant", "nonce is too distant", "nonce too far")
_FAILED_EXECUTION = ("evm error", "out of gas", "invalid opcode", "intrinsic gas", "gas required exceeds", "stack ")


class RpcGateway:
    """A chain behind the URL of a node.

    Raises:
        InvalidInput: not an http or https URL.
        ChainUnavailable: the node does not answer.
        WrongChain: it is on another chain than `expected_chain_id`.
    """

    def __init__(
        self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS, expected_chain_id: int | None = None
    ) -> None:
        self._node = Node(url, timeout_seconds)
        try:
            self._chain_id = self._integer("eth_chainId")
            if expected_chain_id not in (None, self._chain_id):
                raise WrongChain(what=self._node.name, chain_id=self._chain_id, expected=expected_chain_id)
        except BaseException:
            self._node.close()
            raise

    @property
    def chain_id(self) -> int:
        return self._chain_id

    # Reading

    def call(self, to: str, data: bytes, block: BlockId | None = None, sender: str | None = None) -> bytes:
        fields = {"to": to, "data": _hex(data)}
        if sender is not None:
            fields["from"] = sender
        return self._execute("eth_call", fields, "latest" if block is None else block)

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        raw = self._request("eth_getTransactionReceipt", _hex(tx_hash))
        # Some nodes answer for a transaction that waits, with the block left out.
        if raw is None or raw.get("blockNumber") is None:
            return None
        with _reading(self._node.name, "a receipt"):
            if headers.to_bytes(raw["transactionHash"]) != tx_hash:
                raise ValueError("it is of another transaction")
            return Receipt(
                tx_hash=tx_hash,
                block_number=headers.to_integer(raw["blockNumber"]),
                block_hash=headers.to_bytes(raw["blockHash"]),
                transaction_index=headers.to_integer(raw["transactionIndex"]),
                sender=checksummed(raw["from"]),
                to=None if raw.get("to") is None else checksummed(raw["to"]),
                contract_address=None if raw.get("contractAddress") is None else checksummed(raw["contractAddress"]),
                succeeded=headers.to_integer(raw["status"]) == 1,
                gas_used=headers.to_integer(raw["gasUsed"]),
                logs=tuple(_log_entry(log) for log in raw["logs"]),
            )

    def wait(self, tx_hash: bytes, timeout_seconds: float = WAIT_SECONDS) -> Receipt:
        give_up_at = time.monotonic() + timeout_seconds
        pause_seconds = _POLL_SECONDS_FIRST
        while True:
            found = self.receipt(tx_hash)
            if found is not None:
                return found
            if time.monotonic() + pause_seconds > give_up_at:
                raise TransactionNotMined(tx_hash=_hex(tx_hash), timeout_seconds=timeout_seconds)
            time.sleep(pause_seconds)
            pause_seconds = min(_POLL_SECONDS_LAST, pause_seconds * 1.5)

    def refusal(self, tx_hash: bytes) -> ContractRefused | None:
        """See `Gateway.refusal`. The call is repeated on the state after its block, then on the state before it.

        Exact where it was the only transaction of its block; with others beside it the reason may be one that another
        order would have given.
        """
        found = self.receipt(tx_hash)
        if found is None:
            raise NotFound(kind="mined transaction", id=_hex(tx_hash))
        if found.succeeded:
            return None
        raw = self._request("eth_getTransactionByHash", _hex(tx_hash)) or {}
        fields = {"from": found.sender, "data": raw.get("input", "0x"), "gas": raw.get("gas", "0x0")}
        if found.to is not None:
            fields["to"] = found.to
        for number in (found.block_number, found.block_number - 1):
            try:
                self._execute("eth_call", fields, number)
            except ContractRefused as refused:
                return refused
        return execution_failure("it failed when it was mined, and the reason cannot be reproduced")

    def nonce(self, address: str) -> int:
        return self._integer("eth_getTransactionCount", address, "pending")

    def code(self, address: str) -> bytes:
        with _reading(self._node.name, "code"):
            return headers.to_bytes(self._request("eth_getCode", address, "latest"))

    def block(self, block: BlockId) -> Block:
        raw = self._raw_block(block)
        encoded = headers.header_rlp(raw, self._node.name)
        return Block(
            number=headers.to_integer(raw["number"]),
            hash=headers.to_bytes(raw["hash"]),
            parent_hash=headers.to_bytes(raw["parentHash"]),
            timestamp=headers.to_integer(raw["timestamp"]),
            header_rlp=encoded,
        )

    def logs(self, block_number: int) -> list[LogEntry]:
        block_hash = self.block(block_number).hash
        raw_logs = self._request("eth_getLogs", {"blockHash": _hex(block_hash)})
        with _reading(self._node.name, "logs"):
            found = sorted((_log_entry(raw) for raw in raw_logs), key=lambda log: log.log_index)
            if any(log.block_hash != block_hash or log.block_number != block_number for log in found):
                raise ValueError(f"they are not of block {block_number}")
            return found

    def receipts_rlp(self, block_number: int) -> list[bytes]:
        raw = self._raw_block(block_number)
        headers.header_rlp(raw, self._node.name)
        with _reading(self._node.name, "receipts"):
            raw_receipts = sorted(
                self._raw_receipts(raw), key=lambda part: headers.to_integer(part["transactionIndex"])
            )
            encoded = [headers.receipt_rlp(part) for part in raw_receipts]
        if headers.receipts_root(encoded) != headers.to_bytes(raw["receiptsRoot"]):
            raise HeaderMismatch(
                what=self._node.name, block=block_number, problem="its receipts do not lead to its receipts root"
            )
        return encoded

    def gas_price(self) -> int:
        """See `Gateway.gas_price`. Twice the base fee, so that six full blocks in a row do not outbid it."""
        asked = self._integer("eth_gasPrice")
        base_fee = headers.to_integer(self._raw_block("latest").get("baseFeePerGas") or "0x0")
        return max(asked, 2 * base_fee)

    def estimate_gas(self, to: str | None, data: bytes, sender: str | None = None) -> int:
        """See `Gateway.estimate_gas`. A fifth is added, since the state may change until the transaction is sent."""
        fields = {"data": _hex(data)}
        if to is not None:
            fields["to"] = to
        if sender is not None:
            fields["from"] = sender
        try:
            # The pending block has the time that a transaction sent now would see: a public notice may just have ended.
            raw = self._node.request("eth_estimateGas", fields, "pending")
        except NodeError as error:
            raise self._meaning(error) from None
        with _reading(self._node.name, "a gas estimate"):
            return headers.to_integer(raw) * 6 // 5

    # Writing

    def send_raw(self, raw: bytes) -> bytes:
        tx_hash = bytes(keccak(raw))
        transaction = read_transaction(raw)
        # Not every node looks at the chain id; what is signed for another network must not run on this one.
        if transaction.chain_id != self._chain_id:
            signed_for = "no chain" if transaction.chain_id is None else f"chain {transaction.chain_id}"
            problem = f"it is signed for {signed_for}, this is chain {self._chain_id}"
            raise TransactionRejected(tx_hash=_hex(tx_hash), problem=problem)
        try:
            answered = self._node.request("eth_sendRawTransaction", _hex(raw))
        except NodeError as error:
            self._explain_rejection(transaction, tx_hash, error)
            return tx_hash
        if answered != _hex(tx_hash):
            raise AnswerMalformed(what=self._node.name, problem=f"it calls transaction {_hex(tx_hash)} {answered}")
        return tx_hash

    def _explain_rejection(self, transaction: ReadTransaction, tx_hash: bytes, error: NodeError) -> None:
        """Returns if the node has this very transaction, whatever it said; else raises what its message means."""
        message = error.message.lower()
        if any(sign in message for sign in _ALREADY_THERE):
            return
        if self._request("eth_getTransactionByHash", _hex(tx_hash)) is not None:
            return
        taken = any(sign in message for sign in _NONCE_TAKEN)
        if taken or any(sign in message for sign in _NONCE_AHEAD):
            kind = NonceUsed if taken else NonceTooHigh
            sender = transaction.sender
            raise kind(sender=sender, nonce=transaction.nonce, expected=self.nonce(sender)) from None
        raise TransactionRejected(tx_hash=_hex(tx_hash), problem=error.message) from None

    def fund(self, address: str) -> None:
        """See `Gateway.fund`. Ether comes from the first unlocked account of a development node; others have none."""
        if self.gas_price() == 0:
            return
        unlocked = self._request("eth_accounts")
        if not unlocked or self._integer("eth_getBalance", address, "latest") >= _FUNDS_WEI // 2:
            return
        gift = {"from": unlocked[0], "to": address, "value": hex(_FUNDS_WEI)}
        for attempt in range(_GIFT_ATTEMPTS):
            try:
                tx_hash = self._node.request("eth_sendTransaction", gift)
            except NodeError as error:
                # The node numbers transactions of its own accounts, and two requests at once may get one number.
                collided = any(sign in error.message.lower() for sign in _NONCE_TAKEN)
                if collided and attempt + 1 < _GIFT_ATTEMPTS:
                    continue
                raise NodeRefused(what=self._node.name, method=error.method, problem=error.message) from None
            self.wait(headers.to_bytes(tx_hash))
            return

    def close(self) -> None:
        self._node.close()

    # Internal

    def _request(self, method: str, *params: Any) -> Any:
        try:
            return self._node.request(method, *params)
        except NodeError as error:
            raise NodeRefused(what=self._node.name, method=method, problem=error.message) from None

    def _integer(self, method: str, *params: Any) -> int:
        raw = self._request(method, *params)
        with _reading(self._node.name, method):
            return headers.to_integer(raw)

    def _execute(self, method: str, fields: dict[str, str], block: BlockId) -> bytes:
        try:
            raw = self._node.request(method, fields, _block_parameter(block))
        except NodeError as error:
            meaning = self._meaning(error)
            if isinstance(meaning, NodeRefused) and block != "latest":
                self._raw_block(block)  # says so if it is the block that is missing
            raise meaning from None
        with _reading(self._node.name, "the answer of a call"):
            return headers.to_bytes(raw)

    def _meaning(self, error: NodeError) -> ContractRefused | NodeRefused:
        revert_data = _revert_data(error.data)
        message = error.message.lower()
        if revert_data is not None and (revert_data or "revert" in message):
            return decode_error(revert_data)
        if "revert" in message:
            return decode_error(b"")
        if any(sign in message for sign in _FAILED_EXECUTION):
            return execution_failure(error.message)
        return NodeRefused(what=self._node.name, method=error.method, problem=error.message)

    def _raw_block(self, block: BlockId) -> dict[str, Any]:
        if isinstance(block, bytes):
            raw = self._request("eth_getBlockByHash", _hex(block), False)
        elif isinstance(block, int) and block < 0:
            raw = None
        else:
            raw = self._request("eth_getBlockByNumber", hex(block) if isinstance(block, int) else block, False)
        if raw is None:
            raise NotFound(kind="block", id=_hex(block) if isinstance(block, bytes) else block)
        with _reading(self._node.name, "a block"):
            number, block_hash = headers.to_integer(raw["number"]), headers.to_bytes(raw["hash"])
            if block not in ("latest", number, block_hash):
                raise ValueError(f"it is block {number}, asked was {block!r}")
        return dict(raw)

    def _raw_receipts(self, raw_block: dict[str, Any]) -> list[dict[str, Any]]:
        hashes = raw_block["transactions"]
        try:
            found = self._node.request("eth_getBlockReceipts", raw_block["number"])
        except NodeError:
            found = None  # an older node: one by one
        if found is None:
            found = [self._request("eth_getTransactionReceipt", tx_hash) for tx_hash in hashes]
        if len(found) != len(hashes):
            raise ValueError(f"there are {len(found)} for {len(hashes)} transactions")
        return list(found)


@contextmanager
def _reading(node: str, what: str) -> Iterator[None]:
    """Turns what a malformed answer raises while it is read into AnswerMalformed."""
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as cause:
        raise AnswerMalformed(what=f"Node {node}", problem=f"{what} does not read: {cause}") from cause


def _block_parameter(block: BlockId) -> str | dict[str, str]:
    if isinstance(block, bytes):
        return {"blockHash": _hex(block)}
    return hex(block) if isinstance(block, int) else block


def _log_entry(raw: dict[str, Any]) -> LogEntry:
    if raw.get("removed"):
        raise ValueError("a log was removed by a reorganisation")
    return LogEntry(
        address=checksummed(raw["address"]),
        topics=tuple(headers.to_bytes(topic) for topic in raw["topics"]),
        data=headers.to_bytes(raw["data"]),
        block_number=headers.to_integer(raw["blockNumber"]),
        block_hash=headers.to_bytes(raw["blockHash"]),
        tx_hash=headers.to_bytes(raw["transactionHash"]),
        log_index=headers.to_integer(raw["logIndex"]),
        transaction_index=headers.to_integer(raw["transactionIndex"]),
    )


def _revert_data(data: Any) -> bytes | None:
    """Revert data where nodes put it: the data itself, behind a word ("Reverted 0x..."), or inside an object."""
    if isinstance(data, dict):
        nested = (_revert_data(data.get(name)) for name in ("data", "output", "return", "result"))
        return next((part for part in nested if part is not None), None)
    if not isinstance(data, str) or "0x" not in data:
        return None
    try:
        return bytes.fromhex(data[data.index("0x") + 2 :].strip())
    except ValueError:
        return None


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
