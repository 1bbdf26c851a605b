"""`puhui emissions`: the verified emissions of an account and year, signed by its committee."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from registry.cli.committee import OutOption, SignatureOption, ValidOption, sign_and_tell, valid_until
from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AccountArgument,
    AsOption,
    GramsArgument,
    HomeOption,
    JsonOption,
    KeyOption,
    YearArgument,
    account_of,
    amount_text,
    file_hash,
    grams_of,
    once,
    person,
)
from registry.services import emissions, signatures
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.views.committees import figures
from registry.services.views.paging import LIMIT_MAX, PageRequest


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Verified emissions of enterprises.", no_args_is_help=True)
    app.add_typer(group, name="emissions")
    _register_signing(group)
    _register_show(group)


def _register_signing(group: typer.Typer) -> None:
    @group.command("sign")
    def sign(
        account: AccountArgument,
        year: YearArgument,
        grams: GramsArgument,
        evidence: Annotated[Path, typer.Option(help="The verified emission statement; its SHA-256 goes on chain.")],
        who: AsOption,
        out: OutOption,
        until: ValidOption = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Signs, as a member of the committee of the account's jurisdiction, what it emitted in a year."""
        with open_registry(Home(home)) as registry:
            figure = emissions.next_figure(
                registry,
                account_of(registry, account),
                year,
                grams_of(grams),
                file_hash(evidence),
                valid_until(until),
            )
            sign_and_tell(registry, who, figure, out, json_output)

    @group.command("submit")
    def submit(
        signature: SignatureOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Submits a figure with the signatures of a quorum."""
        with open_registry(Home(home)) as registry:
            gathered = [signatures.read(registry, path) for path in signature]
            with once(key) as once_key:
                receipt = emissions.submit(registry, person(registry, who), gathered, key=once_key)
            told = registry.event(receipt, "EmissionsVerified")
        report = told["report"]
        data = {"account": told["account"], "year": told["year"], "grams": report["grams"]}
        text = f"Verified for {told['year']}: {amount_text(report['grams'])}, revision {report['revision']}."
        emit({**data, "revision": report["revision"], "digest": told["digest"]}, text, json_output)


def _register_show(group: typer.Typer) -> None:
    @group.command("show")
    def show(
        account: AccountArgument,
        year: Annotated[int | None, typer.Option("--year", help="Only this year.", min=1970, max=9999)] = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Shows the verified emissions of an account, every revision."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                page = PageRequest(limit=LIMIT_MAX)
                found = figures(session, page, account=account_of(registry, account), year=year).items
        lines = [f"{each.year} revision {each.revision}: {amount_text(each.grams)}" for each in found]
        data = {"emissions": [{**dataclasses.asdict(each), "account": each.account.address} for each in found]}
        emit(data, "\n".join(lines) or "No emissions were verified.", json_output)
