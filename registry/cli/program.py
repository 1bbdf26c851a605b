"""How the program ends: results on standard output, an error as one readable line on standard error, and exit codes.

0    done
1    the registry, the chain, a file or a database refused
2    wrong usage: an unknown command or option, a value of the wrong kind
130  interrupted
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from typer import Abort

# typer carries its own copy of click and names these nowhere else; its version is pinned.
from typer._click.core import Context
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError
from typer.core import TyperGroup

from registry.cli.console import fail
from registry.cli.readable import refusal_line
from registry.domain.errors import IntegrityError, InvalidInput, RegistryError, Unavailable

TRACE_VARIABLE = "PUHUI_TRACE"
EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


class WrongUsage(InvalidInput):
    """The command line does not read. Values: problem, command."""

    code = "usage"
    text = "{problem} See `{command} --help`."


class FileRefused(Unavailable):
    """A file cannot be read or written. Values: path, problem."""

    code = "file_refused"
    text = "The file {path} cannot be used: {problem}. Check the path, its permissions and the space on the disk."


class DatabaseRefused(Unavailable):
    """The database failed in the middle of work. Values: problem."""

    code = "database_refused"
    text = (
        "The database refused: {problem}. Check its disk and permissions. If a transaction was on its way, the line "
        "above names the --key under which the same command is safe to repeat."
    )


class DefaultGroup(TyperGroup):
    """A group that is a command too: words that name none of its commands belong to the one called `now`."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["now", *args]
        return super().parse_args(ctx, args)


class TextUnreadable(InvalidInput):
    """An argument that is no text. Values: problem."""

    code = "text_unreadable"
    text = "An argument or file is not UTF-8 text: {problem}. Write it in UTF-8."


class Unforeseen(IntegrityError):
    """A fault of the program itself. Values: kind, problem."""

    code = "unforeseen"
    text = (
        "This is a fault of Puhui itself: {kind}: {problem}. Nothing that was sent to the chain is lost. Set "
        + TRACE_VARIABLE
        + "=1 to see where it happened, and report it."
    )


class Program(TyperGroup):
    """The group of all commands; every error of any command ends here."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs a command line and exits with its code; in non-standalone mode errors are the caller's."""
        words = list(sys.argv[1:] if args is None else args)
        inner = super().main

        def run() -> Any:
            return inner(words, prog_name or "puhui", complete_var, False, windows_expand_args, **extra)

        if not standalone_mode:
            return run()
        sys.exit(_ended(run, words))


def _ended(run: Callable[[], Any], words: list[str]) -> int:
    """Runs and gives back the exit code; what went wrong is told."""
    json_output = "--json" in words
    try:
        code = run()
    except NoArgsIsHelpError as cause:
        cause.show()
        return EXIT_USAGE
    except ClickException as cause:
        fail(_usage(cause), json_output)
        return cause.exit_code
    except (KeyboardInterrupt, Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: nothing to tell, and nobody to tell it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception as cause:  # the last place where a fault can be said in one line
        if os.environ.get(TRACE_VARIABLE):
            raise
        error = told(cause)
        fail(error, json_output, refusal_line(error))
        return EXIT_FAILED
    return code if isinstance(code, int) else 0


def told(cause: Exception) -> RegistryError:
    """The error of the registry that says what a foreign exception means."""
    if isinstance(cause, RegistryError):
        return cause
    if isinstance(cause, DBAPIError):
        return DatabaseRefused(problem=str(cause.orig))
    if isinstance(cause, SQLAlchemyError):
        return DatabaseRefused(problem=str(cause))
    if isinstance(cause, OSError):
        return FileRefused(path=cause.filename or "(no name)", problem=cause.strerror or str(cause))
    if isinstance(cause, UnicodeError):
        return TextUnreadable(problem=str(cause))
    return Unforeseen(kind=type(cause).__name__, problem=str(cause) or "no message")


def _usage(cause: ClickException) -> RegistryError:
    context = getattr(cause, "ctx", None)
    command = context.command_path if isinstance(cause, UsageError) and context is not None else "puhui"
    problem = cause.format_message()
    return WrongUsage(problem=problem if problem.endswith(".") else f"{problem}.", command=command)
