"""Headers and receipts from a node's JSON: whatever does not hash to the block is refused."""

import pytest
import rlp
from eth.db.trie import make_trie_root_and_nodes
from eth_hash.auto import keccak

from registry.chain import headers
from registry.chain.failures import HeaderMismatch

LONDON = {
    "parentHash": "0x" + "01" * 32,
    "sha3Uncles": "0x" + "02" * 32,
    "miner": "0x" + "03" * 20,
    "stateRoot": "0x" + "04" * 32,
    "transactionsRoot": "0x" + "05" * 32,
    "receiptsRoot": "0x" + "06" * 32,
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x0",
    "number": "0x10",
    "gasLimit": "0x1c9c380",
    "gasUsed": "0x5208",
    "timestamp": "0x6b004866",
    "extraData": "0x",
    "mixHash": "0x" + "07" * 32,
    "nonce": "0x0000000000000000",
    "baseFeePerGas": "0x0",
}
FIELDS_OF_FORKS = [
    ("withdrawalsRoot", "0x" + "08" * 32),
    ("blobGasUsed", "0x20000"),
    ("excessBlobGas", "0x0"),
    ("parentBeaconBlockRoot", "0x" + "09" * 32),
    ("requestsHash", "0x" + "0a" * 32),
]
INTEGERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas"}


def encoded(raw):
    """The header as its fork encodes it, written independently of the code under test."""
    names = [*LONDON, *(name for name, _ in FIELDS_OF_FORKS)]
    fields = []
    for name in names:
        if name in raw:
            value = int(raw[name], 16) if name in INTEGERS else bytes.fromhex(raw[name][2:])
            fields.append(rlp.sedes.big_endian_int.serialize(value) if name in INTEGERS else value)
    return rlp.encode(fields)


def sealed(raw, **more):
    return {**raw, "hash": "0x" + keccak(encoded(raw)).hex(), **more}


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_header__of_every_fork__hashes(count):
    raw = {**LONDON, **dict(FIELDS_OF_FORKS[:count])}
    assert headers.header_rlp(sealed(raw), "node") == encoded(raw)


def test_header__before_london__hashes():
    raw = {name: value for name, value in LONDON.items() if name != "baseFeePerGas"}
    assert headers.header_rlp(sealed(raw), "node") == encoded(raw)


def test_header__with_fields_that_its_fork_does_not_hash__is_found():
    shown = {"blobGasUsed": "0x0", "excessBlobGas": "0x0", "withdrawalsRoot": "0x" + "08" * 32}
    assert headers.header_rlp(sealed(LONDON, **shown), "node") == encoded(LONDON)
    assert headers.header_rlp(sealed(LONDON, withdrawalsRoot=None, totalDifficulty="0x0"), "node") == encoded(LONDON)


def test_header__with_blob_fields_and_no_withdrawals__as_anvil_hashes_it():
    raw = {**LONDON, "blobGasUsed": "0x0", "excessBlobGas": "0x0"}
    assert headers.header_rlp(sealed(raw), "node") == encoded(raw)


@pytest.mark.parametrize("name", list(LONDON))
def test_header__changed_anywhere__refused(name):
    raw = sealed(LONDON)
    raw[name] = raw[name][:-1] + ("1" if raw[name][-1] != "1" else "2") if raw[name] != "0x" else "0x00"
    with pytest.raises(HeaderMismatch, match=r"node.*hash"):
        headers.header_rlp(raw, "node")


@pytest.mark.parametrize("name", [*LONDON, "hash"])
@pytest.mark.parametrize("value", [None, 5, "12", "0xzz"])
def test_header__missing_or_unreadable_fields__refused(name, value):
    raw = sealed(LONDON)
    raw[name] = value
    with pytest.raises(HeaderMismatch):
        headers.header_rlp(raw, "node")


