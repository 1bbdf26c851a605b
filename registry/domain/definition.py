"""Strict reading of methodology definitions, and their canonical hash.

Here is what each single value may be; `definition_checks.py` shows that the whole holds together.

Whatever is missing, unknown, of another type or out of range is refused with the path to it. Reading and writing are
inverse: `definition_of(read_definition(x)) == x`, so the hash covers all of the file and nothing else.
"""

import hashlib
from collections.abc import Callable
from importlib import resources
from typing import Any, Final

from registry.domain.acts import FIELD_PATTERN, KIND_PATTERN, START_FIELD, AssetForm
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.days import MAX_OFFSET_SECONDS, parse_day
from registry.domain.definition_checks import check_whole
from registry.domain.errors import InvalidFormula, InvalidMethodology, InvalidPeriod
from registry.domain.formula import NAME_PATTERN, RESERVED, Expression, parse_formula
from registry.domain.methodology_model import (
    FORMAT,
    ActNaming,
    Baseline,
    Document,
    Field,
    Grade,
    Key,
    Limits,
    Methodology,
    Parameter,
    Scenario,
    Text,
    Value,
    ValueDocument,
)
from registry.domain.reasons import Reason
from registry.domain.strict import Node
from registry.domain.units import MAX_QUANTITY

_ID = r"[a-z0-9][a-z0-9-]{0,30}"
_SHA256 = r"[0-9a-f]{64}"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

MAX_SCENARIO: Final = 2**16 - 1
MAX_SCALE: Final = 10**12
MAX_VALUE: Final = 10**15
MAX_BPS: Final = 10_000
MAX_DURATION_SECONDS: Final = 2**31 - 1

AREA_CODES: Final = (110_000, 829_999)
"""GB/T 2260."""
YEARS: Final = (1900, 9999)
MAX_BASELINE_DAYS: Final = 31
OWN_MEAN: Final = "own_mean"


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
        parameters=tuple(read_parameter(node) for node in root.nodes("parameters", least=0)),
        refuse_above_bps=_read_refusals(root.node("refuse_above_bps")),
    )
    zone.finish()
    root.finish()
    check_whole(methodology, what)
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
        "parameters": [parameter_of(parameter) for parameter in methodology.parameters],
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
        name=node.text("name", NAME_PATTERN),
        title=_read_text(node.node("title")),
        field=Field(node.choice("field", list(Field))),
        base_unit=node.text("base_unit"),
        mode=node.optional_text("mode", NAME_PATTERN),
        act=_read_naming(node.node("act")),
        formula=_read_formula(node),
        baseline=_read_baseline(found) if (found := node.optional_node("baseline")) else None,
        declared=node.boolean("declared"),
        limits=_read_limits(node.node("limits")),
        conditions=tuple(_read_text(text) for text in node.nodes("conditions", least=0)),
    )
    node.finish()
    return scenario


def _read_naming(node: Node) -> ActNaming:
    naming = ActNaming(
        kind=node.text("kind", KIND_PATTERN),
        asset=node.text("asset", FIELD_PATTERN),
        asset_form=AssetForm(node.choice("asset_form", list(AssetForm))),
        recurs=node.boolean("recurs"),
    )
    if naming.asset == START_FIELD:
        raise node.refused("asset", f"{START_FIELD} is the field of the act's time")
    node.finish()
    return naming


def _read_formula(node: Node) -> Expression | None:
    text = node.optional_text("formula")
    if text is None:
        return None
    try:
        return parse_formula(text)
    except InvalidFormula as error:
        raise node.refused("formula", f"character {error.values['at']}: {error.values['problem']}") from None


