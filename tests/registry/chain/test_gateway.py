"""What every gateway keeps, embedded or behind a node: the same tests on both."""

import threading

import pytest
import rlp
from eth_hash.auto import keccak

from registry.chain import errors
from registry.chain.failures import NoContract, NonceUsed, TransactionNotMined, TransactionRejected
from registry.chain.gateway import Gateway
from registry.chain.headers import receipts_root
from registry.chain.sending import Transaction, sign_transaction
from registry.domain.errors import ChainUnavailable, ContractRefused, NotFound

NOBODY = "0x00000000000000000000000000000000000000AA"


def root_in_header(gateway, number):
    return rlp.decode(gateway.block(number).header_rlp)[5]


def test_gateway__fulfils_the_protocol(gateway):
    assert isinstance(gateway, Gateway)
    assert gateway.chain_id in (20260, 20261)


def test_deployment__tells_the_address_and_leaves_code(sample, artifact):
    receipt = sample.receipt
    assert receipt.succeeded
    assert receipt.to is None
    assert receipt.sender == sample.actor.account.address
    assert len(sample.gateway.code(sample.address)) == len(artifact.deployed_bytecode)
    assert sample.gateway.code(NOBODY) == b""
    assert sample.call("count") == 5
    assert sample.call("owner") == sample.actor.account.address


def test_receipt__tells_block_sender_gas_and_events(sample):
    receipt = sample.send("store", 7, 11)
    assert receipt.succeeded
    assert receipt.to == sample.address
    assert receipt.contract_address is None
    assert 21_000 < receipt.gas_used < 150_000
    block = sample.gateway.block(receipt.block_number)
    assert block.hash == receipt.block_hash
    (log,) = receipt.logs
    assert (log.block_number, log.block_hash, log.tx_hash) == (receipt.block_number, block.hash, receipt.tx_hash)
    assert (log.log_index, log.transaction_index) == (0, 0)
    event = sample.register.decode_log(log)
    assert event.name == "Stored"
    assert event.args == {"by": sample.actor.account.address, "key": 7, "value": 11}
    assert sample.gateway.logs(receipt.block_number) == [log]


def test_receipt__of_an_unknown_transaction_is_none(gateway):
    assert gateway.receipt(bytes(32)) is None


def test_wait__for_what_never_comes_ends_in_time(gateway):
    with pytest.raises(TransactionNotMined, match="not mined within 0"):
        gateway.wait(bytes(32), timeout_seconds=0.1)


def test_block__hash_is_that_of_the_header_and_parents_link(sample):
    newest = sample.send("store", 1, 1).block_number
    latest = sample.gateway.block("latest")
    assert latest.number >= newest
    for number in range(1, newest + 1):
        block = sample.gateway.block(number)
        assert keccak(block.header_rlp) == block.hash
        assert block.parent_hash == sample.gateway.block(number - 1).hash
        assert block.timestamp > sample.gateway.block(number - 1).timestamp - 1
        assert sample.gateway.block(block.hash) == block


@pytest.mark.parametrize("missing", [10_000_000, -1, b"\x01" * 32])
def test_block__missing__not_found(gateway, missing):
    with pytest.raises(NotFound):
        gateway.block(missing)


def test_receipts__lead_to_the_root_in_the_header(sample):
    for receipt in (sample.receipt, sample.send("store", 1, 2), sample.send("store", 1, 2000)):
        encoded = sample.gateway.receipts_rlp(receipt.block_number)
        assert len(encoded) == 1
        assert receipts_root(encoded) == root_in_header(sample.gateway, receipt.block_number)
    assert sample.gateway.receipts_rlp(0) == []


@pytest.mark.parametrize("reader", ["logs", "receipts_rlp"])
def test_reading_a_missing_block__not_found(gateway, reader):
    with pytest.raises(NotFound):
        getattr(gateway, reader)(10_000_000)


