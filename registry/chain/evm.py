"""Executing transactions and calls by London rules with free gas, on py-evm. Knows nothing of files or clocks.

Free gas means a base fee that is always 0 (as `zeroBaseFee` of Hyperledger Besu): accounts need no ether, and a legacy
transaction with gas price 0 is taken. Everything else is London: opcodes, gas costs, limits of code size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import rlp
from eth.abc import SignedTransactionAPI
from eth.consensus.noproof import NoProofConsensus
from eth.constants import MAX_PREV_HEADER_DEPTH, ZERO_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.db.backends.base import BaseDB
from eth.db.trie import make_trie_root_and_nodes
from eth.exceptions import PyEVMError, Revert, VMError
from eth.vm.chain_context import ChainContext
from eth.vm.forks.london import LondonVM
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth.vm.forks.london.computation import LondonComputation
from eth.vm.forks.london.receipts import LondonReceiptBuilder
from eth.vm.forks.london.state import LondonState
from eth.vm.forks.london.transactions import LondonTransactionBuilder
from eth.vm.message import Message
from eth.vm.spoof import SpoofTransaction
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from registry.chain.failures import TransactionRejected

BLOCK_GAS_LIMIT = 30_000_000
GENESIS_TIMESTAMP = 0
_DIFFICULTY = 1
_NONCE = bytes(8)

PreviousHashes = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call or transaction ended with. `revert_data` is None unless it failed with REVERT."""

    output: bytes
    failure: str | None
    revert_data: bytes | None


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """A block with its one transaction, executed but not yet written."""

    header: LondonBlockHeader
    receipt: bytes
    outcome: Outcome


@lru_cache(maxsize=256)
def _jump_positions(_code: bytes) -> tuple[set[int], set[int]]:
    """Where a code may be jumped to and where not, as far as was asked: a fact of the code, not of one call of it."""
    return set(), set()


class _Computation(LondonComputation):  # type: ignore[misc]
    """London's, which learns the jump positions of a code once and not in every call."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.code.valid_positions, self.code.invalid_positions = _jump_positions(self.msg.code)


class _ChainState(LondonState):  # type: ignore[misc]
    computation_class = _Computation


class FreeGasVM(LondonVM):  # type: ignore[misc]
    """London with a base fee of 0 for ever. Blocks carry no seal: this chain has one operator."""

    consensus_class = NoProofConsensus
    _state_class = _ChainState
    hashes_of_ancestors: PreviousHashes = staticmethod(tuple)

    @property
    def previous_hashes(self) -> Iterator[bytes]:
        for count, block_hash in enumerate(self.hashes_of_ancestors()):
            if count == MAX_PREV_HEADER_DEPTH:
                return
            yield block_hash


class _State:
    """What the VM asks of a chain database when blocks are kept elsewhere: the state nodes."""

    def __init__(self, nodes: BaseDB) -> None:
        self.db = AtomicDB(nodes)


def genesis_header(chain_id: int) -> LondonBlockHeader:
    """The first block. The same for every chain of one id, so nothing of a run or a machine is in it."""
    return LondonBlockHeader(
        difficulty=_DIFFICULTY,
        block_number=0,
        gas_limit=BLOCK_GAS_LIMIT,
        timestamp=GENESIS_TIMESTAMP,
        extra_data=f"puhui {chain_id}".encode(),
        nonce=_NONCE,
        base_fee_per_gas=0,
    )


def next_header(parent: LondonBlockHeader, timestamp: int) -> LondonBlockHeader:
    """The header of the block after `parent`, before its transaction is executed."""
    return LondonBlockHeader(
        difficulty=_DIFFICULTY,
        block_number=parent.block_number + 1,
        gas_limit=BLOCK_GAS_LIMIT,
        timestamp=max(parent.timestamp + 1, timestamp),
        coinbase=ZERO_ADDRESS,
        parent_hash=parent.hash,
        state_root=parent.state_root,
        mix_hash=ZERO_HASH32,
        nonce=_NONCE,
        base_fee_per_gas=0,
    )


@lru_cache(maxsize=1024)
def decode_header(header_rlp: bytes) -> LondonBlockHeader:
    """A stored header."""
    return rlp.decode(header_rlp, sedes=LondonBlockHeader)


def encode_header(header: LondonBlockHeader) -> bytes:
    """The bytes whose keccak-256 is the block's hash."""
    return bytes(rlp.encode(header))


def decode_receipt(receipt: bytes) -> Any:
    """A stored receipt."""
    return LondonReceiptBuilder.decode(receipt)


def receipts_root(receipts: list[bytes]) -> bytes:
    """Root of the receipt trie of these encoded receipts."""
    return bytes(make_trie_root_and_nodes([decode_receipt(receipt) for receipt in receipts])[0])


def read_transaction(raw: bytes) -> SignedTransactionAPI:
    """A stored transaction, which was checked before it was stored."""
    return LondonTransactionBuilder.decode(raw)


