"""A whole chain in this process, kept in one SQLite file: London rules, free gas, one transaction a block.

Several processes may open the same file. A transaction is mined the moment it is handed in: under SQLite's write lock
the newest block is read, the transaction executed on it and the new block written, so writers queue up and readers
never see half a block. Inside a process one lock stands before everything, because py-evm is not safe for threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from eth._utils.address import generate_contract_address
from eth.abc import SignedTransactionAPI
from eth.constants import BLANK_ROOT_HASH, ZERO_ADDRESS
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth.vm.interrupt import EVMMissingData
from eth_utils.address import to_canonical_address, to_checksum_address
from trie.exceptions import MissingTrieNode

from registry.chain import evm
from registry.chain.block_store import LOCK_TIMEOUT_SECONDS, BlockStore, StoredBlock
from registry.chain.errors import decode_error, execution_failure
from registry.chain.failures import (
    ChainStoreDamaged,
    ForeignChainStore,
    NonceTooHigh,
    NonceUsed,
    TransactionNotMined,
)
from registry.chain.gateway import WAIT_SECONDS, Block, BlockId, LogEntry, Receipt
from registry.domain.errors import ContractRefused, NotFound

DEFAULT_CHAIN_ID = 20260
_POLL_SECONDS = 0.02
_ANSWERS_KEPT = 4_096

Clock = Callable[[], int]
"""Seconds since 1970, now."""


def system_clock() -> int:
    """The machine's clock."""
    return int(time.time())


