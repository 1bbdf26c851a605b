"""`puhui issue`, `transfer`, `retire`: what happens to credits."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.cli.console import emit
from registry.cli.desk import propose_and_tell
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
    project_of,
)
from registry.domain.errors import InvalidInput
from registry.domain.rules import Purpose
from registry.domain.units import grams_to_tonnes_text
from registry.services import ledger
from registry.services.accounts import Commitment
from registry.services.home import Home
from registry.services.registry import open_registry


def uses_output(uses: list[ledger.Use], salt: bytes) -> tuple[dict[str, object], str]:
    """What `retire` and `offset` print: the retirements and the salt that opens the beneficiary."""
    rows = [
        {
            "retirement_id": use.retirement_id,
            "batch_id": str(use.batch_id),
            "serial_start": use.serial_start,
            "grams": use.grams,
            "tx_hash": "0x" + use.receipt.tx_hash.hex(),
        }
        for use in uses
    ]
    lines = [
        f"Retirement {use.retirement_id}: {use.grams} g ({grams_to_tonnes_text(use.grams)} t) of batch {use.batch_id}, "
        f"serials {use.serial_start} up to {use.serial_start + use.grams}"
        for use in uses
    ]
    lines.append(f"Salt of the beneficiary's commitment: 0x{salt.hex()}")
    return {"retirements": rows, "salt": "0x" + salt.hex()}, "\n".join(lines)


def purpose_of(text: str) -> Purpose:
    """A purpose by its name, with - or _ between words."""
    name = text.replace("-", "_").upper()
    if name not in Purpose.__members__ or Purpose[name] in (Purpose.NONE, Purpose.COMPLIANCE_OFFSET):
        known = ", ".join(p.name.lower() for p in Purpose if p not in (Purpose.NONE, Purpose.COMPLIANCE_OFFSET))
        raise InvalidInput(
            field="purpose", problem=f"must be one of {known} (`puhui offset` for compliance)", given=text
        )
    return Purpose[name]


def register(app: typer.Typer) -> None:
    """Adds the commands."""

    @app.command("issue")
    def issue(
        project: Annotated[str, typer.Argument(help="Project, such as 310000/1.")],
        seq: Annotated[int, typer.Argument(help="Number of the final report.")],
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
            propose_and_tell(registry, who, ledger.issue(project_of(project), seq, allocation), key, json_output)

    @app.command("transfer")
    def transfer(
        sender: str,
        receiver: str,
        batch: str,
        grams: Annotated[str, typer.Argument(help="Grams, or tonnes such as 1.5t.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Moves credits from one account to another, by an agent of the sender."""
        with open_registry(Home(home)) as registry:
            amount = grams_of(grams)
            receipt = ledger.transfer(
                registry,
                person(registry, who),
                account_of(registry, sender),
                account_of(registry, receiver),
                batch_of(batch),
                amount,
                key=idempotency_key(key),
            )
            registry.indexer.run_to_head()
        tx_hash = "0x" + receipt.tx_hash.hex()
        emit({"grams": amount, "tx_hash": tx_hash}, f"{amount} g moved, transaction {tx_hash}.", json_output)

    @app.command("retire")
    def retire(
        account: str,
        batch: str,
        grams: Annotated[str, typer.Argument(help="Grams, or tonnes such as 1.5t.")],
        purpose: Annotated[str, typer.Option(help="What for, such as event-neutrality.")],
        statement: Annotated[str, typer.Option(help="Public sentence of the claim.")],
        beneficiary: Annotated[str, typer.Option(help="In whose name; only a salted commitment goes on chain.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Retires credits for a claim. Cannot be undone."""
        with open_registry(Home(home)) as registry:
            commitment = Commitment.of(beneficiary)
            use = ledger.retire(
                registry,
                person(registry, who),
                account_of(registry, account),
                batch_of(batch),
                grams_of(grams),
                purpose_of(purpose),
                statement=statement,
                beneficiary=commitment,
                key=idempotency_key(key),
            )
            registry.indexer.run_to_head()
        emit(*uses_output([use], commitment.salt), json_output)
