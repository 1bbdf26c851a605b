"""Contract ABIs: what is encoded and decoded by their names. Pure; raw bytes to Python values and back.

Python values: integers for every (u)int and enum, `bytes` of exact length for bytesN, `0x` text with checksum for
addresses, lists for arrays, dicts by component name for structs. Format: Contract ABI Specification of Solidity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_abi.exceptions import DecodingError, EncodingError
from eth_hash.auto import keccak
from eth_utils.address import is_checksum_address, to_checksum_address

from registry.chain.failures import AnswerMalformed, ArtifactMissing, InvalidArguments

SELECTOR_BYTES = 4
_ADDRESS_CHARACTERS = 42


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `components` are the members of a struct (or of an array of structs)."""

    name: str
    type: str
    components: tuple[Parameter, ...]
    indexed: bool

    @classmethod
    def of(cls, raw: Mapping[str, Any], position: int) -> Parameter:
        """From an ABI entry; a parameter without a name is called by its position."""
        components = tuple(cls.of(part, index) for index, part in enumerate(raw.get("components", ())))
        return cls(raw.get("name") or f"arg{position}", raw["type"], components, bool(raw.get("indexed")))

    @property
    def canonical(self) -> str:
        """The type as it stands in signatures."""
        if not self.type.startswith("tuple"):
            return self.type
        return "(" + ",".join(part.canonical for part in self.components) + ")" + self.type.removeprefix("tuple")

    @property
    def element(self) -> Parameter | None:
        """The element of an array; None if this is no array."""
        if not self.type.endswith("]"):
            return None
        return Parameter(self.name, self.type[: self.type.rindex("[")], self.components, False)

    @property
    def dynamic(self) -> bool:
        """Whether an indexed parameter of this type is stored as a hash only."""
        return self.type in ("string", "bytes") or self.type.endswith("]") or self.type.startswith("tuple")


@dataclass(frozen=True)
class Signature:
    """A function, event, error or constructor."""

    kind: str
    name: str
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...] = ()
    anonymous: bool = False

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Signature:
        """From an ABI entry."""
        return cls(
            kind=raw["type"],
            name=raw.get("name", raw["type"]),
            inputs=tuple(Parameter.of(part, index) for index, part in enumerate(raw.get("inputs", ()))),
            outputs=tuple(Parameter.of(part, index) for index, part in enumerate(raw.get("outputs", ()))),
            anonymous=bool(raw.get("anonymous")),
        )

    @cached_property
    def text(self) -> str:
        """`name(type,type)`."""
        return self.name + "(" + ",".join(part.canonical for part in self.inputs) + ")"

    @cached_property
    def hash(self) -> bytes:
        """Keccak-256 of `text`: the first topic of an event."""
        return keccak(self.text.encode())

    @property
    def selector(self) -> bytes:
        """The first four bytes of a call or of an error."""
        return self.hash[:SELECTOR_BYTES]


class Abi:
    """The ABI of one contract. `name` is used in messages."""

    def __init__(self, name: str, entries: Sequence[Mapping[str, Any]]) -> None:
        self.name = name
        signatures = [Signature.of(entry) for entry in entries if "type" in entry]
        self.functions = tuple(part for part in signatures if part.kind == "function")
        self.errors = tuple(part for part in signatures if part.kind == "error")
        self.events = {part.hash: part for part in signatures if part.kind == "event" and not part.anonymous}
        self._by_selector = {part.selector: part for part in self.functions}
        constructors = [part for part in signatures if part.kind == "constructor"]
        self.constructor = constructors[0] if constructors else Signature("constructor", "constructor", ())

    def function(self, name: str, argument_count: int | None = None) -> Signature:
        """A function by name, by `name(types)`, or of an overloaded name by its number of arguments.

        Raises:
            ArtifactMissing: no such function, or several that fit.
        """
        found = [part for part in self.functions if name in (part.name, part.text)]
        if len(found) > 1:
            found = [part for part in found if len(part.inputs) == argument_count]
        if len(found) != 1:
            raise ArtifactMissing(what=f"{'one ' if found else ''}function {name}", where=self.name)
        return found[0]

    def function_of(self, selector: bytes) -> Signature:
        """A function by its four bytes. Raises ArtifactMissing."""
        try:
            return self._by_selector[selector]
        except KeyError:
            raise ArtifactMissing(what=f"function 0x{selector.hex()}", where=self.name) from None


def encode_arguments(signature: Signature, arguments: Sequence[Any], owner: str) -> bytes:
    """The arguments of a call or deployment, without selector.

    Raises:
        InvalidArguments: wrong number, a type or length that does not fit, a number out of range, a bad address.
    """
    label = f"{owner}.{signature.text}"
    if len(arguments) != len(signature.inputs):
        raise InvalidArguments(
            function=label, path="list", problem=f"needs {len(signature.inputs)} arguments", given=len(arguments)
        )
    values = [_outward(part, value, label, part.name) for part, value in zip(signature.inputs, arguments, strict=True)]
    try:
        return abi_encode([part.canonical for part in signature.inputs], values)
    except (EncodingError, TypeError, ValueError, OverflowError) as cause:
        raise InvalidArguments(function=label, path="list", problem=str(cause), given=list(arguments)) from cause


