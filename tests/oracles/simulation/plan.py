"""What happens in a schedule, drawn from its seed: sizes, times, packages and faults."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from oracles.committee.terms import VALID_WINDOW_SECONDS
from registry.domain.days import Period
from tests.oracles.simulation.chain import PROJECTS
from tests.oracles.simulation.disk import Manifest, Package

ARBITERS_SECONDS = 40
FIRST_DAY = 17_000


class Strategy(StrEnum):
    """How an oracle lies."""

    SILENT = "silent"
    WRONG = "wrong"  # signs one wrong report, as all who lie so
    TWO_FACES = "two faces"  # signs the right and a wrong report, each shown to some
    TERMS = "terms"  # signs what is right under terms of its own, shown to some
    GRIEF = "grief"  # signs what is right and disputes what was accepted
    RUBBISH = "rubbish"  # forges, replays, fills


@dataclass(frozen=True)
class Cut:
    """A partition: those on one side do not reach those on the other, between two times. None is the registry."""

    side: frozenset[int | None]
    begins: float
    ends: float

    def separates(self, one: int | None, other: int | None, now: float) -> bool:
        return self.begins <= now < self.ends and (one in self.side) != (other in self.side)


@dataclass
class Plan:
    """A whole schedule, before it runs."""

    seed: int
    faults: int
    size: int
    quorum: int
    start: float
    heal: float
    dispute_seconds: int
    projects: int
    packages: list[tuple[float, Package]]
    liars: dict[int, Strategy]
    dead: set[int] = field(default_factory=set)
    cut_off: set[int] = field(default_factory=set)
    astray: set[int] = field(default_factory=set)
    """Oracles whose clock is days away: faulty, and nothing is asked of them."""
    skew: dict[int, float] = field(default_factory=dict)
    interval: dict[int, float] = field(default_factory=dict)
    awake: dict[int, float] = field(default_factory=dict)
    kills: dict[int, list[int]] = field(default_factory=dict)
    dead_seconds: float = 5.0
    lag: dict[int, int] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    weather: dict[str, float] = field(default_factory=dict)
    list_delay: dict[int, float] = field(default_factory=dict)
    bad_source: set[int] = field(default_factory=set)
    epochs: list[float] = field(default_factory=list)
    live_patience: float = 2_400.0
    live: bool = True
    """Whether everything has to be reported in the end. Not where a verifier signed two packages of one period, or
    where more than f lie."""

    @property
    def patience(self) -> float:
        """How long it goes on after everything healed."""
        return self.live_patience if self.live else self.live_patience / 6

    @property
    def settled(self) -> float:
        """Before this nothing can be done: not all packages are there."""
        return max(time for time, _ in self.packages)

    def expected(self) -> dict[int, int]:
        """How many reports each project has in the end."""
        periods = {(p.manifest.project_id, p.manifest.period.start_day) for _, p in self.packages if not p.refused}
        return {project: sum(1 for each, _ in periods if each == project) for project in PROJECTS[: self.projects]}


def draw(seed: int) -> Plan:
    """The plan of a seed."""
    chance = Random(seed)
    faults = 1 if chance.random() < 0.85 else 2
    size = 3 * faults + 1
    if chance.random() < 0.5:
        # A border of the windows from which terms follow lies in or near the schedule.
        start = 700 * VALID_WINDOW_SECONDS - chance.uniform(-20, 400)
    else:
        start = 700 * VALID_WINDOW_SECONDS + chance.uniform(1e5, 2e6)
    heal = start + chance.choice((0, 60, 150, 400))
    plan = Plan(
        seed=seed,
        faults=faults,
        size=size,
        quorum=2 * faults + 1,
        start=start,
        heal=heal,
        dispute_seconds=chance.choice((0, 0, 100)),
        projects=1 if chance.random() < 0.75 else 2,
        packages=[],
        liars={},
        dead_seconds=chance.choice((3.0, 30.0)),
    )
    _packages(plan, chance)
    _faulty(plan, chance)
    _troubles(plan, chance)
    if chance.random() < 0.05 and len(plan.liars) <= plan.faults:
        _rivals(plan, chance)
    return plan


def _packages(plan: Plan, chance: Random) -> None:
    for project in PROJECTS[: plan.projects]:
        time = plan.start + chance.uniform(0, 30)
        for month in range(chance.choice((1, 1, 2, 3))):
            period = Period(FIRST_DAY + 30 * month, FIRST_DAY + 30 * month + 29)
            tries = 2 if chance.random() < 0.15 else 1
            for attempt in range(tries):
                last = attempt == tries - 1
                rival = not last and chance.random() < 0.4
                name = f"{project}-{month}-{attempt}"
                acts = tuple(hashlib.sha256(f"{name}/{n}".encode()).digest() for n in range(1 + (month + attempt) % 3))
                package = Package(name, Manifest(project, period), acts, refused=not last and not rival)
                plan.packages.append((time, package))
                plan.live = plan.live and not rival
                time += chance.uniform(0, 40)
            time += chance.choice((0, 0, 60))


def _rivals(plan: Plan, chance: Random) -> None:
    """A platform replaces its package before a quorum has signed it, while oracles die: none may change its mind."""
    plan.live, plan.projects, plan.epochs = False, 1, []
    manifest = Manifest(PROJECTS[0], Period(FIRST_DAY, FIRST_DAY + 29))
    names = ("first", "second")
    acts = {name: (hashlib.sha256(name.encode()).digest(),) for name in names}
    # The second goes before the first in the order of hashes, which decides where nobody signed yet.
    first, second = sorted((Package(name, manifest, acts[name]) for name in names), key=lambda each: each.digest)[::-1]
    plan.packages = [(plan.start + 5, first), (plan.start + chance.uniform(15, 60), second)]
    plan.heal = plan.start + 200
    honest = [number for number in range(plan.size) if number not in plan.liars]
    late = chance.sample(honest, len(honest) - plan.quorum + 1)
    plan.list_delay = dict.fromkeys(late, 150.0)
    plan.kills = {number: [chance.randrange(5, 30)] for number in honest}


def _faulty(plan: Plan, chance: Random) -> None:
    """At most f oracles are faulty for good."""
    numbers = chance.sample(range(plan.size), plan.faults)
    strategies = list(Strategy)
    together = chance.choice(strategies) if chance.random() < 0.5 else None
    for number in numbers:
        kind = chance.random()
        if kind < 0.65:
            plan.liars[number] = together or chance.choice(strategies)
        elif kind < 0.75:
            plan.dead.add(number)
        elif kind < 0.85:
            plan.cut_off.add(number)
        elif kind < 0.95:
            plan.astray.add(number)
            plan.skew[number] = chance.choice((-1, 1)) * chance.uniform(1, 60) * 86_400
    if chance.random() < 0.06 and plan.dispute_seconds:
        # A stolen quorum: it can have a wrong report accepted; whoever is left has to dispute it.
        plan.live, plan.heal = False, plan.start
        plan.dead, plan.cut_off, plan.astray, plan.skew = set(), set(), set(), {}
        plan.liars = dict.fromkeys(range(plan.quorum), Strategy.WRONG)


def _troubles(plan: Plan, chance: Random) -> None:
    """What heals, for every oracle."""
    honest = [number for number in range(plan.size) if number not in plan.liars]
    long = plan.heal - plan.start
    for number in honest:
        plan.interval[number] = chance.choice((4.0, 7.0, 11.0)) if chance.random() < 0.85 else 30.0
        plan.awake[number] = chance.uniform(0, 10)
        if number not in plan.skew and chance.random() < 0.3:
            plan.skew[number] = chance.uniform(-60, 60)
        if chance.random() < 0.3:
            plan.kills[number] = [chance.randrange(1, 40) for _ in range(chance.choice((1, 1, 2, 4)))]
    if not long:
        return
    for number in honest:
        if chance.random() < 0.2:
            plan.lag[number] = chance.randrange(1, 3)
        if chance.random() < 0.2:
            plan.list_delay[number] = chance.uniform(0, long)
        if chance.random() < 0.2:
            plan.bad_source.add(number)
    _roads(plan, chance, long)


def _roads(plan: Plan, chance: Random, long: float) -> None:
    """Partitions, weather and a change of the committee."""
    for _ in range(chance.choice((0, 0, 1, 2))):
        side: set[int | None] = set(chance.sample(range(plan.size), chance.randrange(1, plan.size)))
        if chance.random() < 0.3:
            side.add(None)
        begins = plan.start + chance.uniform(0, long)
        plan.cuts.append(Cut(frozenset(side), begins, begins + chance.uniform(0, long)))
    if chance.random() < 0.6:
        names = chance.sample(("drop", "repeat", "alter", "old"), chance.randrange(1, 5))
        plan.weather = {name: chance.choice((0.1, 0.5, 0.9)) for name in names}
    if chance.random() < 0.1 and plan.live:
        plan.epochs.append(plan.start + chance.uniform(0, long))
