"""`puhui jurisdiction`, `role`: who belongs to the network. Everything here is proposed, then approved."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    address_of,
    named,
    once,
    pair,
    person,
)
from registry.cli.proposing import propose_and_tell
from registry.domain.rules import Role
from registry.services import membership, texts
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.views.jurisdictions import jurisdiction as jurisdiction_detail

GrantOption = Annotated[
    list[str],
    typer.Option("--grant", help="role=who, such as registrar=key-name or verifier=0x...; repeatable."),
]


def read_grants(registry: Registry, grants: list[str]) -> list[tuple[Role, str]]:
    """Reads `role=who` texts."""
    read = []
    for text in grants:
        role, who = pair(text, "grant")
        read.append((named(Role, role, "role"), address_of(registry, who)))
    return read


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    jurisdictions = typer.Typer(help="Jurisdictions of the network.", no_args_is_help=True)
    app.add_typer(jurisdictions, name="jurisdiction")
    roles = typer.Typer(help="Roles of people in a jurisdiction.", no_args_is_help=True)
    app.add_typer(roles, name="role")
    _register_jurisdictions(jurisdictions)
    _register_roles(roles)


def _register_jurisdictions(group: typer.Typer) -> None:
    @group.command("open")
    def open_jurisdiction(
        code: JurisdictionArgument,
        name: Annotated[str, typer.Argument(help="Its name; public, on chain as a hash.")],
        grant: GrantOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes a new jurisdiction with its first members; decided by the network council."""
        with open_registry(Home(home)) as registry:
            call = membership.open_jurisdiction(code, name, read_grants(registry, grant))
            texts.keep_text(registry.database, "jurisdiction name", name)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("show")
    def show(code: JurisdictionArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows who holds which role in a jurisdiction, and its oracle committee."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            known = {address: name for name, address in registry.keys.list().items()}
            with registry.database.session() as session:
                found = jurisdiction_detail(session, code)
        place = found.jurisdiction
        lines = [f"{code:06d} {place.name.text or ''}: {place.accounts} accounts, {place.projects} projects"]
        lines += [f"  {one.role.label:20} {one.member} {known.get(one.member, '')}".rstrip() for one in found.members]
        if found.committee is not None:
            committee = found.committee
            lines.append(f"  committee of epoch {committee.epoch}, {committee.quorum} signatures of:")
            lines += [f"    {signer} {known.get(signer, '')}".rstrip() for signer in committee.signers]
        data = {
            "code": code,
            "name": place.name.text,
            "accounts": place.accounts,
            "projects": place.projects,
            "members": found.members,
            "committee": found.committee,
        }
        emit(data, "\n".join(lines), json_output)


def _register_roles(group: typer.Typer) -> None:
    @group.command("grant")
    def grant_role(
        jurisdiction: JurisdictionArgument,
        grant: GrantOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes grants of roles."""
        with open_registry(Home(home)) as registry:
            call = membership.grant_roles(jurisdiction, read_grants(registry, grant))
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("renounce")
    def renounce_role(
        jurisdiction: JurisdictionArgument,
        role: Annotated[str, typer.Argument(help="Role that the person gives up, such as expert.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Gives up a role of one's own, at once. Only the Desk gives it back."""
        given_up = named(Role, role, "role")
        with open_registry(Home(home)) as registry:
            member = person(registry, who)
            with once(key) as once_key:
                receipt = membership.renounce_role(registry, member, jurisdiction, given_up, key=once_key)
        data = {"jurisdiction": jurisdiction, "role": given_up, "member": member.address, "tx_hash": receipt.tx_hash}
        emit(data, f"{who} is no longer {given_up.label} in {jurisdiction:06d}.", json_output)

    @group.command("revoke")
    def revoke_role(
        jurisdiction: JurisdictionArgument,
        grant: GrantOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to take roles away."""
        with open_registry(Home(home)) as registry:
            call = membership.revoke_roles(jurisdiction, read_grants(registry, grant))
            propose_and_tell(registry, person(registry, who), call, key, json_output)
