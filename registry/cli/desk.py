"""`puhui desk`: what one person proposes and another decides. Every privileged change goes this way."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from registry.chain.gateway import Receipt
from registry.cli import objections, policies
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
from registry.cli.proposing import moment
from registry.cli.readable import Reader
from registry.domain.rules import RequestStatus
from registry.services import desk
from registry.services.home import Home
from registry.services.plain import plain
from registry.services.registry import Registry, open_registry
from registry.services.texts import check_text, hash_of
from registry.services.views.names import PublicText
from registry.services.views.paging import PageRequest
from registry.services.views.references import read_jurisdiction
from registry.services.views.requests import RequestDetail, RequestView, request, requests

_PAGE = 100
# Every approval has it; it says nothing that the answer does not say already.
_OWN_EVENT = "Executed"
# OpenZeppelin's own events beside ours, which say the same.
_SAID_TWICE = ("RoleGranted", "RoleRevoked", "TransferSingle", "TransferBatch")


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
        "experts": view.experts,
        "positive_opinions": view.positive_opinions,
        "open_objections": view.open_objections,
    }


def said_lines(reader: Reader, detail: RequestDetail) -> list[str]:
    """Opinions, objections and the reason of a rejection, as people read them."""
    view, lines = detail.request, []
    if view.experts:
        lines.append(f"  opinions      {view.positive_opinions} positive, {view.experts} needed")
    for opinion in detail.opinions:
        verdict = "positive" if opinion.positive else "negative"
        lines.append(f"  {verdict} opinion of {reader.who(opinion.expert)}: {_said(opinion.opinion)}")
    for each in detail.objections:
        lines.append(f"  objection of {reader.who(each.objector)}, {each.status.label}: {_said(each.evidence)}")
        if each.reason:
            lines.append(f"    ruled by {reader.who(each.regulator)}: {_said(each.reason)}")
    if view.reason:
        lines.append(f"  reason        {_said(view.reason)}")
    return lines


def _said(text: PublicText) -> str:
    return text.text or f"text not known here, SHA-256 0x{text.sha256.hex()}"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Requests that two persons decide.", no_args_is_help=True)
    app.add_typer(group, name="desk")
    _register_reading(group)
    _register_deciding(group)
    objections.register(group)
    policies.register(group)


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
                detail = request(session, request_id)
            view = detail.request
            arguments = view.arguments if view.decoded else {"data": "0x" + view.data.hex()}
            shown = reader.arguments(view.contract, arguments)
        lines = [
            f"Request {view.request_id}, {view.status.label}: {view.contract}.{view.function}",
            f"  decided in    {view.jurisdiction or 'the network council'}",
            f"  maker         {reader.who(view.maker)}",
            f"  checker       {reader.who(view.checker)}",
            f"  approvable    from {moment(view.approvable_at)} to {moment(view.expires_at)}",
            *(f"  {name:13} {text}" for name, text in shown),
            *said_lines(reader, detail),
        ]
        reason = {"reason_hash": view.reason.sha256, "reason": view.reason.text} if view.reason else {}
        call = {"target": view.target, "data": view.data, "arguments": arguments, "texts": detail.texts}
        data = {**_row(view), **call, **reason, "objections": detail.objections, "opinions": detail.opinions}
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
        check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            checker = person(registry, who)
            with once(key) as once_key:
                desk.reject(registry, checker, request_id, reason, key=once_key)
            registry.indexer.run_to_head()
        emit(
            {"request_id": request_id, "reason_hash": hash_of(reason)},
            f"Request {request_id} was rejected.",
            json_output,
        )

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