def decode_transaction(raw: bytes, chain_id: int) -> SignedTransactionAPI:
    """A signed transaction, checked for everything that does not depend on the state.

    Raises:
        TransactionRejected: unreadable, for another chain or for none, badly signed, or out of gas before it starts.
    """
    try:
        transaction = LondonTransactionBuilder.decode(raw)
        if transaction.encode() != raw:
            raise ValueError("it is not encoded canonically")
    except (ValidationError, PyEVMError, RLPException, ValueError, TypeError, IndexError, KeyError) as cause:
        raise TransactionRejected(tx_hash="unreadable", problem=str(cause) or type(cause).__name__) from cause
    tx_hash = "0x" + transaction.hash.hex()
    if transaction.chain_id != chain_id:
        signed_for = "no chain" if transaction.chain_id is None else f"chain {transaction.chain_id}"
        raise TransactionRejected(tx_hash=tx_hash, problem=f"it is signed for {signed_for}, this is chain {chain_id}")
    if transaction.gas > BLOCK_GAS_LIMIT:
        raise TransactionRejected(
            tx_hash=tx_hash, problem=f"it asks for {transaction.gas} gas, a block has {BLOCK_GAS_LIMIT}"
        )
    if transaction.gas < transaction.intrinsic_gas:
        raise TransactionRejected(
            tx_hash=tx_hash,
            problem=f"it brings {transaction.gas} gas, its bytes alone need {transaction.intrinsic_gas}",
        )
    try:
        transaction.validate()
        transaction.check_signature_validity()
    except Exception as cause:
        # eth-keys has several errors for a signature that no key can have made.
        raise TransactionRejected(tx_hash=tx_hash, problem=f"its signature is not valid ({cause})") from cause
    return transaction


class Executor:
    """Executes on the state nodes of one chain. Writes nodes only in `mine`, and only through `nodes`."""

    def __init__(self, nodes: BaseDB, chain_id: int) -> None:
        self._state = _State(nodes)
        self._context = ChainContext(chain_id)
        self._called: Any = None

    def _vm(self, header: LondonBlockHeader, previous_hashes: PreviousHashes) -> FreeGasVM:
        vm = FreeGasVM(header, self._state, self._context, None)
        vm.hashes_of_ancestors = previous_hashes
        return vm

    def mine(
        self, header: LondonBlockHeader, transaction: SignedTransactionAPI, previous_hashes: PreviousHashes
    ) -> MinedTransaction:
        """Executes one transaction in the block of `header` and persists its state nodes.

        Raises:
            TransactionRejected: the sender cannot pay for what it asks.
        """
        vm = self._vm(header, previous_hashes)
        try:
            receipt, computation = vm.apply_transaction(header, transaction)
        except ValidationError as cause:
            raise TransactionRejected(tx_hash="0x" + transaction.hash.hex(), problem=str(cause)) from cause
        header = vm.add_receipt_to_header(header, receipt)
        vm.state.persist()
        header = header.copy(
            state_root=vm.state.state_root,
            transaction_root=make_trie_root_and_nodes([transaction])[0],
            receipt_root=make_trie_root_and_nodes([receipt])[0],
        )
        return MinedTransaction(header=header, receipt=receipt.encode(), outcome=_outcome(computation))

    def call(
        self, header: LondonBlockHeader, previous_hashes: PreviousHashes, sender: bytes, to: bytes, data: bytes
    ) -> Outcome:
        """Executes a call in the block of `header` on its state root; nothing is kept."""
        state = self._state_to_call(header, previous_hashes)
        before = state.snapshot()
        try:
            message = Message(gas=BLOCK_GAS_LIMIT, to=to, sender=sender, value=0, data=data, code=state.get_code(to))
            context = state.get_transaction_context_class()(gas_price=0, origin=sender)
            outcome = _outcome(state.computation_class.apply_message(state, message, context))
            state.revert(before)
        except BaseException:
            # Nobody knows what is left of it.
            self._called = None
            raise
        return outcome

    def _state_to_call(self, header: LondonBlockHeader, previous_hashes: PreviousHashes) -> Any:
        """The state at `header`, that of the last call if it is the same: what was read of it is not read again."""
        vm = self._vm(header, previous_hashes)
        if self._called is None or self._called.state_root != header.state_root:
            self._called = vm.state
        else:
            self._called.execution_context = vm.create_execution_context(header, vm.previous_hashes, self._context)
        return self._called

    def try_transaction(
        self,
        header: LondonBlockHeader,
        previous_hashes: PreviousHashes,
        sender: bytes,
        to: bytes,
        data: bytes,
        gas: int,
    ) -> tuple[Outcome, int]:
        """Executes an unsigned transaction and keeps nothing. Returns the outcome and the gas taken before refunds."""
        state = self._vm(header, previous_hashes).state
        unsigned = LondonTransactionBuilder.create_unsigned_transaction(
            nonce=state.get_nonce(sender), gas_price=0, gas=gas, to=to, value=0, data=data
        )
        transaction = SpoofTransaction(
            unsigned, from_=sender, max_fee_per_gas=0, max_priority_fee_per_gas=0, access_list=()
        )
        if unsigned.intrinsic_gas > gas:
            return Outcome(b"", "out of gas before it starts", None), unsigned.intrinsic_gas
        computation = state.apply_transaction(transaction)
        return _outcome(computation), gas - computation.get_gas_remaining()

    def nonce(self, header: LondonBlockHeader, address: bytes) -> int:
        """The nonce of an account after the block of `header`."""
        return int(self._vm(header, tuple).state.get_nonce(address))

    def code(self, header: LondonBlockHeader, address: bytes) -> bytes:
        """The code at an address after the block of `header`."""
        return bytes(self._vm(header, tuple).state.get_code(address))


def _outcome(computation: Any) -> Outcome:
    if not computation.is_error:
        return Outcome(bytes(computation.output), None, None)
    error: VMError = computation.error
    if isinstance(error, Revert):
        return Outcome(b"", "reverted", bytes(computation.output))
    return Outcome(b"", f"{type(error).__name__}: {error}".rstrip(": "), None)
