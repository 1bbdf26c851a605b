"""`puhui index`: the database that follows the chain."""

from __future__ import annotations

from dataclasses import asdict

import typer

from registry.cli.console import emit, progress
from registry.cli.options import HOME_DEFAULT, HomeOption, JsonOption
from registry.services.home import Home
from registry.services.reconcile import reconcile
from registry.services.registry import open_registry


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="The database that follows the chain.", no_args_is_help=True)
    app.add_typer(group, name="index")

    @group.command("run")
    def run(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Follows the chain to its head."""
        with open_registry(Home(home)) as registry, progress("Following the chain") as advance:
            blocks = registry.indexer.run_to_head(advance)
            height = registry.indexer.position().block_number
        data = {"blocks": blocks, "height": height}
        emit(data, f"{blocks} new blocks were indexed; the database is at block {height}.", json_output)

    @group.command("rebuild")
    def rebuild(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Drops what was derived and derives it again from the stored logs."""
        with open_registry(Home(home)) as registry, progress("Deriving all tables again"):
            registry.indexer.run_to_head()
            before = registry.indexer.digest()
            registry.indexer.rebuild()
            after = registry.indexer.digest()
        same = before == after
        text = (
            "The tables are the same as before."
            if same
            else "The tables differ from before: they had been changed by hand."
        )
        emit({"digest_before": before, "digest_after": after, "same": same}, text, json_output)

    @group.command("reconcile")
    def check(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Compares every balance, total and cap in the database with the chain."""
        with open_registry(Home(home)) as registry, progress("Comparing with the chain"):
            registry.indexer.run_to_head()
            result = reconcile(registry.database, registry.gateway, registry.register)
        lines = [f"{sum(result.compared.values())} values compared at block {result.block_number}."]
        lines += [f"DIFFERS {difference}" for difference in result.differences] or ["Every one equals the chain."]
        emit({"equal": result.is_equal, **asdict(result)}, "\n".join(lines), json_output)
        if not result.is_equal:
            raise typer.Exit(1)
