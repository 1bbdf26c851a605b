"""`puhui transfer`: credits from one account to another, at once or, where something has to happen first, later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from eth_account.signers.local import LocalAccount

from registry.chain.gateway import Receipt
from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    BatchOrLines,
    GramsOrLines,
    HomeOption,
    JsonOption,
    KeyOption,
    LineOption,
    LinesOption,
    account_of,
    amount_text,
    batch_of,
    given_lines,
    grams_of,
    named,
    once,
    person,
    printed_batch,
)
from registry.cli.program import DefaultGroup
from registry.cli.proposing import moment
from registry.cli.readable import Reader
from registry.domain.rules import TransferState
from registry.services import ledger, transfers
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.views.paging import PageRequest
from registry.services.views.references import read_hash
from registry.services.views.transfers import TransferView
from registry.services.views.transfers import transfer as transfer_view
from registry.services.views.transfers import transfers as transfer_views

SenderArgument = Annotated[str, typer.Argument(help="Account that gives, such as 310000/1.")]
ReceiverArgument = Annotated[str, typer.Argument(help="Account that receives, such as 310000/2.")]
TransferArgument = Annotated[int, typer.Argument(help="Number of the transfer.", min=1, max=2**63 - 1)]
TradeOption = Annotated[
    str | None, typer.Option("--trade", help="Hash of the exchange's trade that a sale settles, 0x and 64 digits.")
]
_SHOWN_MAX = 100

Act = Callable[..., Receipt]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    help_text = (
        "Credits from one account to another. `puhui transfer SENDER ...` means `puhui transfer now SENDER ...`."
    )
    group = typer.Typer(help=help_text, no_args_is_help=True, cls=DefaultGroup)
    app.add_typer(group, name="transfer")
    _register_now(group)
    _register_initiate(group)
    for name, act, summary in (
        ("approve", transfers.approve, "Approves a transfer, by another agent of a sender under dual control."),
        ("accept", transfers.accept, "Accepts a transfer, by an agent of a receiver who confirms receipts."),
        ("refuse", transfers.refuse, "Refuses a transfer, by an agent of a receiver who confirms receipts. Ends it."),
        ("execute", transfers.execute, "Moves the grams when all has happened; anyone may. Cannot be undone."),
        ("cancel", transfers.cancel, "Ends a transfer, by an agent of the sender."),
        ("expire", transfers.expire, "Ends a transfer whose time is over; anyone may."),
    ):
        _register_step(group, name, act, summary)
    _register_reading(group)


def _register_now(group: typer.Typer) -> None:
    @group.command("now")
    def transfer(
        sender: SenderArgument,
        receiver: ReceiverArgument,
        who: AsOption,
        batch: BatchOrLines = None,
        grams: GramsOrLines = None,
        line: LineOption = None,
        lines: LinesOption = None,
        trade: TradeOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Moves credits at once, by an agent of the sender; every line or none."""
        given = given_lines(batch, grams, line, lines, ledger.TRANSFERRED_LINES_MAX)
        reference = read_hash(trade, "trade") if trade else b""
        with open_registry(Home(home)) as registry:
            parts = [(batch_of(registry, left), grams_of(right)) for left, right in given]
            sides = account_of(registry, sender), account_of(registry, receiver)
            agent = person(registry, who)
            with once(key) as once_key:
                more: dict[str, Any] = {"trade": reference, "key": once_key}
                if len(parts) == 1:
                    receipt = ledger.transfer(registry, agent, *sides, *parts[0], **more)
                else:
                    receipt = ledger.transfer_many(registry, agent, *sides, parts, **more)
            rows = [_line(registry, *part) for part in parts]
        data = {"sender": sides[0], "receiver": sides[1], "lines": rows, "tx_hash": receipt.tx_hash}
        told = "\n".join(f"{amount_text(row['grams'])} of {row['batch']} moved to {sides[1]}." for row in rows)
        # A single line stands in the answer itself, too.
        single = rows[0] if len(rows) == 1 else {}
        emit({**data, **single}, f"{told}\nTransaction 0x{receipt.tx_hash.hex()}.", json_output)


def _line(registry: Registry, token: int, amount: int) -> dict[str, Any]:
    return {"batch_id": token, "batch": printed_batch(registry, token), "grams": amount}


