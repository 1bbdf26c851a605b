"""Two chains for the same tests: the embedded one, and anvil behind JSON-RPC."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from registry.chain.artifacts import Artifact, read_artifact
from registry.chain.contracts import Register
from registry.chain.embedded import EmbeddedGateway
from registry.chain.errors import learn_errors
from registry.chain.gateway import Gateway, Receipt
from registry.chain.sending import SignedTransaction, Transaction, sign_transaction

FIXTURES = Path(__file__).parent / "fixtures"
PACKAGES = Path(__file__).parents[3] / "contracts" / "node_modules" / "@foundry-rs"
ANVIL_CHAIN_ID = 20261
ANVIL_START_SECONDS = 20
GAS = 1_500_000


@dataclass
class Actor:
    """A key on one chain, with what a test needs to act by it."""

    gateway: Gateway
    account: LocalAccount

    def sign(self, to: str | None, data: bytes, nonce: int | None = None, gas: int = GAS) -> SignedTransaction:
        gateway = self.gateway
        number = gateway.nonce(self.account.address) if nonce is None else nonce
        transaction = Transaction(gateway.chain_id, number, gas, gateway.gas_price(), to, data)
        return sign_transaction(transaction, self.account)

    def send(self, to: str | None, data: bytes, gas: int = GAS) -> Receipt:
        return self.gateway.wait(self.gateway.send_raw(self.sign(to, data, gas=gas).raw), 20)


@dataclass
class Deployed:
    """The sample contract on one chain, deployed by `actor`."""

    actor: Actor
    register: Register
    receipt: Receipt

    @property
    def gateway(self) -> Gateway:
        return self.actor.gateway

    @property
    def address(self) -> str:
        return self.register.address("Sample")

    def send(self, function: str, *args: object, gas: int = GAS) -> Receipt:
        return self.actor.send(self.address, self.register.encode("Sample", function, *args), gas)

    def call(self, function: str, *args: object, **options: object) -> object:
        return self.register.call("Sample", function, *args, **options)


def deploy_sample(gateway: Gateway, artifact: Artifact, account: LocalAccount | None = None) -> Deployed:
    actor = Actor(gateway, account or Account.from_key(secrets.token_bytes(32)))
    gateway.fund(actor.account.address)
    receipt = actor.send(None, artifact.deployment_data(actor.account.address, 5))
    assert receipt.contract_address is not None
    register = Register(gateway, {"Sample": receipt.contract_address}, {"Sample": artifact.abi})
    return Deployed(actor, register, receipt)


@pytest.fixture(scope="session")
def artifact() -> Artifact:
    """The sample contract of `fixtures/`; its errors are known from here on."""
    found = read_artifact(FIXTURES / "Sample.json")
    learn_errors(found.abi)
    return found


@contextmanager
def anvil(*arguments: str) -> Iterator[str]:
    """A node of its own on a free loopback port, ended at the end. Yields its URL."""
    binaries = sorted(PACKAGES.glob("anvil-*/bin/anvil"))
    if not binaries:
        reason = "anvil is not installed: run `npm ci --prefix contracts`"
        if os.environ.get("PUHUI_REQUIRE_NODE") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(binaries[0]), "--silent", "--host", "127.0.0.1", "--port", str(port)]
    node = subprocess.Popen([*command, "--chain-id", str(ANVIL_CHAIN_ID), *arguments], stdout=subprocess.DEVNULL)
    try:
        _wait_for_port(node, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        node.terminate()
        node.wait(10)


@pytest.fixture(scope="session")
def anvil_url() -> Iterator[str]:
    """The node that most tests share."""
    with anvil("--hardfork", "london") as url:
        yield url


@pytest.fixture
def own_anvil():
    """Starts a node for one test, with arguments of its own."""
    return anvil


def _wait_for_port(node: subprocess.Popen[bytes], port: int) -> None:
    give_up_at = time.monotonic() + ANVIL_START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert node.poll() is None, "anvil ended"
            assert time.monotonic() < give_up_at, "anvil does not listen"
            time.sleep(0.05)
        else:
            return


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.node)])
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """The same tests on both chains."""
    if request.param == "embedded":
        opened: Gateway = EmbeddedGateway(None)
    else:
        from registry.chain.rpc import RpcGateway

        opened = RpcGateway(request.getfixturevalue("anvil_url"))
    yield opened
    opened.close()


@pytest.fixture
def sample(gateway: Gateway, artifact: Artifact) -> Deployed:
    """The sample contract on either chain."""
    return deploy_sample(gateway, artifact)


@pytest.fixture
def deploy(artifact: Artifact):
    """Deploys the sample on a gateway that the test made itself."""
    return lambda gateway, account=None: deploy_sample(gateway, artifact, account)
