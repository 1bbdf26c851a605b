"""The chain of a daemon: an opened registry of its own home. Index, outbox and database are this process's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from eth_account.signers.local import LocalAccount
from sqlalchemy.exc import SQLAlchemyError

from oracles.catching_up import public_leaves, report_of_row
from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Computation
from oracles.running import submit_report
from registry.db.models import PublishedReport
from registry.db.models import Report as ReportRow
from registry.domain.errors import NotFound, Unavailable
from registry.domain.report import Report
from registry.log.store import LogStore
from registry.services.publication import publish
from registry.services.registry import Registry
from registry.services.signatures import Signature


class RegistryChain:
    """A `Chain` over a registry. The sender pays for what it sends; without one nothing is sent."""

    def __init__(self, registry: Registry, sender: LocalAccount | None) -> None:
        self._registry = registry
        self._sender = sender

    def view(self) -> ChainView:
        """See `Chain.view`. What the newest block says of reports is indexed first."""
        view = ChainView.newest(self._registry.gateway, self._registry.register)
        with _database():
            self._registry.indexer.run_to_head()
        return view

    def accepted(self, project_id: int, seq: int) -> Report:
        """See `Chain.accepted`."""
        with _database(), self._registry.database.session() as session:
            row = session.get(ReportRow, (project_id, seq))
            if row is None:
                raise NotFound(kind="report", id=f"{project_id}/{seq}")
            return report_of_row(row)

    def public_leaves(self, report: Report, digest: bytes, view: ChainView) -> Sequence[bytes] | None:
        """See `Chain.public_leaves`: the log that was published in this very home."""
        with _database(), self._registry.database.session() as session:
            published = session.get(PublishedReport, (report.project_id, report.seq))
            if published is None or published.digest != digest:
                return None
        log = LogStore(self._registry.home.log_folder(report.project_id))
        return public_leaves(report, digest, view, log)

    def submit(self, report: Report, signatures: list[bytes]) -> None:
        """See `Chain.submit`."""
        view = ChainView.newest(self._registry.gateway, self._registry.register)
        with _database():
            submit_report(self._registry, self._payer(), view, report, signatures)

    def dispute(self, project_id: int, seq: int, findings_hash: bytes) -> None:
        """See `Chain.dispute`."""
        key = f"dispute/{project_id}/{seq}/{findings_hash.hex()}"
        self._send("dispute", [project_id, seq, findings_hash], key)

    def prove_equivocation(self, first: Signature, second: Signature) -> None:
        """See `Chain.prove_equivocation`."""
        arguments: list[Any] = [first.signed.message(), first.signature, second.signed.message(), second.signature]
        self._send("proveEquivocation", arguments, f"equivocation/{first.signature.hex()[:32]}/{second.signer}")

    def _send(self, function: str, arguments: list[Any], key: str) -> None:
        with _database():
            self._registry.attempt(self._payer(), "OracleCommittee", function, arguments, key=key)

    def _payer(self) -> LocalAccount:
        if self._sender is None:
            raise NotFound(kind="key to send with; give one with", id="--key")
        return self._sender


class HomePublisher:
    """A `Publisher` into the public logs of the home in which the daemon runs."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def has(self, report: Report) -> bool:
        """See `Publisher.has`."""
        with _database(), self._registry.database.session() as session:
            return session.get(PublishedReport, (report.project_id, report.seq)) is not None

    def publish(self, computation: Computation) -> None:
        """See `Publisher.publish`."""
        report = computation.report
        log = LogStore(self._registry.home.log_folder(report.project_id))
        with _database():
            publish(
                self._registry.database,
                log,
                report.project_id,
                report.seq,
                computation.leaves,
                computation.set_aside(),
            )


@contextmanager
def _database() -> Iterator[None]:
    """A database that fails is a reason to try again, not to end the daemon."""
    try:
        yield
    except SQLAlchemyError as cause:
        raise Unavailable(what="the database", problem=type(cause).__name__) from cause
