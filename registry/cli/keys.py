"""`puhui key`: keystore files of the people who act from this home."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.chain.keys import KeyStore
from registry.cli.console import emit
from registry.cli.options import HOME_DEFAULT, HomeOption, JsonOption, password
from registry.services.home import Home


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Keys of the people who act from this home.", no_args_is_help=True)
    app.add_typer(group, name="key")

    @group.command("new")
    def new(
        name: Annotated[str, typer.Argument(help="Name of the key: a-z, 0-9, '.', '_', '-'.")],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Makes a key and keeps it under a password (PUHUI_PASSWORD, else asked for)."""
        address = KeyStore(Home(home).keys).create(name, password(new=True)).address
        emit({"name": name, "address": address}, f"Key {name} has the address {address}.", json_output)

    @group.command("list")
    def list_keys(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Lists the keys of this home with their addresses."""
        found = KeyStore(Home(home).keys).list()
        text = "\n".join(f"{address}  {name}" for name, address in found.items()) or "There is no key in this home."
        emit(found, text, json_output)
