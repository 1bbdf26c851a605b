"""`puhui recognise`: which methodologies, credits and projects of others a jurisdiction accepts."""

from __future__ import annotations

import time
from pathlib import Path
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
    ProjectArgument,
    ReasonOption,
    grams_of,
    person,
    project_of,
)
from registry.cli.proposing import propose_and_tell
from registry.cli.readable import time_text
from registry.domain.errors import InvalidInput
from registry.services import recognition
from registry.services.calls import GuardedCall
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.texts import check_text
from registry.services.views import recognition as views
from registry.services.views.names import time_or_none
from registry.services.views.paging import LIMIT_MAX, PageRequest
from registry.services.views.recognition import TermsView

HashArgument = Annotated[str, typer.Argument(help="Definition hash of the methodology, 0x and 64 digits.")]
IssuerArgument = Annotated[
    int, typer.Argument(help="GB/T 2260 code of the issuing jurisdiction.", min=110_000, max=829_999)
]
CapOption = Annotated[str, typer.Option("--yearly-cap", help="Most grams a year, before the discount, such as 1000t.")]
DiscountOption = Annotated[
    int, typer.Option("--discount-bps", help="What is taken off, in basis points.", min=0, max=9_999)
]
FromOption = Annotated[
    int | None, typer.Option("--valid-from", help="First second, since 1970; now unless told.", min=1, max=2**40 - 1)
]
UntilOption = Annotated[int, typer.Option("--valid-until", help="Last second, since 1970.", min=1, max=2**40 - 1)]
WithdrawOption = Annotated[str | None, typer.Option("--withdraw", help="End it, for this reason.")]


def hash_of(text: str) -> bytes:
    """A definition hash. Raises InvalidInput."""
    try:
        digest = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        digest = b""
    if len(digest) != 32 or not text.startswith("0x"):
        raise InvalidInput(field="definition hash", problem="must be 0x and 64 hexadecimal digits", given=text[:80])
    return digest


def terms_of(discount_bps: int, yearly_cap: str, valid_from: int | None, valid_until: int) -> recognition.Terms:
    """Terms from the options of a command. Raises InvalidInput."""
    begins = int(time.time()) if valid_from is None else valid_from
    return recognition.Terms(discount_bps, grams_of(yearly_cap, "yearly cap"), begins, valid_until)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="What a jurisdiction accepts of others (互认).", no_args_is_help=True)
    app.add_typer(group, name="recognise")
    _register_methodology(group)
    _register_credits(group)
    _register_projects(group)
    _register_reading(group)


def _terms_data(terms: TermsView) -> dict[str, Any]:
    return {
        "discount_bps": terms.discount_bps,
        "yearly_cap_grams": terms.yearly_cap_grams,
        "valid_from": time_or_none(terms.valid_from_seconds),
        "valid_until": time_or_none(terms.valid_until_seconds),
    }


def _terms_text(terms: TermsView) -> str:
    return (
        f"discount {terms.discount_bps} bps, at most {terms.yearly_cap_grams:,} g a year, "
        f"{time_text(terms.valid_from_seconds)} to {time_text(terms.valid_until_seconds)}"
    )


