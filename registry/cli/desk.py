"""`puhui desk`: what one person proposes and another decides. Every privileged change goes this way."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any

import typer
from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    KeyOption,
    ReasonOption,
    RequestArgument,
    named,
    once,
    person,
)
from registry.cli.readable import Reader
from registry.domain.errors import InvalidInput
from registry.domain.rules import RequestStatus
from registry.services import desk
from registry.services.calls import GuardedCall
from registry.services.home import Home
from registry.services.plain import plain
from registry.services.registry import Registry, open_registry
from registry.services.views.paging import PageRequest
from registry.services.views.references import read_jurisdiction
from registry.services.views.requests import RequestView, request, requests

_PAGE = 100
# Every approval has it; it says nothing that the answer does not say already.
_OWN_EVENT = "Executed"
# OpenZeppelin's own events beside ours, which say the same.
_SAID_TWICE = ("RoleGranted", "RoleRevoked", "TransferSingle", "TransferBatch")


def propose_and_tell(
    registry: Registry,
    maker: LocalAccount,
    call: GuardedCall,
    key: str | None,
    json_output: bool,
    also: dict[str, Any] | None = None,
) -> None:
    """Proposes a call in the name of a person and says under which number a checker finds it, and what `also` holds."""
    with once(key) as once_key:
        request_id = desk.propose(registry, maker, call, key=once_key)
        proposed = desk.proposed_call(registry, request_id)
    text = (
        f"Request {request_id}: {call.contract}.{call.function} was proposed; another person may approve it from "
        f"{moment(proposed.approvable_at)} with `puhui desk approve {request_id} --as NAME`."
    )
    for name, value in (also or {}).items():
        text += f"\n{name}: {value}"
    data = {"request_id": request_id, "approvable_at": proposed.approvable_at, "expires_at": proposed.expires_at}
    emit({**data, **(also or {})}, text, json_output)


def moment(time: datetime) -> str:
    """A time as people read it."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def what_happened(registry: Registry, receipt: Receipt) -> list[dict[str, Any]]:
    """The events of a transaction: contract, event, arguments. Integers are decimal text, as in `puhui desk show`."""
    decoded = (registry.register.decode_log(log) for log in receipt.logs)
    return [
        {"contract": event.contract, "event": event.name, "arguments": plain(event.args)}
        for event in decoded
        if event is not None and event.name != _OWN_EVENT
    ]


def happening_text(reader: Reader, happened: dict[str, Any]) -> str:
    """An event as people read it."""
    shown = [f"{name} {text}" for name, text in reader.arguments(happened["contract"], happened["arguments"])]
    return f"  {happened['event']}: {', '.join(shown)}"


def _row(view: RequestView) -> dict[str, Any]:
    return {
        "request_id": view.request_id,
        "status": view.status,
        "jurisdiction": view.jurisdiction,
        "call": f"{view.contract}.{view.function}",
        "maker": view.maker,
        "checker": view.checker,
        "approvable_at": view.approvable_at,
        "expires_at": view.expires_at,
    }


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Requests that two persons decide.", no_args_is_help=True)
    app.add_typer(group, name="desk")
    _register_reading(group)
    _register_deciding(group)


def _register_reading(group: typer.Typer) -> None:
    @group.command("list")
    def list_requests(
        status: Annotated[
            str, typer.Option(help="proposed, executed, rejected, withdrawn, expired, or all.")
        ] = "proposed",
        jurisdiction: Annotated[str | None, typer.Option(help="Only of this code.")] = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Lists the requests that wait for a checker, or those of another status; newest first."""
        wanted = None if status == "all" else named(RequestStatus, status, "status")
        code = None if jurisdiction is None else read_jurisdiction(jurisdiction)
        found: list[RequestView] = []
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            reader = Reader(registry)
            with registry.database.session() as session:
                page = requests(session, PageRequest(limit=_PAGE), jurisdiction=code, status=wanted)
                found += page.items
                while page.next_cursor is not None:
                    after = PageRequest(limit=_PAGE, after=page.next_cursor)
                    page = requests(session, after, jurisdiction=code, status=wanted)
                    found += page.items
        lines = [
            f"{view.request_id:>5}  {view.status.label:10}  {view.jurisdiction:06d}  {view.contract}.{view.function}  "
            f"by {reader.who(view.maker)}, from {moment(view.approvable_at)}"
            for view in found
        ]
        text = "\n".join(lines) or "There is no such request."
        emit({"requests": [_row(view) for view in found]}, text, json_output)

    @group.command("show")
    def show(request_id: RequestArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows a request with the whole call that an approval would execute."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            reader = Reader(registry)
            with registry.database.session() as session:
                view = request(session, request_id)
            arguments = view.arguments if view.decoded else {"data": "0x" + view.data.hex()}
            shown = reader.arguments(view.contract, arguments)
        lines = [
            f"Request {view.request_id}, {view.status.label}: {view.contract}.{view.function}",
            f"  decided in    {view.jurisdiction or 'the network council'}",
            f"  maker         {reader.who(view.maker)}",
            f"  checker       {reader.who(view.checker)}",
            f"  approvable    from {moment(view.approvable_at)} to {moment(view.expires_at)}",
            *(f"  {name:13} {text}" for name, text in shown),
        ]
        reason = {"reason_hash": view.reason.sha256} if view.reason else {}
        data = {**_row(view), "target": view.target, "data": view.data, "arguments": arguments, **reason}
        emit(data, "\n".join(lines), json_output)


def _register_deciding(group: typer.Typer) -> None:
    @group.command("approve")
    def approve(
        request_id: RequestArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Approves a request, which executes it, and says what happened."""
        with open_registry(Home(home)) as registry:
            checker = person(registry, who)
            with once(key) as once_key:
                receipt = desk.approve(registry, checker, request_id, key=once_key)
            registry.indexer.run_to_head()
            happened = what_happened(registry, receipt)
            reader = Reader(registry)
            lines = [happening_text(reader, each) for each in happened if each["event"] not in _SAID_TWICE]
        data = {"request_id": request_id, "tx_hash": receipt.tx_hash, "block_number": receipt.block_number}
        text = f"Request {request_id} was approved and executed in block {receipt.block_number}:"
        emit({**data, "events": happened}, "\n".join([text, *lines]), json_output)

    @group.command("reject")
    def reject(
        request_id: RequestArgument,
        who: AsOption,
        reason: ReasonOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Rejects a request."""
        digest = reason_hash(reason)
        with open_registry(Home(home)) as registry:
            checker = person(registry, who)
            with once(key) as once_key:
                desk.reject(registry, checker, request_id, digest, key=once_key)
            registry.indexer.run_to_head()
        emit({"request_id": request_id, "reason_hash": digest}, f"Request {request_id} was rejected.", json_output)

    @group.command("withdraw")
    def withdraw(
        request_id: RequestArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Takes a request back, by the one who proposed it."""
        with open_registry(Home(home)) as registry:
            maker = person(registry, who)
            with once(key) as once_key:
                desk.withdraw(registry, maker, request_id, key=once_key)
            registry.indexer.run_to_head()
        emit({"request_id": request_id}, f"Request {request_id} was taken back.", json_output)


def reason_hash(reason: str) -> bytes:
    """SHA-256 of a reason's text. Raises InvalidInput if it says nothing."""
    if not reason.strip():
        raise InvalidInput(field="reason", problem="must not be empty", given=reason)
    return hashlib.sha256(reason.encode()).digest()
