"""What every command has, and that the documents name each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from registry.cli.main import build_app
from tests.conftest import ROOT
from tests.registry.cli.conftest import Puhui


def _walk(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _walk(inner, (*words, name))
    else:
        yield words, command


COMMANDS = dict(_walk(typer.main.get_command(build_app())))
DOCUMENTED = (ROOT / "docs" / "commands.md").read_text("utf-8")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_command__has_json_and_a_sentence_for_itself_and_each_option(words: tuple[str, ...]) -> None:
    command = COMMANDS[words]
    assert any("--json" in parameter.opts for parameter in command.params)
    assert str(command.help).splitlines()[0].endswith(".")
    for parameter in command.params:
        assert parameter.name == "json_output" or parameter.help or parameter.opts == ["--help"], parameter.name


@pytest.mark.parametrize("words", [("chain", "init"), ("retire",), ("verify",), ("oracle", "run")], ids=" ".join)
def test_help__is_printed_and_touches_nothing(words: tuple[str, ...], puhui: Puhui) -> None:
    assert "--json" in puhui.told(*words, "--help")
    assert not puhui.home.exists()


def test_groups__alone__show_their_help_and_fail_as_wrong_usage(puhui: Puhui) -> None:
    for words in ((), ("desk",), ("account",)):
        result = puhui.run(*words)
        assert (result.exit_code, "Commands" in result.stdout + result.stderr) == (2, True)


def test_version__is_told(puhui: Puhui) -> None:
    assert re.fullmatch(r"puhui \d+\.\d+\.\d+\n", puhui.told("--version"))


def test_document__names_every_command_and_no_other() -> None:
    rows = re.findall(r"^\| `puhui ([^`]+)` \| .+ \|$", DOCUMENTED, re.MULTILINE)
    assert sorted(rows) == sorted(" ".join(words) for words in COMMANDS)


def _spoken(text: str) -> Iterator[str]:
    """Command lines in a document: those of its blocks, and those in its sentences."""
    for block in re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^(?:.*; do )?puhui (.+?)(?:;.*)?$", block, re.MULTILINE)
    yield from re.findall(r"`puhui ([a-z][^`]*)`", text)


@pytest.mark.parametrize(
    "document",
    ["README.md", "docs/commands.md", "oracles/README.md", "registry/README.md", "docs/operations/oracle.md"],
)
def test_document__speaks_of_commands_and_options_that_exist(document: str) -> None:
    for line in _spoken((ROOT / document).read_text("utf-8")):
        words = shlex.split(line.split("  ")[0])
        if words[0].isupper():
            continue
        known = next((COMMANDS[tuple(words[:n])] for n in (1, 2) if tuple(words[:n]) in COMMANDS), None)
        assert known is not None or any(name[0] == words[0] for name in COMMANDS), f"{document}: puhui {line}"
        if known is not None:
            options = {option for parameter in known.params for option in (*parameter.opts, *parameter.secondary_opts)}
            used = {word for word in words if word.startswith("--")}
            assert used <= options | {"--help"}, f"{document}: puhui {line}"