def _read_baseline(node: Node) -> Baseline:
    node.choice("kind", [OWN_MEAN])
    baseline = Baseline(
        days=node.integer("days", 1, MAX_BASELINE_DAYS),
        unless_below=node.optional_text("unless_below", NAME_PATTERN),
    )
    node.finish()
    return baseline


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
    baseline = scenario.baseline
    return {
        "number": scenario.number,
        "name": scenario.name,
        "title": _text_of(scenario.title),
        "field": scenario.field.value,
        "base_unit": scenario.base_unit,
        "mode": scenario.mode,
        "act": {
            "kind": scenario.act.kind,
            "asset": scenario.act.asset,
            "asset_form": scenario.act.asset_form.value,
            "recurs": scenario.act.recurs,
        },
        "formula": scenario.formula_text,
        "baseline": None
        if baseline is None
        else {"kind": OWN_MEAN, "days": baseline.days, "unless_below": baseline.unless_below},
        "declared": scenario.declared,
        "limits": {
            "min_quantity": limits.min_quantity,
            "max_quantity": limits.max_quantity,
            "min_duration_seconds": limits.min_duration_seconds,
            "max_duration_seconds": limits.max_duration_seconds,
            "max_speed_per_hour": limits.max_speed_per_hour,
            "overlap": limits.overlap,
        },
        "conditions": [_text_of(condition) for condition in scenario.conditions],
    }


def read_parameter(node: Node) -> Parameter:
    """One parameter with its table. Raises InvalidMethodology."""
    name = node.text("name", NAME_PATTERN)
    if name in RESERVED:
        raise node.refused("name", f"{name} means something else in every formula")
    by = tuple(Key(key) for key in node.some_of("by", list(Key)))
    parameter = Parameter(
        name=name,
        title=_read_text(node.node("title")),
        unit=node.text("unit"),
        scale=node.integer("scale", 1, MAX_SCALE),
        by=by,
        values=tuple(_read_value(value, by) for value in node.nodes("values")),
    )
    node.finish()
    return parameter


def _read_value(node: Node, by: tuple[Key, ...]) -> Value:
    value = Value(
        where=_read_where(node.node("where"), by),
        value=node.optional_integer("value", 0, MAX_VALUE),
        published=node.text("published"),
        source=node.text("source"),
        grade=Grade(node.choice("grade", list(Grade))),
        region=node.optional_text("region"),
        year=node.optional_integer("year", *YEARS),
        document=_read_value_document(found) if (found := node.optional_node("document")) else None,
    )
    node.finish()
    return value


def _read_where(node: Node, by: tuple[Key, ...]) -> tuple[tuple[Key, int | str], ...]:
    read: dict[Key, Callable[[], int | str]] = {
        Key.REGION: lambda: node.integer(Key.REGION, *AREA_CODES),
        Key.YEAR: lambda: node.integer(Key.YEAR, *YEARS),
        Key.MODE: lambda: node.text(Key.MODE, NAME_PATTERN),
    }
    where = tuple((key, read[key]()) for key in by)
    node.finish()
    return where


def _read_value_document(node: Node) -> ValueDocument:
    document = ValueDocument(name=node.text("name"), sha256=node.optional_text("sha256", _SHA256))
    node.finish()
    return document


def parameter_of(parameter: Parameter) -> dict[str, Any]:
    """A parameter as JSON values: the inverse of `read_parameter`."""
    return {
        "name": parameter.name,
        "title": _text_of(parameter.title),
        "unit": parameter.unit,
        "scale": parameter.scale,
        "by": [key.value for key in parameter.by],
        "values": [_value_of(value) for value in parameter.values],
    }


def _value_of(value: Value) -> dict[str, Any]:
    document = value.document
    return {
        "where": {key.value: found for key, found in value.where},
        "value": value.value,
        "published": value.published,
        "source": value.source,
        "grade": value.grade.value,
        "region": value.region,
        "year": value.year,
        "document": None if document is None else {"name": document.name, "sha256": document.sha256},
    }


def _read_refusals(node: Node) -> tuple[tuple[str, int], ...]:
    known = {reason.value for reason in Reason}
    for reason in node.names():
        if reason not in known:
            raise node.refused(reason, f"no reason of quarantine; there are {', '.join(sorted(known))}")
    found = tuple((reason, node.integer(reason, 0, MAX_BPS)) for reason in sorted(node.names()))
    node.finish()
    return found
