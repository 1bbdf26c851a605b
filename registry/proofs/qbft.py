"""Headers of a QBFT network: their hash, and the commit seals of the validators.

Source of the rules: Besu's QbftExtraDataCodec, BftBlockHashing and BftCommitSealsValidationRule. Validators are those
that the header itself lists (block-header mode); whether that list is to be believed is for the caller to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import rlp
from coincurve import PublicKey
from eth_hash.auto import keccak

from registry.domain.errors import InvalidProof
from registry.proofs.header import EXTRA_DATA_INDEX, Header
from registry.proofs.strict_rlp import Item, decode_list, to_bytes, to_integer, to_list

# The ASCII text "ctical byzantine fault tolerance", by which a BFT header is known.
MIX_HASH = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")

_VANITY, _VALIDATORS, _VOTE, _ROUND, _SEALS = range(5)


@dataclass(frozen=True, slots=True)
class ExtraData:
    """The extraData of a QBFT header; `items` are its five parts as they were read."""

    items: tuple[Item, ...]
    validators: tuple[bytes, ...]
    round: int
    seals: tuple[bytes, ...]


def is_qbft(header: Header) -> bool:
    """Whether the header says of itself that it is a BFT header."""
    return header.mix_hash == MIX_HASH


def parse_extra_data(extra_data: bytes) -> ExtraData:
    """Reads [vanity, [validator, ...], vote, round, [seal, ...]]. Raises InvalidProof."""
    items = decode_list(extra_data, "seal")
    if len(items) != 5:
        raise InvalidProof(kind="seal", problem=f"extraData has {len(items)} parts, not 5")
    to_bytes(items[_VANITY], "seal", 32)
    to_list(items[_VOTE], "seal")
    validators = tuple(to_bytes(item, "seal", 20) for item in to_list(items[_VALIDATORS], "seal"))
    if len(set(validators)) != len(validators) or not validators:
        raise InvalidProof(kind="seal", problem="the list of validators is empty or names one twice")
    return ExtraData(
        items=tuple(items),
        validators=validators,
        round=to_integer(items[_ROUND], "seal"),
        seals=tuple(to_bytes(item, "seal", 65) for item in to_list(items[_SEALS], "seal")),
    )


def block_hash(header: Header) -> bytes:
    """What the next block's parentHash holds: the header without seals and with round 0. Raises InvalidProof.

    The genesis block is hashed as it is.
    """
    if header.number == 0:
        return bytes(keccak(header.raw))
    return _hash_with(header, parse_extra_data(header.extra_data), round_item=b"")


def commit_seal_hash(header: Header) -> bytes:
    """What the validators sign: the header without seals, with its actual round. No prefix. Raises InvalidProof."""
    extra = parse_extra_data(header.extra_data)
    return _hash_with(header, extra, round_item=extra.items[_ROUND])


def quorum(validator_count: int) -> int:
    """ceil(2N/3), the fewest seals that commit a block."""
    return -(-2 * validator_count // 3)


def seal_signers(header: Header) -> tuple[bytes, ...]:
    """The addresses that sealed the block, in the order of the seals.

    Raises InvalidProof unless the difficulty is 1, the proposer is a validator, and a quorum of the validators that the
    header lists sealed it, each once and nobody else.
    """
    extra = parse_extra_data(header.extra_data)
    if header.difficulty != 1:
        raise InvalidProof(kind="seal", problem=f"difficulty {header.difficulty}, not 1")
    if header.proposer not in extra.validators:
        raise InvalidProof(kind="seal", problem=f"proposer 0x{header.proposer.hex()} is no validator")
    digest = commit_seal_hash(header)
    signers = tuple(_recover(seal, digest) for seal in extra.seals)
    for signer in signers:
        if signer not in extra.validators:
            raise InvalidProof(kind="seal", problem=f"sealed by 0x{signer.hex()}, who is no validator")
    if len(set(signers)) != len(signers):
        raise InvalidProof(kind="seal", problem="one validator sealed twice")
    needed = quorum(len(extra.validators))
    if len(signers) < needed:
        raise InvalidProof(
            kind="seal", problem=f"{len(signers)} seals of {len(extra.validators)} validators, {needed} are needed"
        )
    return signers


def _hash_with(header: Header, extra: ExtraData, round_item: Item) -> bytes:
    no_seals: Sequence[Item] = (*extra.items[:_ROUND], round_item, [])
    fields = list(header.fields)
    fields[EXTRA_DATA_INDEX] = rlp.encode(no_seals)
    return bytes(keccak(rlp.encode(fields)))


def _recover(seal: bytes, digest: bytes) -> bytes:
    if seal[64] > 1:
        raise InvalidProof(kind="seal", problem=f"recovery id {seal[64]}, not 0 or 1")
    try:
        key = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    except Exception as error:  # coincurve raises the bare Exception for a point that does not exist
        raise InvalidProof(kind="seal", problem="a seal is no signature of anybody") from error
    return bytes(keccak(key.format(compressed=False)[1:])[12:])
