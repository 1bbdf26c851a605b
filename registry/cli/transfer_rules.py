"""`puhui limits`, `puhui calendar`: what limits transfers of the network and of a jurisdiction."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    amount_text,
    grams_of,
    person,
)
from registry.cli.proposing import propose_and_tell
from registry.domain.days import from_day, parse_day
from registry.domain.errors import InvalidInput
from registry.domain.rules import DayKind
from registry.services import transfer_rules
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.transfer_rules import DAYS_MAX, DELAY_SECONDS_MAX, Limits
from registry.services.views.paging import PageRequest
from registry.services.views.transfer_rules import HoursView, LimitsView, days_of_jurisdiction, rules_of_jurisdiction

PerTransferOption = Annotated[
    str | None, typer.Option("--per-transfer", help="Most of one transfer, in grams or tonnes such as 100t.")
]
PerDayOption = Annotated[
    str | None, typer.Option("--per-day", help="Most that an account may begin to transfer in a day, such as 1000t.")
]
DelayOption = Annotated[
    int,
    typer.Option("--delay", help="Seconds a transfer to an untrusted account waits.", min=0, max=DELAY_SECONDS_MAX),
]
TrustDelayOption = Annotated[
    int, typer.Option("--trust-delay", help="Seconds until a new trust counts.", min=0, max=DELAY_SECONDS_MAX)
]
RemoveOption = Annotated[bool, typer.Option("--remove", help="This level limits no longer.")]
KINDS = {"holiday": DayKind.HOLIDAY, "working-day": DayKind.WORKING_DAY, "usual": DayKind.NONE}
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_DAYS_SHOWN_MAX = 100


def limits_of(
    per_transfer: str | None, per_day: str | None, delay: int, trust_delay: int, remove: bool
) -> Limits | None:
    """Limits from the options of a command, None to remove them. Raises InvalidInput."""
    if remove != (per_transfer is None and per_day is None) or (remove and (delay or trust_delay)):
        raise InvalidInput(
            field="limits", problem="need --per-transfer and --per-day, or --remove alone", given="neither or both"
        )
    if per_transfer is None or per_day is None:
        if remove:
            return None
        raise InvalidInput(field="limits", problem="need both --per-transfer and --per-day", given="one of them")
    return Limits(grams_of(per_transfer, "per transfer"), grams_of(per_day, "per day"), delay, trust_delay)


def limits_text(limits: LimitsView | None) -> str:
    """Limits as people read them."""
    if limits is None:
        return "none"
    return (
        f"{amount_text(limits.per_transfer_grams)} a transfer, {amount_text(limits.per_day_grams)} a day, "
        f"{limits.delay_seconds} s to who is not trusted, trust counts after {limits.trust_seconds} s"
    )


def limits_data(limits: LimitsView | None) -> dict[str, Any] | None:
    """Limits as JSON has them."""
    if limits is None:
        return None
    names = ("per_transfer_grams", "per_day_grams", "delay_seconds", "trust_seconds")
    return {name: getattr(limits, name) for name in names}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    limits = typer.Typer(help="Limits of transfers, of the network and of jurisdictions.", no_args_is_help=True)
    app.add_typer(limits, name="limits")
    _register_limits(limits)
    calendar = typer.Typer(help="When the credits of a jurisdiction may change hands.", no_args_is_help=True)
    app.add_typer(calendar, name="calendar")
    _register_hours(calendar)
    _register_days(calendar)
    _register_calendar(calendar)


def _register_limits(group: typer.Typer) -> None:
    @group.command("set")
    def set_limits(
        jurisdiction: JurisdictionArgument,
        who: AsOption,
        per_transfer: PerTransferOption = None,
        per_day: PerDayOption = None,
        delay: DelayOption = 0,
        trust_delay: TrustDelayOption = 0,
        remove: RemoveOption = False,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes limits of a jurisdiction, or of the network (0). Those of an account: `puhui account limits`."""
        call = transfer_rules.set_limits(jurisdiction, limits_of(per_transfer, per_day, delay, trust_delay, remove))
        with open_registry(Home(home)) as registry:
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("show")
    def show(
        jurisdiction: JurisdictionArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False
    ) -> None:
        """Shows the limits of a jurisdiction and of the network; of both the strictest apply."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                found = rules_of_jurisdiction(session, jurisdiction)
        data = {"limits": limits_data(found.limits), "network_limits": limits_data(found.network_limits)}
        own = [f"{jurisdiction:06d}: {limits_text(found.limits)}"] if jurisdiction else []
        text = "\n".join([*own, f"network: {limits_text(found.network_limits)}"])
        emit({"jurisdiction": jurisdiction, **data}, text, json_output)


def _register_hours(group: typer.Typer) -> None:
    @group.command("set")
    def set_hours(
        jurisdiction: JurisdictionArgument,
        opens: Annotated[str, typer.Option("--open", help="From this time on, UTC+08:00, such as 09:00.")],
        closes: Annotated[str, typer.Option("--close", help="Before this time, such as 17:00 or 24:00.")],
        who: AsOption,
        weekdays: Annotated[str, typer.Option(help="Working days of the week.")] = "mon,tue,wed,thu,fri",
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes the working hours of a jurisdiction, in which alone its credits change hands."""
        hours = _second_of_day(opens, "--open"), _second_of_day(closes, "--close")
        call = transfer_rules.set_hours(jurisdiction, weekdays.split(","), *hours)
        with open_registry(Home(home)) as registry:
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("remove")
    def remove_hours(
        jurisdiction: JurisdictionArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes that a jurisdiction works always again. Its noted days stay, for hours set later."""
        with open_registry(Home(home)) as registry:
            call = transfer_rules.remove_hours(jurisdiction)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_days(group: typer.Typer) -> None:
    @group.command("days")
    def set_days(
        jurisdiction: JurisdictionArgument,
        kind: Annotated[str, typer.Argument(help="holiday, working-day, or usual: as the weekday says.")],
        dates: Annotated[list[str], typer.Argument(help="Dates, such as 2026-10-01 or 2026-10-01..2026-10-07.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes that days are holidays, or worked whatever their weekday."""
        if kind not in KINDS:
            raise InvalidInput(field="kind", problem=f"must be one of {', '.join(KINDS)}", given=kind[:80])
        call = transfer_rules.set_days(jurisdiction, [day for text in dates for day in _days(text)], KINDS[kind])
        with open_registry(Home(home)) as registry:
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_calendar(group: typer.Typer) -> None:
    @group.command("show")
    def show(
        jurisdiction: JurisdictionArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False
    ) -> None:
        """Shows the working hours of a jurisdiction and its noted days."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                hours = rules_of_jurisdiction(session, jurisdiction).hours
                days = days_of_jurisdiction(session, jurisdiction, PageRequest(limit=_DAYS_SHOWN_MAX)).items
        rows = [{"date": from_day(each.day), "kind": each.kind} for each in days]
        lines = [
            _hours_text(hours),
            *(f"  {row['date']}  {each.kind.label}" for row, each in zip(rows, days, strict=True)),
        ]
        data = {"jurisdiction": jurisdiction, "hours": _hours_data(hours), "days": rows}
        emit(data, "\n".join(lines), json_output)


def _hours_data(hours: HoursView | None) -> dict[str, Any] | None:
    if hours is None:
        return None
    return {"weekdays": hours.weekdays, "open": _clock(hours.open_second), "close": _clock(hours.close_second)}


def _hours_text(hours: HoursView | None) -> str:
    if hours is None:
        return "Transfers go at any time."
    days = ", ".join(hours.weekdays)
    return f"Transfers go {days} from {_clock(hours.open_second)} to {_clock(hours.close_second)}, UTC+08:00."


def _clock(second: int) -> str:
    """A second of the day; seconds are shown only where a call by hand set some."""
    text = f"{second // 3600:02d}:{second // 60 % 60:02d}"
    return text if second % 60 == 0 else f"{text}:{second % 60:02d}"


def _second_of_day(text: str, field: str) -> int:
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise InvalidInput(field=field, problem="must be a time such as 09:00", given=text[:80])
    return int(match[1]) * 3600 + int(match[2]) * 60


def _days(text: str) -> range:
    """The days of a date or of a span. Raises InvalidPeriod, InvalidInput."""
    first, _, last = text.partition("..")
    start, end = parse_day(first), parse_day(last or first)
    if not start <= end < start + DAYS_MAX:
        problem = f"must be a date, or two with the later one last, at most {DAYS_MAX} days"
        raise InvalidInput(field="dates", problem=problem, given=text[:80])
    return range(start, end + 1)
