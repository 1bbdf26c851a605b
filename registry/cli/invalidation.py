"""`puhui invalidate`, `invalidation`, `liability`: grams found invalid, and what the developer does about it."""

from __future__ import annotations

from typing import Annotated, Any

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
    grams_of,
    once,
    person,
    printed_batch,
)
from registry.cli.proposing import propose_and_tell
from registry.services import invalidations
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.texts import check_text
from registry.services.views import invalidations as views

InvalidationArgument = Annotated[int, typer.Argument(help="Number of the invalidation.", min=1, max=2**32 - 1)]
PublicReasonOption = Annotated[str, typer.Option(help="Why; public.")]
PayerOption = Annotated[str | None, typer.Option("--from", help="Account that pays, if not the developer's own.")]
HolderOption = Annotated[
    str | None, typer.Option(help="Account whose recalled grams are meant; without it, grams that were used already.")
]


def view_text(view: views.InvalidationView) -> str:
    """An invalidation as people read it."""
    lines = [
        f"Invalidation {view.invalidation_id} of {view.batch.printed}: {amount_text(view.grams)}",
        f"  developer           {view.developer.name_en or view.developer.name_zh or view.developer.address}",
        f"  cancelled at once   {amount_text(view.cancelled_at_once_grams)}",
        f"  recalled            {amount_text(view.recalled_grams)}",
        f"  used before         {amount_text(view.used_grams)}",
        f"  replaced            {amount_text(view.replaced_grams)}",
        f"  settled             {amount_text(view.settled_grams)}",
        f"  given up            {amount_text(view.given_up_grams)}",
        f"  waived              {amount_text(view.waived_grams)}",
        f"  open                {amount_text(view.open_grams)}",
    ]
    if not view.recall_complete:
        lines.append(
            f"  holders are not all covered; the batch is held until `puhui invalidation recall {view.invalidation_id}`"
        )
    return "\n".join(lines)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    _register_invalidate(app)
    _register_liability(app)
    group = typer.Typer(help="Grams found invalid, and how they are made good.", no_args_is_help=True)
    app.add_typer(group, name="invalidation")
    _register_reading(group)
    _register_holds(group)
    _register_recall(group)
    _register_making_good(group)
    _register_waive(group)


