"""One opened installation: chain, contracts, database, outbox and index in one object that services are handed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from sqlalchemy.exc import SQLAlchemyError

from registry.chain.contracts import Register
from registry.chain.failures import TransactionRejected
from registry.chain.gateway import Gateway, Receipt
from registry.chain.keys import KeyStore
from registry.chain.opening import open_gateway
from registry.db.session import Database, DatabaseUnavailable, open_database
from registry.domain.errors import Conflict, ContractRefused, NotFound, Unavailable
from registry.services.chain_identity import check_chain, require_chain_file
from registry.services.home import DATABASE_VARIABLE, Home, NetworkSettings
from registry.services.indexing import Indexer
from registry.services.outbox import Outbox

# Whoever only opens the registry does not wait long for what somebody else left unfinished.
RECOVERY_WAIT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything a service needs. Made by `open_registry`."""

    home: Home
    network: NetworkSettings
    gateway: Gateway
    register: Register
    database: Database
    outbox: Outbox
    indexer: Indexer

    @property
    def keys(self) -> KeyStore:
        """The keystore files of this home."""
        return KeyStore(self.home.keys)

    def send(self, actor: LocalAccount, contract: str, function: str, args: list[Any], *, key: str) -> Receipt:
        """Sends one transaction to a contract and waits until it is mined.

        `key` is the idempotency key: sending again with the same key gives the first outcome and no second transaction.

        Raises:
            ContractRefused: the contract refused, with its values; nothing was changed. ConsentMissing has as further
                values `target` and `data`, the call that another agent has to consent to.
            Conflict: the key was used for another call.
            ChainUnavailable: the node does not answer; sending again with the same key is safe.
        """
        data = self.register.encode(contract, function, *args)
        try:
            return self.outbox.send(actor, self.register.address(contract), data, key=key)
        except ContractRefused as refused:
            if refused.error_name != "ConsentMissing":
                raise
            values = {**refused.values, "target": contract, "data": data}
            raise type(refused)(error_name=refused.error_name, contract=refused.contract, **values) from None

    def attempt(self, actor: LocalAccount, contract: str, function: str, args: list[Any], *, key: str) -> Receipt:
        """As `send`, where nobody can choose another key: once an attempt failed for good, the next one is another.

        `key` names what is meant; it takes effect once. Raises as `Outbox.attempt`.
        """
        data = self.register.encode(contract, function, *args)
        return self.outbox.attempt(actor, self.register.address(contract), data, key=key)

    def call(self, contract: str, function: str, *args: Any) -> Any:
        """Reads from a contract at the newest block."""
        return self.register.call(contract, function, *args)

    def events(self, receipt: Receipt, name: str) -> list[dict[str, Any]]:
        """The arguments of all events of this name in a receipt, in order."""
        decoded = (self.register.decode_log(log) for log in receipt.logs)
        return [event.args for event in decoded if event is not None and event.name == name]

    def event(self, receipt: Receipt, name: str) -> dict[str, Any]:
        """The arguments of the one event of this name. Raises NotFound if there is none, Conflict if several."""
        found = self.events(receipt, name)
        if not found:
            raise NotFound(kind=f"event {name} in transaction", id="0x" + receipt.tx_hash.hex())
        if len(found) > 1:
            raise Conflict(kind="transaction", id="0x" + receipt.tx_hash.hex(), problem=f"it has {len(found)} {name}")
        return found[0]

    def close(self) -> None:
        """Ends the connections. The object is not used afterwards."""
        self.gateway.close()
        self.database.close()


def assemble(home: Home, network: NetworkSettings, gateway: Gateway, database: Database) -> Registry:
    """Joins an open chain and an open database into a registry."""
    register = Register(gateway, network.contracts)
    return Registry(
        home=home,
        network=network,
        gateway=gateway,
        register=register,
        database=database,
        outbox=Outbox(database, gateway),
        indexer=Indexer(database, gateway, register, first_block=network.deployed_block),
    )


@contextmanager
def open_home_database(home: Home) -> Iterator[Database]:
    """Opens the database of a home and closes it again.

    Raises:
        InvalidInput: PUHUI_DATABASE_URL is no address of a database.
        DatabaseUnavailable: it cannot be opened, or lacks its driver.
    """
    home.make()
    try:
        database = open_database(home.database_url)
    except (SQLAlchemyError, ImportError, OSError) as cause:
        # An address with a password is not shown.
        where = str(home.database_url) if isinstance(home.database_url, Path) else f"of {DATABASE_VARIABLE}"
        raise DatabaseUnavailable(what=where, problem=f"{type(cause).__name__}: {cause}") from cause
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_registry(home: Home) -> Iterator[Registry]:
    """Opens the registry of a home and closes it again. What a crash left unsent in the outbox is sent first.

    Raises:
        NoNetwork: no network was set up in this home.
        ChainMissing, ChainReplaced: the chain is not the one the home belongs to.
        ChainUnavailable: the node does not answer.
        DatabaseUnavailable: the database cannot be opened.
    """
    network = home.read_network()
    require_chain_file(home, network.chain)
    gateway = open_gateway(network.chain, home.root)
    try:
        check_chain(home, network, gateway)
        with open_home_database(home) as database:
            _recover(database, gateway)
            yield assemble(home, network, gateway, database)
    finally:
        gateway.close()


def _recover(database: Database, gateway: Gateway) -> None:
    """Sends again what was signed and not settled. What cannot be settled now is no reason to keep readers out."""
    with suppress(Unavailable, TransactionRejected):
        Outbox(database, gateway, wait_seconds=RECOVERY_WAIT_SECONDS).recover()
