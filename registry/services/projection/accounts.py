"""Events of Accounts: accounts, agents, status."""

from __future__ import annotations

from typing import Any

from registry.db.models import Account, AccountStatusChange, Agent
from registry.domain.rules import AccountStatus
from registry.services.projection.change import Change, Origin, Remove, Set, one


def account_opened(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "address": args["account"],
        "jurisdiction": args["jurisdiction"],
        "number": args["number"],
        "kind": int(args["kind"]),
        "status": int(AccountStatus.OPEN),
        "identity_commitment": args["identityCommitment"],
    }
    return [one(Account, row)]


def agent_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    where = (Agent.account == args["account"], Agent.agent == args["agent"])
    if args["rights"] == 0:
        return [Remove(Agent, where)]
    row = {"account": args["account"], "agent": args["agent"], "rights": args["rights"]}
    return [Remove(Agent, where, may_miss=True), one(Agent, row)]


def status_changed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    previous, status = int(args["previousStatus"]), int(args["status"])
    row = {
        "account": args["account"],
        "previous_status": previous,
        "status": status,
        "reason_hash": args["reasonHash"],
        "by": args["by"],
    }
    where = (Account.address == args["account"], Account.status == previous)
    return [Set(Account, where, {"status": status}), one(AccountStatusChange, row)]
