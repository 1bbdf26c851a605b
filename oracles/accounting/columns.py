"""A package as one expression over columns, compiled through Ibis for DuckDB and for Spark.

    records -> act id, look-alike, local day, grams, and what one record shows by itself; in the order of leaves

What needs neighbours or other reports is found afterwards, over sorted batches, in `finishing.py`. All is integers:
Ibis writes its own division through floating point, so the one floor goes through a function of the engine, as do the
few others that engines spell differently (`puhui_...`, made in `duckdb.py` and `spark.py`).
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import ibis
import ibis.expr.types as ir

from oracles.accounting.task import Task
from registry.domain.acts import START_FIELD, AssetForm
from registry.domain.days import LAST_DAY, SECONDS_PER_DAY, local_minute_text
from registry.domain.formula import QUANTITY, Add, Expression, Max, Min, Multiply, Name, Pair, Subtract, Whole
from registry.domain.methodology import Limits, Scenario
from registry.domain.reasons import Reason

# ruff: noqa: ARG001 - these functions are declared for Ibis and run by the engines


@ibis.udf.scalar.builtin
def puhui_act_id(act_key: str) -> bytes:
    """HMAC-SHA-256(pepper, act key)."""


@ibis.udf.scalar.builtin
def puhui_look_alike(look_alike_key: str) -> bytes:
    """The first half of SHA-256(look-alike key)."""


@ibis.udf.scalar.builtin
def puhui_minute(seconds: int) -> str:
    """ "2016-08-01T00:23" of seconds since 1970, in UTC."""


@ibis.udf.scalar.builtin
def puhui_floor(numerator: int, scale: int) -> int:
    """numerator // scale, of integers that are not negative."""


@ibis.udf.scalar.builtin
def puhui_number(tag: bytes) -> int:
    """Any 64 bits that follow from a day tag."""


# What a hostile record may say, cut to where no sum or product of it leaves 63 bits. Whatever is cut is refused or set
# aside all the same: no act key reaches beyond LAST_DAY, and no limit is as large as what is left of a quantity.
_LAST_SECOND: Final = LAST_DAY * SECONDS_PER_DAY
_SECONDS_PER_HOUR: Final = 3_600
_QUANTITY_CUT: Final = 2**51
SPEED_MAX: Final = 2**31
"""The greatest limit a speed may have here: limit x seconds stays in 63 bits."""

_FORMS: Final = {
    AssetForm.DECIMAL: r"^[1-9][0-9]{0,17}\z",
    AssetForm.UPPER_ALPHANUMERIC: r"^[1-9A-Z][0-9A-Z]{0,31}\z",
}


def bit(reason: Reason) -> int:
    """The place of a reason in a number that holds all of what a record shows; the lowest one is its reason."""
    return 1 << list(Reason).index(reason)


def accounted(records: ir.Table, task: Task) -> ir.Table:
    """One row a record, in the order of leaves (local day, act id), records of one act in the order of the package.

    records: of `RECORD_SCHEMA`, with their `position` in the package.
    Columns: occurred_on, act_id, position, findings (bits), key_is_right, grams, quantity, scenario, actor, look_alike.
    """
    scenario = task.methodology.scenario(task.scenario)
    seconds = _between(records.occurred_at, -SECONDS_PER_DAY, _LAST_SECOND) + task.methodology.offset_seconds
    # Two days are added before the division and taken off after it: it is one of numbers that are not negative.
    day = puhui_floor(seconds + 2 * SECONDS_PER_DAY, SECONDS_PER_DAY) - 2
    known = records.mutate(local_seconds=seconds, occurred_on=day.cast("int32"))
    return known.select(
        known.occurred_on,
        act_id=puhui_act_id(known.act_key),
        position=known.position,
        findings=_findings(known, task, scenario),
        key_is_right=_key_is_right(known, task, scenario),
        grams=_grams(known, task, scenario.limits),
        quantity=known.quantity,
        scenario=known.scenario.cast("int32"),
        actor=known.actor,
        look_alike=puhui_look_alike(_look_alike_key(known.act_key)),
    ).order_by(["occurred_on", "act_id", "position"])


def contested(records: ir.Table, exclusive: tuple[int, ...]) -> ir.Table:
    """All records of every actor and day on which two acts overlap, in the order of the package.

    Which of them are set aside depends on the ones before (see `screens/overlap.py`) and is decided one by one; whoever
    never did two things at once, nearly everybody, needs no such look. Two tags with one number cost a look too many.
    Columns: position, scenario, occurred_at, duration_seconds, actor_start_day, actor_end_day.
    """
    candidates = records.filter(records.scenario.isin(exclusive) & (records.duration_seconds > 0)).select(
        "position", "scenario", "occurred_at", "duration_seconds", "actor_start_day", "actor_end_day"
    )
    timed = candidates.mutate(
        began=_between(candidates.occurred_at, -SECONDS_PER_DAY, _LAST_SECOND),
        first=puhui_number(candidates.actor_start_day),
        last=puhui_number(candidates.actor_end_day),
    )
    timed = timed.mutate(ended=timed.began + timed.duration_seconds)
    days = timed.select("position", "began", "ended", day=timed.first).union(
        timed.filter(timed.first != timed.last).select("position", "began", "ended", day=timed.last)
    )
    before = ibis.window(group_by=days.day, order_by=[days.began, days.position], preceding=(None, 1))
    found = days.mutate(busy_until=days.ended.max().over(before))
    found = found.filter(found.busy_until > found.began).select("day").distinct()
    taken = timed.filter(timed.first.isin(found.day) | timed.last.isin(found.day))
    return taken.select(*candidates.columns).order_by("position")