def _register_reading(group: typer.Typer) -> None:
    @group.command("show")
    def show(
        jurisdiction: JurisdictionArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False
    ) -> None:
        """Shows what a jurisdiction accepts of others: methodologies, credits, single projects."""
        page = PageRequest(limit=LIMIT_MAX)
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                methodologies = views.recognised_methodologies(session, jurisdiction, page).items
                terms = views.recognition_terms(session, jurisdiction, page).items
                projects = views.project_terms(session, jurisdiction, page).items
        data = {
            "methodologies": [
                {"definition_hash": each.definition_hash, "decision": each.decision.text} for each in methodologies
            ],
            "credits": [
                {"issuer": each.issuer, "definition_hash": each.definition_hash, **_terms_data(each.terms)}
                for each in terms
            ],
            "projects": [
                {"project": each.project.printed, "terms": _terms_data(each.terms) if each.terms else None}
                for each in projects
            ],
        }
        lines = [
            *(f"methodology 0x{each.definition_hash.hex()}" for each in methodologies),
            *(
                f"credits of {each.issuer} under 0x{each.definition_hash.hex()}: {_terms_text(each.terms)}"
                for each in terms
            ),
            *(
                f"project {each.project.printed}: {_terms_text(each.terms) if each.terms else 'refused'}"
                for each in projects
            ),
        ]
        text = "\n".join(lines) or "Nothing of other jurisdictions is accepted."
        emit({"jurisdiction": jurisdiction, **data}, text, json_output)


def _propose(home: Path, who: str, call: GuardedCall, key: str | None, json_output: bool) -> None:
    with open_registry(Home(home)) as registry:
        propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_methodology(group: typer.Typer) -> None:
    @group.command("methodology")
    def methodology(
        jurisdiction: JurisdictionArgument,
        definition_hash: HashArgument,
        who: AsOption,
        decision: Annotated[str, typer.Option(help="Text of the decision; public, on chain as a hash.")] = "",
        withdraw: WithdrawOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes that projects of the jurisdiction may use a methodology another one filed; or ends that."""
        digest = hash_of(definition_hash)
        if withdraw is not None:
            check_text("reason", withdraw)
            call = recognition.withdraw_methodology(jurisdiction, digest, withdraw)
        else:
            check_text("decision", decision)
            call = recognition.recognise_methodology(jurisdiction, digest, decision)
        _propose(home, who, call, key, json_output)


def _register_credits(group: typer.Typer) -> None:
    @group.command("credits")
    def accept_credits(
        jurisdiction: JurisdictionArgument,
        issuer: IssuerArgument,
        definition_hash: HashArgument,
        yearly_cap: CapOption,
        valid_until: UntilOption,
        who: AsOption,
        discount_bps: DiscountOption = 0,
        valid_from: FromOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes the terms on which credits of an issuer and methodology are accepted for offsets."""
        terms = terms_of(discount_bps, yearly_cap, valid_from, valid_until)
        call = recognition.set_terms(jurisdiction, issuer, hash_of(definition_hash), terms)
        _propose(home, who, call, key, json_output)

    @group.command("withdraw-credits")
    def withdraw_credits(
        jurisdiction: JurisdictionArgument,
        issuer: IssuerArgument,
        definition_hash: HashArgument,
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to accept them no longer."""
        check_text("reason", reason)
        call = recognition.withdraw_terms(jurisdiction, issuer, hash_of(definition_hash), reason)
        _propose(home, who, call, key, json_output)


def _register_projects(group: typer.Typer) -> None:
    @group.command("project")
    def project(
        jurisdiction: JurisdictionArgument,
        project: ProjectArgument,
        yearly_cap: CapOption,
        valid_until: UntilOption,
        who: AsOption,
        discount_bps: DiscountOption = 0,
        valid_from: FromOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes terms for a single project, in the place of the general ones."""
        terms = terms_of(discount_bps, yearly_cap, valid_from, valid_until)
        _propose(home, who, recognition.set_project_terms(jurisdiction, project_of(project), terms), key, json_output)

    @group.command("exclude-project")
    def exclude_project(
        jurisdiction: JurisdictionArgument,
        project: ProjectArgument,
        reason: ReasonOption,
        who: AsOption,
        withdraw: Annotated[
            bool, typer.Option("--withdraw", help="The other way: the general terms apply again.")
        ] = False,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to refuse a single project whatever the general terms say; or to end what holds for it alone."""
        check_text("reason", reason)
        end = recognition.withdraw_project_terms if withdraw else recognition.exclude_project
        _propose(home, who, end(jurisdiction, project_of(project), reason), key, json_output)