def test_call__sees_the_state_of_the_block_that_was_asked_for(sample):
    first = sample.send("store", 1, 100).block_number
    second = sample.send("store", 1, 200).block_number
    assert sample.call("valueOf", 1, block=first - 1) == 0
    assert sample.call("valueOf", 1, block=first) == 100
    assert sample.call("valueOf", 1, block=second) == 200
    assert sample.call("valueOf", 1) == 200
    assert sample.call("valueOf", 1, block="latest") == 200
    assert sample.call("valueOf", 1, block=sample.gateway.block(first).hash) == 100


def test_call__in_a_block_has_its_number_and_time(sample):
    number = sample.send("store", 1, 1).block_number
    answer = sample.call("now_", block=number)
    assert (answer.number, answer.time) == (number, sample.gateway.block(number).timestamp)
    assert answer.chain == sample.gateway.chain_id


def test_call__changes_nothing(sample):
    before = sample.gateway.block("latest")
    sample.gateway.call(sample.address, sample.register.encode("Sample", "store", 1, 1))
    assert sample.gateway.block("latest") == before
    assert sample.call("valueOf", 1) == 0


def test_call__comes_from_the_sender_that_is_named(sample):
    assert sample.call("whoAmI", sender=NOBODY) == NOBODY
    assert sample.call("whoAmI") == "0x" + "0" * 40


def test_call__where_there_is_no_contract(sample):
    assert sample.gateway.call(NOBODY, b"\x01\x02\x03\x04") == b""
    with pytest.raises(NoContract) as raised:
        sample.call("count", block=sample.receipt.block_number - 1)
    assert raised.value.values["address"] == sample.address


def test_call__in_a_missing_block__not_found(sample):
    with pytest.raises(NotFound):
        sample.call("count", block=10_000_000)


REFUSALS = [
    (0, "Bare", {}),
    (2, "Error", {"reason": "said in words"}),
    (3, "Panic", {"panic_code": 1, "meaning": "assertion failed"}),
    (4, "RevertedWithoutReason", {}),
    (5, "Panic", {"panic_code": 0x32, "meaning": "array index out of range"}),
    (6, "Bare", {}),
]


@pytest.mark.parametrize(("how", "name", "values"), REFUSALS)
def test_call__refused__raises_the_class_of_the_error_with_its_values(sample, how, name, values):
    with pytest.raises(getattr(errors, name)) as raised:
        sample.call("refuse", how)
    assert isinstance(raised.value, ContractRefused)
    assert (raised.value.error_name, raised.value.values) == (name, values)


def test_call__refused_with_a_struct__names_its_members(sample):
    with pytest.raises(errors.WithStruct) as raised:
        sample.call("refuse", 1)
    owner = sample.actor.account.address
    assert raised.value.values == {
        "part": {"grams": 1, "holder": owner, "hash": (2).to_bytes(32, "big")},
        "numbers": [0, 0],
    }
    assert f"part={{grams=1, holder={owner}, hash=0x00" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_transaction__that_reverts__is_mined_and_its_reason_is_found(sample):
    receipt = sample.send("store", 1, 1001)
    assert not receipt.succeeded
    assert receipt.logs == ()
    refusal = sample.gateway.refusal(receipt.tx_hash)
    assert isinstance(refusal, errors.TooLarge)
    assert refusal.values == {"given": 1001, "most": 1000, "by": sample.actor.account.address}
    assert str(refusal).endswith(f"TooLarge(given=1001, most=1000, by={sample.actor.account.address}).")
    assert sample.call("valueOf", 1) == 0


def test_transaction__at_the_limit__is_taken(sample):
    for value in (999, 1000):
        receipt = sample.send("store", 1, value)
        assert receipt.succeeded
        assert sample.gateway.refusal(receipt.tx_hash) is None
        assert sample.call("valueOf", 1) == value


def test_transaction__out_of_gas__says_so(sample):
    receipt = sample.send("refuse", 7, gas=100_000)
    assert not receipt.succeeded
    refusal = sample.gateway.refusal(receipt.tx_hash)
    assert isinstance(refusal, errors.ExecutionFailed)
    assert "gas" in str(refusal).lower()