def qbft(round_number=1, seals=3):
    """A header of four validators as Besu writes it, and the hash that its rules give."""

    def extra(round_part, seal_part):
        validators = [bytes([number]) * 20 for number in range(1, 5)]
        return rlp.encode([bytes(32), validators, [], round_part, seal_part])

    mix_hash = b"ctical byzantine fault tolerance".hex()
    number = bytes([round_number]) if round_number else b""
    shown = {**LONDON, "mixHash": f"0x{mix_hash}", "difficulty": "0x1"}
    shown["extraData"] = "0x" + extra(number, [bytes([9]) * 65] * seals).hex()
    hashed = {**shown, "extraData": "0x" + extra(b"", []).hex()}
    return {**shown, "hash": "0x" + keccak(encoded(hashed)).hex()}, encoded(shown)


@pytest.mark.parametrize("round_number", [0, 1, 127])
def test_header__of_qbft__keeps_its_seals_and_hashes_without_them(round_number):
    raw, with_seals = qbft(round_number)
    assert headers.header_rlp(raw, "node") == with_seals


def test_header__of_qbft__real_block():
    # Block 7528 of a Besu network; the facts of a published vector (datachainlab/besu-qbft-elc, elc/src/header.rs),
    # whose commit-seal hash (round kept, seals dropped) stands for the header's fields.
    validators = (
        "647bfdd19655e51e69d35454ff3a92f8828e6302",
        "a5c8416b9d13417b45b45ada76408f39d1e504ef",
        "b92e91f4dcc9d28503be521afa2a8fbf3c1acf60",
        "ee3353e587cfa91625a1adaef308a726de3803d3",
    )
    extra = [bytes(32), [bytes.fromhex(text) for text in validators], [], b"\x01", []]
    raw = {
        **LONDON,
        "parentHash": "0x0af93e70b1c6d3974a88a42eb70bb61adbd523bfac0c83027ba4637c52746a0f",
        "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
        "miner": "0x" + validators[3],
        "stateRoot": "0x166ed98eea93ab2b6f6b1a425526994adc2d675bf9a0d77d600ed1e02d8f77df",
        "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
        "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
        "difficulty": "0x1",
        "number": hex(7528),
        "gasLimit": "0x47b760",
        "gasUsed": "0x0",
        "timestamp": hex(1715495307),
        "extraData": "0x" + rlp.encode(extra).hex(),
        "mixHash": "0x" + b"ctical byzantine fault tolerance".hex(),
        "hash": "0x75ea184f58cd3f0ef89032a069df01f07ec524ef3a85cf6d3e424d62130c0a32",
    }
    del raw["baseFeePerGas"]
    assert keccak(headers.header_rlp(raw, "node")).hex() == raw["hash"][2:]


@pytest.mark.parametrize("extra", ["0x", "0xff", "0xc0", "0xc20102"])
def test_header__of_qbft__with_unreadable_extra_data__refused(extra):
    raw, _ = qbft()
    raw["extraData"] = extra
    with pytest.raises(HeaderMismatch):
        headers.header_rlp(raw, "node")


class Encoded(bytes):
    """A receipt as py-evm's own trie builder wants it."""

    def encode(self):
        return bytes(self)


@pytest.mark.parametrize("count", [0, 1, 2, 17, 130])
def test_receipts_root__is_that_of_another_implementation(count):
    receipts = [Encoded(bytes([number]) * 50) for number in range(count)]
    assert headers.receipts_root(receipts) == make_trie_root_and_nodes(receipts)[0]


def test_receipt__legacy_and_typed():
    raw = {
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256,
        "logs": [{"address": "0x" + "01" * 20, "topics": ["0x" + "02" * 32], "data": "0x03"}],
    }
    body = rlp.encode([b"\x01", b"\x52\x08", bytes(256), [[b"\x01" * 20, [b"\x02" * 32], b"\x03"]]])
    assert headers.receipt_rlp(raw) == body
    assert headers.receipt_rlp({**raw, "type": "0x0"}) == body
    assert headers.receipt_rlp({**raw, "type": "0x2"}) == b"\x02" + body
    assert rlp.decode(headers.receipt_rlp({**raw, "status": "0x0"}))[0] == b""
