"""`puhui methodology`: which there are, what one says, what it would make of some acts, and how two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from oracles.trying import Comparison, Trial, TrialData, compare, comparison_svg, open_data, try_methodology
from oracles.trying.data import scenario_of
from oracles.trying.trial import TrialAct, problem_of_filing
from registry.cli.console import emit, progress, say
from registry.cli.filing import methodology_of
from registry.cli.options import JsonOption
from registry.domain.days import Period
from registry.domain.definition import parameter_of
from registry.domain.errors import InvalidInput
from registry.domain.methodology import Methodology, Parameter, definition_hash, definition_of, load_shipped
from registry.domain.published_factors import load_factors, rows_for
from registry.domain.units import grams_to_tonnes_text
from registry.files import write_whole

DAYS_TOLD = 31
MethodologyArgument = Annotated[str, typer.Argument(help="A definition file, or the id of a shipped one.")]
DataOption = Annotated[Path, typer.Option(help="A package folder, or a platform's table, which needs --mapping.")]
MappingOption = Annotated[str | None, typer.Option(help="A mapping file, or the name of a shipped one.")]
StationsOption = Annotated[Path | None, typer.Option(help="Station table of a mapping with pairs.")]
RegionOption = Annotated[
    int | None,
    typer.Option(help="GB/T 2260 code to look values up by; that of the package's project if not given."),
]
PeriodOption = Annotated[
    str | None, typer.Option(help="First and last day, such as 2016-08-01..2016-08-31; all days if not given.")
]
ScenarioOption = Annotated[
    int | None, typer.Option(help="Number of the scenario, where several count acts of this kind.", min=1)
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Methodologies (方法学): show, try and compare them.", no_args_is_help=True)
    app.add_typer(group, name="methodology")
    _register_showing(group)
    _register_factors(group)
    _register_try(group)
    _register_compare(group)


def _register_showing(group: typer.Typer) -> None:
    @group.command("list")
    def list_shipped(json_output: JsonOption = False) -> None:
        """The definitions that come with this program, with their grades and whether they can be filed."""
        rows = [_row(methodology) for methodology in load_shipped().values()]
        lines = [
            f"{row['id']:28} v{row['version']}  {row['weakest_grade']}  "
            f"{'can be filed' if row['not_fileable'] is None else row['not_fileable']}"
            for row in rows
        ]
        emit({"methodologies": rows}, "\n".join(lines), json_output)

    @group.command("show")
    def show(methodology: MethodologyArgument, json_output: JsonOption = False) -> None:
        """What a definition says: formulas, tables of values with source and grade, conditions, hash."""
        found = methodology_of(methodology)
        data = {**_row(found), "definition": definition_of(found)}
        emit(data, "\n".join(_described(found)), json_output)


def _register_factors(group: typer.Typer) -> None:
    @group.command("factors")
    def factors(
        name: Annotated[str | None, typer.Argument(help="Of one table; all are listed without.")] = None,
        region: Annotated[int | None, typer.Option(help="Only values of this GB/T 2260 code.")] = None,
        year: Annotated[int | None, typer.Option(help="Only values of this year of data.")] = None,
        json_output: JsonOption = False,
    ) -> None:
        """Published factors with source and grade, in the form that `parameters` of a definition has."""
        known = load_factors()
        if name is not None and name not in known:
            raise InvalidInput(field="factor", problem=f"must be one of {', '.join(known)}", given=name)
        found = [rows_for(each, region, year) for each in known.values() if name in (None, each.name)]
        lines = [line for each in found if each.values for line in _parameter(each)]
        data = {"parameters": [parameter_of(each) for each in found if each.values]}
        emit(data, "\n".join(lines) or "no such value was seen", json_output)


def _register_try(group: typer.Typer) -> None:
    @group.command("try")
    def try_command(
        methodology: MethodologyArgument,
        data: DataOption,
        mapping: MappingOption = None,
        stations: StationsOption = None,
        scenario: ScenarioOption = None,
        region: RegionOption = None,
        period: PeriodOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """What a methodology would make of some acts. Nothing is signed or sent, and no earlier report is known."""
        tried = methodology_of(methodology)
        with ExitStack() as stack:
            stack.enter_context(progress("Counting"))
            asked = Period.parse(period) if period else None
            opened = open_data(
                data, tried, mapping=mapping, stations=stations, scenario=scenario, region=region, period=asked
            )
            acts = stack.enter_context(opened)
            found = try_methodology(acts, tried, scenario_of(tried, acts.kind, scenario))
        emit(found.data(), "\n".join(_tried(found)), json_output)


def _register_compare(group: typer.Typer) -> None:
    @group.command("compare")
    def compare_command(
        a: MethodologyArgument,
        b: MethodologyArgument,
        data: DataOption,
        mapping: MappingOption = None,
        stations: StationsOption = None,
        scenario_a: ScenarioOption = None,
        scenario_b: ScenarioOption = None,
        region: RegionOption = None,
        period: PeriodOption = None,
        plot: Annotated[Path | None, typer.Option(help="Write a picture of the differences here (.svg).")] = None,
        json_output: JsonOption = False,
    ) -> None:
        """How two methodologies count the same acts: totals, ratio, differences, the acts that differ most."""
        if plot is not None and plot.suffix != ".svg":
            raise InvalidInput(
                field="--plot", problem="must end with .svg, the one form that is written", given=str(plot)
            )
        first, second = methodology_of(a), methodology_of(b)
        with ExitStack() as stack:
            stack.enter_context(progress("Counting twice"))
            asked = Period.parse(period) if period else None
            opened = open_data(
                data, first, mapping=mapping, stations=stations, scenario=scenario_a, region=region, period=asked
            )
            acts: TrialData = stack.enter_context(opened)
            found = compare(acts, first, second, scenario_a, scenario_b)
        if plot is not None:
            _write(plot, comparison_svg(found))
        emit({**found.data(), "plot": None if plot is None else str(plot)}, "\n".join(_compared(found)), json_output)


def _write(plot: Path, content: bytes) -> None:
    try:
        write_whole(plot, content)
    except OSError as cause:
        raise InvalidInput(field="--plot", problem=str(cause.strerror), given=str(plot)) from cause
    say(f"Plot written to {plot}")


def _row(methodology: Methodology) -> dict[str, Any]:
    return {
        "id": methodology.id,
        "version": methodology.version,
        "definition_hash": definition_hash(methodology),
        "title_en": methodology.title.en,
        "title_zh": methodology.title.zh,
        "fields": list(dict.fromkeys(scenario.field.value for scenario in methodology.scenarios)),
        "weakest_grade": methodology.weakest_grade.value,
        "not_fileable": problem_of_filing(methodology),
    }


def _described(methodology: Methodology) -> Iterator[str]:
    yield f"{methodology.id} version {methodology.version}: {methodology.title.en} {methodology.title.zh}"
    yield f"hash 0x{definition_hash(methodology).hex()}"
    yield f"document: {methodology.document.name}, grade {methodology.grade.value}"
    yield f"seen: {methodology.document.source}"
    for scenario in methodology.scenarios:
        yield f"scenario {scenario.number}, {scenario.name} ({scenario.field.label}, {scenario.field.label_zh}):"
        yield f"  grams of an act = {scenario.formula_text or 'not seen'}, quantity in {scenario.base_unit}"
        if scenario.mode:
            yield f"  mode: {scenario.mode}"
        if scenario.baseline:
            below = (
                f", but {scenario.baseline.unless_below} where an act is below it"
                if scenario.baseline.unless_below
                else ""
            )
            yield f"  baseline: mean of the asset's {scenario.baseline.days} days before{below}"
        if scenario.declared:
            yield "  declared: a verifier signs each result"
        yield from (f"  condition: {text.en}" for text in scenario.conditions)
    for parameter in methodology.parameters:
        yield from _parameter(parameter)
    if methodology.illustration:
        yield f"note: {methodology.illustration.en}"
    yield f"filing: {problem_of_filing(methodology) or 'can be filed'}"


def _parameter(parameter: Parameter) -> Iterator[str]:
    yield f"{parameter.name}: {parameter.title.en}, {parameter.unit}"
    for value in parameter.values:
        worth = "not seen" if value.value is None else f"{value.value} / {parameter.scale}"
        yield f"  {worth}{value.place}: {value.published}; grade {value.grade.value}; {value.source}"


def _tried(found: Trial) -> Iterator[str]:
    yield f"{found.methodology} version {found.version}, scenario {found.scenario} ({found.scenario_name})"
    yield f"rule of {found.period}: {found.rule} grams, quantity in {found.base_unit}"
    rejected = sum(found.rows_rejected.values())
    yield f"{found.rows} rows, {rejected} not read{_counts(found.rows_rejected)}"
    aside = found.records - found.counted
    yield f"{found.records} records: {found.counted} counted, {aside} set aside{_counts(found.quarantined)}"
    yield f"{found.grams} g ({grams_to_tonnes_text(found.grams)} t)"
    if found.least and found.greatest:
        yield f"least: {_act(found.least, found.base_unit)}; {found.acts_of_no_gram} acts come to no gram"
        yield f"greatest: {_act(found.greatest, found.base_unit)}"
    yield from _days(found)
    for refusal in found.refusals:
        share = f"{refusal.records} of {found.records} records are {refusal.reason}"
        yield f"oracles would refuse all of it: {share}, allowed are {refusal.limit_bps} in 10,000"
    yield from (f"note: {note}" for note in found.notes)
    yield f"filing: {found.not_fileable or 'can be filed'}"


def _days(found: Trial) -> Iterator[str]:
    if len(found.days) > DAYS_TOLD:
        yield f"{len(found.days)} days with acts; --json lists them"
        return
    for day in found.days:
        yield f"  {day.day}  {day.acts:>9,} acts  {day.grams:>13,} g"


def _compared(found: Comparison) -> Iterator[str]:
    for name, side in (("A", found.a), ("B", found.b)):
        pieces = ", each act one piece" if side.in_pieces else ""
        yield f"{name} {side.methodology} version {side.version}: {side.rule} grams ({side.base_unit}{pieces})"
        only = sum(side.only_here.values())
        yield f"  {side.counted} acts, {side.grams} g; {only} of them counted here alone{_counts(side.only_here)}"
    ratio = "no ratio" if found.ratio_bps is None else f"B gives {found.ratio_bps} for 10,000 of A"
    yield f"{found.both} acts that both count: A {found.a.grams_of_both} g, B {found.b.grams_of_both} g; {ratio}"
    yield f"A gives more for {found.more_by_a}, B for {found.more_by_b}, {found.equal} are equal"
    if found.difference_grams:
        quantiles = ", ".join(f"{percent} % {grams}" for percent, grams in found.difference_grams.items())
        yield f"B less A, grams of one act, not exceeded by: {quantiles}"
    most = max((each.acts for each in found.bins), default=1)
    for each in found.bins:
        bar = "#" * (-(-40 * each.acts // most))
        yield f"  {each.least:>9,} to {each.below - 1:>9,} g {each.acts:>9,} {bar}".rstrip()
    if found.greatest:
        yield "greatest differences:"
    for pair in found.greatest:
        act = f"{pair.act_id.hex()[:16]} of {pair.day}, {pair.quantity} {found.a.base_unit}"
        yield f"  {act}: {pair.grams_a} and {pair.grams_b} g"
    yield from (f"note: {note}" for note in found.notes)


def _act(act: TrialAct, unit: str) -> str:
    return f"{act.grams} g for {act.quantity} {unit} on {act.day} (act {act.act_id.hex()[:16]})"


def _counts(counts: dict[str, int]) -> str:
    listed: Iterable[str] = (f"{name} {number}" for name, number in counts.items())
    return f" ({', '.join(listed)})" if counts else ""
