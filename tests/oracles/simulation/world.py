"""One schedule: oracles, a chain, roads and faults under one clock, all of it from one seed.

Nothing here has a thread, a socket or a sleep: the scheduler takes the next event from a queue. The same seed gives the
same run, byte for byte. What must hold is checked while it runs and at the end (`Violation`).
"""

from __future__ import annotations

import hashlib
import heapq
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Terms
from oracles.committee.terms import VALID_WINDOW_SECONDS
from oracles.daemon.daemon import Daemon, Pace, Surroundings
from oracles.screens import ReportKey
from registry.domain.errors import ChainUnavailable, ContractRefused, NotFound
from registry.domain.report import Report
from registry.domain.rules import ReportStatus
from registry.services.oracle_messages import MessageBox, OpenPlace, content_of, report_of
from registry.services.signatures import Signature
from tests.oracles.simulation.chain import SHANGHAI, Contracts
from tests.oracles.simulation.disk import GRAMS, Disk, Log, Package, SmallOracle, Source, count
from tests.oracles.simulation.mail import Relay, Road, Weather, parsed
from tests.oracles.simulation.plan import ARBITERS_SECONDS, Plan

# Refusals that somebody else's faster transaction explains. Any other means that an oracle sent what never could pass.
RACES = {
    *("WrongSeq", "WrongPrevDigest", "PreviousNotFinal", "WrongEpoch", "SuspendedSigner", "ReportExpired"),
    *("NotDisputable", "DisputeWindowOver", "NotASigner", "NotADisputer"),
}
PACE = Pace(
    list_seconds=10, idle_exchange_seconds=30, turn_seconds=5, retry_seconds_max=60, missing_package_seconds=600
)
MEMORY = Path("/dev/shm")


class Killed(BaseException):
    """The end of a process, in the middle of a step."""


class Violation(BaseException):
    """Something that must hold did not. No `Exception`: no step of a daemon may take it for a failure of its own."""


@lru_cache(maxsize=256)
def key_of(number: int, generation: int) -> Any:
    return QuickKey(Account.from_key(hashlib.sha256(f"simulated oracle {number}/{generation}".encode()).digest()))


class QuickKey:
    """A key that remembers what it signed: the same reports come again in every schedule."""

    def __init__(self, account: LocalAccount) -> None:
        self.address = account.address
        self.sign_message = lru_cache(maxsize=4_096)(account.sign_message)


class Quiet:
    """A log that nobody reads; faults of the program are kept. `tell` prints, for a replay."""

    def __init__(self, node: Node, tell: Callable[[str], None] | None) -> None:
        self._node, self._tell = node, tell

    def info(self, event: str, **values: object) -> None:
        if self._tell:
            self._tell(f"{self._node.world.now:9.1f} oracle {self._node.number} {event} {values}")

    warning = info

    def error(self, event: str, **values: object) -> None:
        self.info(event, **values)
        if event == "a fault of this program":
            raise Violation(f"oracle {self._node.number} met a fault: {values['problem']}") from values["exc_info"]  # type: ignore[misc]


class NodeChain:
    """The chain as one oracle reaches it."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def view(self) -> ChainView:
        world = self._node.world
        if not world.connected(self._node.number, None):
            raise ChainUnavailable(what="node", problem="cut off")
        return world.contracts.view(world.plan.lag.get(self._node.number, 0) if world.now < world.plan.heal else 0)

    def accepted(self, project_id: int, seq: int) -> Report:
        found = self._node.world.contracts.head.accepted.get((project_id, seq))
        if found is None:
            raise NotFound(kind="report", id=f"{project_id}/{seq}")
        return found.report

    def public_leaves(self, report: Report, digest: bytes, view: ChainView) -> None:
        return None

    def submit(self, report: Report, signatures: list[bytes]) -> None:
        self._node.hook("before submitting")
        contracts = self._node.world.contracts
        try:
            contracts.submit(self._node.address, report, signatures)
        except ContractRefused:
            found = contracts.head.accepted.get((report.project_id, report.seq))
            if found is None or found.report != report:
                raise
        self._node.hook("after submitting")

    def dispute(self, project_id: int, seq: int, findings_hash: bytes) -> None:
        self._node.hook("before disputing")
        self._node.world.disputed(self._node.address, project_id, seq)

    def prove_equivocation(self, first: Signature, second: Signature) -> None:
        self._node.hook("before proving")
        pair = [(report_of(message), message.signature) for message in (first, second)]
        self._node.world.contracts.prove_equivocation(self._node.address, *pair)


class Node:
    """One honest oracle: its disk, and its process while it lives."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.generation = 0
        self.disk = Disk(world.folder / str(number))
        self.disk.folder.mkdir()
        self.daemon: Daemon | None = None
        self.box = MessageBox()
        self.checked: set[tuple[int, bytes]] = set()
        """What it posted and was looked at: who posts the same again says nothing new."""
        self._steps_left: int | None = None
        self._kills = list(world.plan.kills.get(number, ()))

    @property
    def address(self) -> str:
        return str(key_of(self.number, self.generation).address)

    def hook(self, _point: str) -> None:
        if self._steps_left is not None:
            self._steps_left -= 1
            if self._steps_left <= 0:
                self._steps_left = None
                raise Killed

    def listens(self) -> bool:
        return self.daemon is not None

    def places(self) -> dict[int, OpenPlace]:
        return {} if self.daemon is None else self.daemon.state.places

    def clock(self) -> float:
        skew = self.world.plan.skew.get(self.number, 0.0)
        return self.world.now + skew

    def start(self) -> None:
        world = self.world
        oracle = SmallOracle(self.disk, key_of(self.number, self.generation), self.clock, self.hook)
        self.box = MessageBox()
        if self._kills:
            self._steps_left = self._kills.pop(0)
        others = [other for other in world.nodes if other is not self]
        around = Surroundings(
            chain=NodeChain(self),
            sources=[Source(lambda: world.offered(self.number), lambda package: world.source_fault(self.number))],
            mailboxes=[Road(world, self, None), *(Road(world, self, other) for other in others)],
            box=self.box,
            clock=self.clock,
            chance=Random(world.chance.random()),
            log=Quiet(self, world.tell),
            records=self.disk.folder,
        )
        self.daemon = Daemon(oracle, around, [SHANGHAI], PACE, signs=True)

    def round(self) -> bool:
        """One round; says whether the process lives on."""
        try:
            if self.daemon is None:
                self.start()
            assert self.daemon is not None
            self.daemon.tick()
        except Killed:
            self.daemon = None
            return False
        return True


