"""The embedded chain by itself: its file, its clock, its rules."""

import sqlite3

import pytest
from eth_account import Account

from registry.chain.block_store import BlockStore
from registry.chain.embedded import DEFAULT_CHAIN_ID, EmbeddedGateway
from registry.chain.failures import ChainStoreDamaged, ForeignChainStore, NonceTooHigh, TransactionRejected
from registry.chain.sending import Transaction, sign_transaction
from registry.domain.errors import ChainUnavailable

ALICE = Account.from_key(b"\x01" * 32)


class FakeClock:
    """A clock that a test sets."""

    def __init__(self, now=1_700_000_000):
        self.now = now

    def __call__(self):
        return self.now


def change(path, statement, *values):
    """What only a fault or an attacker does to the file."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "chain.sqlite"


@pytest.fixture
def chain_of_three(path, deploy):
    """A closed file with a deployment and two calls."""
    gateway = EmbeddedGateway(path, clock=FakeClock())
    sample = deploy(gateway, ALICE)
    sample.send("store", 1, 10)
    sample.send("store", 2, 20)
    gateway.close()
    return sample


def test_restart__goes_on_where_it_ended(path, deploy):
    gateway = EmbeddedGateway(path)
    sample = deploy(gateway, ALICE)
    receipt = sample.send("store", 1, 10)
    head = gateway.block("latest")
    gateway.close()

    again = EmbeddedGateway(path)
    assert again.block("latest") == head
    assert again.receipt(receipt.tx_hash) == receipt
    assert again.nonce(ALICE.address) == 2
    data = sample.register.encode("Sample", "store", 1, 30)
    again.send_raw(sign_transaction(Transaction(again.chain_id, 2, 200_000, 0, sample.address, data), ALICE).raw)
    assert again.block("latest").parent_hash == head.hash
    again.close()


def test_same_transactions_at_the_same_times__give_the_same_blocks(deploy):
    heads = []
    for _ in range(2):
        gateway = EmbeddedGateway(None, clock=FakeClock())
        deploy(gateway, ALICE).send("store", 1, 2)
        heads.append(gateway.block("latest"))
        gateway.close()
    assert heads[0] == heads[1]


def test_genesis__differs_by_chain_id_only():
    blocks = []
    for chain_id in (DEFAULT_CHAIN_ID, DEFAULT_CHAIN_ID, 7):
        gateway = EmbeddedGateway(None, chain_id)
        blocks.append(gateway.block(0))
        assert gateway.chain_id == chain_id
        gateway.close()
    assert blocks[0] == blocks[1] != blocks[2]
    assert blocks[0].timestamp == 0


def test_block_time__follows_the_clock_and_always_moves_on(deploy):
    clock = FakeClock(1_000)
    gateway = EmbeddedGateway(None, clock=clock)
    sample = deploy(gateway)
    times = [gateway.block("latest").timestamp]
    for now in (1_000, 5_000, 5_000, 100, 5_003):
        clock.now = now
        sample.send("store", 1, 1)
        assert sample.call("storedAt") == gateway.block("latest").timestamp
        times.append(gateway.block("latest").timestamp)
    assert times == [1_000, 1_001, 5_000, 5_001, 5_002, 5_003]
    gateway.close()


def test_waiting__makes_no_empty_blocks_but_a_call_sees_the_time(deploy):
    clock = FakeClock(1_000)
    gateway = EmbeddedGateway(None, clock=clock)
    sample = deploy(gateway)
    clock.now = 9_000
    assert sample.call("now_").time == 9_000
    assert sample.call("now_").number == 2
    assert sample.call("now_", block="latest").time == 1_000
    assert gateway.block("latest").number == 1
    gateway.close()


def test_gas_is_free__whatever_a_block_uses(deploy):
    gateway = EmbeddedGateway(None)
    sample = deploy(gateway)
    assert gateway.gas_price() == 0
    sample.send("refuse", 7, gas=2_000_000)
    assert sample.call("now_", block="latest").fee == 0
    gateway.close()


def test_gas_price__that_nobody_can_pay__refused(deploy):
    gateway = EmbeddedGateway(None)
    priced = sign_transaction(Transaction(gateway.chain_id, 0, 100_000, 1, ALICE.address, b""), ALICE)
    with pytest.raises(TransactionRejected, match="afford"):
        gateway.send_raw(priced.raw)
    assert gateway.block("latest").number == 0
    gateway.close()


def test_number__ahead_of_the_next__refused_and_nothing_changes():
    gateway = EmbeddedGateway(None)
    early = sign_transaction(Transaction(gateway.chain_id, 1, 100_000, 0, ALICE.address, b""), ALICE)
    with pytest.raises(NonceTooHigh) as raised:
        gateway.send_raw(early.raw)
    assert raised.value.values == {"sender": ALICE.address, "nonce": 1, "expected": 0}
    assert gateway.block("latest").number == 0
    gateway.close()


def test_transaction__without_chain_id__refused():
    gateway = EmbeddedGateway(None)
    fields = {"nonce": 0, "gas": 100_000, "gasPrice": 0, "to": ALICE.address, "value": 0, "data": b""}
    with pytest.raises(TransactionRejected, match="no chain"):
        gateway.send_raw(bytes(ALICE.sign_transaction(fields).raw_transaction))
    gateway.close()


def test_transaction__of_the_newer_type__taken_and_its_receipt_is_typed():
    gateway = EmbeddedGateway(None)
    fields = {
        "type": 2,
        "chainId": gateway.chain_id,
        "nonce": 0,
        "gas": 100_000,
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "to": ALICE.address,
        "value": 0,
        "data": b"",
    }
    tx_hash = gateway.send_raw(bytes(ALICE.sign_transaction(fields).raw_transaction))
    receipt = gateway.wait(tx_hash)
    assert receipt.succeeded
    assert gateway.receipts_rlp(receipt.block_number)[0][0] == 2
    gateway.close()


def test_changed_signature__never_acts_for_its_signer():
    gateway = EmbeddedGateway(None)
    raw = sign_transaction(Transaction(gateway.chain_id, 0, 100_000, 0, ALICE.address, b""), ALICE).raw
    for position in range(len(raw) - 64, len(raw), 7):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        try:
            receipt = gateway.wait(gateway.send_raw(changed))
        except (TransactionRejected, NonceTooHigh):
            continue
        assert receipt.sender != ALICE.address
    assert gateway.nonce(ALICE.address) == 0
    gateway.close()


def test_blockhash__gives_the_blocks_before(deploy):
    gateway = EmbeddedGateway(None)
    sample = deploy(gateway)
    sample.send("store", 1, 1)
    assert sample.call("hashOf", 1) == gateway.block(1).hash
    assert sample.call("hashOf", 2) == gateway.block(2).hash
    assert sample.call("hashOf", 3) == bytes(32)
    gateway.close()


def test_two_gateways_on_one_file__see_each_other(path, deploy):
    first, second = EmbeddedGateway(path), EmbeddedGateway(path)
    sample = deploy(first, ALICE)
    assert second.code(sample.address) == first.code(sample.address)
    data = sample.register.encode("Sample", "store", 1, 30)
    for number, gateway in enumerate((second, first, second), start=1):
        gateway.send_raw(
            sign_transaction(Transaction(first.chain_id, number, 200_000, 0, sample.address, data), ALICE).raw
        )
    assert first.block("latest") == second.block("latest")
    assert first.block("latest").number == 4
    first.close()
    second.close()


def test_open__as_another_chain__refused(path):
    EmbeddedGateway(path).close()
    with pytest.raises(ForeignChainStore, match=r"holds chain 20260, not chain 7.*another home") as raised:
        EmbeddedGateway(path, 7)
    assert raised.value.values["path"] == str(path)


def test_open__a_file_that_is_no_database__refused_and_left_alone(path):
    path.write_bytes(b"a letter to a friend" * 100)
    with pytest.raises(ForeignChainStore, match="no SQLite file"):
        EmbeddedGateway(path)
    assert path.read_bytes() == b"a letter to a friend" * 100


def test_open__a_database_of_somebody_else__refused_and_left_alone(path):
    change(path, "CREATE TABLE friends (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(ForeignChainStore, match="another program"):
        EmbeddedGateway(path)
    assert path.read_bytes() == before


def test_open__a_newer_format__refused(path):
    EmbeddedGateway(path).close()
    change(path, "PRAGMA user_version = 99")
    with pytest.raises(ForeignChainStore, match="version 99"):
        EmbeddedGateway(path)


def test_open__a_folder_or_a_missing_folder__refused(tmp_path):
    for wrong in (tmp_path, tmp_path / "missing" / "chain.sqlite"):
        with pytest.raises(ForeignChainStore):
            EmbeddedGateway(wrong)


def test_open__an_empty_file__begins_a_chain(path):
    path.touch()
    gateway = EmbeddedGateway(path)
    assert gateway.block("latest").number == 0
    gateway.close()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM blocks WHERE number = 0", "genesis"),
        ("DELETE FROM blocks WHERE number = 2", "does not follow"),
        ("UPDATE blocks SET header = CAST(x'00' || header AS BLOB) WHERE number = 3", "another hash"),
        ("UPDATE blocks SET header = 'text' WHERE number = 3", "does not read"),
        ("UPDATE blocks SET receipt = (SELECT receipt FROM blocks WHERE number = 2) WHERE number = 3", "receipt"),
        ("DELETE FROM nodes", "state"),
        ("UPDATE nodes SET value = x'00'", "another hash"),
        ("DROP TABLE nodes", "no such table"),
        ("UPDATE settings SET value = 'x'", "holds chain x"),
    ],
)
def test_open__damaged__says_what_and_where(chain_of_three, path, statement, problem):
    change(path, statement)
    with pytest.raises((ChainStoreDamaged, ForeignChainStore), match=problem) as raised:
        EmbeddedGateway(path)
    assert str(path) in str(raised.value)


def test_open__cut_short__says_so(chain_of_three, path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ChainStoreDamaged):
        EmbeddedGateway(path)


def test_state__lost_below_the_root__is_noticed_when_it_is_read(chain_of_three, path):
    gateway = EmbeddedGateway(path)
    code = gateway.code(chain_of_three.address)
    gateway.close()
    change(path, "DELETE FROM nodes WHERE value = ?", code)
    gateway = EmbeddedGateway(path)
    with pytest.raises(ChainStoreDamaged, match="missing"):
        gateway.call(chain_of_three.address, b"")
    gateway.close()


def test_older_receipt__changed__is_noticed_when_it_is_read(chain_of_three, path):
    change(path, "UPDATE blocks SET receipt = (SELECT receipt FROM blocks WHERE number = 3) WHERE number = 2")
    gateway = EmbeddedGateway(path)
    with pytest.raises(ChainStoreDamaged, match="receipt of block 2"):
        gateway.receipts_rlp(2)
    gateway.close()


def test_locked_file__is_unavailable_and_usable_afterwards(path, deploy):
    gateway = EmbeddedGateway(path, lock_timeout_seconds=0.1)
    sample = deploy(gateway)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ChainUnavailable, match="locked"):
        sample.send("store", 1, 1)
    assert sample.call("valueOf", 1) == 0
    other.execute("ROLLBACK")
    other.close()
    assert sample.send("store", 1, 1).succeeded
    gateway.close()


def test_state__cannot_be_written_outside_a_block():
    store = BlockStore(None)
    with pytest.raises(ChainStoreDamaged, match="outside a block"):
        store.nodes[bytes(32)] = b"x"
    store.close()
