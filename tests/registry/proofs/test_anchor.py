"""What is believed: by the reader's own knowledge, by the seals of validators, or by nothing but the file."""

import json

import pytest
import rlp
from coincurve import PrivateKey
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from registry.chain.headers import header_rlp
from registry.domain.errors import InvalidInput
from registry.proofs import qbft
from registry.proofs.anchor import Assumption, GivenBy, Trust
from registry.proofs.document import content_hash, render
from registry.proofs.errors import InvalidCertificate
from registry.proofs.header import parse_header
from registry.proofs.receipts import receipts_root
from registry.proofs.verify import verify_certificate

KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 7)]
VALIDATORS = [keccak(key.public_key.format(compressed=False)[1:])[12:] for key in KEYS[:4]]
ADDRESSES = frozenset(to_checksum_address(validator) for validator in VALIDATORS)


def qbft_header(number, receipts, timestamp, signers=tuple(KEYS[:3]), round_item=b"\x01", validators=VALIDATORS):
    fields = [bytes(32), bytes(32), validators[0], bytes(32), bytes(32), receipts_root(receipts), bytes(256), b"\x01"]
    fields += [rlp.sedes.big_endian_int.serialize(value) for value in (number, 30_000_000, 21_000, timestamp)]
    fields += [b"", qbft.MIX_HASH, bytes(8), b""]
    fields[12] = rlp.encode([bytes(32), validators, [], round_item, []])
    digest = keccak(rlp.encode(fields))
    seals = [key.sign_recoverable(digest, hasher=None) for key in signers]
    fields[12] = rlp.encode([bytes(32), validators, [], round_item, seals])
    return rlp.encode(fields)


def hashes_of(document) -> frozenset[bytes]:
    proofs = document["proofs"]
    return frozenset(bytes.fromhex(proofs[name]["block_hash"][2:]) for name in ("retirement", "report"))


def test_without_trust_the_file_is_valid_and_everything_believed_is_listed_as_its_own_word(story):
    document = story().certificate()
    result = verify_certificate(render(document))
    assert not result.is_anchored
    assert {assumption.given_by for assumption in result.assumptions} == {GivenBy.FILE}
    assert [assumption.subject for assumption in result.assumptions] == [
        "chain_id",
        "Credits",
        "OracleCommittee",
        "block_hash",
        "block_hash",
    ]
    assert {a.value for a in result.assumptions if a.subject == "block_hash"} == {
        "0x" + known.hex() for known in hashes_of(document)
    }


def test_with_all_that_no_proof_shows_known_the_certificate_is_anchored(story):
    document = story().certificate()
    contracts = {name: address.lower() for name, address in document["chain"]["contracts"].items()}
    trust = Trust(chain_id=20260, contracts=contracts, block_hashes=hashes_of(document))
    result = verify_certificate(render(document), trust)
    assert result.is_anchored


@pytest.mark.parametrize(
    ("trust", "path"),
    [
        (Trust(chain_id=1), "$.chain.chain_id"),
        (Trust(contracts={}), "$.chain.contracts.Credits"),
        (
            Trust(contracts={"Credits": "0x" + "99" * 20, "OracleCommittee": "0x" + "c1" * 20}),
            "$.chain.contracts.Credits",
        ),
        (Trust(block_hashes=frozenset()), "$.proofs.retirement.block_hash"),
        (Trust(block_hashes=frozenset({bytes(32)})), "$.proofs.retirement.block_hash"),
        (Trust(validator_sets=()), "$.proofs.retirement.block_hash"),
        (Trust(validator_sets=(ADDRESSES,)), "$.proofs.retirement.block_hash"),
    ],
)
def test_what_disagrees_with_the_reader_is_refused(story, trust, path):
    with pytest.raises(InvalidCertificate) as caught:
        verify_certificate(render(story().certificate()), trust)
    assert caught.value.values["path"] == path


def test_one_known_block_does_not_vouch_for_the_other(story):
    document = story().certificate()
    known = frozenset({bytes.fromhex(document["proofs"]["retirement"]["block_hash"][2:])})
    with pytest.raises(InvalidCertificate, match="block 5") as caught:
        verify_certificate(render(document), Trust(block_hashes=known))
    assert caught.value.values["path"] == "$.proofs.report.block_hash"


def test_a_chain_made_up_by_a_forger_is_valid_by_itself_and_refused_by_who_knows_the_blocks(story):
    honest, forged = story().certificate(), story(grams=401, account="0x" + "9" * 40).certificate()
    assert not verify_certificate(render(forged)).is_anchored
    with pytest.raises(InvalidCertificate, match="not among the blocks that you trust"):
        verify_certificate(render(forged), Trust(block_hashes=hashes_of(honest)))


