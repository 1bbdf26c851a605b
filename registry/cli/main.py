"""`puhui`: one program. Commands of this package are added here, those of `oracles` and `api` by entry points."""

from __future__ import annotations

from importlib.metadata import entry_points, version
from typing import Annotated

import typer

from registry.cli import (
    account,
    chain,
    committee,
    desk,
    emissions,
    filing,
    index,
    invalidation,
    keys,
    ledger,
    membership,
    obligation,
    pool,
    project,
    proofs,
    provenance,
    recognition,
    restraints,
    transfer,
    transfer_rules,
)
from registry.cli.program import Program

COMMAND_GROUP = "puhui.commands"


def build_app() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="puhui",
        cls=Program,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )

    @app.callback()
    def options(
        show_version: Annotated[
            bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_tell_version)
        ] = False,
    ) -> None:
        """Puhui (普惠): the registry of carbon-inclusion reduction credits. Every command has --json."""

    parts = (
        chain,
        keys,
        desk,
        membership,
        committee,
        emissions,
        account,
        filing,
        project,
        ledger,
        transfer,
        transfer_rules,
        invalidation,
        restraints,
        obligation,
        pool,
        recognition,
        index,
        proofs,
        provenance,
    )
    for part in parts:
        part.register(app)
    for entry in sorted(entry_points(group=COMMAND_GROUP), key=lambda point: point.name):
        entry.load()(app)
    return app


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"puhui {version('puhui')}")
        raise typer.Exit


def main() -> None:
    """Runs the program; `program.py` says how it ends."""
    build_app()()


if __name__ == "__main__":
    main()
