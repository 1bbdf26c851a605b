"""`puhui pack`, `puhui sign-package` and `puhui oracle`: the road from a platform's table to a report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from oracles import packing_cli
from oracles.accounting.engines import SPARK_HERE, EngineName, engine_of
from oracles.accounting.outcome import Engine
from oracles.committee.chain_view import ChainView
from oracles.committee.computation import Computation
from oracles.committee.oracle import Oracle, OracleNetwork
from oracles.daemon import command as daemon_command
from oracles.emissions import commands as emissions_commands
from oracles.errors import InvalidExclusions, PackageRefused
from oracles.exclusion_lists import exclusion_lists
from oracles.running import RunResult, run_report
from oracles.sources import EvidenceSource, FolderSource, open_source
from oracles.trying import command as trying_command
from registry.cli.console import emit, progress, say
from registry.cli.filing import methodology_of
from registry.cli.options import HOME_DEFAULT, AsOption, HomeOption, JsonOption, person
from registry.domain.errors import NotFound
from registry.domain.methodology import definition_hash, load_shipped
from registry.domain.units import grams_to_tonnes_text
from registry.services.home import Home
from registry.services.registry import Registry, open_registry

PackageArgument = Annotated[str, typer.Argument(help="A package folder, or with --source the name of a package.")]
SourceOption = Annotated[
    str | None,
    typer.Option(
        "--source", help="Where packages are: a folder, an http(s) address with packages.json, s3://bucket/prefix."
    ),
]
MethodologyOption = Annotated[
    list[str] | None,
    typer.Option("--methodology", help="Definition files besides the shipped ones; repeatable."),
]

EngineOption = Annotated[EngineName, typer.Option(help="What computes: duckdb and spark for millions of acts.")]
SparkOption = Annotated[str, typer.Option("--spark-master", help="Address of a Spark cluster, spark://host:7077.")]


NOT_SCREENED = (
    "note: duplicates were not screened, no earlier report is known without --oracle NAME of an oracle of this home"
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    packing_cli.register(app)
    trying_command.register(app)
    group = typer.Typer(help="Recompute, sign and submit reports.", no_args_is_help=True)
    app.add_typer(group, name="oracle")
    _register_check(group)
    _register_round(group)
    _register_exclude(group)
    emissions_commands.register(app, group)
    daemon_command.register(group)


def _register_check(group: typer.Typer) -> None:
    @group.command("check")
    def check(
        package: PackageArgument,
        source: SourceOption = None,
        oracle: Annotated[
            str | None,
            typer.Option(help="Whose log and claims to use, a name under oracles/; without it nothing is known."),
        ] = None,
        methodology: MethodologyOption = None,
        engine: EngineOption = EngineName.REFERENCE,
        spark_master: SparkOption = SPARK_HERE,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Recomputes a package and shows the report it comes to. Signs nothing and writes nothing to the chain."""
        origin, name = _source(package, source)
        with (
            open_registry(Home(home)) as registry,
            _opened(
                registry, {_existing(registry, oracle): False}, methodology, engine_of(engine, spark_master)
            ) as opened,
            progress("Recomputing"),
        ):
            view = ChainView.newest(registry.gateway, registry.register)
            try:
                computation = opened[0].compute(opened[0].pull(origin, name), view)
            except PackageRefused as refusal:
                say(f"Findings: {json.dumps(refusal.values['findings'])}")
                raise
        data = {
            "package": name,
            "block": view.block_number,
            "oracle": oracle,
            "duplicates_screened": oracle is not None,
            **_figures(computation),
        }
        text = _told(computation, f"Package {name} comes to")
        emit(data, text if oracle else f"{text}\n{NOT_SCREENED}", json_output)


