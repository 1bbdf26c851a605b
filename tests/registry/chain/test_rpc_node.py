"""What only a real node shows: blocks of several transactions, newer forks, free gas, a node that ends."""

import secrets

import pytest
import rlp
from eth_account import Account

from registry.chain import errors
from registry.chain.headers import receipts_root
from registry.chain.json_rpc import Node
from registry.chain.rpc import RpcGateway
from registry.chain.sending import Transaction, sign_transaction
from registry.domain.errors import ChainUnavailable

pytestmark = pytest.mark.node


def test_block_of_several_transactions__receipts_logs_and_refusals(own_anvil, deploy):
    with own_anvil("--hardfork", "london") as url:
        gateway = RpcGateway(url)
        sample = deploy(gateway)
        control = Node(url, 10)
        people = [Account.from_key(secrets.token_bytes(32)) for _ in range(4)]
        for person in people:
            gateway.fund(person.address)
        control.request("evm_setAutomine", False)
        price = gateway.gas_price()
        hashes = []
        for person, value in zip(people, (1, 2, 5000, 3), strict=True):
            data = sample.register.encode("Sample", "store", value, value)
            transaction = Transaction(gateway.chain_id, 0, 200_000, price, sample.address, data)
            signed = sign_transaction(transaction, person)
            assert gateway.send_raw(signed.raw) == signed.tx_hash
            assert gateway.send_raw(signed.raw) == signed.tx_hash
            assert gateway.receipt(signed.tx_hash) is None
            assert gateway.nonce(person.address) == 1
            hashes.append(signed.tx_hash)
        control.request("evm_mine")
        receipts = sorted((gateway.wait(tx_hash) for tx_hash in hashes), key=lambda part: part.transaction_index)
        number = receipts[0].block_number
        assert [receipt.transaction_index for receipt in receipts] == [0, 1, 2, 3]
        encoded = gateway.receipts_rlp(number)
        assert receipts_root(encoded) == rlp.decode(gateway.block(number).header_rlp)[5]
        logs = gateway.logs(number)
        assert [log.log_index for log in logs] == [0, 1, 2]
        assert logs == [log for receipt in receipts for log in receipt.logs]
        assert {log.transaction_index for log in logs} == {
            part.transaction_index for part in receipts if part.succeeded
        }
        (failed,) = [receipt for receipt in receipts if not receipt.succeeded]
        assert isinstance(gateway.refusal(failed.tx_hash), errors.TooLarge)
        control.close()
        gateway.close()


def test_newest_fork__headers_hash_and_receipts_lead_to_their_root(own_anvil, deploy):
    with own_anvil() as url:
        gateway = RpcGateway(url)
        sample = deploy(gateway)
        receipt = sample.send("store", 1, 2)
        header = rlp.decode(gateway.block(receipt.block_number).header_rlp)
        assert len(header) > 16
        assert receipts_root(gateway.receipts_rlp(receipt.block_number)) == header[5]
        gateway.close()


def test_free_gas_network__takes_accounts_without_ether(own_anvil, deploy):
    with own_anvil("--hardfork", "london", "--block-base-fee-per-gas", "0", "--disable-min-priority-fee") as url:
        gateway = RpcGateway(url)
        assert gateway.gas_price() == 0
        sample = deploy(gateway)
        assert sample.send("store", 1, 2).succeeded
        control = Node(url, 10)
        assert control.request("eth_getBalance", sample.actor.account.address, "latest") == "0x0"
        control.close()
        gateway.close()


def test_node_that_ends__is_unavailable(own_anvil):
    with own_anvil() as url:
        gateway = RpcGateway(url, timeout_seconds=2)
        assert gateway.block("latest").number == 0
    with pytest.raises(ChainUnavailable, match=url):
        gateway.block("latest")
    gateway.close()
