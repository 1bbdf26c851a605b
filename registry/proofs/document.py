"""The certificate as a file: its one form in bytes, and what a reader takes from it.

A certificate states many facts, but only its *material* is taken from it: headers, receipts, act proofs, and the texts
that open a hash. Everything else is derived from the material (registry/proofs/proving.py), so a file is valid if and
only if it equals, byte for byte, what its own material gives.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from eth_utils.address import to_checksum_address

from registry.domain.canonical import canonical_sha256, parse_strict_json
from registry.domain.errors import RegistryError
from registry.proofs.errors import InvalidCertificate, reason

FORMAT: Final = "puhui-certificate/1"

FILE_BYTES_MAX: Final = 5_000_000
TEXT_CHARACTERS_MAX: Final = 4_000
ACTS_MAX: Final = 64
NODES_MAX: Final = 64

CONTRACTS: Final = ("Credits", "OracleCommittee", "Compliance")
SALT_BYTES: Final = 32

_T = TypeVar("_T")

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class EventProof:
    """Where an event is and what proves it: the block's header, the receipt's trie nodes, the log's place in it."""

    header_rlp: bytes
    receipt_index: int
    receipt_nodes: tuple[bytes, ...]
    log_position: int


@dataclass(frozen=True, slots=True)
class ActProof:
    """A leaf of the project's log, its index, and its RFC 6962 inclusion proof under the report's log root and size."""

    index: int
    leaf: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BeneficiaryOpening:
    """What opens the commitment: commitment = SHA-256(salt || UTF-8 text). The salt has SALT_BYTES random bytes."""

    text: str
    salt: bytes


