"""The work of one oracle, in rounds of small steps. All that must last is on disk before anybody is told of it.

    list, pull -> keep final reports -> judge what can be disputed -> recompute, sign -> exchange -> submit

A round asks the chain what is so and does the next thing for each project; nothing is remembered from round to round
but what saves work. So a process that was killed at any point goes on where the disk and the chain are. A step that
fails is tried again later (`Patience`) and holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Computation, Terms
from oracles.committee.oracle import Oracle
from oracles.committee.signed_reports import SignedReport
from oracles.daemon.exchange import Exchange
from oracles.daemon.keeping import Keeper
from oracles.daemon.patience import Patience
from oracles.daemon.places import ProjectState, open_place, read_project, turn_of
from oracles.daemon.seams import Chain, Log, Mailbox, Publisher
from oracles.daemon.shelf import Shelf
from oracles.daemon.state import State
from oracles.daemon.watching import Watch
from oracles.errors import PackageRefused
from oracles.sources.source import EvidenceSource
from registry.domain.errors import InvalidEvidence, RegistryError
from registry.domain.ids import project_id as project_id_of
from registry.domain.report import Report
from registry.services.oracle_messages import MessageBox, OpenPlace, message_bytes, quorums, read_message, report_of
from registry.services.signatures import Signature

STEP_FAILURES = (RegistryError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and how long. Seconds."""

    list_seconds: float = 10
    """Between two listings of a source."""
    idle_exchange_seconds: float = 30
    """Between two looks into the mailboxes for a project that has no due package here."""
    turn_seconds: float = 5
    """A quorum is submitted by the first oracle in the order of addresses, after so long by the second, and so on."""
    retry_seconds_max: float = 120
    refused_seconds: float = 600
    """A package that was refused is looked at again after so long: its verifier may have got the right meanwhile."""
    missing_package_seconds: float = 600
    """For so long a listed package that cannot be had holds up signing."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything outside of a daemon."""

    chain: Chain
    sources: Sequence[EvidenceSource]
    mailboxes: Sequence[Mailbox]
    box: MessageBox
    clock: Callable[[], float]
    chance: Random
    log: Log
    records: Path
    """Where findings and proofs against others are kept."""
    publisher: Publisher | None = None


