"""`puhui account`: registry accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from registry.cli import account_control
from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AccountArgument,
    AsOption,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    ReasonOption,
    account_of,
    address_of,
    amount_text,
    commitment,
    fresh_key,
    named,
    once,
    pair,
    person,
)
from registry.cli.proposing import moment, propose_and_tell
from registry.cli.readable import rights_text
from registry.cli.transfer_rules import limits_data, limits_text
from registry.domain.errors import InvalidInput
from registry.domain.rules import AccountKind, AccountStatus, Right
from registry.services import accounts, texts
from registry.services.accounts import jurisdiction_of
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.views.accounts import AccountDetail, AccountView, AgentView
from registry.services.views.accounts import account as account_detail
from registry.services.views.batches import HoldingView, holdings_of_account
from registry.services.views.paging import PageRequest
from registry.services.views.transfer_rules import (
    ConsentView,
    LimitsView,
    TrustView,
    consents_of_account,
    limits_of_account,
    trusts_of_account,
)

AgentOption = Annotated[
    list[str], typer.Option("--agent", help="who=rights, such as anna=initiate+approve+read; repeatable.")
]
ALL_RIGHTS = "initiate, approve, read or none"
HOLDINGS_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class AccountControl:
    """What beside its flags controls an account."""

    limits: LimitsView | None
    trusts: tuple[TrustView, ...]
    consents: tuple[ConsentView, ...]


def read_agents(registry: Registry, given: list[str]) -> list[tuple[str, Right]]:
    """Reads `who=initiate+approve+read` texts; `none` takes all rights away."""
    agents = []
    for text in given:
        who, names = pair(text, "agent")
        rights = Right(0)
        for name in names.lower().split("+"):
            if name.upper() in Right.__members__:
                rights |= Right[name.upper()]
            elif name != "none" or names.lower() != "none":
                raise InvalidInput(field="rights", problem=f"must be {ALL_RIGHTS}, joined by +", given=names[:80])
        agents.append((address_of(registry, who), rights))
    return agents


def control_output(control: AccountControl) -> tuple[dict[str, Any], list[str]]:
    """What `account show` prints of limits, trusted accounts and consents."""
    trusted = {each.counterparty.address: each.trusted_from for each in control.trusts}
    consents = [
        {"call_hash": each.call_hash, "agent": each.agent, "target": each.target, "valid_until": each.valid_until}
        for each in control.consents
    ]
    lines = [
        *([f"  limits   {limits_text(control.limits)}"] if control.limits else []),
        *(f"  trusts   {who}, from {moment(since)}" for who, since in trusted.items()),
        *(f"  consent  of {each.agent} to call 0x{each.call_hash.hex()}" for each in control.consents),
    ]
    return {"limits": limits_data(control.limits), "trusts": trusted, "consents": consents}, lines


def account_output(
    detail: AccountDetail, holdings: tuple[HoldingView, ...], control: AccountControl
) -> tuple[dict[str, Any], str]:
    """What `account show` prints."""
    control_data, control_lines = control_output(control)
    view = detail.account
    agents = {agent.agent: rights_text(_rights(agent)) for agent in detail.agents}
    data = {
        "account": view.address,
        "jurisdiction": view.jurisdiction,
        "number": view.number,
        "name_zh": view.name_zh,
        "name_en": view.name_en,
        "kind": view.kind,
        "status": view.status,
        "frozen_until": view.frozen_until,
        "dual_control": view.dual_control,
        "confirms_receipts": view.confirms_receipts,
        "grams": view.held_grams,
        "agents": agents,
        **control_data,
        "holdings": [
            {
                "batch_id": held.batch.batch_id,
                "batch": held.batch.printed,
                "grams": held.grams,
                "available_grams": held.available_grams,
                "locked_grams": held.locked_grams,
                "frozen_grams": held.frozen_grams,
                "recalled_grams": held.recalled_grams,
            }
            for held in holdings
        ],
    }
    name = view.name_zh or view.name_en
    asks = [word for word, asked in _asks(view).items() if asked]
    lines = [
        f"{view.jurisdiction}/{view.number}{f' {name}' if name else ''}, {view.kind.label}, {view.status.label}",
        f"  address  {view.address}",
        *([f"  frozen   until {view.frozen_until:%Y-%m-%d %H:%M} UTC unless confirmed"] if view.frozen_until else []),
        *([f"  asks for {', '.join(asks)}"] if asks else []),
        f"  holds    {amount_text(view.held_grams)}",
        *(f"    {held.batch.printed}  {amount_text(held.grams)}{_held_back(held)}" for held in holdings),
        *(f"  agent    {who}: {rights}" for who, rights in agents.items()),
        *control_lines,
    ]
    return data, "\n".join(lines)


def _held_back(held: HoldingView) -> str:
    if held.available_grams == held.grams:
        return ""
    return f", {held.available_grams:,} g of it available"


def _asks(view: AccountView) -> dict[str, bool]:
    return {"dual control": view.dual_control, "confirmed receipts": view.confirms_receipts}


def _rights(agent: AgentView) -> Right:
    given = {Right.INITIATE: agent.initiate, Right.APPROVE: agent.approve, Right.READ: agent.read}
    return Right(sum(right for right, has in given.items() if has))


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Registry accounts.", no_args_is_help=True)
    app.add_typer(group, name="account")
    _register_opening(group)
    _register_changing(group)
    account_control.register(group)
    _register_showing(group)


def _register_opening(group: typer.Typer) -> None:
    @group.command("open")
    def open_account(
        jurisdiction: JurisdictionArgument,
        number: Annotated[int, typer.Argument(help="A free number of the jurisdiction.", min=1, max=2**64 - 1)],
        kind: Annotated[str, typer.Argument(help="enterprise, platform, institution, government or buffer.")],
        holder: Annotated[str, typer.Option(help="Identity of the holder; only a salted commitment goes on chain.")],
        agent: AgentOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes a new account. Keep the salt that is printed: it opens the commitment."""
        account_kind = named(AccountKind, kind, "account kind")
        texts.check_text("holder", holder)
        with open_registry(Home(home)) as registry:
            agents = read_agents(registry, agent)
            maker, chosen_key = person(registry, who), fresh_key(key)
            identity = commitment(maker, holder, chosen_key)
            call = accounts.open_account(jurisdiction, number, account_kind, identity.digest, agents)
            address = accounts.account_address(registry, jurisdiction, number)
            also = {"account": address, "salt": "0x" + identity.salt.hex()}
            propose_and_tell(registry, maker, call, chosen_key, json_output, also)

    @group.command("name")
    def name_account(
        account: AccountArgument,
        name: Annotated[str, typer.Argument(help="The public name its holder wants.")],
        name_en: Annotated[str | None, typer.Option("--en", help="The same in English.")] = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Gives an account a public name in this registry's database. Accounts of persons have none."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            jurisdiction_of(registry, address)
            texts.name_account(registry.database, address, name, name_en)
        emit({"account": address, "name_zh": name, "name_en": name_en}, f"{address} is called {name}.", json_output)


def _register_changing(group: typer.Typer) -> None:
    @group.command("agents")
    def set_agents(
        account: AccountArgument,
        agent: AgentOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes other rights for agents of an account; `none` removes an agent."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            call = accounts.set_agents(jurisdiction_of(registry, address), address, read_agents(registry, agent))
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("status")
    def set_status(
        account: AccountArgument,
        status: Annotated[str, typer.Argument(help="open, restricted, frozen or closed.")],
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes another status, also back to open."""
        wanted = named(AccountStatus, status, "status")
        texts.check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            call = accounts.set_status(jurisdiction_of(registry, address), address, wanted, reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("freeze")
    def freeze(
        account: AccountArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Freezes an account at once, by a regulator of its jurisdiction."""
        texts.check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            regulator = person(registry, who)
            with once(key) as once_key:
                receipt = accounts.freeze(registry, regulator, address, reason, key=once_key)
            registry.indexer.run_to_head()
        data = {
            "account": address,
            "status": AccountStatus.FROZEN,
            "reason_hash": texts.hash_of(reason),
            "tx_hash": receipt.tx_hash,
        }
        emit(data, f"Account {address} is frozen.", json_output)


def _register_showing(group: typer.Typer) -> None:
    @group.command("show")
    def show(account: AccountArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows an account: status, agents, and what it holds of which batch."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                detail = account_detail(session, address)
                held = holdings_of_account(session, address, PageRequest(limit=HOLDINGS_SHOWN_MAX))
                control = AccountControl(
                    limits_of_account(session, address),
                    trusts_of_account(session, address, PageRequest(limit=HOLDINGS_SHOWN_MAX)).items,
                    consents_of_account(session, address),
                )
        emit(*account_output(detail, held.items, control), json_output)
