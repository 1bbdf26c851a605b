"""What a daemon meets outside of itself: the chain, mailboxes, what publishes. Evidence sources: `oracles.sources`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Computation
from registry.domain.report import Report
from registry.services.signatures import Signature


class Chain(Protocol):
    """The chain, and what its accepted reports say.

    Every method raises Unavailable where the chain does not answer, the writing ones ContractRefused.
    """

    def view(self) -> ChainView:
        """The newest block."""

    def accepted(self, project_id: int, seq: int) -> Report:
        """The report that stands under a number now. Raises NotFound."""

    def public_leaves(self, report: Report, digest: bytes, view: ChainView) -> Sequence[bytes] | None:
        """Its leaves from a public log that this process can read, checked against the chain; None without one.

        Raises IntegrityError.
        """

    def submit(self, report: Report, signatures: list[bytes]) -> None:
        """Submits a report with its quorum. Does nothing if the chain has this very report already."""

    def dispute(self, project_id: int, seq: int, findings_hash: bytes) -> None:
        """Disputes the last report of a project."""

    def prove_equivocation(self, first: Signature, second: Signature) -> None:
        """Has a signer suspended who signed two reports for one place."""


class Mailbox(Protocol):
    """Where messages are left for the others, and found: trusted for nothing."""

    @property
    def name(self) -> str:
        """How logs call it."""

    def post(self, message: bytes) -> None:
        """Leaves a message. Raises Unavailable, MessageRefused."""

    def read(self, project_id: int, seq: int) -> list[bytes]:
        """Whatever it holds for a report. Raises Unavailable."""


class Publisher(Protocol):
    """Publishes final reports, where the daemon runs beside a registry."""

    def has(self, report: Report) -> bool:
        """Whether a report is published."""

    def publish(self, computation: Computation) -> None:
        """Publishes it. Repeatable. Raises what `registry.services.publication.publish` raises."""


class Log(Protocol):
    """Structured lines: an event in words, and values. A structlog logger is one."""

    def info(self, event: str, **values: object) -> object: ...

    def warning(self, event: str, **values: object) -> object: ...

    def error(self, event: str, **values: object) -> object: ...
