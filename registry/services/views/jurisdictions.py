"""Jurisdictions: who belongs to the network and who decides there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from registry.db.models import Account, Committee, Jurisdiction, Project, RoleMember, RuleSet
from registry.domain.errors import NotFound
from registry.domain.rules import Role
from registry.services.views.names import PublicText, PublicTexts
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, slice_of
from registry.services.views.rule_sets import RuleSetView, rule_set_views
from registry.services.views.state import Origin, Origins, as_of

MEMBERS_SHOWN_MAX = 500
RULE_SETS_SHOWN_MAX = 50

_ORDER = Order("jurisdictions", (Jurisdiction.code,), (Part.INT64,), lambda row: (row.code,))


@dataclass(frozen=True, slots=True)
class JurisdictionView:
    """A jurisdiction. `name` is the text behind the hash on chain, if it is public here."""

    code: int
    name: PublicText
    accounts: int
    projects: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Member:
    """A role held now."""

    role: Role
    member: str


@dataclass(frozen=True, slots=True)
class CommitteeView:
    """The oracle committee of the current epoch."""

    epoch: int
    quorum: int
    dispute_seconds: int
    signers: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class JurisdictionDetail:
    """A jurisdiction with its members (the first MEMBERS_SHOWN_MAX by role and address), committee and rule sets."""

    jurisdiction: JurisdictionView
    members: tuple[Member, ...]
    committee: CommitteeView | None
    rule_sets: tuple[RuleSetView, ...]


def jurisdictions(session: Session, page: PageRequest = FIRST_PAGE) -> Page[JurisdictionView]:
    """All jurisdictions, by code."""
    found = slice_of(session, select(Jurisdiction), _ORDER, page)
    return Page(_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def require_jurisdiction(session: Session, code: int) -> Jurisdiction:
    """The row of a jurisdiction. Raises NotFound."""
    row = session.get(Jurisdiction, code)
    if row is None:
        raise NotFound(kind="jurisdiction", id=code)
    return row


def jurisdiction(session: Session, code: int) -> JurisdictionDetail:
    """One jurisdiction. Raises NotFound."""
    row = require_jurisdiction(session, code)
    members = session.scalars(
        select(RoleMember)
        .where(RoleMember.jurisdiction == code)
        .order_by(RoleMember.role, RoleMember.member)
        .limit(MEMBERS_SHOWN_MAX)
    )
    rule_sets = session.scalars(
        select(RuleSet)
        .where(RuleSet.jurisdiction == code)
        .order_by(RuleSet.year.desc(), RuleSet.version.desc())
        .limit(RULE_SETS_SHOWN_MAX)
    ).all()
    return JurisdictionDetail(
        jurisdiction=_views(session, [row])[0],
        members=tuple(Member(Role(member.role), member.member) for member in members),
        committee=_committee(session, code),
        rule_sets=rule_set_views(session, rule_sets),
    )


def _committee(session: Session, code: int) -> CommitteeView | None:
    row = session.scalars(
        select(Committee)
        .where(Committee.jurisdiction == code)
        .order_by(Committee.epoch.desc())
        .limit(1)
        .options(selectinload(Committee.signers))
    ).one_or_none()
    if row is None:
        return None
    return CommitteeView(
        epoch=row.epoch,
        quorum=row.quorum,
        dispute_seconds=row.dispute_seconds,
        signers=tuple(signer.signer for signer in row.signers),
        origin=Origins(session, [row]).of(row),
    )


def _views(session: Session, rows: list[Jurisdiction] | tuple[Jurisdiction, ...]) -> tuple[JurisdictionView, ...]:
    codes = [row.code for row in rows]
    accounts = _counted(session, Account.jurisdiction, codes)
    projects = _counted(session, Project.jurisdiction, codes)
    texts = PublicTexts(session, (row.name_hash for row in rows))
    origins = Origins(session, rows)
    return tuple(
        JurisdictionView(
            code=row.code,
            name=texts.of(row.name_hash),
            accounts=accounts.get(row.code, 0),
            projects=projects.get(row.code, 0),
            origin=origins.of(row),
        )
        for row in rows
    )


def _counted(session: Session, column: Any, codes: list[int]) -> dict[int, int]:
    counted = session.execute(select(column, func.count()).where(column.in_(codes)).group_by(column))
    return dict(counted.all())
