"""`puhui pledge`, `release`, `seize`, `freeze-grams`, `force-transfer`: what holds credits back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AccountArgument,
    AsOption,
    BatchArgument,
    GramsArgument,
    HomeOption,
    JsonOption,
    KeyOption,
    ReasonOption,
    account_of,
    amount_text,
    batch_of,
    file_hash,
    grams_of,
    once,
    person,
    printed_batch,
)
from registry.cli.proposing import propose_and_tell
from registry.services import restraints
from registry.services.home import Home
from registry.services.registry import open_registry

PledgeArgument = Annotated[int, typer.Argument(help="Number of the pledge.", min=1, max=2**63 - 1)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    _register_pledge(app)
    _register_release(app)
    _register_seize(app)
    _register_orders(app)


def _register_pledge(app: typer.Typer) -> None:
    @app.command("pledge")
    def pledge(
        account: AccountArgument,
        pledgee: Annotated[str, typer.Argument(help="Account to which the grams are pledged.")],
        batch: BatchArgument,
        grams: GramsArgument,
        agreement: Annotated[Path, typer.Option(help="File of the pledge agreement; only its hash goes on chain.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Pledges credits to another account, by an agent of the first. They stay there, locked."""
        digest, amount = file_hash(agreement), grams_of(grams)
        with open_registry(Home(home)) as registry:
            sides, token = (account_of(registry, account), account_of(registry, pledgee)), batch_of(registry, batch)
            agent = person(registry, who)
            with once(key) as once_key:
                number = restraints.pledge(registry, agent, *sides, token, amount, agreement=digest, key=once_key)
            printed = printed_batch(registry, token)
        data = {
            "pledge_id": number,
            "account": sides[0],
            "pledgee": sides[1],
            "batch_id": token,
            "grams": amount,
            "reference_hash": digest,
        }
        emit(data, f"Pledge {number}: {amount_text(amount)} of {printed}, to {sides[1]}.", json_output)


def _register_release(app: typer.Typer) -> None:
    @app.command("release")
    def release(
        pledge_id: PledgeArgument,
        grams: GramsArgument,
        who: AsOption,
        reason: Annotated[
            str | None,
            typer.Option(help="Propose it as an order, with this reason, instead of as the pledgee's agent."),
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Gives pledged credits free: by an agent of the pledgee, or, with a reason, proposed as an order."""
        amount = grams_of(grams)
        with open_registry(Home(home)) as registry:
            actor = person(registry, who)
            if reason is not None:
                call = restraints.release_by_order(registry, pledge_id, amount, reason)
                propose_and_tell(registry, actor, call, key, json_output)
                return
            with once(key) as once_key:
                receipt = restraints.release(registry, actor, pledge_id, amount, key=once_key)
            left = registry.event(receipt, "PledgeReleased")["gramsLeft"]
        data = {"pledge_id": pledge_id, "grams": amount, "left_grams": left, "tx_hash": receipt.tx_hash}
        text = f"{amount_text(amount)} of pledge {pledge_id} are free, {amount_text(left)} are still pledged."
        emit(data, text, json_output)


def _register_seize(app: typer.Typer) -> None:
    @app.command("seize")
    def seize(
        pledge_id: PledgeArgument,
        grams: GramsArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to move pledged credits to the pledgee."""
        with open_registry(Home(home)) as registry:
            call = restraints.seize(registry, pledge_id, grams_of(grams), reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_orders(app: typer.Typer) -> None:
    @app.command("freeze-grams")
    def freeze_grams(
        account: AccountArgument,
        batch: BatchArgument,
        grams: Annotated[str, typer.Argument(help="Grams, or tonnes such as 1.5t; 0 frees them.")],
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes how many grams of a batch are frozen on an account."""
        amount = grams_of(grams, least=0)
        with open_registry(Home(home)) as registry:
            holder, token = account_of(registry, account), batch_of(registry, batch)
            call = restraints.set_frozen(registry, holder, token, amount, reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @app.command("force-transfer")
    def force_transfer(
        sender: Annotated[str, typer.Argument(help="Account that loses the credits, such as 310000/1.")],
        receiver: Annotated[str, typer.Argument(help="Account that gets them, such as 310000/2.")],
        batch: BatchArgument,
        grams: GramsArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to move credits by force, for an order against their holder."""
        amount = grams_of(grams)
        with open_registry(Home(home)) as registry:
            sides, token = (account_of(registry, sender), account_of(registry, receiver)), batch_of(registry, batch)
            call = restraints.force_transfer(registry, *sides, token, amount, reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)
