"""The parts of a methodology definition, as they are in memory after reading. Import them from `methodology`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registry.domain.acts import AssetForm
from registry.domain.errors import InvalidMethodology, NoFactor, NotFileable, UnknownScenario
from registry.domain.formula import BASELINE, QUANTITY, Expression, formula_text, names_of
from registry.domain.rule import Rule, Scaled, baseline_rule, make_rule

FORMAT: Final = "puhui-methodology/2"
GRAMS_UNIT: Final = "gCO2e"
"""The base unit of declared results."""


class Grade(StrEnum):
    """How far a text or value was verified. A value that is contradicted or looks invented (X) is never shipped."""

    A = "A"
    """Official text or raw data checked."""
    B = "B"
    """Official statement reproduced elsewhere, or two independent sources."""
    C = "C"
    """One secondary source: an example, to be confirmed against the official text."""


class Field(StrEnum):
    """What kind of low-carbon act a scenario is of, as the policy texts divide them."""

    TRAVEL = "travel"
    CONSUMPTION = "consumption"
    SAVING = "saving"
    """Of water, power and gas, also at peak hours."""
    ENERGY = "energy"
    """Other energy in the place of fossil one: photovoltaics, electric vehicles, charging."""
    SINK = "sink"
    """Forestry and agriculture."""
    PACKAGING = "packaging"
    APPLIANCES = "appliances"
    CLEAN_PLATE = "clean_plate"

    @property
    def label(self) -> str:
        return _FIELD_LABELS[self][0]

    @property
    def label_zh(self) -> str:
        return _FIELD_LABELS[self][1]


_FIELD_LABELS = {
    Field.TRAVEL: ("green travel", "绿色出行"),
    Field.CONSUMPTION: ("green consumption", "绿色消费"),
    Field.SAVING: ("resource saving", "资源节约"),
    Field.ENERGY: ("energy substitution", "能源替代"),
    Field.SINK: ("forestry and agriculture", "林业与农业"),
    Field.PACKAGING: ("packaging", "绿色包装"),
    Field.APPLIANCES: ("appliances", "节能家电"),
    Field.CLEAN_PLATE: ("clean plate", "光盘行动"),
}


class Key(StrEnum):
    """By what a value of a parameter is looked up."""

    REGION = "region"
    """The GB/T 2260 code of the project's jurisdiction; a row of a province or city holds for what lies in it."""
    YEAR = "year"
    """The calendar year of the acts."""
    MODE = "mode"
    """The mode of the scenario."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Document:
    """The official document a definition follows."""

    name: str
    sha256: str | None
    """64 hex digits, None while the document itself was not seen."""
    source: str
    """Where its content was read, in words."""
    in_force_from: str | None
    """YYYY-MM-DD, None if unknown."""


@dataclass(frozen=True, slots=True)
class ValueDocument:
    """The document that published a value, where it is another one than the definition's."""

    name: str
    """With number and date."""
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Value:
    """One published value of a parameter."""

    where: tuple[tuple[Key, int | str], ...]
    """What it is looked up by, in the order of the parameter's `by`."""
    value: int | None
    """Over the parameter's scale; None while it was not seen."""
    published: str
    """As the source prints it, with its unit."""
    source: str
    grade: Grade
    region: str | None
    """Of which region the source states it, in its words; None if it does not say."""
    year: int | None
    """Of which year its data are."""
    document: ValueDocument | None

    @property
    def place(self) -> str:
        """Its row in words, "(mode walking)"; nothing where there is no lookup."""
        return f" ({', '.join(f'{key} {found}' for key, found in self.where)})" if self.where else ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A quantity of the source with a table of its values: integers over one scale."""

    name: str
    title: Text
    """Which kind of figure it is, such as the average CO2 factor of electricity."""
    unit: str
    scale: int
    by: tuple[Key, ...]
    """What its values are looked up by; nothing if there is one for all."""
    values: tuple[Value, ...]

    def lookup(self, region: int, year: int, mode: str | None) -> Value | None:
        """The row for a jurisdiction (its GB/T 2260 code), a calendar year and a mode; None if there is none."""
        rows = {each.where: each for each in self.values}
        for code in _within(region):
            wanted: dict[Key, int | str] = {Key.REGION: code, Key.YEAR: year, Key.MODE: mode or ""}
            found = rows.get(tuple((key, wanted[key]) for key in self.by))
            if found is not None:
                return found
        return None


def _within(region: int) -> list[int]:
    """A code of GB/T 2260, then the city and the province in which it lies."""
    # 310115 is a county of 310100 and of 310000.
    return [region, region // 100 * 100, region // 10_000 * 10_000]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an act is compared with, where that follows from earlier acts: the mean of the same asset.

    own_mean: the mean of the asset's quantities on the `days` local days before the act, one act a day, none missing.
    """

    days: int
    unless_below: str | None
    """A parameter in base units: acts below it are compared with it and need no earlier days."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one act can be. Acts outside are quarantined with a reason; None sets no limit."""

    min_quantity: int
    """In base units. At least 1: an act of nothing is no act."""
    max_quantity: int
    min_duration_seconds: int | None
    max_duration_seconds: int | None
    max_speed_per_hour: int | None
    """Base units per hour: 25,000 metres for 25 km/h; watts for Wh."""
    overlap: bool
    """True: acts of one actor that overlap in time are quarantined."""


