"""`puhui rules`, `obligation`, `quote`, `offset`: fulfilment of obligations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.desk import propose_and_tell
from registry.cli.ledger import uses_output
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    KeyOption,
    account_of,
    batch_of,
    grams_of,
    idempotency_key,
    pair,
    person,
)
from registry.domain.units import grams_to_tonnes_text
from registry.services import compliance, ledger, rule_sets
from registry.services.accounts import Commitment
from registry.services.home import Home
from registry.services.registry import open_registry


def _tonnes(grams: int) -> str:
    return f"{grams} g ({grams_to_tonnes_text(grams)} t)"


def quote_output(quote: compliance.Quote) -> tuple[dict[str, Any], str]:
    """What `quote` prints."""
    data = {
        "grams": quote.grams,
        "binding_rule": quote.binding.name,
        "rule_version": quote.rule_version,
        "cap_grams": quote.cap_grams,
        "cap_headroom_grams": quote.cap_headroom,
        "local_share_headroom_grams": quote.local_share_headroom,
        "balance_grams": quote.balance,
    }
    text = (
        f"You may still offset {_tonnes(quote.grams)} from this batch; {quote.binding.label} binds.\n"
        f"Cap {_tonnes(quote.cap_grams)}, headroom {_tonnes(quote.cap_headroom)}; balance {_tonnes(quote.balance)}; "
        f"rule set version {quote.rule_version}."
    )
    return data, text


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    _register_settings(app)

    @app.command("quote")
    def quote(
        account: str, year: int, batch: str, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False
    ) -> None:
        """Says what an account may still offset from a batch, and which rule binds."""
        with open_registry(Home(home)) as registry:
            answer = compliance.quote(registry, account_of(registry, account), year, batch_of(batch))
        emit(*quote_output(answer), json_output)

    @app.command("offset")
    def offset(
        account: str,
        year: int,
        line: Annotated[list[str], typer.Option("--line", help="batch=grams, such as 310000/1/1=2t; repeatable.")],
        statement: Annotated[str, typer.Option(help="Public sentence of the offset.")],
        beneficiary: Annotated[str, typer.Option(help="In whose name; only a salted commitment goes on chain.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Offsets against an obligation: every line or none. Cannot be undone."""
        with open_registry(Home(home)) as registry:
            commitment = Commitment.of(beneficiary)
            sides = [pair(text, "line") for text in line]
            uses = ledger.offset(
                registry,
                person(registry, who),
                account_of(registry, account),
                year,
                [(batch_of(batch), grams_of(amount)) for batch, amount in sides],
                statement=statement,
                beneficiary=commitment,
                key=idempotency_key(key),
            )
            registry.indexer.run_to_head()
        emit(*uses_output(uses, commitment.salt), json_output)


def _register_settings(app: typer.Typer) -> None:
    rules = typer.Typer(help="Offset rules of a jurisdiction and year.", no_args_is_help=True)
    app.add_typer(rules, name="rules")
    obligations = typer.Typer(help="What enterprises owe.", no_args_is_help=True)
    app.add_typer(obligations, name="obligation")

    @rules.command("set")
    def set_rules(
        jurisdiction: int,
        year: int,
        rule_set: Annotated[str, typer.Argument(help="A rule set file (.json), or the id of a shipped one.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes the rule set of a jurisdiction and year."""
        with open_registry(Home(home)) as registry:
            found = (
                rule_sets.load_file(Path(rule_set)) if rule_set.endswith(".json") else rule_sets.load_shipped(rule_set)
            )
            call = compliance.set_rule_set(jurisdiction, year, found.rules)
            propose_and_tell(registry, who, call, key, json_output, {"source": found.source, "grade": found.grade})

    @obligations.command("set")
    def set_obligation(
        account: str,
        year: int,
        initial_allocation: Annotated[str, typer.Option(help="Grams, or tonnes such as 1000t.")],
        issued_allowances: Annotated[str, typer.Option(help="Grams, or tonnes such as 1000t.")],
        verified_emissions: Annotated[str, typer.Option(help="Grams, or tonnes such as 1000t.")],
        amount_due: Annotated[str, typer.Option(help="Grams, or tonnes such as 1000t.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes what an enterprise owes for a year."""
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            jurisdiction = registry.call("Accounts", "jurisdictionOf", address)
            amounts = [
                grams_of(text) for text in (initial_allocation, issued_allowances, verified_emissions, amount_due)
            ]
            call = compliance.set_obligation(jurisdiction, address, year, compliance.Obligation(*amounts))
            propose_and_tell(registry, who, call, key, json_output)
