"""Encoding and decoding by ABI: what fits comes back the same, what does not is refused with its place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.chain.abi import Abi, Parameter, decode_event, decode_named, encode_arguments
from registry.chain.failures import AnswerMalformed, ArtifactMissing, InvalidArguments
from registry.domain.rules import Role

ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"

PART = {
    "name": "part",
    "type": "tuple",
    "components": [
        {"name": "grams", "type": "uint64"},
        {"name": "holder", "type": "address"},
        {"name": "hash", "type": "bytes32"},
    ],
}
WHOLE = {
    "name": "whole",
    "type": "tuple",
    "components": [
        {"name": "kind", "type": "uint8"},
        {**PART, "name": "parts", "type": "tuple[]"},
        {"name": "text", "type": "string"},
    ],
}
FLAT = [
    {"name": "flag", "type": "bool"},
    {"name": "number", "type": "int128"},
    {"name": "four", "type": "bytes4"},
    {"name": "raw", "type": "bytes"},
    {"name": "pair", "type": "address[2]"},
]


def function(name, *inputs):
    return {"type": "function", "name": name, "inputs": list(inputs), "outputs": []}


def one(kind):
    return Abi("Box", [function("put", {"name": "value", "type": kind})]).function("put")


def encode(kind, value):
    return encode_arguments(one(kind), [value], "Box")


def test_signature__of_nested_structs__is_written_out():
    signature = Abi("Box", [function("put", WHOLE)]).function("put")
    assert signature.text == "put((uint8,(uint64,address,bytes32)[],string))"


parts = st.fixed_dictionaries(
    {"grams": st.integers(0, 2**64 - 1), "holder": st.just(ADDRESS), "hash": st.binary(min_size=32, max_size=32)}
)
wholes = st.fixed_dictionaries(
    {"kind": st.integers(0, 255), "parts": st.lists(parts, max_size=3), "text": st.text(max_size=20)}
)


@given(wholes)
def test_struct__comes_back_as_it_was(whole):
    signature = Abi("Box", [function("put", WHOLE)]).function("put")
    data = encode_arguments(signature, [whole], "Box")
    assert decode_named(signature.inputs, data, "data") == {"whole": whole}
    as_tuple = (
        whole["kind"],
        [(part["grams"], part["holder"], part["hash"]) for part in whole["parts"]],
        whole["text"],
    )
    assert encode_arguments(signature, [as_tuple], "Box") == data


@given(st.booleans(), st.integers(-(2**127), 2**127 - 1), st.binary(min_size=4, max_size=4), st.binary(max_size=70))
def test_values__come_back_as_they_were(flag, number, four, raw):
    signature = Abi("Box", [function("put", *FLAT)]).function("put")
    arguments = [flag, number, four, raw, [ADDRESS, ADDRESS]]
    data = encode_arguments(signature, arguments, "Box")
    assert list(decode_named(signature.inputs, data, "data").values()) == arguments


@given(st.binary(max_size=300))
def test_decoding__arbitrary_bytes__answers_or_says_malformed(data):
    inputs = Abi("Box", [function("put", WHOLE)]).function("put").inputs
    with suppress(AnswerMalformed):
        assert set(decode_named(inputs, data, "data")) == {"whole"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint64", -1),
        ("uint64", 2**64),
        ("uint64", 1.0),
        ("uint64", True),
        ("uint64", "1"),
        ("uint64", None),
        ("int8", 128),
        ("int8", -129),
        ("bool", 1),
        ("string", b"text"),
        ("bytes32", b"\x01" * 31),
        ("bytes32", b"\x01" * 33),
        ("bytes32", "0x" + "11" * 32),
        ("bytes", "0x11"),
        ("address", ADDRESS[2:]),
        ("address", ADDRESS[:-1]),
        ("address", ADDRESS.replace("E", "e", 1)),
        ("address", "0x" + "zz" * 20),
        ("address", bytes(20)),
        ("address", None),
        ("uint8[]", 5),
        ("uint8[]", "12"),
        ("uint8[]", [1, 256]),
        ("uint8[2]", [1]),
    ],
)
def test_encoding__what_does_not_fit__refused_with_function_and_value(kind, value):
    with pytest.raises(InvalidArguments) as raised:
        encode(kind, value)
    assert raised.value.values["function"].startswith("Box.put(")


def test_encoding__a_wrong_member__names_its_place():
    signature = Abi("Box", [function("put", WHOLE)]).function("put")
    bad = {"kind": 1, "parts": [{"grams": 2**64, "holder": ADDRESS, "hash": bytes(32)}], "text": ""}
    with pytest.raises(InvalidArguments, match=r"whole\.parts\[0\]\.grams"):
        encode_arguments(signature, [bad], "Box")


@pytest.mark.parametrize(
    "part",
    [
        {"grams": 1, "holder": ADDRESS},
        {"grams": 1, "holder": ADDRESS, "hash": bytes(32), "more": 1},
        (1, ADDRESS),
        7,
        "abc",
    ],
)
def test_encoding__a_struct_of_other_members__refused(part):
    with pytest.raises(InvalidArguments, match="members"):
        encode_arguments(Abi("Box", [function("put", PART)]).function("put"), [part], "Box")


def test_encoding__another_number_of_arguments__refused():
    for arguments in ([], [1, 2]):
        with pytest.raises(InvalidArguments, match="needs 1 arguments"):
            encode_arguments(one("uint8"), arguments, "Box")


def test_encoding__takes_addresses_in_one_case_and_enumerations():
    assert encode("address", ADDRESS.lower()) == encode("address", ADDRESS)
    assert encode("uint8", Role.REGISTRAR) == encode("uint8", int(Role.REGISTRAR))


def test_function__overloaded__is_chosen_by_the_number_of_arguments_or_the_types():
    one_more = {"name": "b", "type": "uint8"}
    abi = Abi("Box", [function("put", one_more), function("put", one_more, one_more)])
    assert abi.function("put", 1).text == "put(uint8)"
    assert abi.function("put", 2).text == "put(uint8,uint8)"
    assert abi.function("put(uint8,uint8)").text == "put(uint8,uint8)"
    for name, count in (("put", None), ("put", 3), ("take", 1)):
        with pytest.raises(ArtifactMissing):
            abi.function(name, count)
    assert abi.function_of(abi.function("put", 1).selector).text == "put(uint8)"
    with pytest.raises(ArtifactMissing):
        abi.function_of(b"\x00" * 4)


def test_parameter__without_a_name__is_called_by_its_position():
    signature = Abi("Box", [function("put", {"name": "", "type": "uint8"}, {"type": "uint8"})]).function("put")
    assert [part.name for part in signature.inputs] == ["arg0", "arg1"]


def test_event__with_too_few_topics__is_malformed():
    entry = {"type": "event", "name": "Put", "inputs": [{"name": "a", "type": "uint8", "indexed": True}]}
    (event,) = Abi("Box", [entry]).events.values()
    assert decode_event(event, [event.hash, (5).to_bytes(32, "big")], b"", "log") == {"a": 5}
    with pytest.raises(AnswerMalformed):
        decode_event(event, [event.hash], b"", "log")
    with pytest.raises(AnswerMalformed):
        decode_event(event, [event.hash, (256).to_bytes(32, "big")], b"", "log")


def test_parameter__knows_what_an_indexed_value_is_stored_as():
    stored_as_hash = {kind: Parameter("a", kind, (), True).dynamic for kind in ("string", "uint8[2]", "bytes", "tuple")}
    assert all(stored_as_hash.values())
    assert not Parameter("a", "bytes32", (), True).dynamic
