"""Oracles that lie. They see every mailbox, share what they want among themselves and have no key but their own."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from oracles.committee.digest import sign_report
from oracles.committee.terms import VALID_WINDOW_SECONDS, terms_of
from registry.domain.errors import ContractRefused
from registry.domain.report import Report
from registry.services.oracle_messages import MessageRefused, message_bytes, quorums
from registry.services.signatures import Signature
from tests.oracles.simulation.chain import CHAIN_ID, CONTRACT, PROJECTS
from tests.oracles.simulation.mail import altered, project_of, put
from tests.oracles.simulation.plan import Strategy
from tests.oracles.simulation.world import World, key_of

INTERVAL_SECONDS = 15.0


@lru_cache(maxsize=65_536)
def signed_message(report: Report, number: int) -> Signature:
    key = key_of(number, 0)
    return Signature(report, str(key.address), sign_report(report, key, CHAIN_ID, CONTRACT))


class Liar:
    """One of them."""

    def __init__(self, world: World, number: int, strategy: Strategy) -> None:
        self._world = world
        self._number = number
        self._strategy = strategy
        self._disputed: set[tuple[int, int]] = set()

    def act(self) -> None:
        world = self._world
        if self._strategy is not Strategy.SILENT:
            for project_id in PROJECTS[: world.plan.projects]:
                self._lie(project_id)
        if world.now < world.plan.heal + world.plan.patience:
            world.at(world.now + INTERVAL_SECONDS, self.act)

    def _lie(self, project_id: int) -> None:
        right = self._right(project_id)
        if right is None:
            return
        chance, strategy = self._world.chance, self._strategy
        wrong = replace(right, serial_end=right.serial_end + 1_000_000, log_root=b"w" * 32)
        if strategy is Strategy.WRONG:
            self._tell(wrong, everybody=True)
        elif strategy is Strategy.TWO_FACES:
            self._tell(right, everybody=False)
            self._tell(wrong, everybody=False)
        elif strategy is Strategy.TERMS:
            ahead = chance.choice((-1, 1, 2, 50)) * VALID_WINDOW_SECONDS
            self._tell(replace(right, valid_until=max(right.valid_until + ahead, 0)), everybody=False)
        elif strategy is Strategy.GRIEF:
            self._tell(right, everybody=True)
            self._grieve(project_id)
        elif strategy is Strategy.RUBBISH:
            self._rubbish(right)
        self._submit(project_id)

    def _right(self, project_id: int) -> Report | None:
        """The report that is due, as an honest oracle would sign it now."""
        world, contracts = self._world, self._world.contracts
        place = contracts.place(project_id)
        before = contracts.head.accepted.get((project_id, place.seq - 1))
        after_day = -1 if before is None else before.report.period_end
        for _, package in sorted(world.plan.packages, key=lambda each: each[1].manifest.period.start_day):
            manifest = package.manifest
            if manifest.project_id == project_id and manifest.period.start_day > after_day:
                content = world.truth(project_id, place.seq, place.prev_digest, package.digest)
                if content is not None:
                    terms = terms_of(int(world.now), place.epoch)
                    return replace(content, valid_until=terms.valid_until, epoch=terms.epoch)
        return None

    def _tell(self, report: Report, *, everybody: bool) -> None:
        self._post(message_bytes(signed_message(report, self._number)), everybody=everybody)

    def _post(self, content: bytes, *, everybody: bool) -> None:
        world = self._world
        project_id = project_of(content)
        boxes = [(world.relay.box, world.contracts.place(project_id) if project_id else None)]
        boxes += [(node.box, node.places().get(project_id)) for node in world.nodes if node.listens()]
        for box, place in boxes:
            if everybody or world.chance.random() < 0.4:
                with suppress(MessageRefused):
                    put(content, box, place)

    def _rubbish(self, right: Report) -> None:
        """Signatures of its own under the names of others, altered and old messages, rubbish."""
        world, chance = self._world, self._world.chance
        own = signed_message(replace(right, log_root=bytes([chance.randrange(4)]) * 32), self._number)
        victim = chance.choice(world.nodes)
        forged = Signature(right, victim.address, signed_message(right, self._number).signature)
        for content in (message_bytes(own), message_bytes(forged), altered(message_bytes(forged), chance), b"{}"):
            self._post(content, everybody=True)
        for content in world.relay.history[-3:]:
            self._post(content, everybody=True)

    def _grieve(self, project_id: int) -> None:
        """Disputes what was accepted, once each: a right report comes out of it a little later."""
        contracts = self._world.contracts
        seq = contracts.head.last_seq.get(project_id, 0)
        if seq and (project_id, seq) not in self._disputed:
            self._disputed.add((project_id, seq))
            with suppress(ContractRefused):
                self._world.disputed(str(key_of(self._number, 0).address), project_id, seq)

    def _submit(self, project_id: int) -> None:
        """Whatever has a quorum, as soon as it has."""
        world = self._world
        place = world.contracts.place(project_id)
        messages = {message for box in self._boxes() for message in box.at(project_id, place.seq)}
        for chosen in quorums(sorted(messages, key=lambda m: m.signature), place.quorum, lambda _report: True):
            report = chosen[0].signed
            assert isinstance(report, Report)
            with suppress(ContractRefused):
                who = str(key_of(self._number, 0).address)
                world.contracts.submit(who, report, [message.signature for message in chosen])

    def _boxes(self):  # type: ignore[no-untyped-def]
        return [self._world.relay.box, *(node.box for node in self._world.nodes)]
