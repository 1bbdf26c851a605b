"""Events of Authority: jurisdictions and who holds which role."""

from __future__ import annotations

from typing import Any

from registry.db.models import Jurisdiction, RoleMember
from registry.services.projection.change import Change, Origin, Remove, one


def jurisdiction_opened(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [one(Jurisdiction, {"code": args["jurisdiction"], "name_hash": args["nameHash"]})]


def member_added(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [one(RoleMember, _member(args))]


def member_removed(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = _member(args)
    where = tuple(getattr(RoleMember, name) == value for name, value in key.items())
    return [Remove(RoleMember, where)]


def _member(args: dict[str, Any]) -> dict[str, Any]:
    return {"jurisdiction": args["jurisdiction"], "role": int(args["role"]), "member": args["member"]}
