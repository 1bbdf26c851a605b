"""The gateway to a node, where the node is wrong, old, busy or gone: a small server that answers as it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from eth.constants import BLANK_ROOT_HASH
from eth.rlp.headers import BlockHeader
from eth_account import Account

from registry.chain import errors
from registry.chain.failures import (
    AnswerMalformed,
    HeaderMismatch,
    NodeRefused,
    NonceTooHigh,
    NonceUsed,
    TransactionRejected,
    WrongChain,
)
from registry.chain.opening import CHAIN_FILE, open_gateway
from registry.chain.rpc import RpcGateway
from registry.chain.sending import Transaction, sign_transaction
from registry.domain.errors import ChainUnavailable, InvalidInput, NotFound

ALICE = Account.from_key(b"\x01" * 32)
CONTRACT = "0x00000000000000000000000000000000000000AA"
SIGNED = sign_transaction(Transaction(7, 4, 21_000, 0, CONTRACT, b""), ALICE)
TX_HASH = "0x" + SIGNED.tx_hash.hex()
BARE = "0x1d8b0ff9"


class Refusing(Exception):
    """What a scripted method raises to answer with a JSON-RPC error."""

    def __init__(self, message, code=-32000, data=None):
        super().__init__(message)
        self.error = {"code": code, "message": message, **({} if data is None else {"data": data})}


class ScriptedNode:
    """A JSON-RPC server; `answers` maps methods to values, or to functions of the parameters."""

    def __init__(self):
        self.answers = {"eth_chainId": "0x7"}
        self.asked = []
        self.raw_answer = None
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = script.answer(request)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request):
        if self.raw_answer is not None:
            return self.raw_answer
        self.asked.append((request["method"], request["params"]))
        answer = self.answers.get(request["method"], Refusing("method not found", -32601))
        result = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            value = answer(*request["params"]) if callable(answer) else answer
            if isinstance(value, Exception):
                raise value
            result["result"] = value
        except Refusing as refused:
            result["error"] = refused.error
        return 200, json.dumps(result).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def node():
    scripted = ScriptedNode()
    yield scripted
    scripted.close()


@pytest.fixture
def gateway(node):
    opened = RpcGateway(node.url, timeout_seconds=5)
    yield opened
    opened.close()


def test_connect__knows_the_chain_and_refuses_another(node):
    opened = RpcGateway(node.url, expected_chain_id=7)
    assert opened.chain_id == 7
    opened.close()
    with pytest.raises(WrongChain, match="on chain 7, not on chain 20260"):
        RpcGateway(node.url, expected_chain_id=20260)


def test_connect__nobody_there__unavailable_with_the_url_and_without_the_password(node):
    node.close()
    url = node.url.replace("http://", "http://user:geheim@")
    with pytest.raises(ChainUnavailable) as raised:
        RpcGateway(url, timeout_seconds=1)
    assert node.url in str(raised.value)
    assert "Check that the node runs" in str(raised.value)
    assert "geheim" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ftp://127.0.0.1", "http://", "ws://127.0.0.1:1"])
def test_connect__no_url__refused(url):
    with pytest.raises(InvalidInput):
        RpcGateway(url)


@pytest.mark.parametrize(
    "answer", [(500, b"broken"), (404, b"{}"), (200, b"<html>"), (200, b""), (200, b"[]"), (200, b"5"), (200, b"{}")]
)
def test_answer__that_is_no_json_rpc__unavailable(gateway, node, answer):
    node.raw_answer = answer
    with pytest.raises(ChainUnavailable, match=node.url):
        gateway.nonce(CONTRACT)


@pytest.mark.parametrize("answer", [None, "", "12", 5, "0xzz", [], {}])
def test_answer__of_the_wrong_shape__malformed(gateway, node, answer):
    node.answers.update(eth_getTransactionCount=answer, eth_call=answer, eth_getCode=answer, eth_estimateGas=answer)
    asks = (
        lambda: gateway.nonce(CONTRACT),
        lambda: gateway.call(CONTRACT, b""),
        lambda: gateway.code(CONTRACT),
        lambda: gateway.estimate_gas(CONTRACT, b""),
    )
    for ask in asks:
        with pytest.raises(AnswerMalformed):
            ask()


def test_method__that_the_node_does_not_have__says_which(gateway):
    with pytest.raises(NodeRefused, match="did not answer eth_getTransactionCount: method not found"):
        gateway.nonce(CONTRACT)


@pytest.mark.parametrize(
    ("refusing", "kind"),
    [
        (Refusing("execution reverted", 3, BARE), "UnknownRefusal"),
        (Refusing("VM Exception while processing: revert", -32603, {"data": BARE}), "UnknownRefusal"),
        (Refusing("VM execution error.", -32015, "Reverted " + BARE), "UnknownRefusal"),
        (Refusing("Execution reverted", -32000, {"message": "no", "output": BARE}), "UnknownRefusal"),
        (Refusing("execution reverted", 3, "0x"), "RevertedWithoutReason"),
        (Refusing("execution reverted"), "RevertedWithoutReason"),
        (Refusing("out of gas"), "ExecutionFailed"),
        (Refusing("invalid opcode: INVALID"), "ExecutionFailed"),
    ],
)
def test_call__refused__wherever_nodes_put_the_data(gateway, node, refusing, kind):
    node.answers.update(eth_call=refusing, eth_estimateGas=refusing)
    for ask in (lambda: gateway.call(CONTRACT, b""), lambda: gateway.estimate_gas(CONTRACT, b"")):
        with pytest.raises(getattr(errors, kind)):
            ask()


def test_call__the_node_is_at_fault__is_no_refusal_of_the_contract(gateway, node):
    node.answers["eth_call"] = Refusing("missing trie node", -32000)
    with pytest.raises(NodeRefused, match="missing trie node"):
        gateway.call(CONTRACT, b"")
    node.answers["eth_getBlockByNumber"] = None
    with pytest.raises(NotFound):
        gateway.call(CONTRACT, b"", block=9)


def test_send__answers_with_the_hash(gateway, node):
    node.answers["eth_sendRawTransaction"] = TX_HASH
    assert gateway.send_raw(SIGNED.raw) == SIGNED.tx_hash
    assert node.asked[-1] == ("eth_sendRawTransaction", ["0x" + SIGNED.raw.hex()])


def test_send__answers_with_another_hash__malformed(gateway, node):
    node.answers["eth_sendRawTransaction"] = "0x" + "00" * 32
    with pytest.raises(AnswerMalformed):
        gateway.send_raw(SIGNED.raw)


@pytest.mark.parametrize("message", ["already known", "Known transaction", "transaction already imported"])
def test_send__again_while_it_waits__is_success(gateway, node, message):
    node.answers["eth_sendRawTransaction"] = Refusing(message)
    assert gateway.send_raw(SIGNED.raw) == SIGNED.tx_hash


def test_send__again_after_it_was_mined__is_success(gateway, node):
    node.answers["eth_sendRawTransaction"] = Refusing("nonce too low")
    node.answers["eth_getTransactionByHash"] = {"hash": TX_HASH}
    assert gateway.send_raw(SIGNED.raw) == SIGNED.tx_hash


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("nonce too low", NonceUsed),
        ("Nonce too low", NonceUsed),
        ("replacement transaction underpriced", NonceUsed),
        ("Transaction nonce is too distant from current sender nonce", NonceTooHigh),
        ("insufficient funds for gas * price + value", TransactionRejected),
        ("transaction underpriced", TransactionRejected),
    ],
)
def test_send__refused__says_what_it_means(gateway, node, message, kind):
    node.answers["eth_sendRawTransaction"] = Refusing(message)
    node.answers["eth_getTransactionByHash"] = None
    node.answers["eth_getTransactionCount"] = "0x9"
    with pytest.raises(kind) as raised:
        gateway.send_raw(SIGNED.raw)
    if kind is not TransactionRejected:
        assert raised.value.values == {"sender": ALICE.address, "nonce": 4, "expected": 9}


def test_send__is_never_repeated_by_itself(gateway, node):
    node.answers["eth_sendRawTransaction"] = Refusing("busy")
    node.answers["eth_getTransactionByHash"] = None
    with pytest.raises(TransactionRejected):
        gateway.send_raw(SIGNED.raw)
    assert [method for method, _ in node.asked].count("eth_sendRawTransaction") == 1


def block_json(**changes):
    """An empty block of a chain before London, with its hash."""
    header = BlockHeader(difficulty=1, block_number=5, gas_limit=30_000_000, timestamp=9, nonce=bytes(8))
    blank = "0x" + BLANK_ROOT_HASH.hex()
    raw = {
        "parentHash": "0x" + header.parent_hash.hex(),
        "sha3Uncles": "0x" + header.uncles_hash.hex(),
        "miner": "0x" + header.coinbase.hex(),
        "stateRoot": blank,
        "transactionsRoot": blank,
        "receiptsRoot": blank,
        "logsBloom": "0x" + "00" * 256,
        "difficulty": "0x1",
        "number": "0x5",
        "gasLimit": hex(30_000_000),
        "gasUsed": "0x0",
        "timestamp": "0x9",
        "extraData": "0x",
        "mixHash": "0x" + "00" * 32,
        "nonce": "0x" + "00" * 8,
        "hash": "0x" + header.hash.hex(),
        "transactions": [],
    }
    return {**raw, **changes}


def test_block__that_is_what_it_says(gateway, node):
    node.answers["eth_getBlockByNumber"] = block_json()
    block = gateway.block(5)
    assert (block.number, block.timestamp, "0x" + block.hash.hex()) == (5, 9, block_json()["hash"])


def test_block__forged_or_another_one__refused(gateway, node):
    node.answers["eth_getBlockByNumber"] = block_json(timestamp="0xa")
    with pytest.raises(HeaderMismatch):
        gateway.block(5)
    node.answers["eth_getBlockByNumber"] = block_json()
    with pytest.raises(AnswerMalformed, match="it is block 5"):
        gateway.block(6)
    node.answers["eth_getBlockByNumber"] = "soon"
    with pytest.raises(AnswerMalformed):
        gateway.block(5)


def test_receipts__one_too_few_or_foreign__refused(gateway, node):
    receipt = {"status": "0x1", "cumulativeGasUsed": "0x1", "logsBloom": "0x" + "00" * 256, "logs": []}
    node.answers["eth_getBlockByNumber"] = block_json(transactions=["0x" + "01" * 32])
    node.answers["eth_getBlockReceipts"] = []
    with pytest.raises(AnswerMalformed, match="0 for 1"):
        gateway.receipts_rlp(5)
    node.answers["eth_getBlockReceipts"] = [{**receipt, "transactionIndex": "0x0"}]
    with pytest.raises(HeaderMismatch, match="receipts root"):
        gateway.receipts_rlp(5)


def test_receipts__from_a_node_that_gives_them_one_by_one(gateway, node):
    node.answers["eth_getBlockByNumber"] = block_json()
    assert gateway.receipts_rlp(5) == []
    assert ("eth_getBlockReceipts", ["0x5"]) in node.asked


def test_logs__of_another_block_or_removed__refused(gateway, node):
    log = {
        "address": CONTRACT,
        "topics": [],
        "data": "0x",
        "blockNumber": "0x5",
        "blockHash": block_json()["hash"],
        "transactionHash": TX_HASH,
        "transactionIndex": "0x0",
        "logIndex": "0x0",
    }
    node.answers["eth_getBlockByNumber"] = block_json()
    node.answers["eth_getLogs"] = [log]
    assert gateway.logs(5)[0].address == CONTRACT
    for change in ({"blockHash": "0x" + "00" * 32}, {"removed": True}, {"data": None}):
        node.answers["eth_getLogs"] = [{**log, **change}]
        with pytest.raises(AnswerMalformed):
            gateway.logs(5)


def test_receipt__that_is_not_mined_yet__is_none(gateway, node):
    for answer in (None, {"transactionHash": TX_HASH, "blockNumber": None}):
        node.answers["eth_getTransactionReceipt"] = answer
        assert gateway.receipt(SIGNED.tx_hash) is None


@pytest.mark.parametrize(
    ("asked", "base_fee", "price"),
    [("0x0", None, 0), ("0x0", "0x0", 0), ("0x64", "0x0", 100), ("0x64", "0x40", 128), ("0x3e8", "0x7", 1000)],
)
def test_gas_price__is_nothing_where_gas_is_free_and_enough_elsewhere(gateway, node, asked, base_fee, price):
    node.answers["eth_gasPrice"] = asked
    node.answers["eth_getBlockByNumber"] = block_json(baseFeePerGas=base_fee)
    assert gateway.gas_price() == price


def test_fund__gives_only_where_it_is_needed_and_can(gateway, node):
    node.answers.update(eth_gasPrice="0x0", eth_getBlockByNumber=block_json())
    gateway.fund(CONTRACT)
    node.answers.update(eth_gasPrice="0x1", eth_accounts=[])
    gateway.fund(CONTRACT)
    node.answers.update(eth_accounts=[ALICE.address], eth_getBalance=hex(10**19))
    gateway.fund(CONTRACT)
    assert "eth_sendTransaction" not in [method for method, _ in node.asked]
    node.answers["eth_getBalance"] = "0x0"
    with pytest.raises(NodeRefused, match="eth_sendTransaction"):
        gateway.fund(CONTRACT)


def test_open_gateway__by_what_the_settings_say(tmp_path, node):
    embedded = open_gateway("embedded", tmp_path / "home")
    assert (tmp_path / "home" / CHAIN_FILE).exists()
    assert embedded.chain_id == 20260
    embedded.close()
    remote = open_gateway(node.url, tmp_path)
    assert remote.chain_id == 7
    remote.close()
    for wrong in ("", "besu", "ipc:///x"):
        with pytest.raises(InvalidInput, match="embedded"):
            open_gateway(wrong, tmp_path)
