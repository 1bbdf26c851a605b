"""Jurisdictions, roles, the Desk, accounts and agents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import Account, Agent, Consent, DeskPolicy, DeskRequest, Jurisdiction, RoleMember
from registry.domain.ids import COUNCIL_JURISDICTION
from registry.domain.rules import AccountStatus, RequestStatus, Role
from registry.services.comparison.asking import Chain, Comparison, fields, hexed


def compare_people(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Each jurisdiction is open, and each of its roles has the same members."""
    members: dict[tuple[int, int], list[str]] = defaultdict(list)
    for row in session.scalars(select(RoleMember)):
        members[row.jurisdiction, row.role].append(row.member)
    for code in session.scalars(select(Jurisdiction.code).order_by(Jurisdiction.code)):
        yield Comparison("jurisdiction", f"{code} open", True, chain.ask("Authority", "isOpen", code))
        for role in Role:
            if role is Role.NONE:
                continue
            held = chain.ask("Authority", "members", code, int(role))
            on_chain = sorted(held) if isinstance(held, list) else held
            yield Comparison("role", f"{code} {role.solidity_name}", sorted(members[code, int(role)]), on_chain)


def compare_desk(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """The number of requests, the newest of them, and all policies."""
    count = session.scalar(select(func.count()).select_from(DeskRequest))
    yield Comparison("request", "count", count, chain.ask("Desk", "requestCount"))
    rows = select(DeskRequest).order_by(DeskRequest.request_id.desc()).limit(newest)
    for request in session.scalars(rows):
        database = {"status": _status_at(request, chain), "maker": request.maker, "jurisdiction": request.jurisdiction}
        answer = chain.ask("Desk", "requestOf", request.request_id)
        yield from fields("request", f"{request.request_id}", database, answer, lambda stored: stored)
    policies = session.scalars(select(DeskPolicy)).all()
    networks = {(row.target, row.selector): row for row in policies if row.jurisdiction == COUNCIL_JURISDICTION}
    for policy in policies:
        notice_seconds, expiry_seconds = _times_applied(policy, networks.get((policy.target, policy.selector)))
        database = {
            "maker": policy.maker_role,
            "checker": policy.checker_role,
            "noticeSeconds": notice_seconds,
            "expirySeconds": expiry_seconds,
        }
        where = f"{policy.jurisdiction} {policy.target} {hexed(policy.selector)}"
        answer = chain.ask("Desk", "policyOf", policy.jurisdiction, policy.target, policy.selector)
        yield from fields("policy", where, database, answer, lambda stored: stored)


def compare_accounts(session: Session, chain: Chain) -> Iterator[Comparison]:
    """Each account as stored, the rights of each agent, and each consent."""
    for account in session.scalars(select(Account)):
        database = {
            "jurisdiction": account.jurisdiction,
            "number": account.number,
            "kind": account.kind,
            "status": _account_status_at(account, chain),
            "frozenUntil": int(account.frozen_until.timestamp()) if account.frozen_until else 0,
            "flags": account.flags,
            "identityCommitment": account.identity_commitment,
        }
        answer = chain.ask("Accounts", "accountOf", account.address)
        yield from fields("account", account.address, database, answer, lambda stored: stored)
    for agent in session.scalars(select(Agent)):
        rights = chain.ask("Accounts", "rightsOf", agent.account, agent.agent)
        yield Comparison("agent", f"{agent.account} {agent.agent}", agent.rights, rights)
    for consent in session.scalars(select(Consent)):
        given = {"agent": consent.agent, "validUntil": int(consent.valid_until.timestamp())}
        answer = chain.ask("Accounts", "consentOf", consent.account, consent.call_hash)
        where = f"{consent.account} {hexed(consent.call_hash)}"
        yield from fields("consent", where, given, answer, lambda stored: stored)


def _times_applied(policy: DeskPolicy, networks: DeskPolicy | None) -> tuple[int, int]:
    """Notice and expiry in seconds, as `Desk.policyOf` answers: an own policy is never laxer than the network's."""
    if networks is None or policy.notice_seconds >= networks.notice_seconds:
        return policy.notice_seconds, policy.expiry_seconds
    return networks.notice_seconds, max(policy.expiry_seconds, networks.expiry_seconds)


def _account_status_at(account: Account, chain: Chain) -> int:
    # No event says that an emergency freeze ended: the contract derives it from the time, and so does this.
    frozen = account.frozen_until is not None and chain.block_time_seconds < int(account.frozen_until.timestamp())
    return int(AccountStatus.FROZEN) if frozen else account.status


def _status_at(request: DeskRequest, chain: Chain) -> int:
    # No event says that a request lapsed: the Desk derives it from the time, and so does this.
    is_open = request.status == RequestStatus.PROPOSED
    lapsed = chain.block_time_seconds >= int(request.expires_at.timestamp())
    return int(RequestStatus.EXPIRED) if is_open and lapsed else request.status
