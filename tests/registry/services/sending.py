"""Somebody who writes through an outbox, over a gateway that may fail at any moment."""

from __future__ import annotations

from sqlalchemy import select

from registry.chain.gateway import Receipt
from registry.db.models import OutboxTransaction
from registry.db.session import Database
from registry.domain.rules import Role
from registry.services.membership import grant_roles
from registry.services.outbox import Outbox
from tests.registry.services.faulty import FaultyGateway
from tests.world import ACTORS, SHANGHAI, World, actor

CRASHES = [
    f"{when} {method}"
    for method in ("estimate_gas", "nonce", "gas_price", "receipt", "send_raw", "wait")
    for when in ("before", "after")
]


class Sender:
    """Sends proposals: anything a maker may do as often as he likes, and each time it shows on chain."""

    def __init__(self, world: World, database: Database) -> None:
        self.world = world
        self.database = database
        self.gateway = FaultyGateway(world.gateway)
        self.desk = world.register.address("Desk")

    def data(self, number: int = 0) -> bytes:
        call = grant_roles(SHANGHAI, [(Role.EXPERT, actor(f"EXPERT_{number}").address)])
        inner = self.world.register.encode(call.contract, call.function, *call.args)
        return self.world.register.encode("Desk", "propose", self.world.register.address(call.contract), inner)

    def send(self, key: str = "key", number: int = 0, who: str = "ADMIN", gas: int | None = None) -> Receipt:
        outbox = Outbox(self.database, self.gateway, wait_seconds=1)
        return outbox.send(ACTORS[who], self.desk, self.data(number), key=key, gas=gas)

    def attempt(self, key: str = "key", number: int = 0, who: str = "ADMIN") -> Receipt:
        outbox = Outbox(self.database, self.gateway, wait_seconds=1)
        return outbox.attempt(ACTORS[who], self.desk, self.data(number), key=key)

    def requests(self) -> int:
        return int(self.world.call("Desk", "requestCount"))

    def row(self, key: str = "key") -> OutboxTransaction | None:
        with self.database.session() as session:
            return session.scalar(select(OutboxTransaction).where(OutboxTransaction.key == key))

    def state(self, key: str = "key") -> str | None:
        row = self.row(key)
        return None if row is None else row.state
