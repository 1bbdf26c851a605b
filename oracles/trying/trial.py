"""What a methodology would make of some acts: counted and set aside, grams by day, the least and the greatest act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from oracles.accounting import Accounting, account
from oracles.accounting.engine import BASIS_POINTS, CountedAct
from oracles.screens import Flags, ReportKey, all_screens
from oracles.trying.data import TrialData
from registry.domain.days import from_day
from registry.domain.errors import InvalidInput, NotFileable
from registry.domain.methodology import Key, Methodology, Rule, Scenario, check_fileable, definition_hash

TRIAL_PEPPER = b"puhui methodology try and compare"
"""In a trial the id of an act is the HMAC-SHA-256 of its key under this text, the same on every run and everywhere."""
_REPORT = ReportKey(0, 0)


class NoClaims:
    """A claim store of a network without any report: what was claimed elsewhere is not known to a trial."""

    def flag(self, *_: pa.FixedSizeBinaryArray | ReportKey, **__: ReportKey) -> Flags:
        """Nothing."""
        none = np.empty(0, dtype=np.intp)
        return Flags(none, none)


@dataclass(frozen=True, slots=True)
class TrialAct:
    """One counted act."""

    act_id: bytes
    """HMAC of its key under TRIAL_PEPPER."""
    day: str
    quantity: int
    grams: int


@dataclass(frozen=True, slots=True)
class Day:
    """One local day with counted acts."""

    day: str
    acts: int
    grams: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A share of records above which oracles would refuse the package as a whole."""

    reason: str
    records: int
    limit_bps: int


@dataclass(frozen=True, slots=True)
class Counting:
    """A methodology over some acts, act by act."""

    methodology: Methodology
    scenario: Scenario
    rule: Rule
    in_pieces: bool
    accounting: Accounting


@dataclass(frozen=True, slots=True)
class Trial:
    """What the table of effects shows. Integers and texts."""

    methodology: str
    version: int
    definition_hash: bytes
    not_fileable: str | None
    """Why a working registry would not take it; None if it would."""
    scenario: int
    scenario_name: str
    field: str
    base_unit: str
    in_pieces: bool
    formula: str
    rule: str
    """The formula with the values of the year and region: what is computed for each act."""
    region: int | None
    period: str
    notes: list[str]
    """To be said with every figure."""
    rows: int
    rows_rejected: dict[str, int]
    records: int
    counted: int
    quarantined: dict[str, int]
    refusals: list[Refusal]
    """If any: oracles would refuse the whole package."""
    grams: int
    acts_of_no_gram: int
    least: TrialAct | None
    greatest: TrialAct | None
    days: list[Day]

    def data(self) -> dict[str, Any]:
        """As a command prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


def count(data: TrialData, methodology: Methodology, scenario: Scenario, in_pieces: bool = False) -> Counting:
    """Counts the acts as the reference engine would for a report.

    Raises:
        NotFileable: the formula or a value that is needed was not seen.
        NoFactor: the tables have no row for the year and region.
        InvalidInput: values are looked up by region, and none is known.
        InvalidEvidence: an act key is not written as the methodology wants it.
    """
    by = {key for name in scenario.parameter_names for key in methodology.parameter(name).by}
    if data.region is None and Key.REGION in by:
        problem = f"{methodology.id} looks values up by region, so it has to be said whose acts these are"
        raise InvalidInput(field="--region", problem=problem, given=None)
    rule = methodology.rule(scenario.number, data.period.vintage, data.region or 0)
    screens = all_screens(methodology, scenario.number, data.period, NoClaims(), _REPORT)
    batches = data.batches(scenario, in_pieces)
    accounting = account(batches, methodology, scenario.number, rule, TRIAL_PEPPER, screens)
    return Counting(methodology, scenario, rule, in_pieces, accounting)


def try_methodology(data: TrialData, methodology: Methodology, scenario: Scenario) -> Trial:
    """The table of effects of a methodology on some acts. Raises what `count` raises."""
    counting = count(data, methodology, scenario)
    accounting = counting.accounting
    # The least of several is the first in the order of leaves; so is the greatest.
    least = min(accounting.counted, key=lambda act: (act.grams, act.quantity), default=None)
    greatest = max(accounting.counted, key=lambda act: (act.grams, act.quantity), default=None)
    return Trial(
        methodology=methodology.id,
        version=methodology.version,
        definition_hash=definition_hash(methodology),
        not_fileable=problem_of_filing(methodology),
        scenario=scenario.number,
        scenario_name=scenario.name,
        field=scenario.field.value,
        base_unit=scenario.base_unit,
        in_pieces=counting.in_pieces,
        formula=scenario.formula_text or "",
        rule=counting.rule.text,
        region=data.region,
        period=data.period.text,
        notes=notes_of(data, methodology),
        rows=data.rows,
        rows_rejected=data.rejected,
        records=accounting.records,
        counted=len(accounting.counted),
        quarantined={reason.value: number for reason, number in accounting.reasons.items()},
        refusals=_refusals(accounting, methodology),
        grams=accounting.grams,
        acts_of_no_gram=sum(not act.grams for act in accounting.counted),
        least=shown(least) if least else None,
        greatest=shown(greatest) if greatest else None,
        days=_days(accounting),
    )


def problem_of_filing(methodology: Methodology) -> str | None:
    """Why a working registry would not take a methodology; None if it would."""
    try:
        check_fileable(methodology, demonstration=False)
    except NotFileable as error:
        return str(error.values["problem"])
    return None


def notes_of(data: TrialData, *methodologies: Methodology) -> list[str]:
    """What has to be said with every figure: of the acts, and of values graded C."""
    texts = [each.illustration.en for each in methodologies if each.illustration]
    return list(dict.fromkeys(text for text in (data.label, *texts) if text))


def shown(act: CountedAct) -> TrialAct:
    """A counted act as it is told."""
    return TrialAct(act.act_id, from_day(act.occurred_on).isoformat(), act.quantity, act.grams)


def _refusals(accounting: Accounting, methodology: Methodology) -> list[Refusal]:
    found = []
    for reason, records in accounting.findings.items():
        limit_bps = methodology.refusal_bps(reason)
        if limit_bps is not None and records * BASIS_POINTS > limit_bps * accounting.records:
            found.append(Refusal(reason.value, records, limit_bps))
    return found


def _days(accounting: Accounting) -> list[Day]:
    acts: dict[int, int] = {}
    grams: dict[int, int] = {}
    for act in accounting.counted:
        acts[act.occurred_on] = acts.get(act.occurred_on, 0) + 1
        grams[act.occurred_on] = grams.get(act.occurred_on, 0) + act.grams
    return [Day(from_day(day).isoformat(), acts[day], grams[day]) for day in sorted(acts)]
