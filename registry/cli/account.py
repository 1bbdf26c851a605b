"""`puhui account`: registry accounts."""

from __future__ import annotations

from typing import Annotated, TypeVar

import typer

from registry.cli.console import emit
from registry.cli.desk import propose_and_tell
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    KeyOption,
    account_of,
    address_of,
    idempotency_key,
    pair,
    person,
)
from registry.domain.errors import InvalidInput
from registry.domain.rules import AccountKind, AccountStatus, Right
from registry.domain.units import grams_to_tonnes_text
from registry.services import accounts
from registry.services.home import Home
from registry.services.registry import Registry, open_registry

_Named = TypeVar("_Named", AccountKind, AccountStatus)
AgentOption = Annotated[
    list[str], typer.Option("--agent", help="who=rights, such as anna=initiate+approve; repeatable.")
]


def read_agents(registry: Registry, texts: list[str]) -> list[tuple[str, Right]]:
    """Reads `who=initiate+approve+read` texts; `none` takes all rights away."""
    agents = []
    for text in texts:
        who, names = pair(text, "agent")
        rights = Right(0)
        for name in names.split("+"):
            if name.upper() in Right.__members__:
                rights |= Right[name.upper()]
            elif name != "none":
                raise InvalidInput(field="rights", problem="must be initiate, approve, read or none", given=names)
        agents.append((address_of(registry, who), rights))
    return agents


def _named(kind: type[_Named], text: str, field: str) -> _Named:
    found = next((member for member in kind if member.name.lower() == text.lower() and int(member)), None)
    if found is None:
        known = ", ".join(member.name.lower() for member in kind if int(member))
        raise InvalidInput(field=field, problem=f"must be one of {known}", given=text)
    return found


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Registry accounts.", no_args_is_help=True)
    app.add_typer(group, name="account")

    @group.command("open")
    def open_account(
        jurisdiction: int,
        number: int,
        kind: str,
        holder: Annotated[str, typer.Option(help="Identity of the holder; only a salted commitment goes on chain.")],
        agent: AgentOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes a new account. Keep the salt that is printed: it opens the commitment."""
        with open_registry(Home(home)) as registry:
            identity = accounts.Commitment.of(holder)
            account_kind = _named(AccountKind, kind, "account kind")
            call = accounts.open_account(
                jurisdiction, number, account_kind, identity.digest, read_agents(registry, agent)
            )
            address = accounts.account_address(registry, jurisdiction, number)
            also = {"account": address, "salt": "0x" + identity.salt.hex()}
            propose_and_tell(registry, who, call, key, json_output, also)

    @group.command("agents")
    def set_agents(
        account: str,
        agent: AgentOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes other rights for agents of an account."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            jurisdiction = registry.call("Accounts", "jurisdictionOf", address)
            call = accounts.set_agents(jurisdiction, address, read_agents(registry, agent))
            propose_and_tell(registry, who, call, key, json_output)

    @group.command("status")
    def set_status(
        account: str,
        status: str,
        reason: Annotated[str, typer.Option(help="Why; only its hash goes on chain.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes another status: open, restricted, frozen or closed."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            jurisdiction = registry.call("Accounts", "jurisdictionOf", address)
            call = accounts.set_status(jurisdiction, address, _named(AccountStatus, status, "status"), reason)
            propose_and_tell(registry, who, call, key, json_output)

    @group.command("freeze")
    def freeze(
        account: str,
        reason: Annotated[str, typer.Option(help="Why; only its hash goes on chain.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Freezes an account at once, by a regulator of its jurisdiction."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            accounts.freeze(registry, person(registry, who), address, reason, key=idempotency_key(key))
        emit({"account": address, "status": "FROZEN"}, f"Account {address} is frozen.", json_output)

    @group.command("show")
    def show(account: str, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows an account as the chain has it."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            facts = registry.call("Accounts", "accountOf", address)
            grams = registry.call("Credits", "holdingOf", address)
        data = {
            "account": address,
            "jurisdiction": facts["jurisdiction"],
            "number": facts["number"],
            "kind": AccountKind(facts["kind"]).name,
            "status": AccountStatus(facts["status"]).name,
            "grams": grams,
        }
        text = (
            f"{address}: {data['kind'].lower()} {data['jurisdiction']}/{data['number']}, "
            f"{data['status'].lower()}, holds {grams} g ({grams_to_tonnes_text(grams)} t)"
        )
        emit(data, text, json_output)
