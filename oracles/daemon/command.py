"""`puhui oracle run` and `puhui oracle settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from eth_account.signers.local import LocalAccount

from oracles.daemon.settings import TEMPLATE, read_settings
from registry.chain.keys import KeyStore
from registry.cli.console import emit
from registry.cli.filing import methodology_of
from registry.cli.options import JsonOption, password
from registry.domain.errors import InvalidInput
from registry.domain.methodology import load_shipped


def register(group: typer.Typer) -> None:
    """Adds the commands."""

    @group.command("run")
    def run(
        settings: Annotated[Path, typer.Option(help="The settings, see `puhui oracle settings`.")] = Path(
            "oracle.toml"
        ),
        key: Annotated[
            Path | None, typer.Option(help="Keystore file of this oracle. Without one it computes and signs nothing.")
        ] = None,
        password_file: Annotated[
            Path | None, typer.Option(help="File with the password of the key, else PUHUI_PASSWORD.")
        ] = None,
        json_output: JsonOption = False,
    ) -> None:
        """Runs one oracle until it is told to stop: recomputes, signs, exchanges, submits, keeps, watches."""
        found = read_settings(settings)
        definitions = [*load_shipped().values(), *(methodology_of(each) for each in found.methodologies)]
        unlocked = None if key is None else _unlock(key, password_file)
        # Here and not above: the listener brings a web server with it, which no other command needs.
        from oracles.daemon.process import run_daemon

        def started(data: dict[str, object]) -> None:
            text = "a dry run, it signs nothing" if data["dry_run"] else f"it signs as {data['oracle']}"
            emit(data, f"Oracle {found.name} runs: {text}. Ctrl-C ends it.", json_output)

        run_daemon(found, unlocked, definitions, started)

    @group.command("settings")
    def settings(json_output: JsonOption = False) -> None:
        """Prints the settings of an oracle to begin with, as a TOML file."""
        emit({"toml": TEMPLATE}, TEMPLATE.rstrip(), json_output)


def _unlock(key: Path, password_file: Path | None) -> LocalAccount:
    if password_file is None:
        return KeyStore(key.parent).load(key.stem, password())
    try:
        entered = password_file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as cause:
        problem = cause.strerror if isinstance(cause, OSError) else "it is no UTF-8 text"
        raise InvalidInput(field="--password-file", problem=str(problem), given=str(password_file)) from cause
    return KeyStore(key.parent).load(key.stem, entered)
