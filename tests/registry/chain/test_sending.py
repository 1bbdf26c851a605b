"""Building and signing: the same bytes every time, and nothing that cannot be meant."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_hash.auto import keccak

from registry.chain.failures import TransactionRejected
from registry.chain.sending import Transaction, read_transaction, sign_transaction
from registry.domain.errors import InvalidInput

ALICE = Account.from_key(b"\x01" * 32)
PLAIN = Transaction(chain_id=20260, nonce=3, gas=100_000, gas_price=0, to=ALICE.address, data=b"\x01\x02")


def test_signing__is_deterministic_and_the_hash_is_of_the_bytes():
    signed = sign_transaction(PLAIN, ALICE)
    assert signed == sign_transaction(PLAIN, ALICE)
    assert signed.tx_hash == keccak(signed.raw)
    assert signed.raw[0] > 0x7F


@pytest.mark.parametrize("to", [ALICE.address, None])
@pytest.mark.parametrize("chain_id", [1, 20260, 2**40])
def test_reading__gives_back_sender_number_and_chain(to, chain_id):
    read = read_transaction(sign_transaction(replace(PLAIN, to=to, chain_id=chain_id), ALICE).raw)
    assert (read.sender, read.nonce, read.chain_id) == (ALICE.address, 3, chain_id)


def test_reading__other_kinds():
    unbound = {"nonce": 0, "gas": 21_000, "gasPrice": 0, "to": ALICE.address, "value": 0, "data": b""}
    read = read_transaction(bytes(ALICE.sign_transaction(unbound).raw_transaction))
    assert (read.nonce, read.chain_id) == (0, None)
    newer = {**unbound, "type": 2, "chainId": 7, "nonce": 300, "maxFeePerGas": 0, "maxPriorityFeePerGas": 0}
    del newer["gasPrice"]
    read = read_transaction(bytes(ALICE.sign_transaction(newer).raw_transaction))
    assert (read.sender, read.nonce, read.chain_id) == (ALICE.address, 300, 7)


def test_every_field__changes_the_hash():
    changed = [
        replace(PLAIN, **change)
        for change in (
            {"chain_id": 1},
            {"nonce": 4},
            {"gas": 100_001},
            {"gas_price": 1},
            {"to": None},
            {"data": b""},
        )
    ]
    hashes = {sign_transaction(part, ALICE).tx_hash for part in [PLAIN, *changed]}
    assert len(hashes) == 7


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 0},
        {"chain_id": None},
        {"nonce": -1},
        {"nonce": True},
        {"gas": 0},
        {"gas": 1.0},
        {"gas_price": -1},
        {"to": "0x12"},
        {"to": ALICE.address.lower()[:-1] + "g"},
        {"data": None},
    ],
)
def test_what_cannot_be_meant__refused(change):
    with pytest.raises(InvalidInput):
        sign_transaction(replace(PLAIN, **change), ALICE)


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\xc0", b"\xff" * 20, b"\x05" * 70])
def test_reading__what_is_no_transaction__refused(raw):
    with pytest.raises(TransactionRejected, match="does not read"):
        read_transaction(raw)
