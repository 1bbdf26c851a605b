"""What a certificate's proofs hang on: the word of whoever checks it.

Proofs lead from an event to a block header, and no further. That the header is one of the chain, and the contract
the register's, has to be known from elsewhere. `Trust` says what the reader knows; what he does not know is taken from
the file, and the result says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from eth_hash.auto import keccak
from eth_utils.address import is_address, to_checksum_address

from registry.domain.errors import InvalidInput, InvalidProof
from registry.proofs import qbft
from registry.proofs.header import Header


@dataclass(frozen=True, slots=True)
class Trust:
    """What the reader knows of the chain. None: he does not know and takes the file's word.

    block_hashes: hashes of blocks that are on the chain, 32 bytes each, from a node or a publication he trusts.
    validator_sets: on a QBFT network, the sets of validators (addresses) that were in office; a block sealed by a
        quorum of one of them is on the chain, and its hash needs not be known.
    contracts: contract name -> address, for Credits, OracleCommittee and Compliance.

    Addresses may be in any case and are kept checksummed. Raises InvalidInput.
    """

    chain_id: int | None = None
    contracts: Mapping[str, str] | None = None
    block_hashes: frozenset[bytes] | None = None
    validator_sets: tuple[frozenset[str], ...] | None = None

    def __post_init__(self) -> None:
        for known in self.block_hashes or ():
            if not isinstance(known, bytes) or len(known) != 32:
                raise InvalidInput(field="trusted block hash", problem="must be 32 bytes", given=known)
        if self.contracts is not None:
            contracts = {name: _address(f"trusted {name}", value) for name, value in self.contracts.items()}
            object.__setattr__(self, "contracts", contracts)
        if self.validator_sets is not None:
            sets = tuple(frozenset(_address("trusted validator", one) for one in each) for each in self.validator_sets)
            if not all(sets):
                raise InvalidInput(field="trusted validators", problem="a set must not be empty", given=sets)
            object.__setattr__(self, "validator_sets", sets)


def _address(field: str, value: str) -> str:
    if not isinstance(value, str) or not is_address(value):
        raise InvalidInput(field=field, problem="must be an address of 20 bytes, 0x and hex", given=value)
    return to_checksum_address(value)


class GivenBy(StrEnum):
    """Where something that is trusted comes from."""

    READER = "reader"
    """The one who checks gave it; the file agrees with it."""
    FILE = "file"
    """Only the file states it. If it is false, everything in the file may be."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that no proof in the file shows. `subject` is a stable word, `value` what is believed."""

    subject: str
    given_by: GivenBy
    value: str


def block_hash(header: Header) -> bytes:
    """The hash by which the chain knows the block, by the rules of the header's own kind. Raises InvalidProof."""
    if qbft.is_qbft(header):
        return qbft.block_hash(header)
    return bytes(keccak(header.raw))


def anchor(header: Header, trust: Trust) -> tuple[Assumption, str]:
    """Why this block may be believed to be on the chain: the assumption, and a sentence of what was found.

    A QBFT header has to carry its quorum of seals whatever is trusted. Raises InvalidProof if the reader knows
    block hashes or validators and this block agrees with neither.
    """
    found_hash = block_hash(header)
    shown = "0x" + found_hash.hex()
    validators: frozenset[str] = frozenset()
    found = f"block {header.number} has hash {shown}"
    if qbft.is_qbft(header):
        signers = qbft.seal_signers(header)
        listed = qbft.parse_extra_data(header.extra_data).validators
        validators = frozenset(to_checksum_address(validator) for validator in listed)
        found += f", sealed by {len(signers)} of its {len(listed)} validators"
    if trust.block_hashes is not None and found_hash in trust.block_hashes:
        return Assumption("block_hash", GivenBy.READER, shown), found
    if trust.validator_sets is not None and validators in trust.validator_sets:
        return Assumption("validators", GivenBy.READER, ", ".join(sorted(validators))), found
    if trust.block_hashes is None and trust.validator_sets is None:
        return Assumption("block_hash", GivenBy.FILE, shown), found
    raise InvalidProof(kind="header", problem=f"block {header.number}, {shown}, is not among the blocks that you trust")