class Daemon:
    """One oracle at work. `tick` is one round; not for several threads at once."""

    def __init__(
        self, oracle: Oracle, around: Surroundings, jurisdictions: Sequence[int], pace: Pace, *, signs: bool
    ) -> None:
        """signs: False for a dry run: it computes, tells what it would sign, and sends nothing."""
        self._oracle = oracle
        self._around = around
        self._jurisdictions = tuple(jurisdictions)
        self._pace = pace
        self._signs = signs
        self._patience = Patience(pace.retry_seconds_max, around.chance)
        self.state = State(dry_run=not signs)
        self._stopping = False
        self._shelf = Shelf(oracle, around.sources)
        log, box, chain = around.log, around.box, around.chain
        self._exchange = Exchange(around.mailboxes, box, around.clock, log, self.state, self._try)
        self._keeper = Keeper(oracle, chain, around.publisher, log, self.state)
        self._watch = Watch(oracle, chain, box, around.records, log, self.state, signs=signs)
        self._job: tuple[Hashable, Computation] | None = None
        self._told: Hashable = None
        self._known_signed: dict[int, tuple[tuple[int, bytes], list[SignedReport]]] = {}
        self._quorum_since: dict[int, tuple[OpenPlace, float]] = {}

    def tick(self) -> None:
        """One round. What fails is told and tried again; only faults of this program come out of it."""
        for number in range(len(self._shelf.sources)):
            self._every(("list", number), self._pace.list_seconds, lambda number=number: self._list(number))  # type: ignore[misc]
        self._pull_one()
        self._try(("chain",), self._look_at_chain)
        self.state.round_ended_at = self._around.clock()
        self.state.packages_missing = len(self._shelf.missing())

    def stop(self) -> None:
        """Lets no further step of the present round begin. May be called from a signal handler."""
        self._stopping = True

    # Packages

    def _list(self, number: int) -> None:
        if not self._shelf.look(number, self._around.clock()):
            self._around.log.warning("the list of a source was cut", source=number)

    def _pull_one(self) -> None:
        # One a round: a source that lists thousands does not keep this oracle from what is due.
        for listed in self._shelf.missing():
            what = ("pull", listed.manifest_hash)
            if self._patience.is_due(what, self._around.clock()):
                if self._try(what, lambda listed=listed: self._shelf.pull(listed)):  # type: ignore[misc]
                    self._around.log.info("pulled", package=listed.name, manifest=listed.manifest_hash.hex())
                return

    # The chain

    def _look_at_chain(self) -> None:
        view = self._around.chain.view()
        self.state.block_number, self.state.seen_chain_at = view.block_number, self._around.clock()
        for jurisdiction in self._jurisdictions:
            for number in range(1, view.project_count(jurisdiction) + 1):
                project_id = project_id_of(jurisdiction, number)
                self._try(("project", project_id), lambda project_id=project_id: self._project(project_id, view))  # type: ignore[misc]

    def _project(self, project_id: int, view: ChainView) -> None:
        now = self._now(view)
        state = read_project(view, project_id)
        # A report that this oracle cannot keep yet is no reason to leave the others alone: each step by itself.
        self._try(("keep", project_id), lambda: self._keeper.keep(state, view, now, self._computed))
        self._try(("judge", project_id), lambda: self._watch.judge(state, view, now))
        place = open_place(view, state, now)
        self.state.note_place(project_id, place)
        if place is None:
            self.state.waiting.pop(project_id, None)
            return
        package = self._next_package(state, place)
        if package is not None:
            self._try(("sign", project_id, package), lambda: self._sign(place, package, view))
            self._visit(place, view, self._own_message(place, view))
        else:
            what = ("idle exchange", project_id)
            self._every(what, self._pace.idle_exchange_seconds, lambda: self._visit(place, view, None))
        now_exactly = self._around.clock()
        self._try(("prove", project_id), lambda: self._watch.prove(place, now_exactly, self._pace.turn_seconds))
        self._submit(place)

    def _visit(self, place: OpenPlace, view: ChainView, own: bytes | None) -> None:
        self._exchange.all(place, own, view.chain_id, view.committee_contract)

    # Signing

    def _next_package(self, state: ProjectState, place: OpenPlace) -> bytes | None:
        """The package that this oracle signs for a place: what it is bound to, or the earliest that is due."""
        for signed in self._signed_for(place):
            return signed.report.evidence_hash if self._shelf.has(signed.report.evidence_hash) else None
        # What was refused comes again later; a corrected package of the same period goes before it meanwhile.
        now = self._around.clock()
        due = self._shelf.due(place.project_id, state.reported_until())
        package = next((each for each in due if self._patience.is_due(("refused", each), now)), None)
        if package is None or not self._shelf.is_complete(package, now, self._pace.missing_package_seconds):
            return None
        return package

    def _sign(self, place: OpenPlace, package: bytes, view: ChainView) -> None:
        terms = self._oracle.terms_now(place.project_id, view)
        signed = self._newest_signed(place)
        if signed is not None and signed.report.valid_until >= terms.valid_until:
            return
        computation = self._compute(place, package, terms, view)
        if not self._signs or self._oracle.address not in place.signers:
            self._tell_dry(place, computation)
            return
        self._oracle.sign(computation, view)
        self._known_signed.pop(place.project_id, None)
        self.state.counts["signed"] += 1
        self._around.log.info(
            "signed",
            project=place.project_id,
            seq=place.seq,
            grams=computation.grams,
            acts=len(computation.leaves),
            root=computation.report.log_root.hex(),
            exclusions=computation.exclusions_text,
        )

    def _compute(self, place: OpenPlace, package: bytes, terms: Terms, view: ChainView) -> Computation:
        job = (place.project_id, place.seq, place.prev_digest, package, terms)
        if self._job is None or self._job[0] != job:
            folder = self._oracle.package_of(package)
            if folder is None:
                raise OSError(f"the copy of package {package.hex()} is gone")
            # One at a time: leaves and claims of a month of a city are hundreds of megabytes.
            self._job = None
            try:
                with self.state.busy(f"report {place.seq} of project {place.project_id}"):
                    self._job = (job, self._oracle.compute(folder, view, terms))
            except (InvalidEvidence, PackageRefused):
                # It will hardly be another one in a second, and recomputing a city's month is dear.
                self._patience.rest(("refused", package), self._around.clock() + self._pace.refused_seconds)
                raise
            for each in self._job[1].drift:
                self._around.log.warning("drift", project=place.project_id, seq=place.seq, what=each.text)
        return self._job[1]

    def _computed(self, report: Report) -> Computation | None:
        return self._job[1] if self._job is not None and self._job[1].report == report else None

    def _tell_dry(self, place: OpenPlace, computation: Computation) -> None:
        if self._told == computation.report:
            return
        self._told = computation.report
        why = "no key was given" if not self._signs else f"{self._oracle.address} is no signer in office"
        self._around.log.info(
            "would sign",
            why_not=why,
            project=place.project_id,
            seq=place.seq,
            grams=computation.grams,
            acts=len(computation.leaves),
            root=computation.report.log_root.hex(),
            size=computation.report.log_size,
            exclusions=computation.exclusions_text,
        )

    def _signed_for(self, place: OpenPlace) -> list[SignedReport]:
        """What this oracle signed for a place, in whatever epoch. Read from disk once a place: one process writes."""
        known, signed = self._known_signed.get(place.project_id, (None, []))
        if known != (place.seq, place.prev_digest):
            all_of_number = self._oracle.signed(place.project_id, place.seq)
            signed = [each for each in all_of_number if each.report.prev_digest == place.prev_digest]
            self._known_signed[place.project_id] = ((place.seq, place.prev_digest), signed)
        return signed

    def _newest_signed(self, place: OpenPlace) -> SignedReport | None:
        of_epoch = [signed for signed in self._signed_for(place) if signed.report.epoch == place.epoch]
        return max(of_epoch, key=lambda signed: signed.report.valid_until, default=None)

    def _own_message(self, place: OpenPlace, view: ChainView) -> bytes | None:
        signed = self._newest_signed(place) if self._signs and self._oracle.address in place.signers else None
        if signed is None:
            return None
        content = message_bytes(Signature(signed.report, self._oracle.address, signed.signature))
        # Read back as others will: what an earlier key of this oracle signed is not said in the present one's name.
        message = read_message(content, view.chain_id, view.committee_contract)
        if message.signer != self._oracle.address:
            return None
        self._around.box.put(message, place)
        return content

    # Submitting

    def _submit(self, place: OpenPlace) -> None:
        messages = self._around.box.at(place.project_id, place.seq)
        now = self._around.clock()
        ready = quorums(messages, place.quorum, lambda report: report.valid_until > now)
        own = [message for message in messages if message.signer == self._oracle_address()]
        agreeing = {m.signer for m in messages for mine in own if report_of(m) == report_of(mine)}
        self.state.waiting[place.project_id] = len(agreeing)
        if not ready:
            self._quorum_since.pop(place.project_id, None)
            return
        known, since = self._quorum_since.get(place.project_id, (None, now))
        if known != place:
            since = now
            self._quorum_since[place.project_id] = (place, now)
        if not self._signs or now < since + turn_of(place, self._oracle.address) * self._pace.turn_seconds:
            return
        chosen = ready[0]
        what = ("submit", place.project_id, place.seq, place.prev_digest)
        if self._try(what, lambda: self._around.chain.submit(report_of(chosen[0]), [m.signature for m in chosen])):
            self.state.counts["submitted"] += 1
            self._around.log.info(
                "submitted", project=place.project_id, seq=place.seq, signers=[m.signer for m in chosen]
            )

    def _oracle_address(self) -> str:
        return self._oracle.address if self._signs else ""

    # Trying

    def _try(self, what: tuple[Hashable, ...], act: Callable[[], object]) -> bool:
        """Does a step if it is due; a failure is told, and makes it due later. Says whether it was done."""
        if self._stopping or not self._patience.is_due(what, self._around.clock()):
            return False
        try:
            act()
        except Exception as failure:  # noqa: BLE001 - one package that meets a fault must not stop the other projects
            self._tell_failure(what, failure)
            return False
        self._patience.succeeded(what)
        return True

    def _tell_failure(self, what: tuple[Hashable, ...], failure: Exception) -> None:
        delay = self._patience.failed(what, self._around.clock())
        about = [part.hex() if isinstance(part, bytes) else part for part in what[1:]]
        problem = " ".join(str(failure).split()) or type(failure).__name__
        told = {"step": what[0], "about": about, "problem": problem, "again_in_seconds": round(delay, 1)}
        if isinstance(failure, STEP_FAILURES):
            self.state.counts["failures"] += 1
            self._around.log.warning("failed", **told)
        else:
            self.state.counts["faults"] += 1
            self._around.log.error("a fault of this program", exc_info=failure, **told)

    def _every(self, what: tuple[Hashable, ...], seconds: float, act: Callable[[], object]) -> None:
        """As `_try`, and when it went well not again before so long."""
        if self._try(what, act):
            self._patience.rest(what, self._around.clock() + seconds)

    def _now(self, view: ChainView) -> int:
        return max(view.timestamp, int(self._around.clock()))
