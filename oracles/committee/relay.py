"""The relay: puts a proposal before the members, gathers their signatures and makes what the contract takes.

A relay is not trusted and does not trust: it can neither change a report nor make a signature, and every signature is
checked here as the contract will check it. A member that is down, lies or answers rubbish costs its own signature only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from oracles.committee.chain_view import ChainView, Committee
from oracles.committee.computation import Proposal
from oracles.committee.digest import report_digest, signer_of
from oracles.errors import QuorumNotReached
from registry.domain.errors import InvalidInput, RegistryError
from registry.domain.report import Report

SIGNED = "signed"

# What a member may fail with: our own refusals, a broken connection or disk, an answer that cannot be read. Anything
# else is a fault of this program and is not hidden.
MEMBER_FAILURES = (RegistryError, OSError, ValueError)


class Member(Protocol):
    """One oracle as the relay sees it: in this process, or at the other end of a wire."""

    @property
    def address(self) -> str:
        """The address it claims to sign with; the signature decides."""

    def signed_digest(self) -> bytes | None:
        """The digest of what it signed already under the number of the next report, in the epoch in office."""

    def propose(self) -> Proposal:
        """Its own next report of the project: what it signed already, if it did."""

    def sign(self, proposal: Proposal) -> bytes:
        """Recomputes, compares, signs. Raises what it refuses with."""


@dataclass(frozen=True, slots=True)
class Collected:
    """A report with its quorum."""

    report: Report
    digest: bytes
    signatures: list[bytes]
    """Exactly a quorum, in ascending order of `signers`."""
    signers: list[str]
    answers: dict[str, str] = field(default_factory=dict)
    """Every member that was asked -> "signed", or why not."""

    def submit_args(self) -> list[Any]:
        """The arguments of `OracleCommittee.submit`."""
        return [self.report.message(), self.signatures]


def collect(proposal: Proposal, members: Sequence[Member], committee: Committee, view: ChainView) -> Collected:
    """Asks every member, also when there are enough: a member that has signed need not catch up later.

    Raises:
        QuorumNotReached: with what each member said.
    """
    report = proposal.report
    found: dict[str, bytes] = {}
    answers: dict[str, str] = {}
    for number, member in enumerate(members):
        name = _name(member, number)
        if name in answers:
            name = f"{name} (asked again as number {number})"
        answers[name] = _ask(member, proposal, committee, view, found)
    if len(found) < committee.quorum:
        raise QuorumNotReached(
            project_id=report.project_id,
            seq=report.seq,
            quorum=committee.quorum,
            signed=len(found),
            answers="; ".join(f"{name}: {answer}" for name, answer in answers.items()),
        )
    signers = sorted(found, key=lambda address: int(address, 16))[: committee.quorum]
    return Collected(
        report=report,
        digest=report_digest(report, view.chain_id, view.committee_contract),
        signatures=[found[signer] for signer in signers],
        signers=signers,
        answers=answers,
    )


def run_round(members: Sequence[Member], committee: Committee, view: ChainView) -> Collected:
    """Lets one member after the other propose until a proposal has its quorum.

    An honest member signs only what it recomputed itself, so a lying proposer gets no quorum and the next one proposes;
    two honest members propose the same report. Who signed before a round that was cut off proposes first: those members
    can sign nothing else any more.

    Raises:
        QuorumNotReached: no proposal had enough; with what each member said about the one that had most.
        RegistryError: no member could propose at all; the first one's reason.
    """
    tried: set[bytes] = set()
    best: QuorumNotReached | None = None
    first_failure: RegistryError | None = None
    for member in _by_signed(members):
        try:
            proposal = member.propose()
        except RegistryError as failure:
            first_failure = first_failure or failure
            continue
        except MEMBER_FAILURES:
            continue
        digest = report_digest(proposal.report, view.chain_id, view.committee_contract)
        if digest in tried:
            continue
        tried.add(digest)
        try:
            return collect(proposal, members, committee, view)
        except QuorumNotReached as failure:
            if best is None or failure.values["signed"] > best.values["signed"]:
                best = failure
    if best is not None:
        raise best
    if first_failure is not None:
        raise first_failure
    raise QuorumNotReached(
        project_id=0, seq=0, quorum=committee.quorum, signed=0, answers="no member could propose a report"
    )


def _by_signed(members: Sequence[Member]) -> list[Member]:
    """Those first that signed what most of the others signed; within that in the order given."""
    digests = []
    for member in members:
        try:
            digests.append(member.signed_digest())
        except MEMBER_FAILURES:
            digests.append(None)
    count = Counter(digest for digest in digests if digest is not None)
    ranked = sorted(zip(members, digests, strict=True), key=lambda pair: -count[pair[1]] if pair[1] else 0)
    return [member for member, _ in ranked]


def _name(member: Member, number: int) -> str:
    try:
        return str(member.address)
    except MEMBER_FAILURES as failure:
        return f"member {number} ({_line(failure)})"


def _ask(member: Member, proposal: Proposal, committee: Committee, view: ChainView, found: dict[str, bytes]) -> str:
    """Asks one member; keeps a good signature in `found` and returns what to tell."""
    try:
        signature = member.sign(proposal)
    except MEMBER_FAILURES as failure:
        return _line(failure)
    try:
        signer = signer_of(proposal.report, signature, view.chain_id, view.committee_contract)
    except InvalidInput as failure:
        return f"answered with no signature: {failure}"
    if signer not in committee.signers:
        where = f"jurisdiction {committee.jurisdiction} in epoch {committee.epoch}"
        return f"its signature is of {signer}, who is no signer of {where}"
    if signer in found:
        return f"its signature is of {signer}, who has signed already"
    found[signer] = signature
    return SIGNED


def _line(failure: BaseException) -> str:
    if isinstance(failure, RegistryError):
        return str(failure)
    return f"does not answer ({type(failure).__name__}: {' '.join(str(failure).split())})"