def _register_round(group: typer.Typer) -> None:
    @group.command("round")
    def round_command(
        package: PackageArgument,
        oracle: Annotated[list[str], typer.Option(help="Name of an oracle's key in this home; repeatable.")],
        who: AsOption,
        source: SourceOption = None,
        methodology: MethodologyOption = None,
        engine: EngineOption = EngineName.REFERENCE,
        spark_master: SparkOption = SPARK_HERE,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """All oracles of a demonstration in one process: recompute a package, sign, submit, keep. Repeatable."""
        origin, name = _source(package, source)
        with (
            open_registry(Home(home)) as registry,
            _opened(registry, dict.fromkeys(oracle, True), methodology, engine_of(engine, spark_master)) as opened,
        ):
            result = run_report(registry, opened, origin, name, person(registry, who), say)
        emit(_run_data(name, result), _told(result.computation, f"Report {result.report.seq} holds"), json_output)


def _register_exclude(group: typer.Typer) -> None:
    @group.command("exclude")
    def exclude(
        file: Annotated[Path, typer.Argument(help="The list, as the authority of its jurisdiction published it.")],
        sha256: Annotated[str, typer.Option(help="Its SHA-256 as the authority published it, hexadecimal.")],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Puts an exclusion list in force: acts that another mechanism has credited are set aside from then on."""
        try:
            content, digest = file.read_bytes(), bytes.fromhex(sha256)
        except (OSError, ValueError) as cause:
            raise InvalidExclusions(path=str(file), problem=str(cause)) from cause
        found = exclusion_lists(Home(home)).put_in_force(content, digest)
        data = {
            "jurisdiction": found.jurisdiction,
            "title": found.title,
            "acts": len(found.acts),
            "assets": len(found.assets),
            "sha256": sha256,
        }
        text = (
            f"In force for jurisdiction {found.jurisdiction}: {found.title}, {len(found.acts)} acts and "
            f"{len(found.assets)} assets. Packages of its projects are packed with --exclusions and this file."
        )
        emit(data, text, json_output)


def _existing(registry: Registry, oracle: str | None) -> str:
    """The folder of an oracle that is there: a new one would know of no earlier report. Raises NotFound."""
    if oracle is None:
        return "check"
    if oracle not in {folder.name for folder in registry.home.oracles.glob("*/")}:
        raise NotFound(kind="oracle", id=oracle)
    return oracle


@contextmanager
def _opened(
    registry: Registry, oracles: dict[str, bool], definitions: list[str] | None, engine: Engine
) -> Iterator[list[Oracle]]:
    """The oracles by name; the value says whether it needs its key."""
    known = [*load_shipped().values(), *(methodology_of(text) for text in definitions or ())]
    definitions_by_hash = {definition_hash(each): each for each in known}
    network = OracleNetwork(registry.network.pepper, definitions_by_hash, exclusion_lists(registry.home))
    with ExitStack() as stack:
        opened = []
        for name, with_key in oracles.items():
            key = person(registry, name) if with_key else None
            oracle = Oracle(registry.home.oracles / name, key, network, engine=engine)
            stack.callback(oracle.close)
            opened.append(oracle)
        yield opened


def _source(package: str, source: str | None) -> tuple[EvidenceSource, str]:
    if source is None:
        folder = Path(package).resolve()
        return FolderSource(folder.parent), folder.name
    return open_source(source), package


def _figures(computation: Computation) -> dict[str, Any]:
    report = computation.report
    return {
        "project_id": report.project_id,
        "seq": report.seq,
        "label": computation.manifest.label,
        "acts_in": computation.records,
        "acts_counted": len(computation.leaves),
        "acts_quarantined": {reason.value: count for reason, count in computation.reasons.items()},
        "findings": {reason.value: count for reason, count in computation.findings.items()},
        "rows_rejected": dict(computation.manifest.totals.rejected),
        "drift": [{**asdict(each), "text": each.text} for each in computation.drift],
        "grams": computation.grams,
        "serial_start": computation.serial_start,
        "serial_end": report.serial_end,
        "log_root": report.log_root.hex(),
        "log_size": report.log_size,
        "evidence_hash": report.evidence_hash.hex(),
        "exclusions": computation.exclusions_text,
    }


def _run_data(package: str, result: RunResult) -> dict[str, Any]:
    return {
        "package": package,
        **_figures(result.computation),
        "digest": result.digest.hex(),
        "signers": result.signers,
        "answers": result.answers,
        "kept": result.kept,
        "final_at": result.final_at,
        "published": result.publication is not None,
        "tx_hash": None if result.tx_hash is None else "0x" + result.tx_hash.hex(),
    }


def _told(computation: Computation, begin: str) -> str:
    report = computation.report
    lines = [
        f"{begin} {len(computation.leaves)} of {computation.records} acts, {computation.grams} g "
        f"({grams_to_tonnes_text(computation.grams)} t)",
        f"log root {report.log_root.hex()}, size {report.log_size}",
    ]
    if computation.reasons:
        lines.append(f"set aside: {_counts({reason.value: n for reason, n in computation.reasons.items()})}")
    lines += [f"warning: drift: {each.text}" for each in computation.drift]
    if computation.exclusions_text:
        lines.append(f"exclusion list: {computation.exclusions_text}")
    if computation.manifest.label:
        lines.append(f"note: {computation.manifest.label}")
    return "\n".join(lines)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
