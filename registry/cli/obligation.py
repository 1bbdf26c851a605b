"""`puhui rules`, `obligation`, `quote`, `offset`: fulfilment of obligations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.ledger import BeneficiaryOption, StatementOption, indexed_uses, uses_output
from registry.cli.options import (
    HOME_DEFAULT,
    AccountArgument,
    AsOption,
    BatchArgument,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    ReasonOption,
    YearArgument,
    account_of,
    amount_text,
    batch_of,
    commitment,
    fresh_key,
    grams_of,
    once,
    pair,
    person,
    printed_batch,
)
from registry.cli.proposing import propose_and_tell
from registry.domain.rules import Rule
from registry.services import compliance, ledger, rule_sets
from registry.services.accounts import jurisdiction_of
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.texts import check_text

OwedOption = Annotated[str, typer.Option(help="Grams, or tonnes such as 1000t.")]


def quote_output(answer: compliance.Quote, batch: int, printed: str) -> tuple[dict[str, Any], str]:
    """What `quote` prints."""
    data = {
        "batch_id": batch,
        "batch": printed,
        "grams": answer.grams,
        "counted_grams": answer.counted_grams,
        "binding_rule": answer.binding,
        "rule_version": answer.rule_version,
        "local": answer.local,
        "preferred": answer.preferred,
        "provisional": answer.provisional,
        "discount_bps": answer.discount_bps,
        "cap_grams": answer.cap_grams,
        "non_local_cap_grams": answer.non_local_cap_grams,
        "cap_headroom_grams": answer.cap_headroom,
        "non_local_cap_headroom_grams": answer.non_local_cap_headroom,
        "local_share_headroom_grams": answer.local_share_headroom,
        "pool_headroom_grams": answer.pool_headroom,
        "recognition_headroom_grams": answer.recognition_headroom,
        "balance_grams": answer.balance,
        "block_number": answer.block_number,
    }
    lines = [f"The account may still offset {amount_text(answer.grams)} from batch {printed}."]
    if answer.counted_grams != answer.grams:
        lines.append(
            f"They count for {amount_text(answer.counted_grams)}, after a discount of {answer.discount_bps} bps."
        )
    lines.append(f"What binds: {answer.binding.label}.")
    lines.append(f"Cap {amount_text(answer.cap_grams)}; rule set version {answer.rule_version}.")
    if answer.binding >= Rule.CAP:
        lines.append("Each rule alone leaves, in grams of this batch:")
        for rule, grams in answer.headrooms.items():
            lines.append(f"  {rule.label}: {'no limit' if grams is None else amount_text(grams)}")
    if answer.provisional:
        lines.append("An offset can be reversed for a while: `puhui provisional reverse`.")
    return data, "\n".join(lines)


def status_output(status: compliance.AccountYear, place: compliance.Place | None) -> tuple[dict[str, Any], str]:
    """What `obligation status` prints."""
    data = {
        "fulfilment": status.fulfilment,
        "amount_due_grams": status.amount_due,
        "surrendered_grams": status.surrendered,
        "offset_grams": status.offset,
        "provisional_grams": status.provisional,
        "missing_grams": status.missing,
        "deadline_seconds": status.deadline,
        "reservation": place,
    }
    lines = [
        f"{status.fulfilment.name}: {status.fulfilment.label}.",
        f"Due {amount_text(status.amount_due)}, surrendered {amount_text(status.surrendered)}, "
        f"offset {amount_text(status.offset)} and provisionally {amount_text(status.provisional)}.",
        f"Missing {amount_text(status.missing)}.",
    ]
    if place is not None:
        lines.append(
            f"Reserved of the pool {amount_text(place.grams)}, of it granted {amount_text(place.granted)}; "
            f"{amount_text(place.ahead)} wait before it."
        )
    return data, "\n".join(lines)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    rules = typer.Typer(help="Offset rules of a jurisdiction and year.", no_args_is_help=True)
    app.add_typer(rules, name="rules")
    obligations = typer.Typer(help="What enterprises owe.", no_args_is_help=True)
    app.add_typer(obligations, name="obligation")
    _register_quote(app)
    _register_offset(app)
    _register_rules(rules)
    _register_obligations(obligations)


def _register_quote(app: typer.Typer) -> None:
    @app.command("quote")
    def quote(
        account: AccountArgument,
        year: YearArgument,
        batch: BatchArgument,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Says what an account may still offset from a batch, and which rule binds."""
        with open_registry(Home(home)) as registry:
            holder, token = account_of(registry, account), batch_of(registry, batch)
            jurisdiction_of(registry, holder)
            answer = compliance.quote(registry, holder, year, token)
            printed = printed_batch(registry, token)
        emit(*quote_output(answer, token, printed), json_output)


