"""The seam between the registry and a chain: raw bytes in, raw bytes out.

Everything above this file speaks to `Gateway` and does not know whether the chain runs in this process
(`embedded.EmbeddedGateway`) or behind a URL (`rpc.RpcGateway`). Addresses are `0x` strings with checksum, hashes and
topics are 32 `bytes`, times are seconds since 1970, blocks are numbered from the genesis block 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from registry.domain.errors import ContractRefused

BlockId = int | bytes | Literal["latest"]
"""A block by number, by hash, or the newest one."""

WAIT_SECONDS = 120
"""How long `Gateway.wait` waits for a transaction unless told otherwise."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event as it stands in a receipt. `topics[0]` is the event's signature hash unless the event is anonymous."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    log_index: int
    """Position in the whole block, from 0."""
    transaction_index: int = 0
    """Position of the transaction in the block, from 0: the key of its receipt in the receipt trie."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a mined transaction did. A transaction that reverted is mined too: look at `succeeded`."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    transaction_index: int
    sender: str
    to: str | None
    """None for a deployment."""
    contract_address: str | None
    """Address of the deployed contract; None if this was a call."""
    succeeded: bool
    gas_used: int
    logs: tuple[LogEntry, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A block's header. `hash` is keccak-256 of `header_rlp`; for QBFT of its form without seals, see `headers.py`."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int
    header_rlp: bytes


@runtime_checkable
class Gateway(Protocol):
    """A chain. Methods may be called from any thread.

    Every method raises ChainUnavailable when the chain does not answer. A contract that reverts raises its own
    subclass of ContractRefused, see `errors.py`.
    """

    @property
    def chain_id(self) -> int:
        """The chain's id, as it stands in every signature."""

    def call(self, to: str, data: bytes, block: BlockId | None = None, sender: str | None = None) -> bytes:
        """Executes a call without a transaction and returns the raw answer; empty where there is no contract.

        With no block, the call sees the newest state. With a block it sees the state after that block, and its time.
        `sender` is the zero address unless given.

        Raises:
            ContractRefused: the contract reverted.
            NotFound: no such block.
        """

    def send_raw(self, raw: bytes) -> bytes:
        """Hands in a signed transaction and returns its hash. Handing in the same bytes again returns the same hash.

        The transaction may still revert: look at the receipt.

        Raises:
            TransactionRejected: the chain will not take it: wrong chain id, not enough gas or ether, unreadable.
            NonceUsed: another transaction of this sender carries this number.
            NonceTooHigh: a number before this one is missing.
        """

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        """The receipt of a mined transaction; None while it is not mined or not known."""

    def wait(self, tx_hash: bytes, timeout_seconds: float = WAIT_SECONDS) -> Receipt:
        """Waits until a transaction is mined. Raises TransactionNotMined after `timeout_seconds`."""

    def refusal(self, tx_hash: bytes) -> ContractRefused | None:
        """Why a mined transaction failed: a ContractRefused (not raised); None if it succeeded. Raises NotFound."""

    def nonce(self, address: str) -> int:
        """The number the next transaction of this sender must carry."""

    def code(self, address: str) -> bytes:
        """The code at an address in the newest block; empty if there is no contract."""

    def block(self, block: BlockId) -> Block:
        """A block. Raises NotFound."""

    def logs(self, block_number: int) -> list[LogEntry]:
        """All events of one block, in order. Raises NotFound."""

    def receipts_rlp(self, block_number: int) -> list[bytes]:
        """All receipts of one block as they stand in its receipt trie: RLP, with the type byte in front if typed.

        Raises:
            NotFound: no such block.
            IntegrityError: the receipts do not lead to the root in the block's header.
        """

    def gas_price(self) -> int:
        """Wei a unit of gas to put into a legacy transaction; 0 where gas is free."""

    def estimate_gas(self, to: str | None, data: bytes, sender: str | None = None) -> int:
        """Gas that is enough for this transaction now. Raises ContractRefused if it would revert."""

    def fund(self, address: str) -> None:
        """Gives an address ether to pay gas with, where the chain asks for it and has it to give; else does nothing."""

    def close(self) -> None:
        """Ends the connection. Closing twice is harmless; anything else afterwards raises ChainUnavailable."""