def listed(records: ir.Table, assets: ir.Table, offset_seconds: int) -> ir.Table:
    """The records whose asset is one of some.

    assets: one column, asset, as `registry.domain.acts.asset_of` gives it.
    Columns: position, asset, occurred_at.
    """
    begun = f";{START_FIELD}="
    start = records.act_key.find(begun)
    behind = start + len(begun) + len(local_minute_text(0, offset_seconds))
    named = records.select(
        "position", "occurred_at", asset=records.act_key.substr(0, start) + records.act_key.substr(behind)
    )
    return named.semi_join(assets, "asset").select("position", "asset", "occurred_at")


def _findings(records: ir.Table, task: Task, scenario: Scenario) -> ir.IntegerValue:
    """The screens of one record, as bits. Limits hold for the scenario they belong to."""
    quantity, seconds = records.quantity, records.duration_seconds.cast("int64")
    found = [_bit_if(records.scenario.cast("int32") != task.scenario, Reason.UNKNOWN_SCENARIO)]
    day = records.occurred_on
    found.append(_bit_if((day < task.period.start_day) | (day > task.period.end_day), Reason.OUTSIDE_PERIOD))
    tests: dict[Reason, list[ir.BooleanValue]] = {}
    for each in task.methodology.scenarios:
        here, limits = records.scenario.cast("int32") == each.number, each.limits
        tests.setdefault(Reason.QUANTITY_TOO_SMALL, []).append(here & (quantity < max(1, limits.min_quantity)))
        tests.setdefault(Reason.QUANTITY_TOO_LARGE, []).append(here & (quantity > limits.max_quantity))
        least = max(1, limits.min_duration_seconds or 1)
        tests.setdefault(Reason.DURATION_TOO_SHORT, []).append(here & (seconds < least))
        if limits.max_duration_seconds is not None:
            tests.setdefault(Reason.DURATION_TOO_LONG, []).append(here & (seconds > limits.max_duration_seconds))
        if limits.max_speed_per_hour is not None:
            amount = _between(quantity, 0, _QUANTITY_CUT) * _SECONDS_PER_HOUR
            fast = (seconds > 0) & (amount > seconds * limits.max_speed_per_hour)
            tests.setdefault(Reason.TOO_FAST, []).append(here & fast)
    # Of an unknown scenario only this much is known: nothing is not an act, and an act takes time.
    unknown = ~records.scenario.cast("int32").isin([each.number for each in task.methodology.scenarios])
    tests[Reason.QUANTITY_TOO_SMALL].append(unknown & (quantity < 1))
    tests[Reason.DURATION_TOO_SHORT].append(unknown & (seconds < 1))
    found += [_bit_if(reduce(lambda a, b: a | b, conditions), reason) for reason, conditions in tests.items()]
    return reduce(lambda a, b: a + b, found)


def _key_is_right(records: ir.Table, task: Task, scenario: Scenario) -> ir.BooleanValue:
    """Is the act key that of this record, written as the scenario wants it? False where the key has to be looked at:
    `act_keys.py` then says what is wrong, or that it may pass, as the keys of another scenario may.
    """
    minute = puhui_minute(records.local_seconds) + task.zone_text
    naming = scenario.act
    if naming.asset < START_FIELD:
        before, after = ibis.literal(f"{naming.kind};{naming.asset}="), f";{START_FIELD}=" + minute
    else:
        before, after = f"{naming.kind};{START_FIELD}=" + minute + f";{naming.asset}=", ibis.literal("")
    asset = records.act_key.substr(before.length(), records.act_key.length() - before.length() - after.length())
    written = (before + asset + after) == records.act_key
    usual = (records.occurred_at >= 0) & (records.occurred_at <= _LAST_SECOND)
    return (
        usual & written & asset.re_search(_FORMS[naming.asset_form]) & (records.scenario.cast("int32") == task.scenario)
    )


def _look_alike_key(act_key: ir.StringValue) -> ir.StringValue:
    """`registry.domain.acts.look_alike_key`, of a key whose beginning is written as it must be."""
    begun = f";{START_FIELD}="
    year = act_key.find(begun) + len(begun)
    return act_key.substr(0, year) + "-" + act_key.substr(year + 4)


def _grams(records: ir.Table, task: Task, limits: Limits) -> ir.IntegerValue:
    """Of a plausible quantity; what is not plausible is set aside, whatever stands here."""
    plausible = _between(records.quantity, limits.min_quantity, limits.max_quantity)
    return puhui_floor(_walked(task.rule.numerator, plausible), task.rule.scale)


def _walked(expression: Expression, quantity: ir.IntegerValue) -> ir.IntegerValue:
    if isinstance(expression, Whole):
        return ibis.literal(expression.value, "int64")
    if isinstance(expression, Name):
        if expression.name != QUANTITY:
            raise NotImplementedError(f"{expression.name} has no column")
        return quantity
    return _joined(expression, _walked(expression.left, quantity), _walked(expression.right, quantity))


def _joined(pair: Pair, left: ir.IntegerValue, right: ir.IntegerValue) -> ir.IntegerValue:
    match pair:
        case Add():
            return left + right
        case Subtract():
            return left - right
        case Multiply():
            return left * right
        case Min():
            return ibis.least(left, right)
        case Max():
            return ibis.greatest(left, right)


def _between(value: ir.IntegerValue, least: int, most: int) -> ir.IntegerValue:
    return ibis.least(ibis.greatest(value, ibis.literal(least, "int64")), ibis.literal(most, "int64"))


def _bit_if(condition: ir.BooleanValue, reason: Reason) -> ir.IntegerValue:
    return condition.ifelse(ibis.literal(bit(reason), "int32"), ibis.literal(0, "int32"))
