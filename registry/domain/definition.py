"""Strict reading of methodology definitions, and their canonical hash.

Whatever is missing, unknown, of another type or out of range is refused with the path to it. Reading and writing are
inverse: `definition_of(read_definition(x)) == x`, so the hash covers all of the file and nothing else.
"""

import hashlib
from importlib import resources
from typing import Any, Final

from registry.domain.acts import FIELD_PATTERN, KIND_PATTERN, START_FIELD, AssetForm
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.days import MAX_OFFSET_SECONDS, parse_day
from registry.domain.errors import InvalidMethodology, InvalidPeriod
from registry.domain.methodology_model import (
    FORMAT,
    ActNaming,
    Document,
    Formula,
    FormulaKind,
    Grade,
    Limits,
    Methodology,
    Parameter,
    Scenario,
    Text,
)
from registry.domain.reasons import Reason
from registry.domain.strict import Node
from registry.domain.units import MAX_QUANTITY

_ID = r"[a-z0-9][a-z0-9-]{0,30}"
_NAME = r"[a-z][a-z0-9_]{0,31}"
_SHA256 = r"[0-9a-f]{64}"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

MAX_SCENARIO: Final = 2**16 - 1
MAX_SCALE: Final = 10**12
MAX_VALUE: Final = 10**15
MAX_BPS: Final = 10_000
MAX_DURATION_SECONDS: Final = 2**31 - 1

# The parameters that each kind of formula names, in the order in which Formula holds them.
_OPERANDS: Final[dict[FormulaKind, tuple[str, ...]]] = {
    FormulaKind.DIFFERENCE: ("minuend", "subtrahend"),
    FormulaKind.FACTOR: ("factor",),
}


def read_definition(data: bytes | str, what: str = "definition") -> Methodology:
    """The methodology of a definition file. `what` names it in errors. Raises InvalidJson, InvalidMethodology."""
    return methodology_of(parse_strict_json(data, what), what)


def methodology_of(definition: Any, what: str = "definition") -> Methodology:
    """The methodology of a definition that is already in memory. Raises InvalidMethodology."""
    root = Node(definition, "$", what)
    root.choice("format", [FORMAT])
    zone = root.node("time_zone")
    methodology = Methodology(
        id=root.text("id", _ID),
        version=root.integer("version", 1, 2**16 - 1),
        title=_read_text(root.node("title")),
        document=_read_document(root.node("document")),
        grade=Grade(root.choice("grade", list(Grade))),
        illustration=_read_text(note) if (note := root.optional_node("illustration")) else None,
        zone_name=zone.text("name"),
        offset_seconds=zone.integer("offset_seconds", -MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS),
        scenarios=tuple(_read_scenario(node) for node in root.nodes("scenarios")),
        parameters=tuple(_read_parameter(node) for node in root.nodes("parameters")),
        refuse_above_bps=_read_refusals(root.node("refuse_above_bps")),
    )
    zone.finish()
    root.finish()
    _check_whole(methodology, what)
    return methodology


def definition_of(methodology: Methodology) -> dict[str, Any]:
    """The definition of a methodology, as JSON values: the inverse of `methodology_of`."""
    return {
        "format": FORMAT,
        "id": methodology.id,
        "version": methodology.version,
        "title": _text_of(methodology.title),
        "document": {
            "name": methodology.document.name,
            "sha256": methodology.document.sha256,
            "source": methodology.document.source,
            "in_force_from": methodology.document.in_force_from,
        },
        "grade": methodology.grade.value,
        "illustration": None if methodology.illustration is None else _text_of(methodology.illustration),
        "time_zone": {"name": methodology.zone_name, "offset_seconds": methodology.offset_seconds},
        "scenarios": [_scenario_of(scenario) for scenario in methodology.scenarios],
        "parameters": [
            {
                "name": parameter.name,
                "value": parameter.value,
                "scale": parameter.scale,
                "unit": parameter.unit,
                "published": parameter.published,
                "source": parameter.source,
                "grade": parameter.grade.value,
                "region": parameter.region,
                "year": parameter.year,
            }
            for parameter in methodology.parameters
        ],
        "refuse_above_bps": dict(methodology.refuse_above_bps),
    }


