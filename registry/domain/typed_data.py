"""What committees sign, as EIP-712 typed data: the fields of a Solidity struct and the domain of its contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from registry.domain.errors import InvalidInput
from registry.domain.units import check_integer

DOMAIN_VERSION: Final = "1"
_DOMAIN: Final = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
_ADDRESS_CHARACTERS: Final = 42


@dataclass(frozen=True, slots=True)
class Schema:
    """The typed data of one struct.

    primary: name of the struct; contract: of the contract that checks the signatures; domain: its EIP-712 name.
    fields: (name in Python, name in Solidity, Solidity type) in the order of the struct, that of the type hash.
    """

    primary: str
    contract: str
    domain: str
    fields: tuple[tuple[str, str, str], ...]

    @property
    def type_string(self) -> str:
        """What is hashed into the type hash."""
        return f"{self.primary}(" + ",".join(f"{kind} {solidity}" for _, solidity, kind in self.fields) + ")"

    @property
    def types(self) -> dict[str, list[dict[str, str]]]:
        """The types as EIP-712 libraries take them."""
        return {
            "EIP712Domain": _DOMAIN,
            self.primary: [{"name": solidity, "type": kind} for _, solidity, kind in self.fields],
        }


class Signed:
    """The base of what is signed: a frozen dataclass whose fields are those of its `SCHEMA`, in that order.

    Only types and widths are checked: whether it fits the chain is the contract's word. Raises InvalidInput.
    """

    __slots__ = ()
    SCHEMA: ClassVar[Schema]

    def __post_init__(self) -> None:
        what = self.SCHEMA.primary.lower()
        for name, _, kind in self.SCHEMA.fields:
            _check(getattr(self, name), kind, f"{what} {name}")

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Self:
        """Made of a mapping with the Solidity names, as `message()` and decoded events have them.

        Raises InvalidInput for missing or unknown names.
        """
        expected = {solidity for _, solidity, _ in cls.SCHEMA.fields}
        if set(message) != expected:
            differing = sorted(expected.symmetric_difference(message))
            raise InvalidInput(field=cls.SCHEMA.primary.lower(), problem="fields missing or unknown", given=differing)
        values = {name: message[solidity] for name, solidity, _ in cls.SCHEMA.fields}
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})

    def message(self) -> dict[str, Any]:
        """The fields by their Solidity names."""
        # Lists, as decoded events have them, and libraries for typed data expect them.
        values = {solidity: getattr(self, name) for name, solidity, _ in self.SCHEMA.fields}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def as_tuple(self) -> tuple[Any, ...]:
        """The fields in the order of the struct, as an ABI encoder takes them."""
        return tuple(getattr(self, name) for name, _, _ in self.SCHEMA.fields)


def typed_data(signed: Signed, chain_id: int, contract: str) -> dict[str, Any]:
    """The full EIP-712 message, for `eth_account.messages.encode_typed_data(full_message=...)`.

    contract: checksum address of the contract that checks the signatures.
    """
    schema = signed.SCHEMA
    return {
        "types": schema.types,
        "primaryType": schema.primary,
        "domain": {
            "name": schema.domain,
            "version": DOMAIN_VERSION,
            "chainId": chain_id,
            "verifyingContract": contract,
        },
        "message": signed.message(),
    }


def _check(value: Any, kind: str, field: str) -> None:
    if kind == "bytes32":
        if not isinstance(value, bytes) or len(value) != 32:
            raise InvalidInput(field=field, problem="must be 32 bytes", given=value)
    elif kind == "bool":
        if not isinstance(value, bool):
            raise InvalidInput(field=field, problem="must be true or false", given=value)
    elif kind == "address[]":
        if not isinstance(value, tuple):
            raise InvalidInput(field=field, problem="must be a tuple of addresses", given=value)
        for each in value:
            _check(each, "address", field)
    elif kind == "address":
        if not isinstance(value, str) or len(value) != _ADDRESS_CHARACTERS or not value.startswith("0x"):
            raise InvalidInput(field=field, problem="must be an address", given=value)
    else:
        check_integer(value, field, 0, 2 ** int(kind.removeprefix("uint")) - 1)
