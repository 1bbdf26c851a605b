"""From a node's JSON to the exact bytes that were hashed: block headers and receipts. Nothing is taken on trust.

Sources: Ethereum Yellow Paper 4.3, EIP-1559 (baseFee), EIP-4895 (withdrawals), EIP-4844 (blob gas), EIP-4788 (beacon
root), EIP-7685 (requests), EIP-2718 (typed receipts); Besu's BftBlockHashing for the hash of QBFT blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import rlp
from eth_hash.auto import keccak
from rlp.exceptions import RLPException
from trie import HexaryTrie

from registry.chain.failures import HeaderMismatch

_BYTES = "bytes"
_INTEGER = "integer"
_FIELDS: tuple[tuple[str, str], ...] = (
    ("parentHash", _BYTES),
    ("sha3Uncles", _BYTES),
    ("miner", _BYTES),
    ("stateRoot", _BYTES),
    ("transactionsRoot", _BYTES),
    ("receiptsRoot", _BYTES),
    ("logsBloom", _BYTES),
    ("difficulty", _INTEGER),
    ("number", _INTEGER),
    ("gasLimit", _INTEGER),
    ("gasUsed", _INTEGER),
    ("timestamp", _INTEGER),
    ("extraData", _BYTES),
    ("mixHash", _BYTES),
    ("nonce", _BYTES),
)
# Each fork put its fields behind those of the fork before.
_FORKS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("baseFeePerGas", _INTEGER),),
    (("withdrawalsRoot", _BYTES),),
    (("blobGasUsed", _INTEGER), ("excessBlobGas", _INTEGER), ("parentBeaconBlockRoot", _BYTES)),
    (("requestsHash", _BYTES),),
)
_EXTRA_DATA = 12
_QBFT_MIX_HASH = b"ctical byzantine fault tolerance"


def header_rlp(raw: Mapping[str, Any], node: str) -> bytes:
    """The RLP of a header from the JSON of a block, checked against the block's hash.

    QBFT blocks come with their seals, which are not part of what is hashed.

    Raises:
        HeaderMismatch: the fields do not hash to the block's hash, or are missing.
    """
    number = raw.get("number")
    try:
        block_hash = to_bytes(raw["hash"])
        for candidate in _candidates(raw):
            encoded = bytes(rlp.encode(candidate))
            if keccak(encoded) == block_hash or _qbft_hash(candidate) == block_hash:
                return encoded
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise HeaderMismatch(what=node, block=number, problem=f"its header does not read ({cause!r})") from cause
    raise HeaderMismatch(what=node, block=number, problem="its header does not have the hash that it states")


def _candidates(raw: Mapping[str, Any]) -> Iterator[list[bytes]]:
    """The header as each fork would encode it, newest first: some nodes show fields that their fork does not hash."""
    fields = [_field(raw, name, kind) for name, kind in _FIELDS]
    longest: list[list[bytes]] = [fields]
    for fork in _FORKS:
        if any(raw.get(name) is None for name, _ in fork):
            break
        longest.append([*longest[-1], *(_field(raw, name, kind) for name, kind in fork)])
    yield from reversed(longest)
    # anvil hashes whatever it shows, also when a fork in between is missing.
    present = [(name, kind) for fork in _FORKS for name, kind in fork if raw.get(name) is not None]
    yield [*fields, *(_field(raw, name, kind) for name, kind in present)]


def _field(raw: Mapping[str, Any], name: str, kind: str) -> bytes:
    return to_bytes(raw[name]) if kind is _BYTES else _big_endian(to_integer(raw[name]))


def _qbft_hash(fields: Sequence[bytes]) -> bytes | None:
    """The hash of a QBFT block: with round 0 and without seals. None if this is no QBFT header."""
    if fields[_EXTRA_DATA + 1] != _QBFT_MIX_HASH:
        return None
    try:
        parts = rlp.decode(fields[_EXTRA_DATA])
    except RLPException:
        return None
    if not isinstance(parts, list) or len(parts) != 5:
        return None
    vanity, validators, vote, _round, _seals = parts
    unsealed = list(fields)
    unsealed[_EXTRA_DATA] = rlp.encode([vanity, validators, vote, b"", []])
    return bytes(keccak(rlp.encode(unsealed)))


def receipt_rlp(raw: Mapping[str, Any]) -> bytes:
    """A receipt as it stands in the trie, from a node's JSON. Raises ValueError, KeyError or TypeError."""
    logs = [
        [to_bytes(log["address"]), [to_bytes(topic) for topic in log["topics"]], to_bytes(log["data"])]
        for log in raw["logs"]
    ]
    body = [
        _big_endian(to_integer(raw["status"])),
        _big_endian(to_integer(raw["cumulativeGasUsed"])),
        to_bytes(raw["logsBloom"]),
        logs,
    ]
    kind = to_integer(raw.get("type") or "0x0")
    return (bytes([kind]) if kind else b"") + bytes(rlp.encode(body))


def receipts_root(receipts: Sequence[bytes]) -> bytes:
    """Root of the trie that holds these receipts under their positions."""
    trie = HexaryTrie({})
    for index, receipt in enumerate(receipts):
        trie[rlp.encode(index)] = receipt
    return bytes(trie.root_hash)


def to_bytes(text: str) -> bytes:
    """Bytes of JSON-RPC. Raises ValueError, TypeError."""
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"not 0x text: {text!r}")
    return bytes.fromhex(text[2:])


def to_integer(text: str) -> int:
    """A quantity of JSON-RPC. Raises ValueError, TypeError."""
    if not isinstance(text, str) or not text.startswith("0x"):
        raise ValueError(f"not 0x text: {text!r}")
    return int(text, 16)


def _big_endian(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
