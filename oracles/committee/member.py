"""An oracle of this process as a member of a round."""

from __future__ import annotations

from pathlib import Path

from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Computation, Proposal
from oracles.committee.oracle import Oracle
from oracles.sources.evidence import read_manifest
from registry.domain.report import Report


class LocalMember:
    """A `relay.Member` for one package at one block. Recomputes once, whether it proposes or examines."""

    def __init__(self, oracle: Oracle, folder: Path, view: ChainView) -> None:
        """folder: the oracle's own copy of the package."""
        self._oracle = oracle
        self._folder = folder
        self._view = view
        self.computation: Computation | None = None
        """What it recomputed, once it did."""

    @property
    def oracle(self) -> Oracle:
        """The oracle itself."""
        return self._oracle

    @property
    def address(self) -> str:
        """See `relay.Member`."""
        return self._oracle.address

    def signed_digest(self) -> bytes | None:
        """See `relay.Member`."""
        signed = self._oracle.signed_next(read_manifest(self._folder).project_id, self._view)
        return None if signed is None else signed.digest

    def propose(self) -> Proposal:
        """See `relay.Member`."""
        self.computation = self._oracle.compute(self._folder, self._view)
        return self.computation.proposal()

    def sign(self, proposal: Proposal) -> bytes:
        """See `relay.Member`."""
        own = self.computation
        if own is None or own.report != proposal.report or own.leaves != proposal.leaves:
            self.computation = own = self._oracle.examine(self._folder, self._view, proposal)
        return self._oracle.sign(own, self._view)

    def keep(self, accepted: Report, view: ChainView) -> Computation:
        """Keeps the report that the chain accepted, recomputing it first if this member did not sign it.

        view: the chain with the report in it. Raises what `Oracle.commit` and `Oracle.follow` raise.
        """
        own = self.computation
        if own is None or own.report != accepted:
            self.computation = own = self._oracle.follow(self._folder, view, accepted)
        else:
            self._oracle.commit(own, view)
        return own
