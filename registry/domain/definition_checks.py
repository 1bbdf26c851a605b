"""What no single value of a definition shows: that names are unique, formulas lead to values, and sums fit in 64 bits.

Whatever a formula can come to is looked at before anything is filed: every rule that the tables allow, over every
quantity that the limits allow.
"""

from collections.abc import Iterator
from typing import Final

from registry.domain.days import SECONDS_PER_DAY
from registry.domain.errors import InvalidFormula, InvalidMethodology, NoFactor, NotFileable
from registry.domain.formula import BASELINE, QUANTITY, Name, names_of
from registry.domain.methodology_model import GRAMS_UNIT, Grade, Key, Methodology, Parameter, Scenario
from registry.domain.rule import check_rule

MAX_RULES: Final = 10_000
"""Of one scenario, over all regions and years in its tables."""


def check_whole(methodology: Methodology, what: str) -> None:
    """Raises InvalidMethodology with the path; `what` names the definition."""

    def refused(path: str, problem: str) -> InvalidMethodology:
        return InvalidMethodology(methodology=what, path=path, problem=problem)

    if methodology.offset_seconds % 60:
        raise refused("$.time_zone.offset_seconds", "must be whole minutes")
    _check_unique([str(scenario.number) for scenario in methodology.scenarios], "$.scenarios", "number", what)
    _check_unique([scenario.name for scenario in methodology.scenarios], "$.scenarios", "name", what)
    _check_unique([parameter.name for parameter in methodology.parameters], "$.parameters", "name", what)
    if methodology.weakest_grade is Grade.C and methodology.illustration is None:
        raise refused("$.illustration", "something is graded C, so it must say what has to be confirmed")
    namings = {scenario.act.kind: scenario.act for scenario in methodology.scenarios}
    used: set[str] = set()
    for position, scenario in enumerate(methodology.scenarios):
        path = f"$.scenarios[{position}]"
        if scenario.act != namings[scenario.act.kind]:
            raise refused(f"{path}.act", f"acts of kind {scenario.act.kind} are named in two ways")
        for name, problem in _problems(methodology, scenario):
            raise refused(f"{path}.{name}", problem)
        used.update(scenario.parameter_names)
    _check_parameters(methodology, used, what)


def _check_unique(values: list[str], path: str, field: str, what: str) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise InvalidMethodology(methodology=what, path=path, problem=f"{field} {', '.join(twice)} stands twice")


def check_rows(parameter: Parameter, path: str, what: str) -> None:
    """One value for one place. Raises InvalidMethodology with the path."""
    _check_unique([value.place.strip() for value in parameter.values], path, "where", what)


def _check_parameters(methodology: Methodology, used: set[str], what: str) -> None:
    """Tables without a row twice, a row that no scenario can meet, or a parameter that no formula names."""

    def refused(path: str, problem: str) -> InvalidMethodology:
        return InvalidMethodology(methodology=what, path=f"$.parameters{path}", problem=problem)

    if unused := [parameter.name for parameter in methodology.parameters if parameter.name not in used]:
        raise refused("", f"no formula uses {', '.join(unused)}")
    if BASELINE in used and any(scenario.baseline for scenario in methodology.scenarios):
        raise refused("", "baseline is what the baseline rule finds; give the parameter another name")
    modes = {scenario.mode for scenario in methodology.scenarios}
    for position, parameter in enumerate(methodology.parameters):
        check_rows(parameter, f"$.parameters[{position}].values", what)
        for row, value in enumerate(parameter.values):
            mode = dict(value.where).get(Key.MODE)
            if mode is not None and mode not in modes:
                raise refused(f"[{position}].values[{row}].where.mode", f"no scenario has the mode {mode}")


def _problems(methodology: Methodology, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """(name, problem) of what is wrong in a scenario, the first first."""
    yield from _shape_problems(scenario)
    known = {parameter.name: parameter for parameter in methodology.parameters}
    parameters = []
    for name in scenario.parameter_names:
        if name not in known:
            yield "formula", f"there is no parameter {name}"
        parameters.append(known[name])
    by_mode = [parameter for parameter in parameters if Key.MODE in parameter.by]
    if scenario.formula is not None and (scenario.mode is not None) != bool(by_mode):
        yield "mode", "is looked up by no parameter" if scenario.mode else f"is needed to look up {by_mode[0].name}"
    for parameter in by_mode:
        if all((Key.MODE, scenario.mode) not in value.where for value in parameter.values):
            yield "mode", f"{parameter.name} has no value for the mode {scenario.mode}"
    yield from _rule_problems(methodology, scenario)


def _shape_problems(scenario: Scenario) -> Iterator[tuple[str, str]]:
    if scenario.declared:
        if scenario.formula != Name(QUANTITY):
            yield "formula", "of a declared result must be quantity: what a verifier states is counted as it stands"
        if scenario.base_unit != GRAMS_UNIT:
            yield "base_unit", f"of a declared result must be {GRAMS_UNIT}"
    if scenario.baseline is not None:
        # Else a day told in parts would be many acts, each far below the mean of whole days.
        if (scenario.limits.min_duration_seconds or 0) < SECONDS_PER_DAY:
            yield "limits.min_duration_seconds", "must be a day, 86400, where acts are compared with earlier days"
        if scenario.formula is not None and BASELINE not in names_of(scenario.formula):
            yield "baseline", "its formula does not name baseline"


def _rule_problems(methodology: Methodology, scenario: Scenario) -> Iterator[tuple[str, str]]:
    if scenario.formula is None:
        return
    limits = scenario.limits
    places = _places(methodology, scenario)
    if len(places) > MAX_RULES:
        yield "formula", f"its tables allow {len(places)} rules, at most {MAX_RULES} can be checked"
    for region, year in places[:MAX_RULES]:
        try:
            rule = methodology.rule(scenario.number, year, region)
            check_rule(rule, limits.min_quantity, limits.max_quantity)
        except (NoFactor, NotFileable):
            continue  # a package for which there is none is refused; what is not seen is not filed
        except InvalidFormula as error:
            yield "formula", f"for region {region}, year {year}: {error.values['formula']}: {error.values['problem']}"


def _places(methodology: Methodology, scenario: Scenario) -> list[tuple[int, int]]:
    """Regions and years that between them lead to every rule which the tables allow.

    A region that stands in no table has the rows of the nearest one above it that does.
    """
    rows = [row.where for name in scenario.parameter_names for row in methodology.parameter(name).values]
    found = {key: {value for where in rows for at, value in where if at is key} for key in (Key.REGION, Key.YEAR)}
    # Where nothing is looked up by it, any region or year stands for all of them.
    regions, years = found[Key.REGION] or {110_000}, found[Key.YEAR] or {2000}
    return [(int(region), int(year)) for region in sorted(regions, key=int) for year in sorted(years, key=int)]
