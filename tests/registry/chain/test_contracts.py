"""Contracts by name: calls, answers, events. And the artifacts they are read from."""

import json

import pytest
from eth_hash.auto import keccak

from registry.chain import artifacts
from registry.chain.artifacts import read_artifact
from registry.chain.contracts import Register
from registry.chain.failures import AnswerMalformed, ArtifactMissing, InvalidArguments
from registry.chain.gateway import LogEntry

ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"
OTHER = "0x00000000000000000000000000000000000000AA"
CONTRACTS = (
    *("Accounts", "Authority", "Compliance", "Credits", "Desk", "Emissions", "Enforcement", "Filings"),
    *("Invalidations", "OracleCommittee", "Pledges", "Recognition", "RuleSets", "TransferRules", "Transfers"),
)


class Answering:
    """A gateway that answers every call with the same bytes, and remembers the last one."""

    def __init__(self, answer=b""):
        self.answer = answer
        self.asked = None

    def call(self, to, data, block=None, sender=None):
        self.asked = (to, data, block, sender)
        return self.answer


@pytest.fixture
def answering(artifact):
    def made(answer=b""):
        gateway = Answering(answer)
        return gateway, Register(gateway, {"Sample": ADDRESS}, {"Sample": artifact.abi})

    return made


def word(number):
    return number.to_bytes(32, "big")


def test_struct__comes_back_by_names(sample):
    whole = {
        "kind": 3,
        "parts": [
            {"grams": 5, "holder": ADDRESS, "hash": b"\x07" * 32},
            {"grams": 6, "holder": OTHER, "hash": bytes(32)},
        ],
        "text": "普惠",
    }
    assert sample.call("mirror", whole) == whole


def test_several_answers__unpack_and_have_names(sample):
    number, who, part = sample.call("several")
    assert (number, who) == (5, sample.actor.account.address)
    assert part == {"grams": 7, "holder": who, "hash": keccak(b"seven")}
    assert sample.call("several").part == part


def test_other_answers(sample):
    assert sample.call("nothing") is None
    assert sample.call("overloaded", 4) == 4
    assert sample.call("overloaded", 4, 5) == 9
    flat = (True, -5, b"\x01\x02\x03\x04", b"abc", [ADDRESS, OTHER])
    assert tuple(sample.call("types", *flat)) == flat


def test_event__with_nested_structs_and_an_indexed_text(sample):
    whole = {"kind": 1, "parts": [{"grams": 1, "holder": ADDRESS, "hash": b"\x01" * 32}], "text": "a text"}
    (log,) = sample.send("emitNested", whole, b"\x01\x02").logs
    event = sample.register.decode_log(log)
    assert (event.contract, event.name) == ("Sample", "Nested")
    assert event.args == {"text": keccak(b"a text"), "whole": whole, "data": b"\x01\x02"}


def test_decode_log__of_somebody_else_or_unknown__is_none(answering, artifact):
    _, register = answering()
    stored = next(event for event in artifact.abi.events.values() if event.name == "Stored")
    topics = (stored.hash, word(1), word(2))

    def log(address=ADDRESS, topics=topics):
        return LogEntry(address, topics, word(3), 1, bytes(32), bytes(32), 0)

    assert register.decode_log(log()).args == {"by": "0x" + "0" * 39 + "1", "key": 2, "value": 3}
    assert register.decode_log(log(address=ADDRESS.lower())) is not None
    assert register.decode_log(log(address=OTHER)) is None
    assert register.decode_log(log(topics=())) is None
    assert register.decode_log(log(topics=(bytes(32),))) is None
    with pytest.raises(AnswerMalformed, match=r"Sample\.Stored"):
        register.decode_log(log(topics=(stored.hash,)))


def test_call__passes_block_and_sender_on(answering):
    gateway, register = answering(word(9))
    assert register.call("Sample", "count", block=7, sender=OTHER) == 9
    assert gateway.asked == (ADDRESS, register.encode("Sample", "count"), 7, OTHER)


def test_call__answer_that_does_not_fit__is_malformed(answering):
    for answer in (b"\x01", word(2**64), word(1)[:31]):
        _, register = answering(answer)
        with pytest.raises(AnswerMalformed, match=r"Sample\.count\(\)"):
            register.call("Sample", "count")


def test_encode_and_decode_call__are_inverse(answering):
    _, register = answering()
    decoded = register.decode_call("Sample", register.encode("Sample", "store", 4, 5))
    assert (decoded.contract, decoded.function, decoded.args) == ("Sample", "store", {"key": 4, "value": 5})
    with pytest.raises(ArtifactMissing):
        register.decode_call("Sample", b"\x00\x00\x00\x00")
    with pytest.raises(AnswerMalformed):
        register.decode_call("Sample", register.encode("Sample", "store", 4, 5)[:-1])


def test_names__that_are_not_there(answering):
    _, register = answering()
    for wrong in (lambda: register.address("Credits"), lambda: register.encode("Sample", "fly")):
        with pytest.raises(ArtifactMissing):
            wrong()
    with pytest.raises(InvalidArguments):
        register.encode("Sample", "store", 1, -1)
    with pytest.raises(ArtifactMissing):
        Register(Answering(), {"Nowhere": ADDRESS})


def test_addresses__go_both_ways(answering):
    _, register = answering()
    assert register.addresses == {"Sample": ADDRESS}
    assert register.name_at(ADDRESS.lower()) == "Sample"
    assert register.name_at(OTHER) is None


def test_artifacts__of_this_build_are_complete():
    assert artifacts.names() == CONTRACTS
    for name in CONTRACTS:
        found = artifacts.load(name)
        assert found.name == name
        assert 0 < len(found.deployed_bytecode) <= 24_576
        assert found.metadata
    assert artifacts.selector("Credits", "retire") == artifacts.load("Credits").abi.function("retire").selector


def test_deployment_data__is_code_and_arguments(artifact):
    data = artifact.deployment_data(ADDRESS, 5)
    assert data == artifact.bytecode + bytes(12) + bytes.fromhex(ADDRESS[2:]) + word(5)
    with pytest.raises(InvalidArguments, match="constructor"):
        artifact.deployment_data()
    assert artifacts.deployment_data("Desk", ADDRESS).startswith(artifacts.load("Desk").bytecode)


@pytest.mark.parametrize("name", ["Nowhere", "compilation", "../artifacts/Credits", ""])
def test_artifact__that_is_not_there(name):
    with pytest.raises(ArtifactMissing):
        artifacts.load(name)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"contractName": "A", "abi": [], "bytecode": "0xzz"}'])
def test_artifact__that_does_not_read(tmp_path, content):
    path = tmp_path / "A.json"
    path.write_text(content)
    with pytest.raises(ArtifactMissing, match=r"A\.json"):
        read_artifact(path)


def test_artifact__without_code_cannot_be_deployed(tmp_path):
    path = tmp_path / "IA.json"
    raw = {"contractName": "IA", "abi": [], "bytecode": "0x", "deployedBytecode": "0x", "metadata": ""}
    path.write_text(json.dumps(raw))
    with pytest.raises(ArtifactMissing, match="interface"):
        read_artifact(path).deployment_data()
