"""An oracle whose accounting is small, and the disk that survives its process.

The real `Oracle` decides what is signed, kept and refused, and the real `SignedReports` write their files. Instead of
Parquet, DuckDB and SQLite there are a few acts in memory: what the daemon has to get right is not in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from oracles.committee.chain_view import ChainView, ReportState
from oracles.committee.computation import Terms, check_over, check_project
from oracles.committee.drift import Figures
from oracles.committee.earlier import check_claims, check_own_claims
from oracles.committee.oracle import Oracle, OracleNetwork
from oracles.committee.signed_reports import SignedReport, SignedReports
from oracles.errors import ActsReserved, OracleBehind, PackageRefused
from oracles.screens import ReportKey
from registry.domain.days import Period
from registry.domain.errors import Conflict, InvalidEvidence, SourceUnavailable
from registry.domain.report import Report
from tests.oracles.simulation.chain import DEFINITION

Hook = Callable[[str], None]
"""Told at each step that may be the last one of a process."""
GRAMS = 1_000


@dataclass(frozen=True)
class Manifest:
    """What of a manifest the daemon and the checks of a package look at."""

    project_id: int
    period: Period
    definition_hash: bytes = DEFINITION


@dataclass(frozen=True)
class Package:
    """A month: some acts, and whether its screens let it pass."""

    name: str
    manifest: Manifest
    acts: tuple[bytes, ...]
    refused: bool = False

    @cached_property
    def digest(self) -> bytes:
        return hashlib.sha256(self.name.encode()).digest()


@dataclass(frozen=True)
class Computation:
    """What the daemon and `Oracle` ask of a computation."""

    report: Report
    serial_start: int
    leaves: tuple[bytes, ...]
    claims: frozenset[bytes]
    drift: tuple[object, ...] = ()
    exclusions_text = ""

    def figures(self) -> Figures:
        """What later reports are compared with."""
        return Figures(days=30, records=len(self.leaves), counted=len(self.leaves), quantity=self.grams, reasons={})

    @property
    def grams(self) -> int:
        return self.report.serial_end - self.serial_start

    @property
    def report_key(self) -> ReportKey:
        return ReportKey(self.report.project_id, self.report.seq)


class Log:
    """A log of leaves; its root is the hash of all."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []

    @property
    def size(self) -> int:
        return len(self.leaves)

    def append(self, leaves: tuple[bytes, ...]) -> None:
        self.leaves.extend(leaves)

    def root(self, size: int) -> bytes:
        return hashlib.sha256(b"".join(self.leaves[:size])).digest()

    def root_with(self, size: int, leaves: tuple[bytes, ...]) -> bytes:
        return hashlib.sha256(b"".join((*self.leaves[:size], *leaves))).digest()


class Claims:
    """A claim store in memory: whole or not at all, as the real one."""

    def __init__(self) -> None:
        self.kept: dict[ReportKey, tuple[bytes, frozenset[bytes], bool]] = {}

    def digest_of(self, key: ReportKey) -> bytes | None:
        found = self.kept.get(key)
        return found[0] if found is not None and found[2] else None

    def reports_up_to(self, key: ReportKey) -> int:
        return sum(1 for k, v in self.kept.items() if k.project_id == key.project_id and k.seq <= key.seq and v[2])

    def taken(self, key: ReportKey, acts: frozenset[bytes], *, reserved: bool) -> int:
        return sum(len(acts & found[1]) for k, found in self.kept.items() if k != key and (found[2] or reserved))

    def record(self, key: ReportKey, digest: bytes, acts: frozenset[bytes]) -> None:
        found = self.kept.get(key)
        if found is not None and found[2] and found[0] != digest:
            raise Conflict(kind="report", id=key, problem="claims of another report are kept")
        self.kept[key] = (digest, acts, True)

    @contextmanager
    def reserving(self, key: ReportKey, digest: bytes, acts: frozenset[bytes]) -> Iterator[None]:
        before = dict(self.kept)
        try:
            found = self.kept.get(key)
            if found is not None and found[2]:
                if found[0] != digest:
                    raise Conflict(kind="report", id=key, problem="another report was accepted")
            elif found is None or found[0] != digest:
                if taken := self.taken(key, acts, reserved=True):
                    raise ActsReserved(project_id=key.project_id, seq=key.seq, acts=taken, first="", reports="")
                self.kept[key] = (digest, acts, False)
            yield
        except BaseException:
            self.kept = before
            raise

    def close(self) -> None:
        pass


@dataclass
class Disk:
    """What is left of an oracle when its process is gone."""

    folder: Path
    evidence: dict[bytes, Package] = field(default_factory=dict)
    logs: dict[int, Log] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)


class HookedSigned(SignedReports):
    """May be killed between the two files that it writes."""

    hook: Hook

    def _bind(self, key: ReportKey, signed: SignedReport) -> None:
        self.hook("before binding")
        super()._bind(key, signed)
        self.hook("between binding and record")


