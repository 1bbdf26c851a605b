"""`puhui pack-emissions`, `puhui oracle sign-emissions` and `submit-emissions`: verified emissions, table by table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from oracles.emissions.statements import check_verifier, read_emissions, read_signed, signed_bytes
from oracles.packing.mapping import load_emissions_mapping
from oracles.packing_cli import source_of
from registry.cli.committee import ValidOption, valid_until
from registry.cli.console import emit
from registry.cli.options import HOME_DEFAULT, AsOption, HomeOption, JsonOption, account_of, person
from registry.domain.errors import InvalidInput
from registry.domain.rules import Role
from registry.files import write_whole
from registry.services import emissions, signatures
from registry.services.accounts import jurisdiction_of
from registry.services.home import Home
from registry.services.registry import Registry, open_registry

StatementsArgument = Annotated[Path, typer.Argument(help="Folder of the statements that pack-emissions wrote.")]


def register(app: typer.Typer, oracle: typer.Typer) -> None:
    """Adds the commands; oracle: the group of `puhui oracle`."""
    _register_pack(app)
    _register_sign(oracle)
    _register_submit(oracle)


def _register_pack(app: typer.Typer) -> None:
    @app.command("pack-emissions")
    def pack_emissions(
        table: Annotated[str, typer.Argument(help="A table of emissions: a file, or a database, as puhui pack takes.")],
        mapping: Annotated[
            str, typer.Option(help="A mapping file, or the name of a shipped one (enterprise-emissions).")
        ],
        year: Annotated[int, typer.Option(help="Year of the emissions.", min=1970, max=9999)],
        reports: Annotated[Path, typer.Option(help="Folder of the verification reports that the table names.")],
        out: Annotated[Path, typer.Option(help="Folder of the statements.")],
        who: AsOption,
        query: Annotated[
            str | None, typer.Option(help="Of a database: the name of a table, or a SELECT.", show_default=False)
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Signs, as a verifier who has verified them, the emissions of a table: one statement an enterprise."""
        with open_registry(Home(home)) as registry:
            verifier, chain_id = person(registry, who), registry.network.chain_id

            def opened(text: str) -> str:
                address = account_of(registry, text)
                jurisdiction_of(registry, address)
                return address

            found = read_emissions(source_of(table, query), load_emissions_mapping(mapping), year, reports, opened)
            out.mkdir(parents=True, exist_ok=True)
            for text, statement in found.statements.items():
                name = f"{text.replace('/', '-')}-{year}.json"
                write_whole(out / name, signed_bytes(statement, verifier, chain_id))
        rejected_file = out.with_name(f"{out.name}.rejected.jsonl")
        lines = [json.dumps({"row": number, "reason": reason}) + "\n" for number, reason in found.rejected]
        write_whole(rejected_file, "".join(lines).encode())
        data = {
            "folder": str(out),
            "rows": found.rows,
            "statements": len(found.statements),
            "rejected": found.reasons,
            "grams": sum(statement.grams for statement in found.statements.values()),
            "rejected_file": str(rejected_file),
        }
        text = f"{len(found.statements)} of {found.rows} rows stated in {out}"
        if found.rejected:
            counts = ", ".join(f"{reason} {count}" for reason, count in sorted(found.reasons.items()))
            text += f"\nNot stated: {counts}; row by row in {rejected_file}"
        emit(data, text, json_output)


def _register_sign(group: typer.Typer) -> None:
    @group.command("sign-emissions")
    def sign_emissions(
        statements: StatementsArgument,
        who: AsOption,
        out: Annotated[Path, typer.Option(help="Folder for the signatures.")],
        until: ValidOption = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Checks a verifier's statements of emissions and signs, as an oracle, those whose figure does not hold yet."""
        signed, already = [], []
        with open_registry(Home(home)) as registry:
            oracle = person(registry, who)
            out.mkdir(parents=True, exist_ok=True)
            for path in _files(statements):
                statement, verifier, evidence_hash = read_signed(path, registry.network.chain_id)
                jurisdiction = jurisdiction_of(registry, statement.account)
                allowed = registry.call("Authority", "members", jurisdiction, int(Role.VERIFIER))
                check_verifier(path, verifier, allowed)
                if registry.call("Emissions", "verifiedOf", statement.account, statement.year) == statement.grams:
                    already.append(path.stem)
                    continue
                figure = emissions.next_figure(
                    registry,
                    statement.account,
                    statement.year,
                    statement.grams,
                    evidence_hash,
                    valid_until(until),
                )
                made = signatures.sign(registry, oracle, figure)
                signatures.write(made, out / f"{path.stem}.{who}.json")
                signed.append(path.stem)
        text = f"{who} signed {len(signed)} figures into {out}; {len(already)} hold already."
        emit({"signed": signed, "already": already, "signer": str(oracle.address)}, text, json_output)


def _register_submit(group: typer.Typer) -> None:
    @group.command("submit-emissions")
    def submit_emissions(
        folder: Annotated[Path, typer.Argument(help="Folder of the oracles' signatures.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Submits every figure of a folder that a quorum of oracles signed."""
        by_figure: dict[str, list[Path]] = {}
        for path in _files(folder):
            by_figure.setdefault(path.name.split(".")[0], []).append(path)
        with open_registry(Home(home)) as registry:
            told = [_submit(registry, who, name, paths) for name, paths in by_figure.items()]
        text = "\n".join(f"{each['figure']}: {each['grams']} g verified, revision {each['revision']}" for each in told)
        emit({"verified": told}, text, json_output)


def _submit(registry: Registry, who: str, name: str, paths: list[Path]) -> dict[str, Any]:
    gathered = [signatures.read(registry, path) for path in paths]
    key = f"emissions/{name}/{gathered[0].signed.message().get('revision')}"
    receipt = emissions.submit(registry, person(registry, who), gathered, key=key)
    report = registry.event(receipt, "EmissionsVerified")["report"]
    return {"figure": name, "grams": report["grams"], "revision": report["revision"]}


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.json"))
    if not files:
        raise InvalidInput(field="folder", problem="holds no file (*.json)", given=str(folder))
    return files