def _register_invalidate(app: typer.Typer) -> None:
    @app.command("invalidate")
    def invalidate(
        batch: BatchArgument,
        grams: GramsArgument,
        reason: PublicReasonOption,
        who: AsOption,
        buffer: Annotated[
            list[str] | None, typer.Option("--buffer", help="Buffer account that gives before holders; repeatable.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to invalidate grams of a batch: the developer's, then the buffers', then pro rata of all holders."""
        check_text("reason", reason)
        amount = grams_of(grams)
        with open_registry(Home(home)) as registry:
            buffers = [account_of(registry, each) for each in buffer or []]
            call = invalidations.invalidate(batch_of(registry, batch), amount, reason, buffers)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_liability(app: typer.Typer) -> None:
    @app.command("liability")
    def liability(account: AccountArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows what a developer owes for invalidated grams; above 0, nothing is issued for its projects."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                found = views.liability(session, account_of(registry, account))
        text = f"{found.developer.address} owes {amount_text(found.open_grams)}."
        emit(found, "\n".join([text, *map(view_text, found.invalidations)]), json_output)


def _register_reading(group: typer.Typer) -> None:
    @group.command("list")
    def list_invalidations(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Lists the newest invalidations."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                found = views.invalidations(session).items
        text = "\n".join(map(view_text, found)) or "Nothing was invalidated."
        emit({"invalidations": found}, text, json_output)

    @group.command("show")
    def show(
        invalidation: InvalidationArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False
    ) -> None:
        """Shows an invalidation, whose grams were recalled, and what was done for them."""
        with open_registry(Home(home)) as registry:
            found = _shown(registry, invalidation)
        lines = [view_text(found.invalidation)]
        lines += [
            f"  recalled of {one.holder.address}: {amount_text(one.grams)}, open {amount_text(one.open_grams)}"
            for one in found.recalls
        ]
        for step in found.discharges:
            whose = step.holder.address if step.holder else "used grams"
            lines.append(f"  {step.kind.label}: {amount_text(step.grams)} of {whose}")
        emit(found, "\n".join(lines), json_output)


def _register_holds(group: typer.Typer) -> None:
    @group.command("hold")
    def hold(
        batch: BatchArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Holds a doubtful batch at once, by one regulator: it neither moves nor retires. Ends by itself."""
        check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            token = batch_of(registry, batch)
            with once(key) as once_key:
                receipt = invalidations.hold(registry, person(registry, who), token, reason, key=once_key)
            until = registry.event(receipt, "HoldPlaced")["heldUntil"]
            printed = printed_batch(registry, token)
        data = {"batch_id": token, "held_until": until, "tx_hash": receipt.tx_hash}
        emit(data, f"{printed} is held until second {until}.", json_output)

    @group.command("end-hold")
    def end_hold(
        batch: BatchArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Ends a hold whose time is over, by anyone."""
        with open_registry(Home(home)) as registry:
            token = batch_of(registry, batch)
            with once(key) as once_key:
                receipt = invalidations.end_hold(registry, person(registry, who), token, key=once_key)
            printed = printed_batch(registry, token)
        emit({"batch_id": token, "tx_hash": receipt.tx_hash}, f"{printed} is held no more.", json_output)

    @group.command("lift-hold")
    def lift_hold(
        batch: BatchArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to end a hold before its time."""
        check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            call = invalidations.lift_hold(batch_of(registry, batch), reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_recall(group: typer.Typer) -> None:
    @group.command("recall")
    def recall(
        invalidation: InvalidationArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Covers all holders of an invalidation, by anyone; then the batch is free again."""
        with open_registry(Home(home)) as registry:
            anyone = person(registry, who)
            with once(key) as once_key:
                covered = invalidations.recall(registry, anyone, invalidation, key=once_key)
            found = _shown(registry, invalidation).invalidation
        emit({"covered": covered, "invalidation": found}, f"{covered} holders.\n{view_text(found)}", json_output)


def _register_making_good(group: typer.Typer) -> None:
    @group.command("replace")
    def replace(
        invalidation: InvalidationArgument,
        holder: AccountArgument,
        batch: BatchArgument,
        grams: GramsArgument,
        who: AsOption,
        payer: PayerOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Gives a holder grams of another batch for its recalled ones. Cannot be undone."""
        with open_registry(Home(home)) as registry:
            source, receiver = _payer(registry, invalidation, payer), account_of(registry, holder)
            token, amount = batch_of(registry, batch), grams_of(grams)
            agent = person(registry, who)
            with once(key) as once_key:
                invalidations.replace(registry, agent, source, invalidation, receiver, token, amount, key=once_key)
            _tell(registry, invalidation, {}, json_output)

    @group.command("settle")
    def settle(
        invalidation: InvalidationArgument,
        batch: BatchArgument,
        grams: GramsArgument,
        who: AsOption,
        holder: HolderOption = None,
        payer: PayerOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Retires grams of another batch for used or recalled ones. Cannot be undone."""
        with open_registry(Home(home)) as registry:
            source = _payer(registry, invalidation, payer)
            whose = account_of(registry, holder) if holder else None
            token, amount = batch_of(registry, batch), grams_of(grams)
            agent = person(registry, who)
            with once(key) as once_key:
                retirement_id = invalidations.settle(
                    registry, agent, source, invalidation, whose, token, amount, key=once_key
                )
            _tell(registry, invalidation, {"retirement_id": retirement_id}, json_output)

    @group.command("give-up")
    def give_up(
        invalidation: InvalidationArgument,
        holder: AccountArgument,
        grams: GramsArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Gives up recalled grams without replacement, by their holder. Cannot be undone."""
        with open_registry(Home(home)) as registry:
            whose, amount = account_of(registry, holder), grams_of(grams)
            agent = person(registry, who)
            with once(key) as once_key:
                invalidations.give_up(registry, agent, whose, invalidation, amount, key=once_key)
            _tell(registry, invalidation, {}, json_output)


def _register_waive(group: typer.Typer) -> None:
    @group.command("waive")
    def waive(
        invalidation: InvalidationArgument,
        grams: GramsArgument,
        reason: PublicReasonOption,
        who: AsOption,
        holder: HolderOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to take the invalidation of open grams back."""
        check_text("reason", reason)
        amount = grams_of(grams)
        with open_registry(Home(home)) as registry:
            whose = account_of(registry, holder) if holder else None
            call = invalidations.waive(registry, invalidation, whose, amount, reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _shown(registry: Registry, invalidation: int) -> views.InvalidationDetail:
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        return views.invalidation(session, invalidation)


def _payer(registry: Registry, invalidation: int, text: str | None) -> str:
    """The account named, else that of the developer."""
    if text is not None:
        return account_of(registry, text)
    return _shown(registry, invalidation).invalidation.developer.address


def _tell(registry: Registry, invalidation: int, also: dict[str, Any], json_output: bool) -> None:
    found = _shown(registry, invalidation).invalidation
    lines = [f"{name}: {value}" for name, value in also.items()]
    emit({**also, "invalidation": found}, "\n".join([*lines, view_text(found)]), json_output)