def count(package: Package, log: Log, before: ReportState, terms: Terms) -> Computation:
    """The accounting: every act is worth the same."""
    leaves = tuple(
        (before.serial_end + GRAMS * number).to_bytes(8, "big") + act for number, act in enumerate(package.acts)
    )
    report = Report(
        project_id=package.manifest.project_id,
        seq=before.seq + 1,
        period_start=package.manifest.period.start_day,
        period_end=package.manifest.period.end_day,
        methodology_hash=DEFINITION,
        evidence_hash=package.digest,
        log_root=log.root_with(before.log_size, leaves),
        log_size=before.log_size + len(leaves),
        serial_end=before.serial_end + GRAMS * len(leaves),
        prev_digest=before.digest,
        valid_until=terms.valid_until,
        epoch=terms.epoch,
    )
    return Computation(report, before.serial_end, leaves, frozenset(package.acts))


class SmallOracle(Oracle):
    """The real oracle over a disk in memory."""

    def __init__(self, disk: Disk, key: LocalAccount, clock: Callable[[], float], hook: Hook) -> None:
        super().__init__(disk.folder, key, OracleNetwork(b"p" * 32, {}), clock=clock)
        self.disk = disk
        self.hook = hook
        signed = HookedSigned(disk.folder / "signed", self.name)
        signed.hook = hook
        self._signed = signed

    @property
    def _claims(self) -> Any:
        return self.disk.claims

    def log(self, project_id: int) -> Any:
        return self.disk.logs.setdefault(project_id, Log())

    def pull(self, source: Any, name: str) -> Path:
        package = source.fetch(name)
        self.hook("before a copy lands")
        self.disk.evidence[package.digest] = package
        return Path(package.digest.hex())

    def packages(self) -> Any:
        return {digest: package.manifest for digest, package in self.disk.evidence.items()}

    def manifest_of(self, evidence_hash: bytes) -> Any:
        return self.disk.evidence[evidence_hash].manifest

    def package_of(self, evidence_hash: bytes) -> Path | None:
        return Path(evidence_hash.hex()) if evidence_hash in self.disk.evidence else None

    def compute(self, folder: Path, view: ChainView, terms: Terms | None = None) -> Any:
        self.hook("before computing")
        package, now = self.disk.evidence[bytes.fromhex(folder.name)], self._now(view)
        project = view.project(package.manifest.project_id)
        check_project(package.manifest, project)  # type: ignore[arg-type]
        check_over(package.manifest, now)  # type: ignore[arg-type]
        before = view.before_next(project.project_id, now)
        check_claims(view, project, self._claims, self.name, now)
        return self._count(package, before, terms or self.terms(project.project_id, view))

    def recompute(self, folder: Path, view: ChainView, accepted: Report) -> Any:
        self.hook("before recomputing")
        package = self.disk.evidence[bytes.fromhex(folder.name)]
        before = view.report(accepted.project_id, accepted.seq - 1)
        check_own_claims(accepted.project_id, before, self._claims, self.name)
        before = replace(before, digest=accepted.prev_digest)
        own = self._count(package, before, Terms(accepted.valid_until, accepted.epoch))
        if own.report != accepted:
            raise self._refusal(accepted, "it computes another report")
        return own

    def commit(self, computation: Any, view: ChainView) -> None:
        self.hook("before keeping")
        super().commit(computation, view)
        self.hook("after keeping")

    def _count(self, package: Package, before: ReportState, terms: Terms) -> Computation:
        key = ReportKey(package.manifest.project_id, before.seq + 1)
        log = self.log(key.project_id)
        if log.size < before.log_size:
            raise OracleBehind(oracle=self.name, project_id=key.project_id, seq=before.seq, problem="its log is short")
        taken = self.disk.claims.taken(key, frozenset(package.acts), reserved=False)
        if package.refused or taken:
            facts = {"records": len(package.acts), "limit_bps": 0, "findings": {}}
            raise PackageRefused(package=package.name, reason="claimed_before", count=taken, **facts)
        return count(package, log, before, terms)


@dataclass(frozen=True)
class Reference:
    """A package in a list."""

    name: str
    manifest_hash: bytes


class Source:
    """What a platform offers to one oracle. The faults are the schedule's."""

    def __init__(self, offered: Callable[[], list[Package]], fault: Callable[[Package | None], str]) -> None:
        """fault: for a listing (None) or a package "down", "altered" or ""."""
        self._offered = offered
        self._fault = fault

    def packages(self) -> list[Any]:
        if self._fault(None):
            raise SourceUnavailable(what="source", problem="down")
        return [Reference(package.name, package.digest) for package in self._offered()]

    def fetch(self, name: str) -> Package:
        package = next(each for each in self._offered() if each.name == name)
        fault = self._fault(package)
        if fault == "altered":
            raise InvalidEvidence(what=name, problem="its SHA-256 is another one")
        if fault:
            raise SourceUnavailable(what=name, problem=fault)
        return package