def definition_bytes(methodology: Methodology) -> bytes:
    """The canonical JSON of the definition."""
    return canonical_json(definition_of(methodology), methodology.id)


def definition_hash(methodology: Methodology) -> bytes:
    """SHA-256 of the canonical JSON, 32 bytes: the key of the methodology on chain and in every report."""
    return hashlib.sha256(definition_bytes(methodology)).digest()


def load_shipped() -> dict[str, Methodology]:
    """All definitions that come with the package, by id. Raises InvalidMethodology for two files with one id."""
    shipped: dict[str, Methodology] = {}
    folder = resources.files("registry.domain") / "methodologies"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".json"):
            continue
        methodology = read_definition(file.read_bytes(), file.name)
        if methodology.id in shipped:
            raise InvalidMethodology(methodology=file.name, path="$.id", problem=f"{methodology.id} is shipped twice")
        shipped[methodology.id] = methodology
    return shipped


def _read_text(node: Node) -> Text:
    text = Text(en=node.text("en"), zh=node.text("zh"))
    node.finish()
    return text


def _text_of(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _read_document(node: Node) -> Document:
    document = Document(
        name=node.text("name"),
        sha256=node.optional_text("sha256", _SHA256),
        source=node.text("source"),
        in_force_from=node.optional_text("in_force_from", _DATE),
    )
    if document.in_force_from is not None:
        try:
            parse_day(document.in_force_from)
        except InvalidPeriod as error:
            raise node.refused("in_force_from", str(error.values["problem"])) from None
    node.finish()
    return document


def _read_scenario(node: Node) -> Scenario:
    scenario = Scenario(
        number=node.integer("number", 1, MAX_SCENARIO),
        name=node.text("name", _NAME),
        title=_read_text(node.node("title")),
        base_unit=node.text("base_unit"),
        act=_read_naming(node.node("act")),
        formula=_read_formula(node.node("formula")),
        limits=_read_limits(node.node("limits")),
    )
    node.finish()
    return scenario


def _read_naming(node: Node) -> ActNaming:
    naming = ActNaming(
        kind=node.text("kind", KIND_PATTERN),
        asset=node.text("asset", FIELD_PATTERN),
        asset_form=AssetForm(node.choice("asset_form", list(AssetForm))),
    )
    if naming.asset == START_FIELD:
        raise node.refused("asset", f"{START_FIELD} is the field of the act's time")
    node.finish()
    return naming


def _read_formula(node: Node) -> Formula:
    kind = FormulaKind(node.choice("kind", list(FormulaKind)))
    formula = Formula(kind=kind, parameters=tuple(node.text(operand, _NAME) for operand in _OPERANDS[kind]))
    node.finish()
    return formula


def _read_limits(node: Node) -> Limits:
    limits = Limits(
        min_quantity=node.integer("min_quantity", 1, MAX_QUANTITY),
        max_quantity=node.integer("max_quantity", 1, MAX_QUANTITY),
        min_duration_seconds=node.optional_integer("min_duration_seconds", 0, MAX_DURATION_SECONDS),
        max_duration_seconds=node.optional_integer("max_duration_seconds", 1, MAX_DURATION_SECONDS),
        max_speed_per_hour=node.optional_integer("max_speed_per_hour", 1, MAX_QUANTITY),
        overlap=node.boolean("overlap"),
    )
    if limits.max_quantity < limits.min_quantity:
        raise node.refused("max_quantity", "is below min_quantity")
    if (limits.max_duration_seconds or MAX_DURATION_SECONDS) < (limits.min_duration_seconds or 0):
        raise node.refused("max_duration_seconds", "is below min_duration_seconds")
    node.finish()
    return limits


def _scenario_of(scenario: Scenario) -> dict[str, Any]:
    limits = scenario.limits
    operands = zip(_OPERANDS[scenario.formula.kind], scenario.formula.parameters, strict=True)
    return {
        "number": scenario.number,
        "name": scenario.name,
        "title": _text_of(scenario.title),
        "base_unit": scenario.base_unit,
        "act": {
            "kind": scenario.act.kind,
            "asset": scenario.act.asset,
            "asset_form": scenario.act.asset_form.value,
        },
        "formula": {"kind": scenario.formula.kind.value, **dict(operands)},
        "limits": {
            "min_quantity": limits.min_quantity,
            "max_quantity": limits.max_quantity,
            "min_duration_seconds": limits.min_duration_seconds,
            "max_duration_seconds": limits.max_duration_seconds,
            "max_speed_per_hour": limits.max_speed_per_hour,
            "overlap": limits.overlap,
        },
    }


def _read_parameter(node: Node) -> Parameter:
    parameter = Parameter(
        name=node.text("name", _NAME),
        value=node.optional_integer("value", 0, MAX_VALUE),
        scale=node.integer("scale", 1, MAX_SCALE),
        unit=node.text("unit"),
        published=node.text("published"),
        source=node.text("source"),
        grade=Grade(node.choice("grade", list(Grade))),
        region=node.text("region"),
        year=node.optional_integer("year", 1900, 9999),
    )
    node.finish()
    return parameter


def _read_refusals(node: Node) -> tuple[tuple[str, int], ...]:
    known = {reason.value for reason in Reason}
    for reason in node.names():
        if reason not in known:
            raise node.refused(reason, f"no reason of quarantine; there are {', '.join(sorted(known))}")
    found = tuple((reason, node.integer(reason, 0, MAX_BPS)) for reason in sorted(node.names()))
    node.finish()
    return found


def _check_whole(methodology: Methodology, what: str) -> None:
    """What no single value shows: names that are unique, formulas that lead to values, integers that fit in 64 bits."""

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
        path = f"$.scenarios[{position}].formula"
        used.update(scenario.formula.parameters)
        _check_formula(methodology, scenario, path, what)
        if scenario.act != namings[scenario.act.kind]:
            raise refused(f"$.scenarios[{position}].act", f"acts of kind {scenario.act.kind} are named in two ways")
    unused = [parameter.name for parameter in methodology.parameters if parameter.name not in used]
    if unused:
        raise refused("$.parameters", f"no formula uses {', '.join(unused)}")


def _check_formula(methodology: Methodology, scenario: Scenario, path: str, what: str) -> None:
    known = {parameter.name: parameter for parameter in methodology.parameters}
    for name in scenario.formula.parameters:
        if name not in known:
            raise InvalidMethodology(methodology=what, path=path, problem=f"there is no parameter {name}")
    parameters = [known[name] for name in scenario.formula.parameters]
    if len({parameter.scale for parameter in parameters}) > 1:
        raise InvalidMethodology(methodology=what, path=path, problem="its parameters differ in scale")
    if len({parameter.unit for parameter in parameters}) > 1:
        raise InvalidMethodology(methodology=what, path=path, problem="its parameters differ in unit")
    if any(parameter.value is None for parameter in parameters):
        return
    numerator = methodology.factor(scenario.number).numerator
    if numerator <= 0:
        raise InvalidMethodology(methodology=what, path=path, problem=f"it never gives a reduction (x {numerator})")
    # DuckDB and Spark multiply in 64 bits: the largest plausible act must not overflow there.
    if numerator * scenario.limits.max_quantity > MAX_QUANTITY:
        raise InvalidMethodology(methodology=what, path=path, problem="max_quantity x factor does not fit in 64 bits")


def _check_unique(values: list[str], path: str, field: str, what: str) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise InvalidMethodology(methodology=what, path=path, problem=f"{field} {', '.join(twice)} stands twice")