@dataclass(frozen=True, slots=True)
class ActNaming:
    """How act keys of a scenario are written: `kind;asset=...;start=...`, and in no other way (one act, one claim)."""

    kind: str
    """Such as "shared-bike". Scenarios that can see the same act, in whichever methodology, have one kind."""
    asset: str
    """Name of the field with the asset's number, such as "bike"."""
    asset_form: AssetForm
    recurs: bool
    """True: one asset gives such an act at the same minute every year, as a meter that is read each midnight does. That
    another year has its like is then no sign of a copy."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of act that the methodology counts. `number` stands in the leaf."""

    number: int
    name: str
    title: Text
    field: Field
    base_unit: str
    mode: str | None
    """By which parameters with a table by mode are looked up."""
    act: ActNaming
    formula: Expression | None
    """None while the formula of the source was not seen."""
    baseline: Baseline | None
    declared: bool
    """True: a verifier states each reduction and signs it; the quantity is grams already."""
    limits: Limits
    """The conditions of eligibility that a machine checks."""
    conditions: tuple[Text, ...]
    """Those that people judge."""

    @property
    def formula_text(self) -> str | None:
        return None if self.formula is None else formula_text(self.formula)

    @property
    def parameter_names(self) -> list[str]:
        """The parameters that its formula and its baseline rule name, in this order."""
        names = [] if self.formula is None else names_of(self.formula)
        known = {QUANTITY, BASELINE} if self.baseline else {QUANTITY}
        found = [name for name in names if name not in known]
        if self.baseline is not None and self.baseline.unless_below is not None:
            found.append(self.baseline.unless_below)
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Methodology:
    """A definition that was read and holds together. Made by `registry.domain.definition`, never by hand."""

    id: str
    """At most 31 ASCII characters, the same for all versions."""
    version: int
    title: Text
    document: Document
    grade: Grade
    """How far the formula was verified; each value has its own."""
    illustration: Text | None
    """What has to be said wherever a figure of it is shown; never None where anything is graded C."""
    zone_name: str
    offset_seconds: int
    """The scheme's time zone, seconds east of UTC."""
    scenarios: tuple[Scenario, ...]
    parameters: tuple[Parameter, ...]
    refuse_above_bps: tuple[tuple[str, int], ...]
    """(reason, share): with more of the records in quarantine for this reason, in basis points, a whole package is
    refused. Reasons that are not named refuse nothing by themselves."""

    def scenario(self, number: int) -> Scenario:
        """Raises UnknownScenario."""
        for scenario in self.scenarios:
            if scenario.number == number:
                return scenario
        known = ", ".join(f"{scenario.number} ({scenario.name})" for scenario in self.scenarios)
        raise UnknownScenario(methodology=self.id, scenario=number, known=known)

    def parameter(self, name: str) -> Parameter:
        """Raises InvalidMethodology."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise InvalidMethodology(methodology=self.id, path="$.parameters", problem=f"there is no parameter {name}")

    def rule(self, scenario_number: int, year: int, region: int) -> Rule:
        """How acts of a scenario become grams in a calendar year and a jurisdiction (its GB/T 2260 code).

        A package has one year, one jurisdiction and one scenario, so it has one rule.

        Raises:
            UnknownScenario: there is no such scenario.
            NoFactor: a parameter has no value for this year and region.
            NotFileable: the formula, or the value that would be used, was not seen.
        """
        scenario = self.scenario(scenario_number)
        if scenario.formula is None:
            raise NotFileable(methodology=self.id, problem=f"the formula of {scenario.name} was not seen in its source")
        found = {name: self._value(name, scenario, year, region) for name in scenario.parameter_names}
        baseline = None
        if scenario.baseline is not None:
            below = scenario.baseline.unless_below
            baseline = baseline_rule(scenario.baseline.days, None if below is None else found[below])
        return make_rule(scenario.formula, found, baseline)

    def _value(self, name: str, scenario: Scenario, year: int, region: int) -> Scaled:
        parameter = self.parameter(name)
        row = parameter.lookup(region, year, scenario.mode)
        if row is None:
            asked = {Key.REGION: region, Key.YEAR: year, Key.MODE: scenario.mode}
            shown = {key.value: asked[key] if key in parameter.by else None for key in Key}
            raise NoFactor(methodology=self.id, parameter=name, **shown)
        if row.value is None:
            raise NotFileable(methodology=self.id, problem=f"the value of {name}{row.place} was not seen in its source")
        return Scaled(row.value, parameter.scale)

    def refusal_bps(self, reason: str) -> int | None:
        """The share of records above which `reason` refuses a whole package, in basis points; None: never."""
        return dict(self.refuse_above_bps).get(reason)

    @property
    def values(self) -> list[tuple[Parameter, Value]]:
        """All values of all parameters."""
        return [(parameter, value) for parameter in self.parameters for value in parameter.values]

    @property
    def weakest_grade(self) -> Grade:
        """The worst grade of the formula and of every value."""
        return max([self.grade, *(value.grade for _, value in self.values)])
