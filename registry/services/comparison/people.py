"""Jurisdictions, roles, accounts and agents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.db.models import Account, Agent, Consent, Jurisdiction, RoleMember
from registry.domain.rules import AccountStatus, Role
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


def _account_status_at(account: Account, chain: Chain) -> int:
    # No event says that an emergency freeze ended: the contract derives it from the time, and so does this.
    frozen = account.frozen_until is not None and chain.block_time_seconds < int(account.frozen_until.timestamp())
    return int(AccountStatus.FROZEN) if frozen else account.status
