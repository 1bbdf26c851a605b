"""QBFT headers: a real block of a Besu network, and blocks sealed here by keys of the test."""

import pytest
import rlp
from coincurve import PrivateKey
from eth_hash.auto import keccak

from registry.domain.errors import InvalidProof
from registry.proofs import qbft
from registry.proofs.header import Header, parse_header

# Block 7528 of a Besu QBFT network of four validators, committed in round 1 by three of them. The facts are those of a
# published test vector (datachainlab/besu-qbft-elc, elc/src/header.rs).
EMPTY_TRIE = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")
REAL_VALIDATORS = [
    bytes.fromhex(text)
    for text in (
        "647bfdd19655e51e69d35454ff3a92f8828e6302",
        "a5c8416b9d13417b45b45ada76408f39d1e504ef",
        "b92e91f4dcc9d28503be521afa2a8fbf3c1acf60",
        "ee3353e587cfa91625a1adaef308a726de3803d3",
    )
]
REAL_SEALS = [
    bytes.fromhex(text)
    for text in (
        "bc7633fd65570f610a595086e9a34e5bf6aacfb67b8f8cd01852e6b285147f04"
        "6a50577b49378b86723ac9b456ef59ef7ab57cda7139d807f10f58e8cb10c67600",
        "ad1defc2b0b4a48158cff24778bb5ba4d9f373c171022ab0a42e37bdb0d40257"
        "18434d303a8d94df56ef9ad5219be9f27b2f67179a7fb82d3323dde29546f9f701",
        "e233d3670dd97c715f72b440eeb1ccb1e22c8c23f6ab470c46c99c2d0ee6509f"
        "0341a42e0e4569782557e93c3815e8ca4294043595f69a90f73f135de8ecf41e00",
    )
]
REAL_COMMIT_SEAL_HASH = bytes.fromhex("75ea184f58cd3f0ef89032a069df01f07ec524ef3a85cf6d3e424d62130c0a32")


def real_header(seals=REAL_SEALS, round_item=b"\x01", validators=REAL_VALIDATORS) -> Header:
    extra = [bytes(32), list(validators), [], round_item, list(seals)]
    fields = [
        bytes.fromhex("0af93e70b1c6d3974a88a42eb70bb61adbd523bfac0c83027ba4637c52746a0f"),
        bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"),
        REAL_VALIDATORS[3],
        bytes.fromhex("166ed98eea93ab2b6f6b1a425526994adc2d675bf9a0d77d600ed1e02d8f77df"),
        EMPTY_TRIE,
        EMPTY_TRIE,
        bytes(256),
        b"\x01",
        (7528).to_bytes(2, "big"),
        bytes.fromhex("47b760"),
        b"",
        (1715495307).to_bytes(4, "big"),
        rlp.encode(extra),
        qbft.MIX_HASH,
        bytes(8),
    ]
    return parse_header(rlp.encode(fields))


KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 8)]


def address(key: PrivateKey) -> bytes:
    return keccak(key.public_key.format(compressed=False)[1:])[12:]


def made_header(signers=(), validators=None, round_item=b"", change=None, seals=None) -> Header:
    """A header of the first four keys, sealed by `signers`; `change` alters the fields before it is sealed."""
    validators = [address(key) for key in KEYS[:4]] if validators is None else validators
    fields = list(real_header().fields)
    fields[2] = address(KEYS[0])
    if change:
        change(fields)

    def encoded(the_seals):
        fields[12] = rlp.encode([bytes(32), validators, [], round_item, the_seals])
        return rlp.encode(fields)

    digest = keccak(encoded([]))
    if seals is None:
        seals = [key.sign_recoverable(digest, hasher=None) for key in signers]
    return parse_header(encoded(seals))


def test_the_real_block_gives_the_published_commit_seal_hash_and_three_of_its_validators():
    header = real_header()
    assert qbft.is_qbft(header)
    assert header.number == 7528
    assert header.timestamp == 1715495307
    assert qbft.commit_seal_hash(header) == REAL_COMMIT_SEAL_HASH
    signers = qbft.seal_signers(header)
    assert len(set(signers)) == 3
    assert set(signers) < set(REAL_VALIDATORS)


def test_the_block_hash_is_neither_the_commit_seal_hash_nor_the_hash_of_the_raw_header():
    header = real_header()
    assert len({qbft.block_hash(header), qbft.commit_seal_hash(header), keccak(header.raw)}) == 3


def test_the_block_hash_covers_neither_seals_nor_round__the_commit_seal_hash_covers_the_round():
    other = real_header(seals=REAL_SEALS[:1], round_item=b"\x02")
    assert qbft.block_hash(other) == qbft.block_hash(real_header())
    assert qbft.commit_seal_hash(other) != REAL_COMMIT_SEAL_HASH


def test_the_block_hash_of_genesis_is_that_of_its_raw_bytes():
    def genesis(fields):
        fields[8] = b""

    header = made_header(change=genesis)
    assert header.number == 0
    assert qbft.block_hash(header) == keccak(header.raw)


@pytest.mark.parametrize(("validators", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7)])
def test_the_quorum_is_two_thirds_rounded_up(validators, needed):
    assert qbft.quorum(validators) == needed


def test_seals__three_of_four_and_all_four__are_accepted():
    assert qbft.seal_signers(made_header(KEYS[:3])) == tuple(address(key) for key in KEYS[:3])
    assert len(qbft.seal_signers(made_header(KEYS[:4], round_item=b"\x05"))) == 4


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (made_header(KEYS[:2]), "2 seals of 4 validators, 3 are needed"),
        (made_header(), "0 seals"),
        (made_header([KEYS[0], KEYS[1], KEYS[1]]), "sealed twice"),
        (made_header([KEYS[0], KEYS[1], KEYS[5]]), "who is no validator"),
        (made_header(KEYS[:3], change=lambda fields: fields.__setitem__(7, b"\x02")), "difficulty 2"),
        (made_header(KEYS[:3], change=lambda fields: fields.__setitem__(2, address(KEYS[6]))), "is no validator"),
        (made_header(validators=[]), "empty or names one twice"),
        (made_header(validators=[address(KEYS[0])] * 2), "empty or names one twice"),
        (made_header(seals=[bytes(65)] * 3), "no signature"),
        (made_header(seals=[b"\xff" * 64 + b"\x00"] * 3), "no signature"),
        (made_header(seals=[REAL_SEALS[0][:64] + b"\x1b"]), "recovery id 27"),
        (made_header(seals=[b"\x01" * 64]), "64 bytes stand where 65"),
        (made_header(validators=[b"\x01" * 19]), "19 bytes stand where 20"),
        (made_header(round_item=b"\x00"), "without leading zeros"),
        (real_header(seals=REAL_SEALS, round_item=b"\x02"), "who is no validator"),
    ],
)
def test_seals__that_do_not_commit_the_block__are_refused(header, problem):
    with pytest.raises(InvalidProof, match=problem):
        qbft.seal_signers(header)


@pytest.mark.parametrize(
    "extra_data",
    [b"", bytes(32), rlp.encode([bytes(32), [], [], b""]), rlp.encode([bytes(31), [], [], b"", []]), b"\xf8\x01\x80"],
)
def test_extra_data__of_another_form__is_refused(extra_data):
    with pytest.raises(InvalidProof):
        qbft.parse_extra_data(extra_data)
