"""`puhui desk policies` and `policy`: how each function is decided."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    named,
    person,
)
from registry.cli.proposing import propose_and_tell
from registry.db.models import DeskPolicy
from registry.domain.errors import InvalidInput
from registry.domain.rules import Role
from registry.services import desk
from registry.services.home import Home
from registry.services.registry import Registry, open_registry

_SECONDS_MAX = 2**32 - 1


def register(group: typer.Typer) -> None:
    """Adds the commands to the group of the desk."""
    _register_list(group)
    _register_set(group)


def _register_list(group: typer.Typer) -> None:
    @group.command("policies")
    def policies(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Lists how each function is decided, in the network and where a jurisdiction decides otherwise."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            names = {(row[1], row[2]): f"{row[0]}.{row[3]}" for row in desk.functions(registry)}
            with registry.database.session() as session:
                found = session.scalars(select(DeskPolicy).order_by(DeskPolicy.jurisdiction)).all()
        named_rows = sorted(
            (row.jurisdiction, names.get((row.target, row.selector), f"{row.target} 0x{row.selector.hex()}"), row)
            for row in found
        )
        rows = [
            {
                "jurisdiction": jurisdiction,
                "function": function,
                "maker": Role(row.maker_role),
                "checker": Role(row.checker_role),
                "notice_seconds": row.notice_seconds,
                "expiry_seconds": row.expiry_seconds,
                "experts": row.experts,
            }
            for jurisdiction, function, row in named_rows
        ]
        lines = [
            f"{jurisdiction:06d}  {function}: {Role(row.maker_role).label} then {Role(row.checker_role).label}, "
            f"notice {row.notice_seconds} s, expiry {row.expiry_seconds} s, experts {row.experts}"
            for jurisdiction, function, row in named_rows
        ]
        emit({"policies": rows}, "\n".join(lines), json_output)


def _register_set(group: typer.Typer) -> None:
    @group.command("policy")
    def policy(
        jurisdiction: JurisdictionArgument,
        function: Annotated[str, typer.Argument(help="Contract and function, such as Filings.fileProject.")],
        maker: Annotated[str, typer.Option(help="Role that proposes, such as registrar.")],
        checker: Annotated[str, typer.Option(help="Role that approves, such as approver.")],
        notice: Annotated[int, typer.Option(help="Public notice in seconds.", min=0, max=_SECONDS_MAX)],
        expiry: Annotated[int, typer.Option(help="Seconds until a request lapses.", min=1, max=_SECONDS_MAX)],
        who: AsOption,
        experts: Annotated[int, typer.Option(help="Positive opinions needed.", min=0, max=20)] = 0,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes how a function is decided: 0 for the network, else for one jurisdiction, there never laxer."""
        roles = named(Role, maker, "maker"), named(Role, checker, "checker")
        with open_registry(Home(home)) as registry:
            contract, name = _function(registry, function)
            policy = (int(roles[0]), int(roles[1]), notice, expiry, experts)
            call = desk.set_policy(registry, jurisdiction, contract, name, policy)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _function(registry: Registry, text: str) -> tuple[str, str]:
    known = {f"{contract}.{name}": (contract, name) for contract, _, _, name in desk.functions(registry)}
    if text not in known:
        raise InvalidInput(field="function", problem="must be one such as Filings.fileProject", given=text[:80])
    return known[text]
