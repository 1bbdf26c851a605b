"""`puhui file`: filing of methodologies and projects."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    ReasonOption,
    account_of,
    grams_of,
    named,
    once,
    person,
    project_of,
)
from registry.cli.proposing import moment, propose_and_tell
from registry.domain.days import to_day
from registry.domain.errors import InvalidInput
from registry.domain.ids import split_project_id
from registry.domain.mechanisms import Mechanism
from registry.domain.methodology import Methodology, load_shipped, read_definition
from registry.domain.rules import FilingStatus
from registry.services import filing, texts
from registry.services.home import Home
from registry.services.policies import is_demonstration
from registry.services.registry import open_registry
from registry.services.views.references import read_hash

FiledArgument = Annotated[str, typer.Argument(help="A project such as 310000/1, or the hash of a methodology.")]


def methodology_of(text: str) -> Methodology:
    """A methodology from a definition file, or a shipped one by its id."""
    path = Path(text)
    if path.suffix == ".json":
        try:
            content = path.read_bytes()
        except OSError as cause:
            raise InvalidInput(field="methodology file", problem=str(cause.strerror), given=text) from cause
        return read_definition(content, text)
    shipped = load_shipped()
    if text not in shipped:
        known = ", ".join(sorted(shipped))
        raise InvalidInput(field="methodology", problem=f"must be a .json file or one of {known}", given=text)
    return shipped[text]


def _day(text: str, field: str) -> int:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field=field, problem="must be a date such as 2016-08-01", given=text[:80]) from None
    return to_day(found)


def _mechanism_names() -> list[str]:
    return [member.name.lower() for member in Mechanism if not member.name.startswith("RESERVED")]


def _mechanism(text: str) -> Mechanism:
    if text not in _mechanism_names():
        raise InvalidInput(
            field="mechanism", problem="must be one of " + ", ".join(_mechanism_names()), given=text[:80]
        )
    return Mechanism[text.upper()]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Filing (备案) of methodologies and projects.", no_args_is_help=True)
    app.add_typer(group, name="file")

    @group.command("methodology")
    def file_methodology(
        jurisdiction: JurisdictionArgument,
        methodology: Annotated[str, typer.Argument(help="A definition file, or the id of a shipped one.")],
        who: AsOption,
        allow_grade_c: Annotated[
            bool, typer.Option(help="Admit values of a single secondary source, on a demonstration network.")
        ] = False,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to file a methodology."""
        definition = methodology_of(methodology)
        with open_registry(Home(home)) as registry:
            demonstration = allow_grade_c and is_demonstration(registry.register)
            call = filing.file_methodology(jurisdiction, definition, demonstration=demonstration)
            digest = texts.keep_definition(registry.database, definition)
            propose_and_tell(
                registry, person(registry, who), call, key, json_output, {"definition_hash": "0x" + digest.hex()}
            )

    @group.command("project")
    def file_project(
        jurisdiction: JurisdictionArgument,
        methodology: Annotated[str, typer.Option(help="A definition file, or the id of a shipped one.")],
        developer: Annotated[str, typer.Option(help="Account of the developer, such as 310000/1.")],
        scenario: Annotated[int, typer.Option(help="Number of the scenario in the methodology.", min=1, max=65_535)],
        first_day: Annotated[str, typer.Option(help="First day of the crediting period, such as 2016-01-01.")],
        last_day: Annotated[str, typer.Option(help="Last day of the crediting period.")],
        ceiling: Annotated[str, typer.Option(help="Most grams ever issued, such as 1000t.")],
        who: AsOption,
        boundary: Annotated[
            str | None, typer.Option(help="Account inside whose boundary the reductions happen.")
        ] = None,
        co_benefits: Annotated[str, typer.Option(help="Co-benefits; only the hash goes on chain.")] = "",
        area: Annotated[
            int | None,
            typer.Option(help="GB/T 2260 code where the reductions happen; the jurisdiction's if not given."),
        ] = None,
        mechanism: Annotated[
            str, typer.Option(help="Mechanism: " + ", ".join(_mechanism_names()) + ".")
        ] = Mechanism.CARBON_INCLUSION.name.lower(),
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to file a project."""
        with open_registry(Home(home)) as registry:
            call = filing.file_project(
                jurisdiction,
                methodology=methodology_of(methodology),
                developer=account_of(registry, developer),
                scenario=scenario,
                crediting=(_day(first_day, "first day"), _day(last_day, "last day")),
                ceiling_grams=grams_of(ceiling, "ceiling"),
                boundary_account=account_of(registry, boundary) if boundary else filing.ZERO_ADDRESS,
                co_benefits=co_benefits,
                area=area,
                mechanism=_mechanism(mechanism),
            )
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    _register_status(group)


def _register_status(group: typer.Typer) -> None:
    @group.command("status")
    def set_status(
        filed: FiledArgument,
        status: Annotated[str, typer.Argument(help="filed (in force), suspended or withdrawn, which is for ever.")],
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to suspend, restore or withdraw a methodology or project."""
        wanted = named(FilingStatus, status, "status")
        texts.check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            if filed.startswith("0x"):
                digest = read_hash(filed, "methodology")
                jurisdiction = int(registry.call("Filings", "methodologyOf", digest)["jurisdiction"])
                call = filing.set_methodology_status(jurisdiction, digest, wanted, reason)
            else:
                project = project_of(filed)
                call = filing.set_project_status(split_project_id(project)[0], project, wanted, reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("suspend")
    def suspend(
        filed: FiledArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Suspends a methodology or project at once, by a regulator; ends by itself unless the Desk confirms it."""
        texts.check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            regulator = person(registry, who)
            with once(key) as once_key:
                if filed.startswith("0x"):
                    digest = read_hash(filed, "methodology")
                    receipt = filing.suspend_methodology(registry, regulator, digest, reason, key=once_key)
                    (changed,) = registry.events(receipt, "MethodologyStatusChanged")
                else:
                    receipt = filing.suspend_project(registry, regulator, project_of(filed), reason, key=once_key)
                    (changed,) = registry.events(receipt, "ProjectStatusChanged")
            registry.indexer.run_to_head()
        until = datetime.fromtimestamp(changed["suspendedUntil"], UTC)
        data = {"filed": filed, "suspended_until": until, "reason_hash": texts.hash_of(reason)}
        text = f"{filed} is suspended until {moment(until)}. To make it stay: `puhui file status {filed} suspended`."
        emit({**data, "tx_hash": receipt.tx_hash}, text, json_output)
