"""`puhui issue`, `issue-many`, `retire`, `cancel`: what happens to credits. Transfers: `transfer.py`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AccountArgument,
    AsOption,
    BatchArgument,
    BatchOrLines,
    GramsArgument,
    GramsOrLines,
    HomeOption,
    JsonOption,
    KeyOption,
    LineOption,
    LinesOption,
    ProjectArgument,
    ReasonOption,
    account_of,
    amount_text,
    batch_of,
    commitment,
    fresh_key,
    given_lines,
    grams_of,
    named,
    once,
    pair,
    person,
    project_of,
)
from registry.cli.proposing import propose_and_tell
from registry.domain.errors import Conflict, InvalidInput, NotFound
from registry.domain.ids import split_batch_id
from registry.domain.rules import Purpose
from registry.domain.serials import printed_project
from registry.services import ledger
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.texts import check_text
from registry.services.views.reports import report
from registry.services.views.retirements import RetirementView, retirement

StatementOption = Annotated[str, typer.Option(help="Public sentence of the claim; on chain as a hash.")]
BeneficiaryOption = Annotated[
    str, typer.Option(help="In whose name; only a salted commitment goes on chain, so keep text and salt.")
]


def uses_output(views: list[RetirementView], salt: bytes | None) -> tuple[dict[str, Any], str]:
    """What `retire` and `offset` print: the retirements and the salt that opens the beneficiary, if it is theirs."""
    rows = [
        {
            "retirement_id": view.retirement_id,
            "batch_id": view.batch.batch_id,
            "batch": view.batch.printed,
            "serials": view.serials,
            "serial_start": view.serial_start,
            "serial_end": view.serial_end,
            "grams": view.grams,
            "tx_hash": view.origin.tx_hash,
        }
        for view in views
    ]
    lines = [
        f"Retirement {view.retirement_id}: {amount_text(view.grams)}, serials {view.serials}\n"
        f"  Certificate: `puhui certificate {view.retirement_id}`"
        for view in views
    ]
    if salt is None:
        return {"retirements": rows}, "\n".join(lines)
    lines.append(f"Salt of the beneficiary's commitment: 0x{salt.hex()}")
    return {"retirements": rows, "salt": salt}, "\n".join(lines)


def indexed_uses(registry: Registry, uses: list[ledger.Use]) -> list[RetirementView]:
    """The retirements as the register shows them."""
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        return [retirement(session, use.retirement_id) for use in uses]


def purpose_of(text: str) -> Purpose:
    """A purpose by its name, with - or _ between words. Raises InvalidInput, also for a compliance offset."""
    purpose = named(Purpose, text, "purpose")
    if purpose is Purpose.COMPLIANCE_OFFSET:
        raise InvalidInput(field="purpose", problem="is that of `puhui offset`, which checks the rules", given=text)
    return purpose


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    _register_issue(app)
    _register_retire(app)
    _register_cancel(app)


def _register_issue(app: typer.Typer) -> None:
    @app.command("issue")
    def issue(
        project: ProjectArgument,
        seq: Annotated[int, typer.Argument(help="Number of the final report.", min=1, max=2**63 - 1)],
        to: Annotated[list[str], typer.Option("--to", help="account=grams, such as 310000/1=1.5t; repeatable.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to issue the batch of a final report; the grams must add up to it."""
        with open_registry(Home(home)) as registry:
            sides = [pair(text, "to") for text in to]
            allocation = [(account_of(registry, account), grams_of(amount)) for account, amount in sides]
            _check_allocation(registry, project_of(project), seq, allocation)
            call = ledger.issue(project_of(project), seq, allocation)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @app.command("issue-many")
    def issue_many(
        batch: Annotated[
            list[str],
            typer.Option(
                "--batch", help="report:account=grams+account=grams, such as 310000/1/2:310000/1=1t+310000/3=0.1t."
            ),
        ],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to issue the batches of up to ten final reports of one jurisdiction, all or none."""
        with open_registry(Home(home)) as registry:
            reports = [_issue_of(registry, text) for text in batch]
            for project, seq, allocation in reports:
                _check_allocation(registry, project, seq, allocation)
            propose_and_tell(registry, person(registry, who), ledger.issue_many(reports), key, json_output)


def _issue_of(registry: Registry, text: str) -> tuple[int, int, list[tuple[str, int]]]:
    """Project, number of the report and allocation of one `--batch`. Raises InvalidInput."""
    report, separator, allocation = text.partition(":")
    if not separator:
        raise InvalidInput(field="batch", problem="must have the form report:account=grams", given=text[:80])
    sides = [pair(side, "batch") for side in allocation.split("+")]
    project, seq = split_batch_id(batch_of(registry, report))
    return project, seq, [(account_of(registry, account), grams_of(amount)) for account, amount in sides]


def _check_allocation(registry: Registry, project: int, seq: int, allocation: list[tuple[str, int]]) -> None:
    """Tells before the proposal what the approval would be refused for. Raises NotFound, Conflict."""
    registry.indexer.run_to_head()
    try:
        with registry.database.session() as session:
            found = report(session, project, seq).report
    except NotFound:
        raise NotFound(kind="report", id=f"{seq} of {printed_project(project)}") from None
    total = sum(grams for _, grams in allocation)
    problem = None
    if found.issued:
        problem = "its batch was issued already"
    elif total != found.grams:
        problem = f"it verified {found.grams} g, the allocation adds up to {total} g; they must be equal"
    if problem is not None:
        raise Conflict(kind="report", id=f"{seq} of {found.project.printed}", problem=problem)


def _register_retire(app: typer.Typer) -> None:
    @app.command("retire")
    def retire(
        account: AccountArgument,
        purpose: Annotated[str, typer.Option(help="What for, such as event-neutrality.")],
        statement: StatementOption,
        beneficiary: BeneficiaryOption,
        who: AsOption,
        batch: BatchOrLines = None,
        grams: GramsOrLines = None,
        line: LineOption = None,
        lines: LinesOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Retires credits of one batch or of several for a claim, all or none. Cannot be undone."""
        claim = purpose_of(purpose)
        check_text("beneficiary", beneficiary)
        given = given_lines(batch, grams, line, lines, ledger.RETIRED_LINES_MAX)
        with open_registry(Home(home)) as registry:
            holder = account_of(registry, account)
            parts = [(batch_of(registry, left), grams_of(right)) for left, right in given]
            agent, chosen_key = person(registry, who), fresh_key(key)
            opening = commitment(agent, beneficiary, chosen_key)
            with once(chosen_key) as once_key:
                wanted: dict[str, Any] = {"statement": statement, "beneficiary": opening, "key": once_key}
                if len(parts) == 1:
                    uses = [ledger.retire(registry, agent, holder, *parts[0], claim, **wanted)]
                else:
                    uses = ledger.retire_many(registry, agent, holder, parts, claim, **wanted)
            views = indexed_uses(registry, uses)
        emit(*uses_output(views, opening.salt), json_output)


def _register_cancel(app: typer.Typer) -> None:
    @app.command("cancel")
    def cancel(
        account: AccountArgument,
        batch: BatchArgument,
        grams: GramsArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to cancel credits that an account holds. Cannot be undone once approved."""
        amount = grams_of(grams)
        check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            call = ledger.cancel(batch_of(registry, batch), account_of(registry, account), amount, reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)
