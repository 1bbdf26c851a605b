"""`puhui provisional`, `pool`, `reserve`, `release-reservation`, `credit-released`: offsets and places that wait."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.ledger import indexed_uses, uses_output
from registry.cli.options import (
    HOME_DEFAULT,
    AccountArgument,
    AsOption,
    GramsArgument,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    YearArgument,
    account_of,
    amount_text,
    grams_of,
    once,
    person,
)
from registry.cli.proposing import propose_and_tell
from registry.cli.readable import time_text
from registry.services import compliance, provisional
from registry.services.accounts import jurisdiction_of
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.texts import check_text
from registry.services.views import offsets, pools
from registry.services.views.names import time_or_none
from registry.services.views.offsets import ProvisionalView
from registry.services.views.paging import LIMIT_MAX, PageRequest

OffsetArgument = Annotated[int, typer.Argument(help="Number of the provisional offset.", min=1, max=2**63 - 1)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Offsets that can still be reversed.", no_args_is_help=True)
    app.add_typer(group, name="provisional")
    _register_provisional(group)
    _register_provisional_reading(group)
    pool = typer.Typer(help="What a jurisdiction may offset together for a year.", no_args_is_help=True)
    app.add_typer(pool, name="pool")
    _register_pool_reading(pool)
    _register_pool(app)


def _register_provisional(group: typer.Typer) -> None:
    @group.command("reverse")
    def reverse_offset(
        offset_id: OffsetArgument,
        who: AsOption,
        by_order: Annotated[
            str | None, typer.Option(help="Propose it at the Desk for this reason, also after the window.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Takes a provisional offset back within its window, by an agent of the account."""
        with open_registry(Home(home)) as registry:
            actor = person(registry, who)
            if by_order is not None:
                check_text("reason", by_order)
                holder = str(provisional.known_details(registry, offset_id)[0])
                call = provisional.reverse_by_order(registry, jurisdiction_of(registry, holder), offset_id, by_order)
                propose_and_tell(registry, actor, call, key, json_output)
                return
            with once(key) as once_key:
                receipt = provisional.reverse(registry, actor, offset_id, key=once_key)
        data = {"offset_id": offset_id, "reversed": True, "tx_hash": receipt.tx_hash}
        emit(data, f"Offset {offset_id} is reversed: grams and caps are free again.", json_output)

    @group.command("finalise")
    def finalise_offset(
        offset_id: OffsetArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Retires the grams of a provisional offset whose window is over; anyone may. Cannot be undone."""
        with open_registry(Home(home)) as registry:
            actor = person(registry, who)
            with once(key) as once_key:
                uses = provisional.finalise(registry, actor, offset_id, key=once_key)
            views = indexed_uses(registry, uses)
        emit(*uses_output(views, None), json_output)


def provisional_data(view: ProvisionalView) -> dict[str, Any]:
    """A provisional offset as JSON has it."""
    return {
        "offset_id": view.offset_id,
        "account": view.account.address,
        "year": view.year,
        "state": view.state.value,
        "reversible_until": time_or_none(view.reversible_until_seconds),
        "lines": [
            {"batch_id": line.batch.batch_id, "batch": line.batch.printed, "grams": line.grams, "local": line.local}
            for line in view.lines
        ],
        "counted_grams": view.counted_grams,
        "reason": view.reason.text if view.reason else None,
        "first_retirement_id": view.first_retirement_id,
    }


def provisional_text(view: ProvisionalView) -> str:
    """A provisional offset as people read it."""
    lines = [
        f"Offset {view.offset_id} of {view.account.address} for {view.year}, {view.state.value}: counts "
        f"{amount_text(view.counted_grams)}, reversible until {time_text(view.reversible_until_seconds)}",
        *(f"  {line.batch.printed}  {amount_text(line.grams)}" for line in view.lines),
    ]
    return "\n".join(lines)


def _register_provisional_reading(group: typer.Typer) -> None:
    @group.command("list")
    def list_offsets(
        account: Annotated[str | None, typer.Option("--account", help="Only of this account.")] = None,
        ended: Annotated[bool, typer.Option("--all", help="Those that were reversed or became final, too.")] = False,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Lists the newest offsets that can be reversed or wait to become final."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            holder = account_of(registry, account) if account else None
            page = PageRequest(limit=LIMIT_MAX)
            with registry.database.session() as session:
                found = offsets.provisional_offsets(session, page, account=holder, open_only=not ended).items
        text = "\n".join(map(provisional_text, found)) or "There is no such offset."
        emit({"offsets": [provisional_data(view) for view in found]}, text, json_output)

    @group.command("show")
    def show(offset_id: OffsetArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows a provisional offset and what became of it."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                view = offsets.provisional_offset(session, offset_id)
        emit(provisional_data(view), provisional_text(view), json_output)


def _register_pool_reading(group: typer.Typer) -> None:
    @group.command("show")
    def show(
        jurisdiction: JurisdictionArgument,
        year: YearArgument,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Shows a pool with the line of those who reserved."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                found = pools.pool(session, jurisdiction, year)
                line = pools.reservations(session, jurisdiction, year, PageRequest(limit=LIMIT_MAX)).items
        rows = [
            {
                "account": each.account.address,
                "grams": each.grams,
                "granted_grams": each.granted_grams,
                "ahead_grams": each.ahead_grams,
            }
            for each in line
        ]
        size = "no longer limited" if found.pool_grams is None else amount_text(found.pool_grams)
        lines = [
            f"Pool of {jurisdiction:06d} for {year}: {size}, used {found.used_grams:,} g, free {found.free_grams:,} g, "
            f"waiting {found.waiting_grams:,} g",
            *(
                f"  {each.account.address}: {each.grams:,} g, granted {each.granted_grams:,} g, {each.ahead_grams:,} g "
                "wait before it"
                for each in line
            ),
        ]
        emit({**dataclasses.asdict(found), "reservations": rows}, "\n".join(lines), json_output)


def _register_pool(app: typer.Typer) -> None:
    @app.command("reserve")
    def reserve(
        account: AccountArgument,
        year: YearArgument,
        grams: GramsArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Reserves grams of the jurisdiction's pool, counted ones, and tells the place in the queue."""
        with open_registry(Home(home)) as registry:
            holder, wanted = account_of(registry, account), grams_of(grams)
            with once(key) as once_key:
                compliance.reserve(registry, person(registry, who), holder, year, wanted, key=once_key)
            place = compliance.place_of(registry, holder, year) or compliance.Place(0, 0, 0)
        text = (
            f"Reserved {amount_text(place.grams)}: granted {amount_text(place.granted)}, "
            f"before it wait {place.ahead:,} g."
        )
        emit({"grams": place.grams, "granted_grams": place.granted, "ahead_grams": place.ahead}, text, json_output)

    @app.command("release-reservation")
    def release(
        account: AccountArgument,
        year: YearArgument,
        who: AsOption,
        by_order: Annotated[
            str | None, typer.Option(help="Propose it at the Desk for this reason, for an account that hinders others.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Gives up what is left of a reservation; its place is lost."""
        with open_registry(Home(home)) as registry:
            holder, actor = account_of(registry, account), person(registry, who)
            if by_order is not None:
                check_text("reason", by_order)
                call = compliance.release_by_order(jurisdiction_of(registry, holder), holder, year, by_order)
                propose_and_tell(registry, actor, call, key, json_output)
                return
            with once(key) as once_key:
                receipt = compliance.release_reservation(registry, actor, holder, year, key=once_key)
            released = registry.event(receipt, "ReservationReleased")
        data = {"grams": released["grams"], "start": released["start"], "credited": released["credited"]}
        emit(data, f"Released {amount_text(released['grams'])}.", json_output)

    @app.command("credit-released")
    def credit(
        jurisdiction: JurisdictionArgument,
        year: YearArgument,
        start: Annotated[int, typer.Argument(help="Where the stretch that was given up starts.", min=0)],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Passes over a stretch of the queue that was given up, once it is reached; anyone may."""
        with open_registry(Home(home)) as registry, once(key) as once_key:
            receipt = compliance.credit_released(
                registry, person(registry, who), jurisdiction, year, start, key=once_key
            )
            credited = registry.event(receipt, "ReleasedCredited")["grams"]
        emit({"grams": credited}, f"Passed over {amount_text(credited)}.", json_output)