@dataclass(frozen=True, slots=True)
class Material:
    """What cannot be derived: all that a certificate is made of. None: kept private, or not an offset."""

    chain_id: int
    contracts: Mapping[str, str]
    retirement: EventProof
    offset_log_position: int | None
    report: EventProof
    acts: tuple[ActProof, ...] = ()
    statement: str | None = None
    beneficiary: BeneficiaryOpening | None = None


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of the document without its member `content_hash`, as 0x text."""
    content = {name: value for name, value in document.items() if name != "content_hash"}
    return to_hex(canonical_sha256(content, "certificate"))


def render(document: Mapping[str, Any]) -> bytes:
    """The one form of the file: sorted names, indent 1, UTF-8 without ASCII escapes, a newline at the end."""
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8") + b"\n"


def to_hex(data: bytes) -> str:
    """0x and lower-case hex."""
    return "0x" + data.hex()


def parse(data: bytes) -> dict[str, Any]:
    """Reads the file as strict JSON. Raises InvalidCertificate. That the form is right is for the caller to compare."""
    if len(data) > FILE_BYTES_MAX:
        raise InvalidCertificate(path="$", problem=f"the file has {len(data)} bytes, more than {FILE_BYTES_MAX}")
    try:
        document = parse_strict_json(data, "the certificate")
    except RegistryError as error:
        raise InvalidCertificate(path=str(error.values.get("path", "$")), problem=reason(error)) from error
    if not isinstance(document, dict):
        raise InvalidCertificate(path="$", problem="the file is no JSON object")
    if document.get("format") != FORMAT:
        raise InvalidCertificate(
            path="$.format", problem="this format is unknown here", stated=document.get("format"), proven=FORMAT
        )
    return document


def read_material(document: dict[str, Any]) -> Material:
    """Takes the material out of a parsed file. Raises InvalidCertificate for what is missing, mistyped or too much."""
    root = _Node(document, "$")
    chain = root.member("chain")
    event = root.member("event")
    proofs = root.member("proofs")
    offset = proofs.member("offset")
    beneficiary = event.member("beneficiary")
    statement = event.member("statement").member("text")
    is_open = beneficiary.member("text").value is not None or beneficiary.member("salt").value is not None
    return Material(
        chain_id=chain.member("chain_id").integer(),
        contracts=_contracts(chain.member("contracts")),
        retirement=_event_proof(proofs.member("retirement")),
        offset_log_position=None if offset.value is None else offset.member("log_position").integer(),
        report=_event_proof(proofs.member("report")),
        acts=tuple(root.member("acts").items(ACTS_MAX, _act_proof)),
        statement=None if statement.value is None else statement.text(),
        beneficiary=_beneficiary(beneficiary) if is_open else None,
    )


def first_difference(stated: Any, proven: Any, path: str = "$") -> tuple[str, Any, Any] | None:
    """The first place, in the order of the file, where two documents differ: (JSON path, stated, proven), or None.

    Types count: True is not 1. A member that one side lacks is None on that side.
    """
    if type(stated) is not type(proven):
        return path, stated, proven
    if isinstance(stated, dict):
        for name in sorted(stated.keys() | proven.keys()):
            if name not in stated or name not in proven:
                return f"{path}.{name}", stated.get(name), proven.get(name)
            found = first_difference(stated[name], proven[name], f"{path}.{name}")
            if found:
                return found
        return None
    if isinstance(stated, list):
        for position, (one, other) in enumerate(zip(stated, proven, strict=False)):
            found = first_difference(one, other, f"{path}[{position}]")
            if found:
                return found
        return None if len(stated) == len(proven) else (f"{path}.length", len(stated), len(proven))
    return None if stated == proven else (path, stated, proven)


@dataclass(frozen=True, slots=True)
class _Node:
    """A value of the parsed file with its path, so that every complaint names its place."""

    value: Any
    path: str

    def member(self, name: str) -> "_Node":
        if not isinstance(self.value, dict):
            raise InvalidCertificate(path=self.path, problem="must be an object", stated=self.value)
        if name not in self.value:
            raise InvalidCertificate(path=f"{self.path}.{name}", problem="is missing")
        return _Node(self.value[name], f"{self.path}.{name}")

    def items(self, count_max: int, read: Callable[["_Node"], _T]) -> list[_T]:
        if not isinstance(self.value, list):
            raise InvalidCertificate(path=self.path, problem="must be a list", stated=self.value)
        if len(self.value) > count_max:
            raise InvalidCertificate(path=self.path, problem=f"has {len(self.value)} items, more than {count_max}")
        return [read(_Node(item, f"{self.path}[{position}]")) for position, item in enumerate(self.value)]

    def integer(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not 0 <= self.value < 2**64:
            raise InvalidCertificate(path=self.path, problem="must be an integer of 64 bits", stated=self.value)
        return self.value

    def text(self) -> str:
        if not isinstance(self.value, str) or len(self.value) > TEXT_CHARACTERS_MAX:
            problem = f"must be text of at most {TEXT_CHARACTERS_MAX} characters"
            raise InvalidCertificate(path=self.path, problem=problem, stated=self.value)
        return self.value

    def address(self) -> str:
        # Checksummed here, so that a file with another spelling differs from what it proves.
        if not isinstance(self.value, str) or _ADDRESS.fullmatch(self.value) is None:
            raise InvalidCertificate(path=self.path, problem="must be an address", stated=self.value)
        return to_checksum_address(self.value)

    def data(self, length: int | None = None) -> bytes:
        if not isinstance(self.value, str) or _HEX.fullmatch(self.value) is None:
            raise InvalidCertificate(path=self.path, problem="must be 0x and lower-case hex", stated=self.value)
        data = bytes.fromhex(self.value[2:])
        if length is not None and len(data) != length:
            raise InvalidCertificate(path=self.path, problem=f"has {len(data)} bytes, not {length}")
        return data


def _contracts(node: _Node) -> dict[str, str]:
    if not isinstance(node.value, dict):
        raise InvalidCertificate(path=node.path, problem="must be an object", stated=node.value)
    for name in node.value:
        if name not in CONTRACTS:
            raise InvalidCertificate(path=f"{node.path}.{name}", problem="no contract of this name belongs here")
    return {name: node.member(name).address() for name in node.value}


def _event_proof(node: _Node) -> EventProof:
    return EventProof(
        header_rlp=node.member("header_rlp").data(),
        receipt_index=node.member("receipt_index").integer(),
        receipt_nodes=tuple(node.member("receipt_nodes").items(NODES_MAX, _Node.data)),
        log_position=node.member("log_position").integer(),
    )


def _act_proof(node: _Node) -> ActProof:
    return ActProof(
        index=node.member("index").integer(),
        leaf=node.member("leaf").data(96),
        proof=tuple(node.member("proof").items(NODES_MAX, lambda item: item.data(32))),
    )


def _beneficiary(node: _Node) -> BeneficiaryOpening:
    return BeneficiaryOpening(text=node.member("text").text(), salt=node.member("salt").data(SALT_BYTES))