def _register_initiate(group: typer.Typer) -> None:
    @group.command("initiate")
    def initiate(
        sender: SenderArgument,
        receiver: ReceiverArgument,
        who: AsOption,
        batch: BatchOrLines = None,
        grams: GramsOrLines = None,
        line: LineOption = None,
        lines: LinesOption = None,
        trade: TradeOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Begins a transfer that waits, for time or for another's word, and locks its grams."""
        given = given_lines(batch, grams, line, lines, transfers.LINES_MAX)
        reference = read_hash(trade, "trade") if trade else None
        with open_registry(Home(home)) as registry:
            parts = [(batch_of(registry, left), grams_of(right)) for left, right in given]
            sides = account_of(registry, sender), account_of(registry, receiver)
            agent = person(registry, who)
            with once(key) as once_key:
                number = transfers.initiate(registry, agent, *sides, parts, trade=reference, key=once_key)
            view, reader = _view(registry, number), Reader(registry)
        emit(transfer_data(view), transfer_text(view, reader), json_output)


def _register_step(group: typer.Typer, name: str, act: Act, summary: str) -> None:
    @group.command(name, help=summary)
    def step(
        transfer_id: TransferArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        with open_registry(Home(home)) as registry:
            actor: LocalAccount = person(registry, who)
            with once(key) as once_key:
                receipt = act(registry, actor, transfer_id, key=once_key)
            view, reader = _view(registry, transfer_id), Reader(registry)
        emit({**transfer_data(view), "tx_hash": receipt.tx_hash}, transfer_text(view, reader), json_output)


def _register_reading(group: typer.Typer) -> None:
    @group.command("list")
    def list_transfers(
        account: Annotated[str | None, typer.Option("--account", help="Only from or to this account.")] = None,
        state: Annotated[
            str, typer.Option(help="pending, executed, cancelled, refused, expired, or all.")
        ] = TransferState.PENDING.name.lower(),
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Lists the newest transfers that wait, or those of another state."""
        wanted = None if state == "all" else named(TransferState, state, "state")
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            holder = account_of(registry, account) if account else None
            reader = Reader(registry)
            with registry.database.session() as session:
                found = transfer_views(session, PageRequest(limit=_SHOWN_MAX), account=holder, state=wanted).items
            text = "\n".join(transfer_text(view, reader) for view in found) or "There is no such transfer."
        emit({"transfers": [transfer_data(view) for view in found]}, text, json_output)

    @group.command("show")
    def show(transfer_id: TransferArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows a transfer that did not move at once, and what it waits for."""
        with open_registry(Home(home)) as registry:
            view, reader = _view(registry, transfer_id), Reader(registry)
        emit(transfer_data(view), transfer_text(view, reader), json_output)


def transfer_data(view: TransferView) -> dict[str, Any]:
    """A transfer as JSON has it."""
    return {
        "transfer_id": view.transfer_id,
        "state": view.state,
        "sender": view.sender.address,
        "receiver": view.receiver.address,
        "kind": view.kind,
        "trade_hash": view.trade_hash,
        "lines": [
            {"batch_id": line.batch.batch_id, "batch": line.batch.printed, "grams": line.grams} for line in view.lines
        ],
        "grams": view.grams,
        "executable_at": view.executable_at,
        "expires_at": view.expires_at,
        "initiator": view.initiator,
        "approver": view.approver,
        "accepted": view.accepted,
    }


def transfer_text(view: TransferView, reader: Reader) -> str:
    """A transfer as people read it."""
    agreed = [f"approved by {reader.who(view.approver)}"] if view.approver else []
    agreed += ["accepted"] if view.accepted else []
    lines = [
        f"Transfer {view.transfer_id}, {view.state.label}: {amount_text(view.grams)}",
        f"  from {reader.who(view.sender.address)} to {reader.who(view.receiver.address)}",
        *(f"  {line.batch.printed}  {amount_text(line.grams)}" for line in view.lines),
        f"  begun by {', '.join([reader.who(view.initiator), *agreed])}",
        *([f"  trade 0x{view.trade_hash.hex()}"] if view.trade_hash else []),
    ]
    if view.state is TransferState.PENDING:
        lines.append(f"  can be executed from {moment(view.executable_at)} to {moment(view.expires_at)}")
    return "\n".join(lines)


def _view(registry: Registry, transfer_id: int) -> TransferView:
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        return transfer_view(session, transfer_id)
