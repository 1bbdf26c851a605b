"""Mailboxes as they are at their worst: down, cut off, dropping, repeating, reordering, altering."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from oracles.daemon.http_mailbox import MailboxUnavailable
from registry.domain.errors import InvalidInput
from registry.services.oracle_messages import (
    MessageBox,
    MessageRefused,
    OpenPlace,
    message_bytes,
    read_message,
    report_of,
)
from registry.services.signatures import Signature
from tests.oracles.simulation.chain import CHAIN_ID, CONTRACT

if TYPE_CHECKING:
    from tests.oracles.simulation.world import Node, World


@dataclass
class Weather:
    """What goes wrong on the roads until they heal: shares of messages."""

    drop: float = 0.0
    repeat: float = 0.0
    alter: float = 0.0
    old: float = 0.0


@dataclass
class Relay:
    """The registry's mailbox."""

    box: MessageBox = field(default_factory=MessageBox)
    history: list[bytes] = field(default_factory=list)


def put(content: bytes, box: MessageBox, place: OpenPlace | None) -> None:
    """What a mailbox does with a message, as the API and the listener do it."""
    message = parsed(content)
    if message is None:
        raise MessageRefused(problem="it is no message")
    if place is None or place.project_id != report_of(message).project_id:
        raise MessageRefused(problem="no place of its project is open")
    box.put(message, place)


@lru_cache(maxsize=65_536)
def parsed(content: bytes) -> Signature | None:
    """A message, None for what is none. The same come again in every schedule, so it is remembered."""
    try:
        return read_message(content, CHAIN_ID, CONTRACT)
    except InvalidInput:
        return None


def altered(content: bytes, chance: Random) -> bytes:
    """The message with one of some characters changed."""
    place = len(content) * chance.randrange(40) // 40
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


class Road:
    """A `Mailbox`: from one oracle to the relay, or to the listener of another oracle."""

    def __init__(self, world: World, node: Node, peer: Node | None) -> None:
        self._world = world
        self._node = node
        self._peer = peer

    @property
    def name(self) -> str:
        return "relay" if self._peer is None else f"oracle {self._peer.number}"

    def post(self, content: bytes) -> None:
        self._node.hook("before posting")
        self._world.overheard(self._node, content)
        box, weather, chance = self._reach(), self._world.weather, self._world.chance
        if chance.random() < weather.drop:
            return
        if chance.random() < weather.alter:
            content = altered(content, chance)
        project_id = project_of(content)
        if self._peer is None:
            self._world.relay.history.append(content)
            put(content, box, self._world.contracts.place(project_id) if project_id else None)
        else:
            put(content, box, self._peer.places().get(project_id))
        self._node.hook("after posting")

    def read(self, project_id: int, seq: int) -> list[bytes]:
        box, weather, chance = self._reach(), self._world.weather, self._world.chance
        found = [message_bytes(message) for message in box.at(project_id, seq)]
        if weather.drop or weather.alter or weather.repeat or weather.old:
            found = [content for content in found if chance.random() >= weather.drop]
            found = [altered(c, chance) if chance.random() < weather.alter else c for c in found]
            found += [content for content in found if chance.random() < weather.repeat]
            found += [old for old in self._world.relay.history[-20:] if chance.random() < weather.old]
            chance.shuffle(found)
        return found

    def _reach(self) -> MessageBox:
        peer = self._peer
        if not self._world.connected(self._node.number, None if peer is None else peer.number):
            raise MailboxUnavailable(what=self.name, problem="cut off")
        if peer is None:
            return self._world.relay.box
        if not peer.listens():
            raise MailboxUnavailable(what=self.name, problem="connection refused")
        return peer.box


def project_of(content: bytes) -> int:
    message = parsed(content)
    return 0 if message is None else report_of(message).project_id
