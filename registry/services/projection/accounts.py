"""Events of Accounts: accounts, agents, status, flags, consents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, case

from registry.db.models import Account, AccountStatusChange, Agent, Consent
from registry.db.models.accounts import status_in_effect
from registry.domain.rules import AccountStatus
from registry.services.projection.change import Change, Origin, Remove, Set, one


def account_opened(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "address": args["account"],
        "jurisdiction": args["jurisdiction"],
        "number": args["number"],
        "kind": int(args["kind"]),
        "status": int(AccountStatus.OPEN),
        "frozen_until": None,
        "flags": 0,
        "identity_commitment": args["identityCommitment"],
    }
    return [one(Account, row)]


def agent_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    where = (Agent.account == args["account"], Agent.agent == args["agent"])
    if args["rights"] == 0:
        return [Remove(Agent, where)]
    row = {"account": args["account"], "agent": args["agent"], "rights": args["rights"]}
    return [Remove(Agent, where, may_miss=True), one(Agent, row)]


def status_changed(args: dict[str, Any], origin: Origin) -> list[Change]:
    previous, status, until_seconds = int(args["previousStatus"]), int(args["status"]), int(args["frozenUntil"])
    until = datetime.fromtimestamp(until_seconds, UTC) if until_seconds else None
    row = {
        "account": args["account"],
        "previous_status": previous,
        "status": status,
        "frozen_until": until,
        "reason_hash": args["reasonHash"],
        "by": args["by"],
    }
    now = origin.block_time
    where = (Account.address == args["account"], status_in_effect(now) == previous)
    if until is not None:
        values: dict[str, Any] = {"frozen_until": until}
    elif status == AccountStatus.FROZEN:
        values = {"status": status, "frozen_until": None}
    else:
        # A freeze that still ran ends with this; one that ended keeps its time.
        ended = case((Account.frozen_until > now, now), else_=Account.frozen_until)
        values = {"status": status, "frozen_until": ended}
    return [Set(Account, where, values), one(AccountStatusChange, row)]


def flags_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Set(Account, (Account.address == args["account"],), {"flags": args["flags"]})]


def consent_given(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "account": args["account"],
        "call_hash": args["callHash"],
        "agent": args["agent"],
        "target": args["target"],
        "data": args["data"],
        "valid_until": datetime.fromtimestamp(args["validUntil"], UTC),
    }
    return [Remove(Consent, _consent(args), may_miss=True), one(Consent, row)]


def consent_gone(args: dict[str, Any], _origin: Origin) -> list[Change]:
    """Used or revoked."""
    return [Remove(Consent, _consent(args))]


def _consent(args: dict[str, Any]) -> tuple[ColumnElement[bool], ...]:
    return (Consent.account == args["account"], Consent.call_hash == args["callHash"])
