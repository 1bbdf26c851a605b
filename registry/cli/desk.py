"""`puhui desk`, `puhui jurisdiction`, `puhui role`, `puhui committee`: what two persons decide."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    KeyOption,
    address_of,
    idempotency_key,
    pair,
    person,
)
from registry.db.models import DeskRequest
from registry.domain.errors import InvalidInput
from registry.domain.rules import RequestStatus, Role
from registry.services import desk, membership
from registry.services.calls import GuardedCall
from registry.services.home import Home
from registry.services.registry import Registry, open_registry

GrantOption = Annotated[list[str], typer.Option("--grant", help="role=who, such as registrar=key-name; repeatable.")]


def propose_and_tell(
    registry: Registry,
    maker_name: str,
    call: GuardedCall,
    key: str | None,
    json_output: bool,
    also: dict[str, Any] | None = None,
) -> None:
    """Proposes a call in the name of a person and says under which number a checker finds it, and what `also` holds."""
    maker = person(registry, maker_name)
    request_id = desk.propose(registry, maker, call, key=idempotency_key(key))
    request = desk.proposed_call(registry, request_id)
    text = (
        f"Request {request_id}: {call.contract}.{call.function} was proposed; it may be approved from "
        f"{request.approvable_at:%Y-%m-%d %H:%M:%S} UTC with `puhui desk approve {request_id} --as NAME`."
    )
    for name, value in (also or {}).items():
        text += f"\n{name}: {value}"
    emit({"request_id": request_id, "approvable_at": request.approvable_at, **(also or {})}, text, json_output)


def read_grants(registry: Registry, grants: list[str]) -> list[tuple[Role, str]]:
    """Reads `role=who` texts."""
    read: list[tuple[Role, str]] = []
    for text in grants:
        name, who = pair(text, "grant")
        role = next((role for role in Role if role.name.lower() == name.lower() and role is not Role.NONE), None)
        if role is None:
            known = ", ".join(role.name.lower() for role in Role if role is not Role.NONE)
            raise InvalidInput(field="role", problem=f"must be one of {known}", given=name)
        read.append((role, address_of(registry, who)))
    return read


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    _register_desk(app)
    _register_membership(app)


def _register_desk(app: typer.Typer) -> None:
    group = typer.Typer(help="Requests that two persons decide.", no_args_is_help=True)
    app.add_typer(group, name="desk")

    @group.command("list")
    def list_requests(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Lists the requests that wait for a checker."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                waiting = session.query(DeskRequest).filter_by(status=int(RequestStatus.PROPOSED)).all()
        rows = [
            {
                "request_id": row.request_id,
                "jurisdiction": row.jurisdiction,
                "call": f"{row.contract}.{row.function}",
                "maker": row.maker,
                "approvable_at": row.approvable_at,
                "expires_at": row.expires_at,
            }
            for row in waiting
        ]
        text = "\n".join(
            f"{row['request_id']:>5}  {row['jurisdiction']}  {row['call']}  by {row['maker']}" for row in rows
        )
        emit({"requests": rows}, text or "No request is waiting.", json_output)

    @group.command("approve")
    def approve(
        request_id: int,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Approves a request, which executes it."""
        with open_registry(Home(home)) as registry:
            checker = person(registry, who)
            receipt = desk.approve(registry, checker, request_id, key=idempotency_key(key))
            registry.indexer.run_to_head()
        tx_hash = "0x" + receipt.tx_hash.hex()
        emit(
            {"request_id": request_id, "tx_hash": tx_hash, "block_number": receipt.block_number},
            f"Request {request_id} was approved and executed in block {receipt.block_number}, transaction {tx_hash}.",
            json_output,
        )

    @group.command("reject")
    def reject(
        request_id: int,
        who: AsOption,
        reason: Annotated[str, typer.Option(help="Why; only its hash goes on chain.")],
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Rejects a request."""
        with open_registry(Home(home)) as registry:
            digest = hashlib.sha256(reason.encode()).digest()
            desk.reject(registry, person(registry, who), request_id, digest, key=idempotency_key(key))
        emit({"request_id": request_id, "reason_hash": digest}, f"Request {request_id} was rejected.", json_output)

    @group.command("withdraw")
    def withdraw(
        request_id: int,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Takes a request back, by the one who proposed it."""
        with open_registry(Home(home)) as registry:
            desk.withdraw(registry, person(registry, who), request_id, key=idempotency_key(key))
        emit({"request_id": request_id}, f"Request {request_id} was taken back.", json_output)


def _register_membership(app: typer.Typer) -> None:
    jurisdictions = typer.Typer(help="Jurisdictions of the network.", no_args_is_help=True)
    app.add_typer(jurisdictions, name="jurisdiction")
    roles = typer.Typer(help="Roles of people in a jurisdiction.", no_args_is_help=True)
    app.add_typer(roles, name="role")
    committees = typer.Typer(help="Oracle committees.", no_args_is_help=True)
    app.add_typer(committees, name="committee")

    @jurisdictions.command("open")
    def open_jurisdiction(
        code: int,
        name: str,
        grant: GrantOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes a new jurisdiction (GB/T 2260 code) with its first members; decided by the council."""
        with open_registry(Home(home)) as registry:
            call = membership.open_jurisdiction(code, name, read_grants(registry, grant))
            propose_and_tell(registry, who, call, key, json_output)

    @roles.command("grant")
    def grant_role(
        jurisdiction: int,
        grant: GrantOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes grants of roles."""
        with open_registry(Home(home)) as registry:
            call = membership.grant_roles(jurisdiction, read_grants(registry, grant))
            propose_and_tell(registry, who, call, key, json_output)

    @roles.command("revoke")
    def revoke_role(
        jurisdiction: int,
        grant: GrantOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to take roles away."""
        with open_registry(Home(home)) as registry:
            call = membership.revoke_roles(jurisdiction, read_grants(registry, grant))
            propose_and_tell(registry, who, call, key, json_output)

    @committees.command("set")
    def set_committee(
        jurisdiction: int,
        signer: Annotated[list[str], typer.Option("--signer", help="Key name or address; repeat, at least four.")],
        who: AsOption,
        dispute_seconds: Annotated[int, typer.Option(help="How long an accepted report waits before it is final.")] = 0,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes a new oracle committee, which begins the next epoch."""
        with open_registry(Home(home)) as registry:
            signers = [address_of(registry, text) for text in signer]
            call = membership.set_committee(jurisdiction, signers, dispute_seconds)
            propose_and_tell(registry, who, call, key, json_output)
