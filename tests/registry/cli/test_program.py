"""How the program ends when something else than the registry fails."""

from __future__ import annotations

import errno
import json
import subprocess
import sys

import pytest
import typer
from sqlalchemy.exc import ArgumentError, OperationalError
from typer.testing import CliRunner, Result

from registry.chain.errors import decode_error
from registry.cli.program import Program, told
from registry.cli.readable import refusal_line
from registry.domain.errors import ContractRefused, NotFound, RegistryError

BATCH = 310000 << 96 | 1 << 64 | 1


def failing_with(cause: BaseException, *words: str, trace: str | None = None) -> Result:
    app = typer.Typer(cls=Program)

    @app.callback()
    def options() -> None:
        """Nothing."""

    @app.command()
    def work(json_output: bool = typer.Option(False, "--json")) -> None:
        raise cause

    return CliRunner(env={"PUHUI_TRACE": trace}).invoke(app, ["work", *words])


@pytest.mark.parametrize(
    ("cause", "code", "said"),
    [
        (NotFound(kind="request", id=7), "not_found", "There is no request 7."),
        (
            OSError(errno.ENOSPC, "No space left on device", "/data/x"),
            "file_refused",
            "/data/x cannot be used: No space",
        ),
        (PermissionError(errno.EACCES, "Permission denied"), "file_refused", "Permission denied"),
        (OperationalError("SELECT 1", {}, Exception("disk I/O error")), "database_refused", "disk I/O error"),
        (ArgumentError("no such dialect"), "database_refused", "no such dialect"),
        ("\udcff", "text_unreadable", "not UTF-8 text"),
        (KeyError("x"), "unforeseen", "PUHUI_TRACE=1"),
        (RecursionError(), "unforeseen", "RecursionError: no message"),
    ],
)
def test_failure__of_any_kind__is_one_line_and_one_object(cause: Exception | str, code: str, said: str) -> None:
    if isinstance(cause, str):
        with pytest.raises(UnicodeEncodeError) as raised:
            cause.encode()
        cause = raised.value
    for words in ((), ("--json",)):
        result = failing_with(cause, *words)
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert said in result.stderr
        assert "SELECT" not in result.stderr
    error = json.loads(result.stdout)["error"]
    assert error["code"] == code
    assert said in error["message"]


def test_interrupt__ends_with_130_and_says_nothing() -> None:
    result = failing_with(KeyboardInterrupt())
    assert (result.exit_code, result.stdout) == (130, "")


def test_trace__asked_for__shows_where_it_was() -> None:
    assert isinstance(failing_with(KeyError("x"), trace="1").exception, KeyError)


def test_usage__with_json__is_an_object_too() -> None:
    result = failing_with(RuntimeError(), "--json", "surplus")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "usage"


def test_exit_code__of_a_command__is_kept() -> None:
    assert failing_with(typer.Exit(3)).exit_code == 3
    assert failing_with(typer.Exit()).exit_code == 0


@pytest.mark.parametrize(
    ("refused", "line"),
    [
        (decode_error(b""), "The contract refused without giving a reason."),
        (decode_error(bytes.fromhex("deadbeef") + bytes(3)), "The contract refused with error 0xdeadbeef"),
        (decode_error(bytes.fromhex("4e487b71") + (0x11).to_bytes(32)), "arithmetic overflow"),
        (
            ContractRefused(error_name="New", contract="Credits", who=b"\x01", many=[1, 2], nothing=None),
            "Contract Credits refused: New(who=0x01, many=[1, 2], nothing=None).",
        ),
        (ContractRefused(), "Contract unknown refused: ContractRefused()."),
        (
            ContractRefused(error_name="New", contract="Credits", batchId=BATCH, projectId=BATCH >> 64),
            "Contract Credits refused: New(batchId=310000/1/1, projectId=PH-310000-0001).",
        ),
        (
            ContractRefused(error_name="New", contract="Credits", batchId=2**200, projectId=7),
            f"Contract Credits refused: New(batchId={2**200}, projectId=7).",
        ),
        (
            ContractRefused(
                error_name="New", contract="Desk", approvableAt=1_470_009_600, currentTime=2**40, day=17014
            ),
            f"New(approvableAt=2016-08-01 00:00:00 UTC, currentTime={2**40}, day=17014).",
        ),
        (
            ContractRefused(error_name="New", contract="Filings", periodStart=17014, periodEnd=2**23),
            f"New(periodStart=2016-08-01, periodEnd={2**23}).",
        ),
    ],
)
def test_refusal__that_nobody_knows__still_reads(refused: RegistryError, line: str) -> None:
    assert line in refusal_line(refused)
    assert told(refused) is refused


def test_program__any_command_but_up__does_not_load_the_api() -> None:
    heavy = "{'fastapi', 'starlette', 'uvicorn', 'api.app'}"
    script = (
        f"import sys; from registry.cli.main import build_app; build_app(); print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