def decode_arguments(parameters: Sequence[Parameter], data: bytes, what: str) -> list[Any]:
    """The values of some parameters. Raises AnswerMalformed if the bytes do not fit."""
    try:
        values = abi_decode([part.canonical for part in parameters], data)
    except (DecodingError, OverflowError, ValueError) as cause:
        raise AnswerMalformed(what=what, problem=str(cause)) from cause
    return [_inward(part, value) for part, value in zip(parameters, values, strict=True)]


def decode_named(parameters: Sequence[Parameter], data: bytes, what: str) -> dict[str, Any]:
    """Like `decode_arguments`, by name."""
    values = decode_arguments(parameters, data, what)
    return {part.name: value for part, value in zip(parameters, values, strict=True)}


def decode_event(event: Signature, topics: Sequence[bytes], data: bytes, what: str) -> dict[str, Any]:
    """The arguments of an event by name, in the order of its declaration.

    An indexed string, array or struct is only in the log as its hash, and is returned as those 32 bytes.
    """
    indexed = [part for part in event.inputs if part.indexed]
    if len(topics) != len(indexed) + 1:
        raise AnswerMalformed(what=what, problem=f"event {event.text} has {len(topics)} topics")
    found: dict[str, Any] = {}
    for part, topic in zip(indexed, topics[1:], strict=True):
        found[part.name] = bytes(topic) if part.dynamic else decode_arguments([part], topic, what)[0]
    found.update(decode_named([part for part in event.inputs if not part.indexed], data, what))
    return {part.name: found[part.name] for part in event.inputs}


@lru_cache(maxsize=4096)
def checksummed(address: str) -> str:
    """An address as `0x` text with checksum."""
    return str(to_checksum_address(address))


def _inward(parameter: Parameter, value: Any) -> Any:
    element = parameter.element
    if element is not None:
        return [_inward(element, part) for part in value]
    if parameter.type == "tuple":
        return {part.name: _inward(part, member) for part, member in zip(parameter.components, value, strict=True)}
    return checksummed(value) if parameter.type == "address" else value


def _outward(parameter: Parameter, value: Any, label: str, path: str) -> Any:
    """A Python value as eth_abi wants it, checked more strictly than eth_abi does, with the place of what is wrong."""

    def refused(problem: str) -> InvalidArguments:
        return InvalidArguments(function=label, path=path, problem=problem, given=value)

    element = parameter.element
    if element is not None:
        if not isinstance(value, list | tuple):
            raise refused("needs a list")
        return [_outward(element, part, label, f"{path}[{index}]") for index, part in enumerate(value)]
    if parameter.type == "tuple":
        return _members(parameter, value, label, path)
    if parameter.type == "address":
        return _address(value, refused)
    if parameter.type.startswith("bytes"):
        if not isinstance(value, bytes | bytearray):
            raise refused(f"needs {parameter.type} as bytes")
        length = parameter.type.removeprefix("bytes")
        # eth_abi would fill short values with zeros; a hash that lost a byte must not pass.
        if length and len(value) != int(length):
            raise refused(f"needs exactly {length} bytes, has {len(value)}")
        return bytes(value)
    if "int" in parameter.type:
        return _integer(parameter, value, refused)
    wanted = {"bool": bool, "string": str}.get(parameter.type)
    if wanted is not None and not isinstance(value, wanted):
        raise refused(f"needs {parameter.type}")
    return value


def _integer(parameter: Parameter, value: Any, refused: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise refused(f"needs an integer for {parameter.type}")
    bits = int(parameter.type.removeprefix("u").removeprefix("int"))
    least, most = (0, 2**bits - 1) if parameter.type.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not least <= value <= most:
        raise refused(f"is not within {parameter.type}")
    return int(value)


def _members(parameter: Parameter, value: Any, label: str, path: str) -> tuple[Any, ...]:
    names = [part.name for part in parameter.components]
    if isinstance(value, Mapping):
        if set(value) != set(names):
            raise InvalidArguments(
                function=label, path=path, problem=f"needs exactly the members {', '.join(names)}", given=sorted(value)
            )
        value = [value[name] for name in names]
    if not isinstance(value, list | tuple) or len(value) != len(names):
        raise InvalidArguments(
            function=label, path=path, problem=f"needs the {len(names)} members {', '.join(names)}", given=value
        )
    return tuple(
        _outward(part, member, label, f"{path}.{part.name}")
        for part, member in zip(parameter.components, value, strict=True)
    )


def _address(value: Any, refused: Any) -> str:
    if not isinstance(value, str) or len(value) != _ADDRESS_CHARACTERS or not value.startswith("0x"):
        raise refused("needs an address as 0x and 40 hexadecimal digits")
    digits = value[2:]
    try:
        bytes.fromhex(digits)
    except ValueError:
        raise refused("has characters that are no hexadecimal digits") from None
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(value):
        raise refused("its checksum is wrong; a character was mistyped")
    return value
