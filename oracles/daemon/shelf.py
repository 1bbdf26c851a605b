"""The packages: what sources list, what this oracle has copied, and which one is the next of a project.

Every listed package is copied, not only the next one: what another quorum reports has to be recomputed from one's own
copy. Nothing of a source is signed for as long as another package that it lists is not here, since that one could be of
an earlier period: two halves of a committee that had signed two months for one place would stand against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oracles.committee.oracle import Oracle
from oracles.package_format import Manifest
from oracles.sources.source import EvidenceSource
from registry.domain.errors import InvalidEvidence

LISTED_MAX = 10_000
"""Packages of one source that are looked at; the list of a source that goes on is cut, and told."""


@dataclass(slots=True)
class Listed:
    """A package that a source offers."""

    source: EvidenceSource
    name: str
    manifest_hash: bytes
    since: float
    """When this process first saw it, seconds since 1970 UTC."""


class Shelf:
    """The packages of one oracle. What it has is on disk; what is listed is asked for anew after a restart."""

    def __init__(self, oracle: Oracle, sources: Sequence[EvidenceSource]) -> None:
        self._oracle = oracle
        self.sources = tuple(sources)
        self._own: dict[bytes, Manifest] = oracle.packages()
        self._listed: dict[bytes, Listed] = {}

    @property
    def owned(self) -> int:
        """Number of packages of which there is a copy."""
        return len(self._own)

    def look(self, number: int, now: float) -> bool:
        """Asks a source what it offers; says whether all of it was looked at. Raises SourceUnavailable."""
        source = self.sources[number]
        refs = source.packages()
        others = {digest: each for digest, each in self._listed.items() if each.source is not source}
        for ref in refs[:LISTED_MAX]:
            known = self._listed.get(ref.manifest_hash)
            since = now if known is None else known.since
            others.setdefault(ref.manifest_hash, Listed(source, ref.name, ref.manifest_hash, since))
        self._listed = others
        return len(refs) <= LISTED_MAX

    def missing(self) -> list[Listed]:
        """What is listed and not here, in the order in which it was seen."""
        return [each for digest, each in self._listed.items() if digest not in self._own]

    def pull(self, listed: Listed) -> Manifest:
        """Makes a copy. Raises SourceUnavailable, InvalidEvidence."""
        folder = self._oracle.pull(listed.source, listed.name)
        if folder.name != listed.manifest_hash.hex():
            problem = f"it was listed with manifest {listed.manifest_hash.hex()} and has {folder.name}"
            raise InvalidEvidence(what=listed.name, problem=problem)
        manifest = self._own[listed.manifest_hash] = self._oracle.manifest_of(listed.manifest_hash)
        return manifest

    def has(self, manifest_hash: bytes) -> bool:
        """Whether there is a copy of a package."""
        return manifest_hash in self._own

    def is_complete(self, package: bytes, now: float, patience_seconds: float) -> bool:
        """Whether all that the source of a package lists is here, or could not be had for so long.

        Of other sources nothing is waited for: a platform that lists what nobody can have holds up itself alone.
        """
        source = self._listed[package].source
        return not any(each.source is source and now < each.since + patience_seconds for each in self.missing())

    def due(self, project_id: int, after_day: int) -> list[bytes]:
        """The listed packages of the earliest period of a project that begins after this day.

        Several are several tries of the platform at one period; their order is that of their hashes, the same for every
        oracle. Of a later period nothing is due before: once it is reported, an earlier one never can be.
        """
        found = [
            (manifest.period.start_day, digest)
            for digest, manifest in self._own.items()
            if digest in self._listed and manifest.project_id == project_id and manifest.period.start_day > after_day
        ]
        return sorted(digest for start_day, digest in found if start_day == min(found)[0])