class EmbeddedGateway:
    """The chain of one file, or of this object's life if `path` is None. Fulfils `gateway.Gateway`.

    Block time is the clock's, but always later than the block before: a clock that stands still or goes back moves
    block time on by one second a block.

    Raises:
        ForeignChainStore: the file is something else, or a chain of another id.
        ChainStoreDamaged: the file is damaged.
        ChainUnavailable: the file is locked for too long, or the disk refuses.
    """

    def __init__(
        self,
        path: Path | None,
        chain_id: int = DEFAULT_CHAIN_ID,
        *,
        clock: Clock = system_clock,
        lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
    ) -> None:
        self._chain_id = chain_id
        self._clock = clock
        self._lock = threading.RLock()
        self._store = BlockStore(path, lock_timeout_seconds)
        self._executor = evm.Executor(self._store.nodes, chain_id)
        # What contracts answered about a block; it never changes, and several oracles ask the same.
        self._answers: dict[tuple[bytes, str, bytes, str | None], evm.Outcome] = {}
        try:
            self._create_genesis()
            self._check_store()
        except BaseException:
            self._store.close()
            raise

    @property
    def chain_id(self) -> int:
        return self._chain_id

    def _create_genesis(self) -> None:
        if self._store.has_tables():
            return
        with self._store.writing():
            if not self._store.create_if_empty():
                return  # another process was faster
            genesis = evm.genesis_header(self._chain_id)
            self._store.put_setting("chain_id", str(self._chain_id))
            self._store.put_block(StoredBlock(0, genesis.hash, evm.encode_header(genesis)))

    def _check_store(self) -> None:
        """Cheap checks of both ends of the chain. Every header and state node is checked again when it is read."""
        name = self._store.name
        stored_id = self._store.setting("chain_id")
        if stored_id != str(self._chain_id):
            raise ForeignChainStore(path=name, problem=f"it holds chain {stored_id}, not chain {self._chain_id}")
        genesis = self._store.block_by_number(0)
        if genesis is None or genesis.hash != evm.genesis_header(self._chain_id).hash:
            raise ChainStoreDamaged(path=name, problem="the genesis block is missing or is not this chain's")
        head = self._store.head()
        header = evm.decode_header(head.header)
        if head.number:
            parent = self._store.block_by_number(head.number - 1)
            if parent is None or parent.hash != header.parent_hash:
                raise ChainStoreDamaged(path=name, problem=f"block {head.number} does not follow the block before it")
            if evm.receipts_root([head.receipt or b""]) != header.receipt_root:
                raise ChainStoreDamaged(path=name, problem=f"the receipt of block {head.number} is not the block's")
        if header.state_root != BLANK_ROOT_HASH and self._store.read_node(header.state_root) is None:
            raise ChainStoreDamaged(path=name, problem=f"the state of block {head.number} is missing")

    # Reading

    def block(self, block: BlockId) -> Block:
        with self._lock:
            found = self._stored(block)
            header = evm.decode_header(found.header)
            return Block(found.number, found.hash, bytes(header.parent_hash), int(header.timestamp), found.header)

    def call(self, to: str, data: bytes, block: BlockId | None = None, sender: str | None = None) -> bytes:
        """See `Gateway.call`. With no block the call sees what a transaction handed in now would see, time included."""
        with self._lock:
            if block is None:
                outcome = self._called(self._next_header(), to, data, sender)
            else:
                stored = self._stored(block)
                question = (stored.hash, to, data, sender)
                if question not in self._answers:
                    if len(self._answers) == _ANSWERS_KEPT:
                        self._answers.clear()
                    self._answers[question] = self._called(evm.decode_header(stored.header), to, data, sender)
                outcome = self._answers[question]
        if outcome.failure is not None:
            raise _refusal(outcome.failure, outcome.revert_data)
        return outcome.output

    def _called(self, header: LondonBlockHeader, to: str, data: bytes, sender: str | None) -> evm.Outcome:
        with self._missing_state(header.block_number):
            return self._executor.call(
                header, self._ancestors_of(header), _canonical(sender), to_canonical_address(to), data
            )

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        with self._lock:
            found = self._store.block_of_transaction(tx_hash)
        return None if found is None else self._receipt_of(found)

    def wait(self, tx_hash: bytes, timeout_seconds: float = WAIT_SECONDS) -> Receipt:
        """See `Gateway.wait`. What this chain took is mined already, so waiting is only for other processes."""
        give_up_at = time.monotonic() + timeout_seconds
        while True:
            found = self.receipt(tx_hash)
            if found is not None:
                return found
            if time.monotonic() >= give_up_at:
                raise TransactionNotMined(tx_hash="0x" + tx_hash.hex(), timeout_seconds=timeout_seconds)
            time.sleep(_POLL_SECONDS)

    def refusal(self, tx_hash: bytes) -> ContractRefused | None:
        with self._lock:
            found = self._store.block_of_transaction(tx_hash)
        if found is None:
            raise NotFound(kind="mined transaction", id="0x" + tx_hash.hex())
        return None if found.failure is None else _refusal(found.failure, found.revert_data)

    def nonce(self, address: str) -> int:
        with self._lock:
            header = evm.decode_header(self._store.head().header)
            with self._missing_state(header.block_number):
                return self._executor.nonce(header, to_canonical_address(address))

    def code(self, address: str) -> bytes:
        with self._lock:
            header = evm.decode_header(self._store.head().header)
            with self._missing_state(header.block_number):
                return self._executor.code(header, to_canonical_address(address))

    def logs(self, block_number: int) -> list[LogEntry]:
        with self._lock:
            found = self._stored(block_number)
        return [] if found.receipt is None else list(self._receipt_of(found).logs)

    def receipts_rlp(self, block_number: int) -> list[bytes]:
        with self._lock:
            found = self._stored(block_number)
        receipts = [] if found.receipt is None else [found.receipt]
        if evm.receipts_root(receipts) != evm.decode_header(found.header).receipt_root:
            raise ChainStoreDamaged(
                path=self._store.name, problem=f"the receipt of block {block_number} is not the block's"
            )
        return receipts

    def gas_price(self) -> int:
        """Gas is free."""
        return 0

    def estimate_gas(self, to: str | None, data: bytes, sender: str | None = None) -> int:
        """See `Gateway.estimate_gas`. A fifth is added, since the state may change until the transaction is sent."""
        target = b"" if to is None else to_canonical_address(to)
        with self._lock:
            header = self._next_header()
            ancestors = self._ancestors_of(header)

            def tried(gas: int) -> tuple[evm.Outcome, int]:
                return self._executor.try_transaction(header, ancestors, _canonical(sender), target, data, gas)

            with self._missing_state(header.block_number):
                outcome, gas_taken = tried(evm.BLOCK_GAS_LIMIT)
                if outcome.failure is not None:
                    raise _refusal(outcome.failure, outcome.revert_data)
                # A nested call gets at most 63/64 of what is left (EIP-150), so what was taken may not be enough.
                enough = min(evm.BLOCK_GAS_LIMIT, gas_taken * 64 // 63)
                while tried(enough)[0].failure is not None:
                    enough = min(evm.BLOCK_GAS_LIMIT, enough * 5 // 4)
        return min(evm.BLOCK_GAS_LIMIT, enough * 6 // 5)

    def fund(self, address: str) -> None:
        """Does nothing: gas is free."""

    # Writing

    def send_raw(self, raw: bytes) -> bytes:
        transaction = evm.decode_transaction(raw, self._chain_id)
        tx_hash = bytes(transaction.hash)
        with self._lock, self._store.writing():
            if self._store.block_of_transaction(tx_hash) is not None:
                return tx_hash
            header = self._next_header()
            with self._missing_state(header.block_number):
                self._check_nonce(header, transaction)
                mined = self._executor.mine(header, transaction, self._ancestors_of(header))
            self._store.put_block(
                StoredBlock(
                    number=int(mined.header.block_number),
                    hash=bytes(mined.header.hash),
                    header=evm.encode_header(mined.header),
                    tx_hash=tx_hash,
                    tx=raw,
                    receipt=mined.receipt,
                    failure=mined.outcome.failure,
                    revert_data=mined.outcome.revert_data,
                )
            )
        return tx_hash

    def close(self) -> None:
        with self._lock:
            self._store.close()

    # Internal

    def _check_nonce(self, header: LondonBlockHeader, transaction: SignedTransactionAPI) -> None:
        expected = self._executor.nonce(header, transaction.sender)
        if transaction.nonce != expected:
            kind = NonceUsed if transaction.nonce < expected else NonceTooHigh
            raise kind(sender=to_checksum_address(transaction.sender), nonce=transaction.nonce, expected=expected)

    def _next_header(self) -> LondonBlockHeader:
        return evm.next_header(evm.decode_header(self._store.head().header), self._clock())

    def _stored(self, block: BlockId) -> StoredBlock:
        if block == "latest":
            return self._store.head()
        if isinstance(block, bytes):
            found = self._store.block_by_hash(block)
        elif isinstance(block, int) and not isinstance(block, bool) and block >= 0:
            found = self._store.block_by_number(block)
        else:
            found = None
        if found is None:
            raise NotFound(kind="block", id="0x" + block.hex() if isinstance(block, bytes) else block)
        return found

    def _ancestors_of(self, header: LondonBlockHeader) -> Callable[[], Iterator[bytes]]:
        """Hashes of the blocks before, newest first: for the BLOCKHASH opcode, read only if it asks."""

        def ancestors() -> Iterator[bytes]:
            for number in range(header.block_number - 1, -1, -1):
                yield self._stored(number).hash

        return ancestors

    @contextmanager
    def _missing_state(self, block_number: int) -> Iterator[None]:
        try:
            yield
        except (EVMMissingData, MissingTrieNode) as cause:
            problem = f"state that block {block_number} needs is missing ({cause})"
            raise ChainStoreDamaged(path=self._store.name, problem=problem) from cause

    def _receipt_of(self, found: StoredBlock) -> Receipt:
        if found.tx is None or found.receipt is None or found.tx_hash is None:
            raise ChainStoreDamaged(path=self._store.name, problem=f"block {found.number} has no transaction")
        transaction = evm.read_transaction(found.tx)
        receipt = evm.decode_receipt(found.receipt)
        sender = to_canonical_address(transaction.sender)
        return Receipt(
            tx_hash=found.tx_hash,
            block_number=found.number,
            block_hash=found.hash,
            transaction_index=0,
            sender=to_checksum_address(sender),
            to=to_checksum_address(transaction.to) if transaction.to else None,
            contract_address=None
            if transaction.to
            else to_checksum_address(generate_contract_address(sender, transaction.nonce)),
            succeeded=found.failure is None,
            gas_used=int(receipt.gas_used),
            logs=tuple(
                LogEntry(
                    address=to_checksum_address(log.address),
                    topics=tuple(topic.to_bytes(32, "big") for topic in log.topics),
                    data=bytes(log.data),
                    block_number=found.number,
                    block_hash=found.hash,
                    tx_hash=found.tx_hash,
                    log_index=index,
                )
                for index, log in enumerate(receipt.logs)
            ),
        )


def _canonical(sender: str | None) -> bytes:
    return ZERO_ADDRESS if sender is None else to_canonical_address(sender)


def _refusal(failure: str, revert_data: bytes | None) -> ContractRefused:
    return execution_failure(failure) if revert_data is None else decode_error(revert_data)