def test_refusal__of_an_unknown_transaction__not_found(gateway):
    with pytest.raises(NotFound):
        gateway.refusal(bytes(32))


def test_send__the_same_bytes_again__is_one_transaction(sample):
    signed = sample.actor.sign(sample.address, sample.register.encode("Sample", "store", 3, 4))
    assert sample.gateway.send_raw(signed.raw) == signed.tx_hash
    first = sample.gateway.wait(signed.tx_hash)
    assert sample.gateway.send_raw(signed.raw) == signed.tx_hash
    assert sample.gateway.receipt(signed.tx_hash) == first
    assert sample.call("count") == 6


def test_send__another_transaction_with_a_used_number__refused(sample):
    nonce = sample.gateway.nonce(sample.actor.account.address)
    sample.send("store", 1, 1)
    other = sample.actor.sign(sample.address, sample.register.encode("Sample", "store", 1, 2), nonce=nonce)
    with pytest.raises(NonceUsed) as raised:
        sample.gateway.send_raw(other.raw)
    assert raised.value.values == {"sender": sample.actor.account.address, "nonce": nonce, "expected": nonce + 1}
    assert sample.call("valueOf", 1) == 1


def test_nonce__counts_failed_transactions_too(sample):
    before = sample.gateway.nonce(sample.actor.account.address)
    sample.send("store", 1, 5000)
    sample.send("store", 1, 5)
    assert sample.gateway.nonce(sample.actor.account.address) == before + 2
    assert sample.gateway.nonce(NOBODY) == 0


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x02", b"\xc0", b"\xff" * 40, b"\xf8\x6b", b"\x04" + bytes(50)])
def test_send__bytes_that_are_no_transaction__refused(gateway, raw):
    with pytest.raises(TransactionRejected):
        gateway.send_raw(raw)


def test_send__signed_for_another_chain__refused(sample):
    nonce = sample.gateway.nonce(sample.actor.account.address)
    stray = Transaction(1, nonce, 100_000, sample.gateway.gas_price(), sample.address, b"")
    with pytest.raises(TransactionRejected):
        sample.gateway.send_raw(sign_transaction(stray, sample.actor.account).raw)


def test_send__with_too_little_or_too_much_gas__refused(sample):
    for gas in (20_999, 2**40):
        signed = sample.actor.sign(sample.address, b"", gas=gas)
        with pytest.raises(TransactionRejected):
            sample.gateway.send_raw(signed.raw)


def test_estimate__is_enough_and_refuses_what_would_revert(sample):
    data = sample.register.encode("Sample", "store", 9, 9)
    estimate = sample.gateway.estimate_gas(sample.address, data, sample.actor.account.address)
    receipt = sample.actor.send(sample.address, data, gas=estimate)
    assert receipt.succeeded
    assert receipt.gas_used <= estimate < 2 * receipt.gas_used
    with pytest.raises(errors.TooLarge):
        sample.gateway.estimate_gas(sample.address, sample.register.encode("Sample", "store", 9, 9999))


def test_estimate__of_a_deployment(sample, artifact):
    data = artifact.deployment_data(NOBODY, 1)
    estimate = sample.gateway.estimate_gas(None, data, sample.actor.account.address)
    assert sample.actor.send(None, data, gas=estimate).succeeded


def test_threads__each_with_its_own_key__lose_nothing(sample, deploy):
    results: list[object] = []

    def work():
        try:
            mine = deploy(sample.gateway)
            for value in range(4):
                mine.send("store", value, value)
                results.append(mine.call("valueOf", value) == value)
        except Exception as cause:  # noqa: BLE001 - shown by the assertion below
            results.append(cause)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 24


def test_close__twice_is_harmless_and_nothing_works_after(gateway):
    gateway.close()
    gateway.close()
    with pytest.raises(ChainUnavailable, match="closed"):
        gateway.block("latest")
