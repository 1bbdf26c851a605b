"""The parts of a methodology definition, as they are in memory after reading. Import them from `methodology`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registry.domain.acts import AssetForm
from registry.domain.errors import InvalidMethodology, NotFileable, UnknownScenario

FORMAT: Final = "puhui-methodology/1"


class Grade(StrEnum):
    """How far a text or value was verified. A value that is contradicted or looks invented (X) is never shipped."""

    A = "A"
    """Official text or raw data checked."""
    B = "B"
    """Official statement reproduced elsewhere, or two independent sources."""
    C = "C"
    """One secondary source: an example, to be confirmed against the official text."""


class FormulaKind(StrEnum):
    """The arithmetic of a scenario."""

    DIFFERENCE = "quantity_times_difference"
    """grams = floor(quantity x (minuend - subtrahend) / scale): a baseline less what the act itself emits."""
    FACTOR = "quantity_times_factor"
    """grams = floor(quantity x factor / scale)."""


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
class Parameter:
    """A value of the source, as an integer: value / scale in `unit`. `value` is None while it was not seen."""

    name: str
    value: int | None
    scale: int
    unit: str
    """Always grams of CO2e per base unit of the scenario, such as "gCO2e per person-metre"."""
    published: str
    """The value as the source prints it, with its unit."""
    source: str
    grade: Grade
    region: str
    year: int | None


@dataclass(frozen=True, slots=True)
class Formula:
    """Kind, and the names of the parameters it takes: (minuend, subtrahend) or (factor,)."""

    kind: FormulaKind
    parameters: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of act that the methodology counts. `number` stands in the leaf."""

    number: int
    name: str
    title: Text
    base_unit: str
    act: ActNaming
    formula: Formula
    limits: Limits


@dataclass(frozen=True, slots=True)
class Factor:
    """The formula of a scenario with its values filled in: grams = quantity * numerator // scale."""

    numerator: int
    scale: int


@dataclass(frozen=True, slots=True)
class Methodology:
    """A definition that was read and holds together. Made by `registry.domain.definition`, never by hand."""

    id: str
    """At most 31 ASCII characters, the same for all versions."""
    version: int
    title: Text
    document: Document
    grade: Grade
    """How far the formula was verified; each parameter has its own."""
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

    def factor(self, scenario_number: int) -> Factor:
        """The integers any engine multiplies and divides with.

        Raises UnknownScenario, and NotFileable if a value was not seen in its source.
        """
        formula = self.scenario(scenario_number).formula
        parameters = [self.parameter(name) for name in formula.parameters]
        values = [parameter.value for parameter in parameters]
        known = [value for value in values if value is not None]
        if len(known) != len(values):
            missing = ", ".join(parameter.name for parameter in parameters if parameter.value is None)
            raise NotFileable(methodology=self.id, problem=f"the value of {missing} was not seen in its source")
        # The reader has made sure that all parameters of a formula have one scale.
        numerator = known[0] - known[1] if formula.kind is FormulaKind.DIFFERENCE else known[0]
        return Factor(numerator=numerator, scale=parameters[0].scale)

    def refusal_bps(self, reason: str) -> int | None:
        """The share of records above which `reason` refuses a whole package, in basis points; None: never."""
        return dict(self.refuse_above_bps).get(reason)

    @property
    def weakest_grade(self) -> Grade:
        """The worst grade of the formula and of every parameter."""
        return max(self.grade, *(parameter.grade for parameter in self.parameters))