class World:
    """A schedule at work."""

    def __init__(self, plan: Plan, tell: Callable[[str], None] | None = None) -> None:
        self.plan = plan
        self.tell = tell
        self.chance = Random(plan.seed ^ 0x5EED)
        self.now = plan.start
        self.folder = Path(tempfile.mkdtemp(prefix="schedule.", dir=MEMORY if MEMORY.is_dir() else None))
        signers = tuple(sorted((key_of(n, 0).address for n in range(plan.size)), key=lambda a: int(a, 16)))
        self.contracts = Contracts(lambda: int(self.now), signers, plan.quorum, plan.dispute_seconds, plan.projects)
        self.weather = Weather(**plan.weather)
        self.relay = Relay()
        self.nodes: list[Node] = []
        self.nodes = [Node(self, number) for number in range(plan.size) if number not in plan.liars]
        self.said: dict[tuple[str, int, int, bytes], set[Report]] = {}
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._events = 0
        self._truths: dict[tuple[int, int, bytes, bytes], Report | None] = {}

    # The scheduler

    def at(self, time: float, act: Callable[[], None]) -> None:
        self._events += 1
        heapq.heappush(self._queue, (time, self._events, act))

    def run(self) -> None:
        """Runs to the end. Raises Violation."""
        try:
            self._prepare()
            end = self.plan.heal + self.plan.patience
            while self._queue and self._queue[0][0] < end:
                self.now, _, act = heapq.heappop(self._queue)
                act()
                if self.now > self.plan.settled and self._events % 8 == 0 and self.is_done():
                    break
            self._check()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self) -> None:
        from tests.oracles.simulation.liars import Liar

        plan = self.plan
        for node in self.nodes:
            if node.number not in plan.dead:
                self.at(plan.start + plan.awake.get(node.number, 0.0), lambda node=node: self._round(node))  # type: ignore[misc]
        for number, strategy in plan.liars.items():
            liar = Liar(self, number, strategy)
            self.at(plan.start + 1 + number, liar.act)
        self.at(plan.heal, self._heal)
        for time in plan.epochs:
            self.at(time, self._begin_epoch)

    def _round(self, node: Node) -> None:
        lives = node.round()
        pause = self.plan.interval[node.number]
        delay = pause * (0.7 + 0.6 * self.chance.random()) if lives else self.plan.dead_seconds
        self.at(self.now + delay, lambda: self._round(node))

    def _heal(self) -> None:
        self.weather = Weather()

    def _begin_epoch(self) -> None:
        """The committee hands over to itself; one honest oracle has a new key."""
        head, node = self.contracts.head, self.nodes[0]
        old = node.address
        node.generation += 1
        node.daemon = None
        signers = [node.address if signer == old else signer for signer in head.signers if signer not in head.suspended]
        signers += [signer for signer in head.signers if signer in head.suspended]
        self.contracts.begin_epoch(tuple(sorted(signers, key=lambda a: int(a, 16))))

    # Faults

    def connected(self, number: int, other: int | None) -> bool:
        """Whether an oracle reaches another, or (None) the registry and the chain."""
        if number in self.plan.cut_off or other in self.plan.cut_off:
            return False
        if self.now >= self.plan.heal:
            return True
        return not any(cut.separates(number, other, self.now) for cut in self.plan.cuts)

    def offered(self, number: int) -> list[Package]:
        delay = self.plan.list_delay.get(number, 0.0) if self.now < self.plan.heal else 0.0
        return [package for time, package in self.plan.packages if self.now >= time + delay]

    def source_fault(self, number: int) -> str:
        if self.now >= self.plan.heal or number not in self.plan.bad_source:
            return ""
        return self.chance.choice(("", "down", "altered"))

    def disputed(self, who: str, project_id: int, seq: int) -> None:
        self.contracts.dispute(who, project_id, seq)
        report = self.contracts.head.accepted[project_id, seq].report
        upheld = self.is_right(report)
        self.at(self.now + ARBITERS_SECONDS, lambda: self.contracts.resolve(project_id, seq, upheld=upheld))

    # What is true

    def truth(self, project_id: int, seq: int, prev_digest: bytes, evidence: bytes) -> Report | None:
        """What a right report of a package says in a place, whatever its terms; None for a package that is refused."""
        asked = (project_id, seq, prev_digest, evidence)
        if asked not in self._truths:
            self._truths[asked] = self._true_content(*asked)
        return self._truths[asked]

    def _true_content(self, project_id: int, seq: int, prev_digest: bytes, evidence: bytes) -> Report | None:
        package = self._package(evidence)
        if package is None or package.refused or package.manifest.project_id != project_id:
            return None
        log, line = Log(), 0
        for number in range(1, seq):
            earlier = self._package(self.contracts.head.accepted[project_id, number].report.evidence_hash)
            if earlier is None:
                return None
            log.append(tuple((line + GRAMS * n).to_bytes(8, "big") + act for n, act in enumerate(earlier.acts)))
            line += GRAMS * len(earlier.acts)
        before = replace(self.contracts.view().report(project_id, seq - 1), digest=prev_digest)
        return content_of(count(package, log, before, Terms(0, 0)).report)

    def _package(self, evidence: bytes) -> Package | None:
        return next((each for _, each in self.plan.packages if each.digest == evidence), None)

    def is_right(self, report: Report) -> bool:
        return content_of(report) == self.truth(report.project_id, report.seq, report.prev_digest, report.evidence_hash)

    def overheard(self, node: Node, content: bytes) -> None:
        """Every message of an honest oracle comes by here before anybody else sees it."""
        if (node.generation, content) in node.checked:
            return
        node.checked.add((node.generation, content))
        message = parsed(content)
        if message is None:
            raise Violation(f"oracle {node.number} posted rubbish")
        report = report_of(message)
        if message.signer != node.address:
            raise Violation(f"oracle {node.number} posted a message of {message.signer}")
        kept = [signed.report for signed in node.daemon._oracle.signed(report.project_id, report.seq)]  # type: ignore[union-attr]
        if report not in kept:
            raise Violation(f"oracle {node.number} showed a signature that is not on its disk")
        key = (message.signer, report.project_id, report.seq, report.prev_digest)
        said = self.said.setdefault(key, set())
        said.add(report)
        if len({content_of(each) for each in said}) > 1:
            raise Violation(f"oracle {node.number} signed two contents for report {report.seq}")
        windows = [(each.epoch, each.valid_until // VALID_WINDOW_SECONDS) for each in said]
        if len(windows) != len(set(windows)):
            raise Violation(f"oracle {node.number} signed two terms in one window")
        if not self.is_right(report):
            raise Violation(f"oracle {node.number} signed a wrong report {report.seq} of {report.project_id}")

    # What must hold at the end

    def healthy(self) -> list[Node]:
        out = self.plan.dead | self.plan.cut_off | self.plan.astray
        return [node for node in self.nodes if node.number not in out]

    def is_done(self) -> bool:
        """Whether every package that is right was reported for ever, and kept by every healthy oracle."""
        head = self.contracts.head
        for project_id, wanted in self.plan.expected().items():
            if head.last_seq.get(project_id, 0) < wanted:
                return False
            for seq in range(1, wanted + 1):
                found = head.accepted[project_id, seq]
                if not self.contracts.is_final(found):
                    return False
                key = ReportKey(project_id, seq)
                if any(node.disk.claims.digest_of(key) != found.digest for node in self.healthy()):
                    return False
        return True

    def _check(self) -> None:
        for (project_id, seq), found in self.contracts.head.accepted.items():
            if self.contracts.is_final(found) and not self.is_right(found.report):
                raise Violation(f"wrong report {seq} of project {project_id} became final")
            if found.status is ReportStatus.OVERTURNED and self.is_right(found.report):
                raise Violation(f"right report {seq} of project {project_id} was overturned")
        honest = {node.address for node in self.nodes}
        sent = sorted({name for who, name in self.contracts.refused if who in honest} - RACES)
        if sent:
            raise Violation(f"an honest oracle sent what could not pass: {', '.join(sent)}")
        if any(node.address in self.contracts.head.suspended for node in self.nodes):
            raise Violation("an honest oracle was suspended")
        if self.plan.live and not self.is_done():
            state = {key: found.status.name for key, found in self.contracts.head.accepted.items()}
            raise Violation(f"not all is reported and kept {self.plan.patience} s after everything healed: {state}")
