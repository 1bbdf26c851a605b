"""The places of the chain that a daemon looks at: what it reads of a project at one block."""

from __future__ import annotations

from dataclasses import dataclass

from oracles.committee.chain_view import ChainView, ReportState
from registry.domain.ids import split_project_id
from registry.domain.rules import ReportStatus
from registry.services.oracle_messages import OpenPlace


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A project at one block."""

    project_id: int
    last: ReportState
    before: ReportState
    """The report before the last one; for the first, the place before it."""

    @property
    def overturned(self) -> bool:
        """Whether the last report was overturned: another one takes its place."""
        return self.last.status is ReportStatus.OVERTURNED

    def final_seq(self, now: int) -> int:
        """Number of the last report that counts for ever, 0 for none."""
        return self.last.seq if self.last.is_final(now) else self.before.seq

    def reported_until(self) -> int:
        """Last day of the reports on which the next one builds; -1 before the first."""
        period_end = (self.before if self.overturned else self.last).period_end
        return -1 if period_end is None else period_end


def read_project(view: ChainView, project_id: int) -> ProjectState:
    """Raises ContractRefused, ChainUnavailable."""
    last = view.report(project_id, view.last_seq(project_id))
    return ProjectState(project_id, last, view.report(project_id, max(last.seq - 1, 0)))


def open_place(view: ChainView, state: ProjectState, now: int) -> OpenPlace | None:
    """Where the next report has to stand; None while the last one can still fall. Raises ContractRefused."""
    if not (state.overturned or state.last.is_final(now)):
        return None
    committee = view.signing_committee(split_project_id(state.project_id)[0])
    return OpenPlace(
        project_id=state.project_id,
        seq=state.last.seq if state.overturned else state.last.seq + 1,
        prev_digest=state.last.digest,
        epoch=committee.epoch,
        signers=committee.signers,
        quorum=committee.quorum,
    )


def turn_of(place: OpenPlace, address: str) -> int:
    """How many others go first: the order of addresses, begun elsewhere for each report, so that all take turns."""
    order = sorted(place.signers, key=lambda signer: int(signer, 16))
    return (order.index(address) - place.seq) % len(order) if address in order else len(order)
