"""The contracts of one network by name: calling, encoding and decoding with their ABIs."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from registry.chain import artifacts
from registry.chain.abi import (
    SELECTOR_BYTES,
    Abi,
    Signature,
    checksummed,
    decode_arguments,
    decode_event,
    decode_named,
    encode_arguments,
)
from registry.chain.failures import ArtifactMissing, NoContract
from registry.chain.gateway import BlockId, Gateway, LogEntry


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log entry. `args` by name, in the order of the declaration."""

    contract: str
    name: str
    args: dict[str, Any]
    log: LogEntry


@dataclass(frozen=True, slots=True)
class DecodedCall:
    """What the data of a transaction or of a Desk request asks for. `function` is its name, `args` by name."""

    contract: str
    function: str
    args: dict[str, Any]


class Register:
    """The contracts of a network behind one gateway.

    `addresses` maps contract names to addresses. ABIs come from the committed artifacts; `abis` adds or replaces some.
    Holds no state of its own and may be used from any thread.

    Raises:
        ArtifactMissing: a name without an ABI.
    """

    def __init__(self, gateway: Gateway, addresses: Mapping[str, str], abis: Mapping[str, Abi] | None = None) -> None:
        self._gateway = gateway
        self._addresses = {name: checksummed(address) for name, address in addresses.items()}
        self._abis = {name: (abis or {}).get(name) or artifacts.load(name).abi for name in addresses}
        self._names = {address: name for name, address in self._addresses.items()}

    @property
    def addresses(self) -> dict[str, str]:
        """Contract names to addresses."""
        return dict(self._addresses)

    def address(self, contract: str) -> str:
        """The address of a contract. Raises ArtifactMissing if this network has none of this name."""
        try:
            return self._addresses[contract]
        except KeyError:
            raise ArtifactMissing(what=f"contract {contract}", where="this network") from None

    def name_at(self, address: str) -> str | None:
        """The name of the contract at an address; None if it is none of this network's."""
        return self._names.get(checksummed(address))

    def encode(self, contract: str, function: str, *args: Any) -> bytes:
        """Data of a call. Structs are dicts by member or tuples in order, hashes 32 `bytes`.

        Raises:
            ArtifactMissing: no such contract or function.
            InvalidArguments: the arguments do not fit.
        """
        abi = self._abi(contract)
        signature = abi.function(function, len(args))
        return signature.selector + encode_arguments(signature, args, abi.name)

    def call(
        self, contract: str, function: str, *args: Any, block: BlockId | None = None, sender: str | None = None
    ) -> Any:
        """Calls a view and returns its answer: a value, a dict for a struct, a list for an array, None for nothing.

        Several values come as a named tuple, which unpacks and has them by name: `rules, version = register.call(...)`.

        Raises:
            ContractRefused: the contract reverted.
            NoContract: there is no contract at its address in this block.
            AnswerMalformed: the answer does not fit the ABI.
            ArtifactMissing, InvalidArguments: as `encode`.
        """
        abi = self._abi(contract)
        signature = abi.function(function, len(args))
        data = signature.selector + encode_arguments(signature, args, abi.name)
        answer = self._gateway.call(self.address(contract), data, block, sender)
        if not signature.outputs:
            return None
        if not answer:
            raise NoContract(
                contract=contract, address=self.address(contract), block="latest" if block is None else block
            )
        values = decode_arguments(signature.outputs, answer, f"{contract}.{signature.text}")
        return values[0] if len(values) == 1 else _named(signature, tuple(values))

    def decode_log(self, log: LogEntry) -> Event | None:
        """The event of a log entry; None if it is not from a contract of this network, or of an event it does not have.

        Raises:
            AnswerMalformed: the entry has the event's signature and does not fit it.
        """
        contract = self._names.get(log.address) or self.name_at(log.address)
        if contract is None or not log.topics:
            return None
        event = self._abis[contract].events.get(bytes(log.topics[0]))
        if event is None:
            return None
        args = decode_event(event, log.topics, log.data, f"{contract}.{event.name}")
        return Event(contract, event.name, args, log)

    def decode_call(self, contract: str, data: bytes) -> DecodedCall:
        """What the data of a call asks of a contract. Raises ArtifactMissing, AnswerMalformed."""
        signature = self._abi(contract).function_of(data[:SELECTOR_BYTES])
        args = decode_named(signature.inputs, data[SELECTOR_BYTES:], f"{contract}.{signature.text}")
        return DecodedCall(contract, signature.name, args)

    def _abi(self, contract: str) -> Abi:
        self.address(contract)
        return self._abis[contract]


def _named(signature: Signature, values: tuple[Any, ...]) -> Any:
    return _tuple_type(signature.name, tuple(part.name for part in signature.outputs))(*values)


@lru_cache(maxsize=256)
def _tuple_type(name: str, fields: tuple[str, ...]) -> Any:
    # rename: a name that Python keeps for itself becomes its position instead of an error.
    return namedtuple(f"{name}_answer", fields, rename=True)
