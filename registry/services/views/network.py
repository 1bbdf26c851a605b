"""The network as a whole: which chain and contracts the index follows, and sums over all jurisdictions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import (
    Account,
    Batch,
    Contract,
    Jurisdiction,
    Network,
    Offset,
    Project,
    ProjectName,
    PublishedReport,
    Report,
    Retirement,
)
from registry.services.views.state import AsOf, NotIndexedYet, as_of
from registry.services.views.sums import halves, joined

ILLUSTRATIONS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class NetworkView:
    """The chain that the index follows. `as_of` is None before the first block was read."""

    chain_id: int | None
    contracts: dict[str, str]
    as_of: AsOf | None


@dataclass(frozen=True, slots=True)
class NetworkTotals:
    """Sums over the whole network. `acts` are the counted ones."""

    jurisdictions: int
    accounts: int
    projects: int
    reports: int
    batches: int
    retirements: int
    offsets: int
    acts: int
    quarantined: int
    issued_grams: int
    retired_grams: int
    cancelled_grams: int
    offset_grams: int
    last_published_at: datetime | None
    illustrations: tuple[str, ...]
    """What in these sums is an example and no fact: the notes of the projects in them, each once."""
    as_of: AsOf

    @property
    def live_grams(self) -> int:
        return self.issued_grams - self.retired_grams - self.cancelled_grams


def network(session: Session) -> NetworkView:
    """Which network this is."""
    row = session.get(Network, 1)
    contracts = session.execute(select(Contract.name, Contract.address).order_by(Contract.name)).all()
    try:
        state = as_of(session)
    except NotIndexedYet:
        state = None
    return NetworkView(row.chain_id if row else None, dict(contracts), state)


def totals(session: Session) -> NetworkTotals:
    """Sums over the network. Raises NotIndexedYet."""
    issued, retired, cancelled, offset = (
        joined(*session.execute(select(*halves(column))).one())
        for column in (Batch.issued_grams, Batch.retired_grams, Batch.cancelled_grams, Offset.grams)
    )
    acts, quarantined, published = session.execute(
        select(
            func.sum(PublishedReport.acts),
            func.sum(PublishedReport.quarantined),
            func.max(PublishedReport.published_at),
        )
    ).one()
    return NetworkTotals(
        jurisdictions=_count(session, Jurisdiction),
        accounts=_count(session, Account),
        projects=_count(session, Project),
        reports=_count(session, Report),
        batches=_count(session, Batch),
        retirements=_count(session, Retirement),
        offsets=_count(session, Offset),
        acts=int(acts or 0),
        quarantined=int(quarantined or 0),
        issued_grams=issued,
        retired_grams=retired,
        cancelled_grams=cancelled,
        offset_grams=offset,
        last_published_at=published,
        illustrations=tuple(
            session.scalars(
                select(ProjectName.illustration)
                .where(ProjectName.illustration.is_not(None))
                .distinct()
                .order_by(ProjectName.illustration)
                .limit(ILLUSTRATIONS_SHOWN_MAX)
            )
        ),
        as_of=as_of(session),
    )


def _count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0
