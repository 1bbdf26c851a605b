"""What a filed definition says: how acts become grams, by which values, and how far each was verified."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from api.schemas.common import Coded, Schema, Words, derived
from registry.domain.methodology import Field


def _field(value: Any) -> Any:
    return {"code": value.value, "en": value.label, "zh": value.label_zh} if isinstance(value, Field) else value


def _keys(value: Any) -> Any:
    return {str(key): found for key, found in value} if isinstance(value, tuple) else value


class Baseline(Schema):
    """What the name `baseline` means in a formula: the mean of the asset's `days` days before."""

    days: int
    # Acts below this parameter are compared with it instead, and need no days before.
    unless_below: str | None


class Limits(Schema):
    """Conditions that oracles check, in base units. Null: no limit."""

    min_quantity: int
    max_quantity: int
    min_duration_seconds: int | None
    max_duration_seconds: int | None
    max_speed_per_hour: int | None
    overlap: bool


class MethodologyScenario(Schema):
    """A kind of act. Grams of one act are the floor of `formula`, which is null while the source's was not seen."""

    number: int
    name: str
    title: Words
    field: Annotated[Coded, BeforeValidator(_field)]
    base_unit: str
    mode: str | None
    formula: str | None = derived("formula_text")
    baseline: Baseline | None
    # A verifier states each result in grams and signs it.
    declared: bool
    limits: Limits
    conditions: list[Words]


class ValueDocument(Schema):
    """The document that published a value, where it is not the methodology's own."""

    name: str
    sha256: str | None


class ParameterValue(Schema):
    """One published value: `value` over the parameter's scale, null while it was not seen in its source."""

    where: Annotated[dict[str, int | str], BeforeValidator(_keys)]
    value: int | None
    published: str
    source: str
    grade: str
    # Of which region and year the source's data are; `where` says for which acts it is used.
    region: str | None
    year: int | None
    document: ValueDocument | None


class MethodologyParameter(Schema):
    """A quantity of the source with the table of its values, looked up by `by`."""

    name: str
    title: Words
    unit: str
    scale: int
    by: list[str]
    values: list[ParameterValue]
