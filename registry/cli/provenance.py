"""`puhui act`, `puhui provenance`: where a credit came from and where it went."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.cli.console import emit
from registry.cli.options import HOME_DEFAULT, HomeOption, JsonOption, account_of, amount_text, batch_of, project_of
from registry.domain.acts import act_id, parse_act_key
from registry.log.store import LogStore
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.views.accounts import AccountView
from registry.services.views.acts import CountedAct
from registry.services.views.batches import BatchView
from registry.services.views.methodologies import MethodologyView
from registry.services.views.names import date_or_none
from registry.services.views.projects import ProjectView
from registry.services.views.provenance import Asked, Provenance, SubjectKind, provenance
from registry.services.views.reports import ReportView
from registry.services.views.retirements import RetirementView
from registry.services.views.steps import Step
from registry.services.views.uses import CancellationView

ACTS_SHOWN = 3


def step_text(step: Step) -> str:
    """A step as people read it: ids in their printed forms, amounts in grams and tonnes."""
    return f"{step.kind.value} {_facts_text(step)}"


def _facts_text(step: Step) -> str:
    facts = step.facts
    match facts:
        case MethodologyView():
            title = facts.title_en or facts.title_zh
            return f"{facts.methodology_id} version {facts.version}{f', {title}' if title else ''}"
        case ProjectView():
            name = facts.name_en or facts.name_zh
            return f"{facts.printed}{f', {name}' if name else ''}"
        case ReportView():
            days = f"{date_or_none(facts.period_start_day)} to {date_or_none(facts.period_end_day)}"
            signed = f"{len(facts.signers)} of {facts.committee_size} signatures"
            return f"{facts.seq} of {facts.project.printed}, {days}, {amount_text(facts.grams)}, {signed}"
        case BatchView():
            return facts.serials or facts.printed
        case RetirementView():
            what = f"for {facts.purpose.label}" if facts.offset is None else f"against {facts.offset.year}"
            return f"{facts.retirement_id}, {facts.serials}, {amount_text(facts.grams)} {what}"
        case CancellationView():
            return f"of {facts.serials}, {amount_text(facts.grams)}"
        case AccountView():
            return f"{facts.jurisdiction}/{facts.number}, {facts.kind.label}, {facts.address}"
        case CountedAct():
            return f"{step.id}, {facts.item.serials or 'too small for a gram'}"
        case _:
            return step.id


def provenance_text(found: Provenance) -> str:
    """A provenance for people: where it came from, then where it went, a step a line."""
    subject = step_text(found.subject) if found.subject is not None else f"{found.kind.value} {found.id}"
    lines = [f"{subject}, as of block {found.as_of.block_number}"]
    lines += [f"  came from  {step_text(step)}" for step in found.down]
    if found.acts is not None:
        lines.append(f"  came from  {found.acts.end_leaf - found.acts.first_leaf:,} acts of the log, such as")
        lines += [f"               0x{item.act_id.hex()}" for item in found.acts.items[:ACTS_SHOWN]]
    lines += [f"  went to    {step_text(step)}" for step in found.up]
    if found.next_cursor is not None:
        lines.append("  went to    more than is shown here; ask for a smaller part")
    if found.outcome is not None:
        lines.append(f"  {found.outcome.words[0]}")
    lines += [f"  set aside  {entry.words[0]}" for entry in found.quarantines]
    lines += [f"  found wrong {entry.batch.printed}: {entry.words[0]}" for entry in found.invalidations]
    steps = [step.facts for step in (found.subject, *found.down, *found.up) if step is not None]
    notes = [facts.illustration for facts in steps if isinstance(facts, ProjectView) and facts.illustration]
    lines += [f"  note       {note}" for note in dict.fromkeys(notes)]
    return "\n".join(lines)


def register(app: typer.Typer) -> None:
    """Adds the commands."""

    @app.command("act")
    def act(
        key: Annotated[
            str, typer.Argument(help="The act's key, such as 'shared-bike;bike=1;start=...', or its act id.")
        ],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Finds one act: where it is in the log, or why it was set aside, and what used it."""
        if not key.startswith("0x"):
            parse_act_key(key)
        with open_registry(Home(home)) as registry:
            wanted = key if key.startswith("0x") else "0x" + act_id(registry.network.pepper, key).hex()
            found = _traced(registry, SubjectKind.ACT, wanted)
        emit(found, provenance_text(found), json_output)

    @app.command("provenance")
    def trace(
        kind: Annotated[SubjectKind, typer.Argument(help="What it is.")],
        identifier: Annotated[str, typer.Argument(help="Its number, printed form, hash or address.")],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Walks from anything in the register both ways: where it came from and where it went."""
        with open_registry(Home(home)) as registry:
            found = _traced(registry, kind, _identity(registry, kind, identifier))
        emit(found, provenance_text(found), json_output)


def _identity(registry: Registry, kind: SubjectKind, text: str) -> str:
    """The short forms of commands, `310000/1`, in the form that the views read."""
    if "/" not in text:
        return text
    if kind is SubjectKind.ACCOUNT:
        return account_of(registry, text)
    if kind is SubjectKind.PROJECT:
        return str(project_of(text))
    if kind in (SubjectKind.BATCH, SubjectKind.REPORT):
        return str(batch_of(registry, text))
    return text


def _traced(registry: Registry, kind: SubjectKind, identifier: str) -> Provenance:
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        asked = Asked(session, lambda project_id: LogStore(registry.home.log_folder(project_id)))
        return provenance(asked, kind, identifier)
