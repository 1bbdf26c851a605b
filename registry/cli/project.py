"""`puhui project`: filed projects, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    HomeOption,
    JsonOption,
    ProjectArgument,
    amount_text,
    project_of,
)
from registry.domain.rules import ReportStatus
from registry.services import texts
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.views.batches import BatchView, batches
from registry.services.views.names import date_or_none
from registry.services.views.paging import PageRequest
from registry.services.views.projects import ProjectView
from registry.services.views.projects import project as project_detail
from registry.services.views.reports import ReportView, reports

_SHOWN_MAX = 100


def project_output(
    view: ProjectView, reported: tuple[ReportView, ...], issued: tuple[BatchView, ...]
) -> tuple[dict[str, Any], str]:
    """What `project show` prints."""
    first, last = date_or_none(view.crediting_start_day), date_or_none(view.crediting_end_day)
    data = {
        "project_id": view.project_id,
        "project": view.printed,
        "name_zh": view.name_zh,
        "name_en": view.name_en,
        "illustration": view.illustration,
        "status": view.status,
        "methodology": view.methodology,
        "scenario": view.scenario,
        "developer": view.developer.address,
        "crediting_start": first,
        "crediting_end": last,
        "ceiling_grams": view.ceiling_grams,
        "verified_grams": view.verified_grams,
        "issued_grams": view.issued_grams,
        "retired_grams": view.retired_grams,
        "cancelled_grams": view.cancelled_grams,
        "reports": reported,
        "batches": issued,
    }
    lines = [
        f"{view.printed}{f' {view.name_zh}' if view.name_zh else ''}, {view.status.label}",
        f"  developer  {view.developer.address}",
        f"  crediting  {first} to {last}, at most {amount_text(view.ceiling_grams)}",
        f"  verified   {amount_text(view.verified_grams)} in {view.reports} reports",
        f"  issued     {amount_text(view.issued_grams)}, of it used {amount_text(view.retired_grams)}",
        *(
            f"  report {each.seq}: {amount_text(each.serial_end - each.serial_start)}, " + _standing(view, each)
            for each in reported
        ),
        *(f"  batch {each.printed}: {amount_text(each.live_grams)} live" for each in issued),
    ]
    if view.illustration:
        lines.append(f"  note: {view.illustration}")
    return data, "\n".join(lines)


def _standing(view: ProjectView, report: ReportView) -> str:
    """What became of a report, or what comes next."""
    if report.issued:
        return "issued"
    if report.status in (ReportStatus.DISPUTED, ReportStatus.OVERTURNED):
        return report.status.label
    # A chain may be some seconds ahead of this clock; a report without a window is final in its own block.
    if report.final_at > max(datetime.now(UTC), report.origin.block_time):
        return f"can be disputed until {report.final_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"not issued yet: `puhui issue {view.printed} {report.seq} --to ACCOUNT=GRAMS`"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Filed projects.", no_args_is_help=True)
    app.add_typer(group, name="project")

    @group.command("show")
    def show(project: ProjectArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows a project with its reports and batches."""
        project_id = project_of(project)
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                view = project_detail(session, project_id).project
                reported = reports(session, PageRequest(limit=_SHOWN_MAX), project_id=project_id).items
                issued = batches(session, PageRequest(limit=_SHOWN_MAX), project_id=project_id).items
        emit(*project_output(view, reported, issued), json_output)

    @group.command("name")
    def name_project(
        project: ProjectArgument,
        name: Annotated[str, typer.Argument(help="Its public name.")],
        name_en: Annotated[str | None, typer.Option("--en", help="The same in English.")] = None,
        illustration: Annotated[
            str | None, typer.Option(help="What in its figures is an example and no fact; shown with every figure.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Gives a project a public name in this registry's database."""
        project_id = project_of(project)
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                view = project_detail(session, project_id).project
            texts.name_project(registry.database, project_id, name, name_en, illustration)
        data = {"project_id": project_id, "project": view.printed, "name_zh": name, "name_en": name_en}
        emit({**data, "illustration": illustration}, f"{view.printed} is called {name}.", json_output)