def test_a_header_altered_where_no_fact_stands_is_refused_by_who_knows_the_block(story):
    document = story().certificate()
    known = Trust(block_hashes=hashes_of(document))
    proof = document["proofs"]["retirement"]
    fields = rlp.decode(bytes.fromhex(proof["header_rlp"][2:]))
    fields[3] = b"\x01" * 32
    proof["header_rlp"] = "0x" + rlp.encode(fields).hex()
    document["content_hash"] = content_hash(document)
    with pytest.raises(InvalidCertificate) as caught:
        verify_certificate(render(document))
    assert caught.value.values["path"] == "$.proofs.retirement.block_hash"
    proof["block_hash"] = "0x" + keccak(rlp.encode(fields)).hex()
    document["content_hash"] = content_hash(document)
    assert not verify_certificate(render(document)).is_anchored
    with pytest.raises(InvalidCertificate):
        verify_certificate(render(document), known)


def test_qbft__sealed_by_validators_the_reader_knows__is_anchored_without_any_block_hash(offset_story):
    document = offset_story(header=qbft_header).certificate()
    trust = Trust(20260, document["chain"]["contracts"], None, (frozenset(["0x" + "11" * 20]), ADDRESSES))
    result = verify_certificate(render(document), trust)
    assert result.is_anchored
    assert Assumption("validators", GivenBy.READER, ", ".join(sorted(ADDRESSES))) in result.assumptions
    assert any("sealed by 3 of its 4 validators" in check.found for check in result.checks)


def test_qbft__the_block_hash_is_the_networks_and_serves_as_trust_too(story):
    document = story(header=qbft_header).certificate()
    header = parse_header(bytes.fromhex(document["proofs"]["retirement"]["header_rlp"][2:]))
    assert document["proofs"]["retirement"]["block_hash"] == "0x" + qbft.block_hash(header).hex()
    result = verify_certificate(render(document), Trust(block_hashes=hashes_of(document)))
    assert [a.given_by for a in result.assumptions if a.subject == "block_hash"] == [GivenBy.READER] * 2


def test_qbft__a_set_of_validators_that_is_larger_or_smaller_than_the_headers_is_another(story):
    document = story(header=qbft_header).certificate()
    for known in (ADDRESSES | {"0x" + "11" * 20}, frozenset(list(ADDRESSES)[:3])):
        with pytest.raises(InvalidCertificate, match="not among the blocks"):
            verify_certificate(render(document), Trust(validator_sets=(known,)))


def test_qbft__without_its_quorum__is_refused_whatever_is_trusted(story):
    for signers in ((), KEYS[:2], [KEYS[0], KEYS[0], KEYS[1]], [KEYS[0], KEYS[1], KEYS[5]]):
        made = story(header=lambda *args, signers=signers: qbft_header(*args, signers=signers))
        with pytest.raises(InvalidCertificate):
            made.certificate()


def test_qbft__a_seal_or_round_altered_under_a_content_hash_that_fits__is_refused(story):
    document = story(header=qbft_header).certificate()
    proof = document["proofs"]["report"]
    fields = rlp.decode(bytes.fromhex(proof["header_rlp"][2:]))
    for spoil in (
        lambda extra: extra.__setitem__(3, b"\x02"),
        lambda extra: extra[4].reverse() or extra[4].pop(),
        lambda extra: extra[4].__setitem__(0, bytes(65)),
    ):
        extra = rlp.decode(fields[12])
        spoil(extra)
        proof["header_rlp"] = "0x" + rlp.encode([*fields[:12], rlp.encode(extra), *fields[13:]]).hex()
        document["content_hash"] = content_hash(document)
        with pytest.raises(InvalidCertificate) as caught:
            verify_certificate(render(document), Trust(block_hashes=hashes_of(document)))
        assert caught.value.values["path"] == "$.proofs.report.block_hash"


def test_the_header_that_the_gateway_reads_from_a_qbft_node_has_the_hash_computed_here():
    encoded = qbft_header(9, [b"\x01"], 1_780_000_000)
    header = parse_header(encoded)
    names = "parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number gasLimit "
    names += "gasUsed timestamp extraData mixHash nonce baseFeePerGas"
    integers = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}
    raw = {
        name: hex(int.from_bytes(value)) if name in integers else "0x" + value.hex()
        for name, value in zip(names.split(), header.fields, strict=True)
    }
    raw["hash"] = "0x" + qbft.block_hash(header).hex()
    assert header_rlp(json.loads(json.dumps(raw)), "a node") == encoded


@pytest.mark.parametrize(
    "unusable",
    [
        {"block_hashes": frozenset({bytes(31)})},
        {"block_hashes": frozenset({"0x" + "00" * 32})},
        {"contracts": {"Credits": "0x00"}},
        {"contracts": {"Credits": None}},
        {"validator_sets": (frozenset(),)},
        {"validator_sets": (frozenset({"validator"}),)},
    ],
)
def test_trust_in_what_is_no_hash_and_no_address_is_refused(unusable):
    with pytest.raises(InvalidInput):
        Trust(**unusable)
