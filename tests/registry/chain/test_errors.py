"""One decoder for everything a contract can refuse with."""

import pickle

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from registry.chain import artifacts, errors
from registry.chain.abi import Abi
from registry.domain.errors import ContractRefused, RegistryError

ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"
EMPTY = {"address": ADDRESS, "bool": True, "string": "text", "bytes": b"bytes", "bytes4": b"\x01\x02\x03\x04"}


def revert(signature, types, *values):
    return keccak(signature.encode())[:4] + encode(types, values)


def test_every_error_of_every_contract__has_a_class_of_its_name_and_is_decoded():
    declared = [(name, error) for name in artifacts.names() for error in artifacts.load(name).abi.errors]
    assert len(declared) > 50
    for name, error in declared:
        expected = getattr(errors, error.name)
        assert issubclass(expected, ContractRefused)
        assert issubclass(expected, RegistryError)
        assert errors.error_classes()[error.name] is expected
        types = [part.canonical for part in error.inputs]
        values = [EMPTY.get(kind, b"\x01" * 32 if kind == "bytes32" else 1) for kind in types]
        refused = errors.decode_error(error.selector + encode(types, values), name)
        assert type(refused) is expected, error.text
        assert list(refused.values) == [part.name for part in error.inputs]
        assert refused.contract == name


def test_same_error_in_several_contracts__has_one_class():
    owners = [
        name for name in artifacts.names() if any(e.name == "NotThroughDesk" for e in artifacts.load(name).abi.errors)
    ]
    assert len(owners) > 1
    data = revert("NotThroughDesk(address)", ["address"], ADDRESS)
    assert {type(errors.decode_error(data, owner)) for owner in owners} == {errors.NotThroughDesk}
    assert errors.decode_error(data).contract == " or ".join(owners)


def test_values__are_named_and_shown_in_one_line():
    data = revert("InsufficientGrams(address,uint256,uint256,uint256)", ["address", *["uint256"] * 3], ADDRESS, 7, 5, 9)
    refused = errors.decode_error(data, "Credits")
    assert refused.values == {"account": ADDRESS, "batchId": 7, "heldGrams": 5, "wantedGrams": 9}
    assert str(refused) == (
        f"Account {ADDRESS} holds 5 g of batch 7, 9 g were asked for. Ask for no more than it holds. "
        "[Credits.InsufficientGrams]"
    )
    assert (refused.error_name, type(refused).code) == ("InsufficientGrams", "insufficient_grams")
    with pytest.raises(errors.InsufficientGrams):
        raise refused


def test_codes__are_snake_case_and_their_own():
    codes = [kind.code for kind in errors.error_classes().values()]
    assert len(set(codes)) == len(codes)
    assert errors.ERC1155InsufficientBalance.code == "erc1155_insufficient_balance"
    assert all(code == code.lower() and " " not in code for code in codes)


def test_openzeppelin__errors_beside_ours_are_decoded():
    data = revert("ECDSAInvalidSignatureLength(uint256)", ["uint256"], 64)
    refused = errors.decode_error(data)
    assert isinstance(refused, errors.ECDSAInvalidSignatureLength)
    assert refused.values == {"length": 64}


def test_text_and_language_checks():
    text = errors.decode_error(revert("Error(string)", ["string"], "two\nlines"))
    assert (type(text), text.values, str(text)) == (
        errors.Error,
        {"reason": "two\nlines"},
        "The contract refused: two lines.",
    )
    panic = errors.decode_error(revert("Panic(uint256)", ["uint256"], 0x11))
    assert panic.values == {"panic_code": 0x11, "meaning": "arithmetic overflow or underflow"}
    assert errors.decode_error(revert("Panic(uint256)", ["uint256"], 0x77)).values["meaning"] == "unknown panic"


@pytest.mark.parametrize(
    "data", [b"\x01", b"\x01\x02\x03\x04", b"\xff" * 40, errors.ERROR_SELECTOR, errors.PANIC_SELECTOR + b"\x01"]
)
def test_what_is_not_known__is_shown_as_it_is(data):
    refused = errors.decode_error(data, "Credits")
    assert isinstance(refused, errors.UnknownRefusal)
    assert refused.values == {"selector": "0x" + data[:4].hex(), "data": "0x" + data.hex()}


def test_no_data__no_reason():
    assert isinstance(errors.decode_error(b""), errors.RevertedWithoutReason)
    failed = errors.execution_failure("out of gas", "Credits")
    assert (type(failed), failed.contract, failed.values) == (
        errors.ExecutionFailed,
        "Credits",
        {"problem": "out of gas"},
    )


@given(st.binary(max_size=100), st.sampled_from(["", *artifacts.names()]))
def test_decoding__never_fails(tail, name):
    known = artifacts.load(name).abi.errors if name else ()
    for selector in (b"", *(error.selector for error in known[:5])):
        refused = errors.decode_error(selector + tail, name)
        assert "\n" not in str(refused)


def test_errors__travel_between_processes():
    data = revert("InsufficientGrams(address,uint256,uint256,uint256)", ["address", *["uint256"] * 3], ADDRESS, 7, 5, 9)
    for refused in (errors.decode_error(data, "Credits"), errors.decode_error(b"")):
        again = pickle.loads(pickle.dumps(refused))
        assert (type(again), again.values, again.contract) == (type(refused), refused.values, refused.contract)


def test_a_name_no_contract_has__is_no_attribute():
    with pytest.raises(AttributeError, match="no contract of this build"):
        _ = errors.NoSuchErrorAnywhere


def test_learning__an_abi_from_elsewhere():
    entry = {"type": "error", "name": "LearnedLater", "inputs": [{"name": "", "type": "uint256"}]}
    for _ in range(2):
        errors.learn_errors(Abi("Elsewhere", [entry]))
    refused = errors.decode_error(revert("LearnedLater(uint256)", ["uint256"], 3))
    assert isinstance(refused, errors.LearnedLater)
    assert (refused.values, refused.contract) == ({"arg0": 3}, "Elsewhere")
