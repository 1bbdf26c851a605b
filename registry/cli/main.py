"""`puhui`: one program. Commands of this package are added here, those of `oracles` and `api` by entry points."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from registry.cli import account, chain, desk, filing, index, keys, ledger, obligation, proofs
from registry.cli.console import fail
from registry.domain.errors import RegistryError

COMMAND_GROUP = "puhui.commands"


def build_app() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="puhui",
        help="Puhui (普惠): the registry of carbon-inclusion reduction credits. Every command has --json.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for part in (chain, keys, desk, account, filing, ledger, obligation, index, proofs):
        part.register(app)
    for entry in sorted(entry_points(group=COMMAND_GROUP), key=lambda point: point.name):
        entry.load()(app)
    return app


def main() -> None:
    """Runs the program. Exit code 0 only on success, 1 on an error of the registry, 2 on wrong usage."""
    try:
        build_app()()
    except RegistryError as error:
        fail(error, "--json" in sys.argv)
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
