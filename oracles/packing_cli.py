"""`puhui pack`, `puhui sign-package`, `puhui sign-statement`: a platform's table becomes a signed package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from oracles.packing import Packed, Source, SqlTable, load_mapping, pack, read_secret, sign_package
from oracles.screens.exclusions import ExclusionList
from oracles.statements import sign_result
from registry.cli.console import emit, progress
from registry.cli.filing import methodology_of
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    file_hash,
    grams_of,
    person,
    project_of,
)
from registry.domain.acts import START_FIELD, act_key_text
from registry.domain.canonical import canonical_json
from registry.domain.days import SECONDS_PER_DAY, Period, local_minute_text
from registry.domain.errors import InvalidInput
from registry.domain.evidence import DeclaredResult
from registry.files import write_new
from registry.services.home import Home
from registry.services.registry import open_registry

ENVIRONMENT = "env:"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    _register_pack(app)
    _register_signing(app)
    _register_statement(app)


def _register_pack(app: typer.Typer) -> None:
    @app.command("pack")
    def pack_command(
        table: Annotated[
            str,
            typer.Argument(
                help="The platform's table: a file (.csv, .jsonl, both plain or .gz, .xlsx, .parquet), the address of "
                "a database (sqlite:///trips.db), or env:NAME of a variable that holds the address with its password."
            ),
        ],
        mapping: Annotated[str, typer.Option(help="A mapping file, or the name of a shipped one (mobike-2016).")],
        project: Annotated[str, typer.Option(help="Project, such as 310000/1.")],
        methodology: Annotated[str, typer.Option(help="A definition file, or the id of a shipped one.")],
        period: Annotated[str, typer.Option(help="First and last day, such as 2016-08-01..2016-08-31.")],
        secret: Annotated[Path, typer.Option(help="File with the platform's secret, hexadecimal, 32 bytes or more.")],
        out: Annotated[Path, typer.Option(help="Folder of the package; must not exist.")],
        label: Annotated[str, typer.Option(help="A note to be shown with every figure of the package.")] = "",
        query: Annotated[
            str | None, typer.Option(help="Of a database: the name of a table, or a SELECT.", show_default=False)
        ] = None,
        stations: Annotated[
            Path | None,
            typer.Option(help="Station table of a mapping with pairs; else the file it names, beside the table."),
        ] = None,
        statements: Annotated[
            Path | None, typer.Option(help="Of declared results: the folder with the verifier's statements.")
        ] = None,
        only_period: Annotated[
            bool, typer.Option("--only-period", help="Leave acts outside of the period out, counted as rejected.")
        ] = False,
        exclusions: Annotated[
            Path | None,
            typer.Option(help="The exclusion list that the authority of the project's jurisdiction published."),
        ] = None,
        json_output: JsonOption = False,
    ) -> None:
        """Makes an evidence package of a platform's own table. No user id enters it."""
        with progress("Packing"):
            packed = pack(
                source_of(table, query),
                load_mapping(mapping),
                out,
                project_id=project_of(project),
                methodology=methodology_of(methodology),
                period=Period.parse(period),
                platform_secret=read_secret(secret),
                label=label,
                stations=stations,
                statements=statements,
                only_period=only_period,
                exclusions=None if exclusions is None else ExclusionList.from_bytes(exclusions.read_bytes()).sha256,
            )
        data = {
            "folder": str(packed.folder),
            "manifest_hash": packed.manifest_hash.hex(),
            "manifest": packed.manifest.to_json(),
            "rejected_file": str(packed.rejected_file),
        }
        emit(data, _told(packed), json_output)


def _register_signing(app: typer.Typer) -> None:
    @app.command("sign-package")
    def sign_command(
        folder: Annotated[Path, typer.Argument(help="Folder of the package.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Puts a verifier's signature beside the manifest of a package that the verifier has checked."""
        with open_registry(Home(home)) as registry:
            verifier = person(registry, who)
            digest = sign_package(folder, verifier, registry.network.chain_id)
        data = {"manifest_hash": digest.hex(), "verifier": verifier.address}
        emit(data, f"{verifier.address} signed manifest {digest.hex()}", json_output)


def _register_statement(app: typer.Typer) -> None:
    @app.command("sign-statement")
    def sign_statement(
        project: Annotated[str, typer.Option(help="Project, such as 310000/1.")],
        methodology: Annotated[str, typer.Option(help="A definition file, or the id of a shipped one.")],
        scenario: Annotated[int, typer.Option(help="Number of the declared scenario.", min=1, max=65_535)],
        asset: Annotated[str, typer.Option(help="Number of the parcel or plant, as the platform's table has it.")],
        period: Annotated[str, typer.Option(help="First and last day of the result: 2024-01-01..2024-12-31.")],
        grams: Annotated[str, typer.Option(help="The verified result, such as 12.5t.")],
        document: Annotated[Path, typer.Option(help="The verification report; only its SHA-256 is stated.")],
        who: AsOption,
        out: Annotated[Path, typer.Option(help="File of the statement; must not exist.")],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Signs, as a verifier, one result that the verifier has verified itself, such as that of a forest parcel."""
        definition, days = methodology_of(methodology), Period.parse(period)
        act = definition.scenario(scenario).act
        if not act.asset_form.accepts(asset):
            raise InvalidInput(field="--asset", problem=f"has not the form {act.asset_form.value}", given=asset[:80])
        start = days.start_day * SECONDS_PER_DAY - definition.offset_seconds
        fields = {act.asset: asset, START_FIELD: local_minute_text(start, definition.offset_seconds)}
        result = DeclaredResult(
            project_of(project),
            act_key_text(act.kind, fields),
            start,
            start + (days.end_day - days.start_day + 1) * SECONDS_PER_DAY,
            grams_of(grams),
            file_hash(document),
        )
        with open_registry(Home(home)) as registry:
            signed = sign_result(result, person(registry, who), registry.network.chain_id)
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_new(out, canonical_json(signed.to_json(), out.name))
        except FileExistsError:
            raise InvalidInput(field="--out", problem="the file exists already", given=str(out)) from None
        text = f"{signed.verifier} states {result.grams} g for {result.act_key}: {out}"
        emit({"file": str(out), **signed.to_json()}, text, json_output)


def source_of(text: str, query: str | None) -> Source:
    """A file, or a table of a database. Raises InvalidInput; shows no address, which may hold a password."""
    url = text
    if text.startswith(ENVIRONMENT):
        name = text.removeprefix(ENVIRONMENT)
        url = os.environ.get(name, "")
        if "://" not in url:
            raise InvalidInput(field="table", problem="the variable holds no address of a database", given=name)
    if "://" in url:
        if query is None:
            raise InvalidInput(
                field="--query", problem="a database needs the name of a table or a SELECT", given="none"
            )
        return SqlTable(url, query)
    if query is not None:
        raise InvalidInput(field="--query", problem="only a database has one; the table is a file", given=query)
    return Path(text)


def _told(packed: Packed) -> str:
    totals = packed.manifest.totals
    used = "" if totals.rows_used == totals.records else f" ({totals.records} records)"
    lines = [
        f"{totals.rows_used} of {totals.rows} rows packed{used} into {packed.folder}, "
        f"manifest {packed.manifest_hash.hex()}"
    ]
    if totals.rejected:
        lines.append(f"In no record: {_counts(totals.rejected)}; row by row in {packed.rejected_file}")
    if totals.noted:
        lines.append(f"Noted: {_counts(totals.noted)}")
    if packed.manifest.label:
        lines.append(f"Note: {packed.manifest.label}")
    return "\n".join(lines)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
