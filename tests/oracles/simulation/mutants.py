"""Faults put into the daemon on purpose, one at a time: the simulator is worth what it finds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from oracles.committee.computation import Terms
from oracles.committee.oracle import Oracle
from oracles.committee.signed_reports import SignedReports
from oracles.daemon import daemon as daemons
from oracles.daemon import exchange, watching
from oracles.daemon.shelf import Shelf
from registry.domain.canonical import parse_strict_json
from registry.services import oracle_messages
from registry.services.signatures import Signature, parse
from tests.oracles.simulation import world

Mutant = Callable[[], Any]


@contextmanager
def _memory_only() -> Iterator[None]:
    """Signs, and writes down what it signed when the process ends well, which a kill does not let it."""

    def keep(self: Any, signed: Any) -> Any:
        self.memory = [*getattr(self, "memory", ()), signed]
        return signed

    def found(self: Any, key: Any) -> list[Any]:
        mine = getattr(self, "memory", ())
        return [each for each in mine if (each.report.project_id, each.report.seq) == tuple(key)]

    real = world.World.overheard

    def overheard(self: Any, node: Any, content: bytes) -> None:
        # The check that a signature is on the disk would find it at once; here the two contents have to show it.
        try:
            real(self, node, content)
        except world.Violation as violation:
            if "not on its disk" not in str(violation):
                raise

    with (
        patch.object(SignedReports, "keep", keep),
        patch.object(SignedReports, "all", found),
        patch.object(world.World, "overheard", overheard),
    ):
        yield


def _small_quorum() -> Any:
    real = oracle_messages.quorums
    return patch.object(daemons, "quorums", lambda messages, quorum, usable: real(messages, quorum // 2 + 1, usable))


def _terms_of_others() -> Any:
    """Takes over the terms of whoever was first, as long as they are valid for a day."""
    real = daemons.Daemon._sign

    def sign(self: Any, place: Any, package: bytes, view: Any) -> None:
        messages = self._around.box.at(place.project_id, place.seq)
        ends = [m.signed.valid_until for m in messages if m.signer != self._oracle.address]
        ends = [end for end in ends if end > view.timestamp + 86_400]
        if self._newest_signed(place) is not None:
            return
        if not ends:
            real(self, place, package, view)
            return
        with patch.object(Oracle, "terms_now", lambda *_: Terms(ends[0], place.epoch)):
            real(self, place, package, view)

    return patch.object(daemons.Daemon, "_sign", sign)


def _terms_never_renewed() -> Any:
    real = daemons.Daemon._sign

    def sign(self: Any, place: Any, package: bytes, view: Any) -> None:
        if self._newest_signed(place) is None:
            real(self, place, package, view)

    return patch.object(daemons.Daemon, "_sign", sign)


def _trusting() -> Any:
    """Signs what another signed instead of what it computes."""
    real = daemons.Daemon._compute

    def compute(self: Any, place: Any, package: bytes, terms: Any, view: Any) -> Any:
        own = real(self, place, package, terms, view)
        for message in self._around.box.at(place.project_id, place.seq):
            return replace(own, report=replace(message.signed, valid_until=terms.valid_until))
        return own

    return patch.object(daemons.Daemon, "_compute", compute)


def _believes_names() -> Any:
    """Takes the signer that a message names for the one who signed it."""

    def read(content: bytes, chain_id: int, contract: str) -> Signature:
        message = parse(content, "message", chain_id, lambda _name: contract)
        return replace(message, signer=parse_strict_json(content)["signer"])

    return patch.object(exchange, "read_message", read)


def _no_disputes() -> Any:
    return patch.object(watching.Watch, "judge", lambda *_: None)


def _later_months() -> Any:
    """Does not wait for the packages that it has not got yet, and takes any month for the next."""
    real = Shelf.due

    def due(self: Any, project_id: int, after_day: int) -> list[bytes]:
        packages = {d: m for d, m in self._own.items() if m.project_id == project_id}
        first = real(self, project_id, after_day)
        return first or sorted(d for d, m in packages.items() if m.period.start_day > after_day)

    return _both(patch.object(Shelf, "is_complete", lambda *_: True), patch.object(Shelf, "due", due))


def _gives_up() -> Any:
    """Never tries again what failed once."""
    return patch.object(daemons.Patience, "is_due", lambda self, what, now: self.count(what) == 0)


@contextmanager
def _both(first: Any, second: Any) -> Iterator[None]:
    with first, second:
        yield


MUTANTS: dict[str, tuple[Mutant, str]] = {
    "signs before it records": (_memory_only, "signed two contents"),
    "a quorum of f + 1": (_small_quorum, "sent what could not pass"),
    "takes over the terms of others": (_terms_of_others, "not all is reported|two terms"),
    "never renews its terms": (_terms_never_renewed, "not all is reported"),
    "signs what others signed": (_trusting, "signed a wrong report|signed two contents"),
    "believes the names in messages": (_believes_names, "sent what could not pass"),
    "disputes nothing": (_no_disputes, "became final"),
    "signs a later month first": (_later_months, "not all is reported"),
    "gives up what failed": (_gives_up, "not all is reported|became final"),
}
"""Name -> (what puts it in, what the violation says)."""
