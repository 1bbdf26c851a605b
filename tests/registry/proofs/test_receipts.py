"""Receipt proofs: every receipt of blocks of many sizes, legacy and typed, and every way to spoil a proof."""

import pytest
import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from registry.domain.errors import InvalidProof
from registry.proofs.receipts import decode_receipt, prove_receipt, proven_receipt, receipts_root


def encoded_receipt(number: int, kind: int = 0, status: bytes = b"\x01", logs=None) -> bytes:
    gas = (21_000 + number).to_bytes(4, "big").lstrip(b"\x00")
    logs = [[b"\x0a" * 20, [bytes(31) + b"\x01"], b"data"]] if logs is None else logs
    body = rlp.encode([status, gas, bytes(256), logs])
    return bytes([kind]) + body if kind else body


def block_of(size: int) -> list[bytes]:
    return [encoded_receipt(number, kind=number % 3) for number in range(size)]


@pytest.mark.parametrize("size", [1, 2, 16, 17, 127, 129, 300])
def test_every_receipt_of_a_block_is_proven_and_no_other_index_is(size):
    receipts = block_of(size)
    root = receipts_root(receipts)
    for index in {0, 1, size // 2, size - 1} & set(range(size)):
        nodes = prove_receipt(receipts, index)
        assert proven_receipt(root, index, nodes) == receipts[index]
        assert (
            HexaryTrie.get_from_proof(root, rlp.encode(index), [rlp.decode(node) for node in nodes]) == receipts[index]
        )
        for other in {0, 1, 15, 16, 127, 128, size - 1, size, 10**9} - {index}:
            with pytest.raises(InvalidProof):
                proven_receipt(root, other, nodes)


def test_the_empty_block_has_the_known_root_and_proves_nothing():
    assert receipts_root([]).hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    for index in (0, -1):
        with pytest.raises(InvalidProof, match="the block has 0"):
            prove_receipt([], index)


def test_a_proof__with_any_node_altered_dropped_doubled_or_added__is_refused():
    receipts = block_of(150)
    root = receipts_root(receipts)
    nodes = prove_receipt(receipts, 140)
    assert len(nodes) >= 3
    for position, node in enumerate(nodes):
        for byte in (0, len(node) // 2, len(node) - 1):
            altered = node[:byte] + bytes([node[byte] ^ 1]) + node[byte + 1 :]
            with pytest.raises(InvalidProof):
                proven_receipt(root, 140, [*nodes[:position], altered, *nodes[position + 1 :]])
        with pytest.raises(InvalidProof):
            proven_receipt(root, 140, [*nodes[:position], *nodes[position + 1 :]])
        with pytest.raises(InvalidProof):
            proven_receipt(root, 140, [*nodes[: position + 1], node, *nodes[position + 1 :]])
    for spoiled in ([], nodes[::-1], [*nodes, b""], nodes * 8):
        with pytest.raises(InvalidProof):
            proven_receipt(root, 140, spoiled)
    with pytest.raises(InvalidProof):
        proven_receipt(bytes(32), 140, nodes)


@pytest.mark.parametrize(
    "node",
    [
        [b"\x20", b"value", b"more"],
        [b"", b"value"],
        [b"\x60", b"value"],
        [b"\x21", b"value"],
        [b"\x31\x80", b"value"],
        [b"\x00\x80", b"short"],
        [b"\x00\x80", [b"list"]],
        [[b"\x20\x80"], b"value"],
        [b"\x20\x80", [b"value"]],
        [b"\x20\x80\x01", b"value"],
        [b""] * 17,
        [*[b""] * 8, [b"\x30", b"value"], *[b""] * 8],
    ],
)
def test_a_node_that_is_none__under_a_root_that_names_it__is_refused(node):
    encoded = rlp.encode(node)
    with pytest.raises(InvalidProof):
        proven_receipt(keccak(encoded), 0, [encoded])


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_legacy_and_typed_receipts_are_decoded(kind):
    receipt = decode_receipt(encoded_receipt(5, kind))
    assert receipt.kind == kind
    assert receipt.succeeded
    assert [(log.address, log.topics, log.data) for log in receipt.logs] == [
        (b"\x0a" * 20, (bytes(31) + b"\x01",), b"data")
    ]


def test_the_receipt_of_a_failed_transaction_says_so():
    assert not decode_receipt(encoded_receipt(1, status=b"")).succeeded


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\x00",
        b"\x00" + encoded_receipt(1),
        b"\x02",
        encoded_receipt(1)[:-1],
        encoded_receipt(1) + b"\x00",
        encoded_receipt(1, status=b"\x02"),
        encoded_receipt(1, status=b"\x11" * 32),
        encoded_receipt(1, logs=b""),
        encoded_receipt(1, logs=[b""]),
        encoded_receipt(1, logs=[[b"\x0a" * 20, []]]),
        encoded_receipt(1, logs=[[b"\x0a" * 19, [], b""]]),
        encoded_receipt(1, logs=[[b"\x0a" * 20, [b"\x01"], b""]]),
        encoded_receipt(1, logs=[[b"\x0a" * 20, b"", b""]]),
        encoded_receipt(1, logs=[[b"\x0a" * 20, [], []]]),
        rlp.encode([b"\x01", b"\x01", bytes(255), []]),
        rlp.encode([b"\x01", b"\x00", bytes(256), []]),
        rlp.encode([b"\x01", b"\x01", bytes(256)]),
    ],
)
def test_what_is_no_receipt_is_refused(encoded):
    with pytest.raises(InvalidProof):
        decode_receipt(encoded)
