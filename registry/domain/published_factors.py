"""Published factors as tables to write methodologies from: data in `factors/`, read as strictly as definitions."""

from dataclasses import replace
from importlib import resources
from typing import Final

from registry.domain.canonical import parse_strict_json
from registry.domain.definition import read_parameter
from registry.domain.definition_checks import check_rows
from registry.domain.errors import InvalidMethodology
from registry.domain.methodology_model import Key, Parameter
from registry.domain.strict import Node

FACTORS_FORMAT: Final = "puhui-factors/1"


def load_factors() -> dict[str, Parameter]:
    """All published factors that come with the package, by name. Raises InvalidMethodology."""
    found: dict[str, Parameter] = {}
    for file in sorted((resources.files("registry.domain") / "factors").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            for parameter in read_factors(file.read_bytes(), file.name):
                if parameter.name in found:
                    problem = f"{parameter.name} is shipped twice"
                    raise InvalidMethodology(methodology=file.name, path="$.parameters", problem=problem)
                found[parameter.name] = parameter
    return found


def read_factors(data: bytes | str, what: str) -> tuple[Parameter, ...]:
    """The tables of one file. Raises InvalidJson, InvalidMethodology."""
    root = Node(parse_strict_json(data, what), "$", what)
    root.choice("format", [FACTORS_FORMAT])
    title = root.node("title")
    for language in ("en", "zh"):
        title.text(language)
    title.finish()
    parameters = tuple(read_parameter(node) for node in root.nodes("parameters"))
    root.finish()
    for position, parameter in enumerate(parameters):
        check_rows(parameter, f"$.parameters[{position}].values", what)
    return parameters


def rows_for(parameter: Parameter, region: int | None = None, year: int | None = None) -> Parameter:
    """The table with those rows alone that are of this region (its code) and year; None: of any."""
    wanted = {Key.REGION: region, Key.YEAR: year}
    kept = [value for value in parameter.values if all(wanted.get(key) in (None, found) for key, found in value.where)]
    return replace(parameter, values=tuple(kept))
