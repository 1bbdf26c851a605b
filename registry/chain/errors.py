"""What contracts refuse with: one Python exception class per Solidity error name, and the one decoder of revert data.

    ContractRefused (registry.domain.errors)
    ├── CustomRefusal
    │   └── <Name>              every custom error of every ABI, e.g. `errors.InsufficientGrams`
    ├── Error                   a reason as text: `require(..., "text")`
    ├── Panic                   a check of the language: overflow, index out of range, ...
    ├── UnknownRefusal          a custom error that no ABI of this build knows
    ├── RevertedWithoutReason   reverted with no data
    └── ExecutionFailed         ended otherwise: out of gas, invalid code

The classes are made when they are first asked for, from `artifacts/`: import this module and write
`except errors.NotAgent as refused: refused.values["account"]`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

from registry.chain import artifacts
from registry.chain.abi import SELECTOR_BYTES, Abi, Parameter, Signature, decode_named
from registry.chain.error_words import words
from registry.chain.failures import AnswerMalformed
from registry.chain.openzeppelin import OPENZEPPELIN_ERRORS
from registry.domain.errors import ContractRefused

ERROR_SELECTOR = bytes.fromhex("08c379a0")
PANIC_SELECTOR = bytes.fromhex("4e487b71")

# Solidity documentation, "Panic via assert and Error via require".
PANIC_MEANINGS = {
    0x00: "generic compiler panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division by zero",
    0x21: "value is no member of the enum",
    0x22: "storage byte array wrongly encoded",
    0x31: "pop on an empty array",
    0x32: "array index out of range",
    0x41: "too much memory or array too large",
    0x51: "call of an uninitialised function",
}


class CustomRefusal(ContractRefused):
    """Base of the classes that are made from ABIs: what happened and what to do, then `[Credits.ZeroGrams]`."""

    def _line(self) -> str:
        text = words(self.error_name, self.values)
        if text is not None:
            return f"{text} [{self.contract or 'contract'}.{self.error_name}]"
        listed = ", ".join(f"{name}={_shown(value)}" for name, value in self.values.items())
        return f"Contract {self.contract or 'unknown'} refused: {self.error_name}({listed})."


class Error(ContractRefused):
    """Values: reason."""

    code = "error"
    text = "The contract refused: {reason}."


class Panic(ContractRefused):
    """Values: panic_code, meaning."""

    code = "panic"
    text = "The contract stopped by a check of the language: {meaning} (panic {panic_code:#04x})."


class UnknownRefusal(ContractRefused):
    """Values: selector, data (both 0x text)."""

    code = "unknown_refusal"
    text = "The contract refused with error {selector}, which this build does not know. Data: {data}."


class RevertedWithoutReason(ContractRefused):
    """No values."""

    code = "reverted_without_reason"
    text = "The contract refused without giving a reason."


class ExecutionFailed(ContractRefused):
    """Values: problem."""

    code = "execution_failed"
    text = "The call ended without an answer: {problem}. Check the gas it was given."


class _Catalogue:
    """All errors known so far, by selector. One name has one class, whatever contracts declare it."""

    _reserved: ClassVar[dict[str, type[ContractRefused]]] = {
        kind.__name__: kind for kind in (Error, Panic, UnknownRefusal, RevertedWithoutReason, ExecutionFailed)
    }

    def __init__(self) -> None:
        self.classes: dict[str, type[ContractRefused]] = {}
        self.signatures: dict[bytes, Signature] = {}
        self.owners: dict[bytes, list[str]] = {}
        self.lock = threading.Lock()

    def learn(self, owner: str, signatures: Iterable[Signature]) -> None:
        with self.lock:
            for signature in signatures:
                known = self.signatures.setdefault(signature.selector, signature)
                if known.text != signature.text:
                    raise AnswerMalformed(what=owner, problem=f"{signature.text} has the selector of {known.text}")
                owners = self.owners.setdefault(signature.selector, [])
                if owner and owner not in owners:
                    owners.append(owner)
                if signature.name not in self.classes:
                    self.classes[signature.name] = _class_of(signature.name, self._reserved)


def _class_of(name: str, reserved: dict[str, type[ContractRefused]]) -> type[ContractRefused]:
    if name in reserved:
        return reserved[name]
    members = {
        "__module__": __name__,
        "__doc__": f"Solidity error {name}; `values` are its parameters by name.",
        "code": re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower(),
    }
    return type(name, (CustomRefusal,), members)


@cache
def _catalogue() -> _Catalogue:
    catalogue = _Catalogue()
    catalogue.learn("", OPENZEPPELIN_ERRORS)
    for name in artifacts.names():
        catalogue.learn(name, artifacts.load(name).abi.errors)
    return catalogue


def learn_errors(abi: Abi) -> None:
    """Adds the errors of a contract that is not in `artifacts/`. Known ones stay as they are."""
    _catalogue().learn(abi.name, abi.errors)


def error_classes() -> dict[str, type[ContractRefused]]:
    """All classes by Solidity error name, sorted."""
    return dict(sorted(_catalogue().classes.items()))


def decode_error(data: bytes, contract: str = "") -> ContractRefused:
    """The exception for revert data, to be raised by the caller. Never fails: what is not known is said as bytes.

    `contract` is the contract that was called, if the caller knows; an error may come from one that it called in turn.
    """
    if not data:
        return RevertedWithoutReason(contract=contract)
    selector, body = data[:SELECTOR_BYTES], data[SELECTOR_BYTES:]
    try:
        if selector == ERROR_SELECTOR:
            reason = decode_named(_REASON, body, "revert data")
            return Error(contract=contract, **reason)
        if selector == PANIC_SELECTOR:
            panic_code = decode_named(_PANIC_CODE, body, "revert data")["panic_code"]
            meaning = PANIC_MEANINGS.get(panic_code, "unknown panic")
            return Panic(contract=contract, panic_code=panic_code, meaning=meaning)
        catalogue = _catalogue()
        signature = catalogue.signatures.get(selector)
        if signature is not None:
            values = decode_named(signature.inputs, body, "revert data")
            owners = catalogue.owners[selector]
            at = contract if contract in owners else " or ".join(owners) or contract
            return catalogue.classes[signature.name](error_name=signature.name, contract=at, **values)
    except AnswerMalformed:
        pass  # bytes that only look like a known error: shown as they are
    return UnknownRefusal(contract=contract, selector="0x" + selector.hex(), data="0x" + data.hex())


def execution_failure(problem: str, contract: str = "") -> ContractRefused:
    """The exception for an execution that failed otherwise than by a revert."""
    return ExecutionFailed(contract=contract, problem=problem)


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_shown(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(part) for part in value) + "]"
    return str(value)


_REASON = (Parameter("reason", "string", (), False),)
_PANIC_CODE = (Parameter("panic_code", "uint256", (), False),)


def __getattr__(name: str) -> type[ContractRefused]:
    if not name.startswith("_"):
        found: Any = _catalogue().classes.get(name)
        if found is not None:
            return found  # type: ignore[no-any-return]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: no contract of this build has this error")
