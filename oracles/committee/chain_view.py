"""What an oracle reads from the chain, all at one block: two reads can never see two states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from registry.chain.contracts import Register
from registry.chain.gateway import Gateway
from registry.domain.errors import Conflict
from registry.domain.ids import split_project_id
from registry.domain.rules import FilingStatus, ReportStatus, Role
from registry.services.policies import is_demonstration

NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class Committee:
    """The signers of a jurisdiction in one epoch."""

    jurisdiction: int
    epoch: int
    signers: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What of a filed project bears on its reports. Days since 1970-01-01, both included."""

    project_id: int
    jurisdiction: int
    definition_hash: bytes
    scenario: int
    crediting_start: int
    crediting_end: int


@dataclass(frozen=True, slots=True)
class ReportState:
    """Where a project stands after one of its reports; before the first all is zero."""

    seq: int
    digest: bytes
    serial_end: int
    log_size: int
    period_end: int | None
    status: ReportStatus = ReportStatus.UPHELD
    final_at: int = 0
    """Seconds since 1970 UTC; the place before the first report was always final."""

    def is_final(self, now: int) -> bool:
        """Whether it counts for ever at this second."""
        return self.status in (ReportStatus.ACCEPTED, ReportStatus.UPHELD) and now >= self.final_at


class ChainView:
    """The chain as of one block. Made by `ChainView.newest`, used for one computation and thrown away."""

    def __init__(self, register: Register, chain_id: int, block_number: int, timestamp: int) -> None:
        self._register = register
        self.chain_id = chain_id
        self.block_number = block_number
        self.timestamp = timestamp
        """Seconds since 1970 UTC, of the block."""

    @classmethod
    def newest(cls, gateway: Gateway, register: Register) -> ChainView:
        """A view of the newest block. Raises ChainUnavailable."""
        block = gateway.block("latest")
        return cls(register, gateway.chain_id, block.number, block.timestamp)

    @property
    def committee_contract(self) -> str:
        """The address that stands in the reports' EIP-712 domain."""
        return self._register.address("OracleCommittee")

    @property
    def demonstration(self) -> bool:
        """Whether the network is a demonstration, which alone counts by methodologies of grade C."""
        return is_demonstration(self._register, self.block_number)

    def project(self, project_id: int) -> ProjectFacts:
        """A project that is in force, with its methodology in force.

        Raises:
            InvalidSerial: no project id.
            ContractRefused: UnknownProject.
            Conflict: project or methodology is not in force.
        """
        facts = self.filed_project(project_id)
        found = self._call("Filings", "projectOf", project_id)
        _check_in_force("project", str(project_id), found["status"])
        methodology = self._call("Filings", "methodologyOf", facts.definition_hash)
        _check_in_force("methodology", facts.definition_hash.hex(), methodology["status"])
        return facts

    def filed_project(self, project_id: int) -> ProjectFacts:
        """A project, in force or not: what was accepted stays accepted. Raises InvalidSerial, ContractRefused."""
        split_project_id(project_id)
        found = self._call("Filings", "projectOf", project_id)
        filing = found["filing"]
        digest = bytes(filing["definitionHash"])
        return ProjectFacts(
            project_id=project_id,
            jurisdiction=int(found["jurisdiction"]),
            definition_hash=digest,
            scenario=int(filing["scenario"]),
            crediting_start=int(filing["creditingStart"]),
            crediting_end=int(filing["creditingEnd"]),
        )

    def project_count(self, jurisdiction: int) -> int:
        """How many projects a jurisdiction has; they are numbered from 1."""
        return int(self._call("Filings", "projectCount", jurisdiction))

    def committee(self, jurisdiction: int) -> Committee:
        """The committee in office. Raises ContractRefused (NoCommittee)."""
        epoch, signers, quorum, _ = self._call("OracleCommittee", "committeeOf", jurisdiction)
        return Committee(jurisdiction, int(epoch), tuple(signers), int(quorum))

    def signing_committee(self, jurisdiction: int) -> Committee:
        """The committee in office without those who are suspended: whose signatures count. Raises ContractRefused."""
        found = self.committee(jurisdiction)
        able = [s for s in found.signers if not self._call("OracleCommittee", "isSuspended", jurisdiction, s)]
        return replace(found, signers=tuple(able))

    def verifiers(self, jurisdiction: int) -> tuple[str, ...]:
        """Addresses that may verify evidence for the jurisdiction."""
        return tuple(self._call("Authority", "members", jurisdiction, int(Role.VERIFIER)))

    def last_seq(self, project_id: int) -> int:
        """The number of the last accepted report, 0 for none."""
        return int(self._call("OracleCommittee", "lastSeq", project_id))

    def report(self, project_id: int, seq: int) -> ReportState:
        """Where the project stands after report `seq`; `seq` 0 is before the first. Raises ContractRefused."""
        if seq == 0:
            return ReportState(0, NO_DIGEST, 0, 0, None)
        found = self._call("OracleCommittee", "reportOf", project_id, seq)
        return ReportState(
            seq=seq,
            digest=bytes(found["digest"]),
            serial_end=int(found["serialEnd"]),
            log_size=int(found["logSize"]),
            period_end=int(found["periodEnd"]),
            status=ReportStatus(found["status"]),
            final_at=int(found["finalAt"]),
        )

    def last_final(self, project_id: int, now: int) -> ReportState:
        """The last report that counts for ever. Only the very last can still be disputed, be disputed or overturned."""
        last = self.report(project_id, self.last_seq(project_id))
        return last if last.is_final(now) else self.report(project_id, last.seq - 1)

    def before_next(self, project_id: int, now: int) -> ReportState:
        """Where the next report begins; its digest is what the next one names.

        In the place of an overturned report: where that one began, with the digest of the overturned.

        Raises:
            Conflict: the last report is not final, so there can be no next one yet.
        """
        last = self.report(project_id, self.last_seq(project_id))
        if last.status is ReportStatus.OVERTURNED:
            return replace(self.report(project_id, last.seq - 1), digest=last.digest)
        check_final(project_id, last, now)
        return last

    def _call(self, contract: str, function: str, *args: Any) -> Any:
        return self._register.call(contract, function, *args, block=self.block_number)


def check_final(project_id: int, report: ReportState, now: int) -> None:
    """Raises Conflict with what has to happen unless the report is final."""
    if report.is_final(now):
        return
    problem = f"it is {report.status.label}"
    if report.status is ReportStatus.ACCEPTED:
        problem = f"it can be disputed until {report.final_at} s since 1970 UTC, the time is {now}; run again then"
    elif report.status is ReportStatus.DISPUTED:
        problem = "it is disputed; the arbiters have to decide"
    raise Conflict(kind="report", id=f"{project_id}/{report.seq}", problem=problem)


def _check_in_force(kind: str, name: str, status: int) -> None:
    if status != FilingStatus.FILED:
        found = next((known.name.lower() for known in FilingStatus if known == status), str(status))
        raise Conflict(kind=kind, id=name, problem=f"it is not in force, its status is {found}")