def _register_offset(app: typer.Typer) -> None:
    @app.command("offset")
    def offset(
        account: AccountArgument,
        year: YearArgument,
        line: Annotated[list[str], typer.Option("--line", help="batch=grams, such as 310000/1/1=2t; repeatable.")],
        statement: StatementOption,
        beneficiary: BeneficiaryOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Offsets against an obligation: every line or none. Cannot be undone."""
        sides = [pair(text, "line") for text in line]
        check_text("beneficiary", beneficiary)
        with open_registry(Home(home)) as registry:
            holder = account_of(registry, account)
            lines = [(batch_of(registry, batch), grams_of(amount)) for batch, amount in sides]
            agent, chosen_key = person(registry, who), fresh_key(key)
            opening = commitment(agent, beneficiary, chosen_key)
            with once(chosen_key) as once_key:
                done = ledger.offset(
                    registry,
                    agent,
                    holder,
                    year,
                    lines,
                    statement=statement,
                    beneficiary=opening,
                    key=once_key,
                )
            views = indexed_uses(registry, done.uses)
        if done.provisional_id is None:
            emit(*uses_output(views, opening.salt), json_output)
        else:
            emit(*_provisional_output(done, opening.salt), json_output)


def _provisional_output(done: ledger.OffsetDone, salt: bytes) -> tuple[dict[str, Any], str]:
    data = {
        "offset_id": done.provisional_id,
        "reversible_until_seconds": done.reversible_until,
        "tx_hash": done.receipt.tx_hash,
        "salt": salt,
    }
    text = (
        f"Provisional offset {done.provisional_id}: counted and locked. Until {done.reversible_until} (seconds since "
        f"1970) `puhui provisional reverse {done.provisional_id}` takes it back, then `puhui "
        f"provisional finalise {done.provisional_id}` makes it final.\n"
        f"Salt of the beneficiary's commitment: 0x{salt.hex()}"
    )
    return data, text


def _register_rules(group: typer.Typer) -> None:
    @group.command("list")
    def list_rules(json_output: JsonOption = False) -> None:
        """Lists the rule sets that come with Puhui, with source and open points."""
        found = [rule_sets.load_shipped(each) for each in rule_sets.shipped_ids()]
        lines = [f"{each.id:20} grade {each.grade}  {each.title}" for each in found]
        emit({"rule_sets": found}, "\n".join(lines), json_output)

    @group.command("set")
    def set_rules(
        jurisdiction: JurisdictionArgument,
        year: YearArgument,
        rule_set: Annotated[str, typer.Argument(help="A rule set file (.json), or the id of a shipped one.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes the rule set of a jurisdiction and year."""
        found = rule_sets.load_file(Path(rule_set)) if rule_set.endswith(".json") else rule_sets.load_shipped(rule_set)
        with open_registry(Home(home)) as registry:
            call = compliance.set_rule_set(jurisdiction, year, found.rules)
            also: dict[str, Any] = {"source": found.source, "grade": found.grade}
            if found.open_points:
                also["open_points"] = "; ".join(found.open_points)
            propose_and_tell(registry, person(registry, who), call, key, json_output, also)


def _register_obligations(group: typer.Typer) -> None:
    @group.command("set")
    def set_obligation(
        account: AccountArgument,
        year: YearArgument,
        initial_allocation: OwedOption,
        issued_allowances: OwedOption,
        verified_emissions: OwedOption,
        amount_due: OwedOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes what an enterprise owes for a year."""
        owed = compliance.Obligation(
            initial_allocation=grams_of(initial_allocation, "initial allocation", 0),
            issued_allowances=grams_of(issued_allowances, "issued allowances", 0),
            verified_emissions=grams_of(verified_emissions, "verified emissions", 0),
            amount_due=grams_of(amount_due, "amount due", 0),
        )
        with open_registry(Home(home)) as registry:
            holder = account_of(registry, account)
            call = compliance.set_obligation(jurisdiction_of(registry, holder), holder, year, owed)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("fulfil")
    def set_fulfilment(
        account: AccountArgument,
        year: YearArgument,
        surrendered: OwedOption,
        reason: ReasonOption,
        who: AsOption,
        excluded: Annotated[bool, typer.Option(help="Take the account out of the scheme for the year.")] = False,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes what was surrendered so far, and whether the account is excluded for the year."""
        grams = grams_of(surrendered, "surrendered", 0)
        check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            holder = account_of(registry, account)
            home_of = jurisdiction_of(registry, holder)
            call = compliance.set_fulfilment(home_of, holder, year, grams, excluded=excluded, reason=reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("status")
    def status(
        account: AccountArgument,
        year: YearArgument,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Says where an account stands with the obligation of a year, with the figures behind it."""
        with open_registry(Home(home)) as registry:
            holder = account_of(registry, account)
            jurisdiction_of(registry, holder)
            found = compliance.status_of(registry, holder, year)
            place = compliance.place_of(registry, holder, year)
        emit(*status_output(found, place), json_output)
