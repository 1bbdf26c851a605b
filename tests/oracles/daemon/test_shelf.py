"""Packages: what is due, what holds up what, and sources that take long."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from oracles.daemon.background import BackgroundSource
from oracles.daemon.shelf import Shelf
from oracles.sources import PackageRef
from registry.domain.days import Period
from registry.domain.errors import InvalidEvidence, SourceUnavailable
from tests.oracles.simulation.chain import PROJECTS
from tests.oracles.simulation.disk import Manifest, Package


def package(name: str, month: int = 0, project: int = PROJECTS[0]) -> Package:
    return Package(name, Manifest(project, Period(17_000 + 30 * month, 17_029 + 30 * month)), ())


class Offer:
    """A source of packages, some of which cannot be had."""

    def __init__(self, *offered: Package, missing: tuple[str, ...] = ()) -> None:
        self.offered, self.missing = offered, missing

    def packages(self) -> list[PackageRef]:
        return [PackageRef(each.name, each.digest) for each in self.offered]

    def fetch(self, name: str) -> Package:
        if name in self.missing:
            raise SourceUnavailable(what=name, problem="down")
        return next(each for each in self.offered if each.name == name)


class Copies:
    """What of an oracle the shelf uses."""

    def __init__(self) -> None:
        self.evidence: dict[bytes, Package] = {}

    def packages(self) -> dict[bytes, Manifest]:
        return {digest: each.manifest for digest, each in self.evidence.items()}

    def manifest_of(self, digest: bytes) -> Manifest:
        return self.evidence[digest].manifest

    def pull(self, source: Offer, name: str) -> Path:
        found = source.fetch(name)
        self.evidence[found.digest] = found
        return Path(found.digest.hex())


def shelf(*sources: Any) -> Shelf:
    made = Shelf(Copies(), sources)  # type: ignore[arg-type]
    for number in range(len(sources)):
        made.look(number, 0.0)
    for listed in made.missing():
        if listed.name not in listed.source.missing:  # type: ignore[attr-defined]
            made.pull(listed)
    return made


def test_due__is_the_earliest_period_that_is_listed_and_its_tries_in_the_order_of_hashes() -> None:
    first, again, later = package("first"), package("again"), package("later", month=1)
    found = shelf(Offer(first, again, later))
    assert found.due(PROJECTS[0], -1) == sorted([first.digest, again.digest])
    assert found.due(PROJECTS[0], first.manifest.period.start_day) == [later.digest]
    assert found.due(PROJECTS[1], -1) == []
    found.sources[0].offered = (later,)  # type: ignore[attr-defined]
    found.look(0, 1.0)
    assert found.due(PROJECTS[0], -1) == [later.digest]


def test_missing_package__holds_up_its_own_source_and_not_for_ever() -> None:
    mine, theirs = package("mine"), package("theirs", project=PROJECTS[1])
    found = shelf(Offer(mine, package("gone"), missing=("gone",)), Offer(theirs))
    assert [found.is_complete(mine.digest, now, 600) for now in (0, 599, 600)] == [False, False, True]
    assert found.is_complete(theirs.digest, 0, 600)


def test_pull__another_package_than_was_listed__is_refused() -> None:
    source = Offer(package("one"))
    made = Shelf(Copies(), [source])  # type: ignore[arg-type]
    made.look(0, 0.0)
    source.offered = (Package("one", package("one").manifest, (b"a" * 32,)),)
    source.packages = lambda: [PackageRef("one", b"x" * 32)]  # type: ignore[method-assign]
    made.look(0, 0.0)
    with pytest.raises(InvalidEvidence, match="it was listed with manifest 7878"):
        made.pull(made.missing()[0])


def test_source_that_takes_long__lets_nobody_wait_and_is_asked_again(tmp_path: Path) -> None:
    go_on, asked = threading.Event(), []

    class Slow:
        def packages(self) -> list[PackageRef]:
            return []

        def pull(self, name: str, into: Path) -> Path:
            asked.append(name)
            go_on.wait(10)
            return into / name

    source = BackgroundSource(Slow(), at_once_seconds=0.01)
    for _ in range(3):
        with pytest.raises(SourceUnavailable, match="still on its way"):
            source.pull("august", tmp_path)
    with pytest.raises(SourceUnavailable, match="august is still on its way"):
        source.packages()
    go_on.set()
    source._task.thread.join(10)  # type: ignore[union-attr]
    assert source.pull("august", tmp_path) == tmp_path / "august"
    assert asked == ["august"]
    assert source.packages() == []
