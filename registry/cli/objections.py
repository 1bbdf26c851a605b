"""`puhui desk object`, `rule`, `opine`: what others say about a request before it is decided."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    KeyOption,
    ReasonOption,
    RequestArgument,
    account_of,
    address_of,
    once,
    person,
)
from registry.services import desk
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.texts import check_text, hash_of


def register(group: typer.Typer) -> None:
    """Adds the commands to the group of the desk."""
    _register_object(group)
    _register_rule(group)
    _register_opine(group)


def _register_object(group: typer.Typer) -> None:
    @group.command("object")
    def object_to(
        request_id: RequestArgument,
        evidence: Annotated[str, typer.Option(help="What is wrong; public, on chain as a hash.")],
        who: AsOption,
        account: Annotated[
            str | None, typer.Option(help="Account of which the person is an agent; an auditor needs none.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Objects to a request: it cannot be approved until a regulator has ruled."""
        check_text("evidence", evidence)
        with open_registry(Home(home)) as registry:
            objecting = account_of(registry, account) if account else None
            agent = person(registry, who)
            with once(key) as once_key:
                receipt = desk.object_to(registry, agent, request_id, objecting, evidence, key=once_key)
            registry.indexer.run_to_head()
            objector = str(registry.event(receipt, "Objected")["objector"])
        data = {"request_id": request_id, "objector": objector, "evidence_hash": hash_of(evidence)}
        text = (
            f"Objection of {objector} to request {request_id}; a regulator rules on it with "
            f"`puhui desk rule {request_id} {objector}`."
        )
        emit({**data, "tx_hash": receipt.tx_hash}, text, json_output)


def _register_rule(group: typer.Typer) -> None:
    @group.command("rule")
    def rule(
        request_id: RequestArgument,
        objector: Annotated[str, typer.Argument(help="Who objected: account, or address or key name of an auditor.")],
        upheld: Annotated[bool, typer.Option("--uphold/--dismiss", help="Upheld, the request is rejected.")],
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Rules on an objection, by a regulator. Upheld, it ends the request."""
        check_text("reason", reason)
        with open_registry(Home(home)) as registry:
            against = _objector(registry, objector)
            regulator = person(registry, who)
            with once(key) as once_key:
                receipt = desk.rule(registry, regulator, request_id, against, reason, upheld=upheld, key=once_key)
            registry.indexer.run_to_head()
        data = {"request_id": request_id, "objector": against, "upheld": upheld, "reason_hash": hash_of(reason)}
        ending = "upheld, the request is rejected" if upheld else "dismissed"
        text = f"The objection of {against} to request {request_id} was {ending}."
        emit({**data, "tx_hash": receipt.tx_hash}, text, json_output)


def _register_opine(group: typer.Typer) -> None:
    @group.command("opine")
    def opine(
        request_id: RequestArgument,
        positive: Annotated[bool, typer.Option("--positive/--negative", help="Only positive ones count.")],
        opinion: Annotated[str, typer.Option(help="The opinion; public, on chain as a hash.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Gives an opinion on a request, by an expert."""
        check_text("opinion", opinion)
        with open_registry(Home(home)) as registry:
            expert = person(registry, who)
            with once(key) as once_key:
                receipt = desk.opine(registry, expert, request_id, opinion, positive=positive, key=once_key)
            registry.indexer.run_to_head()
        data = {"request_id": request_id, "positive": positive, "opinion_hash": hash_of(opinion)}
        text = f"A {'positive' if positive else 'negative'} opinion on request {request_id} was given."
        emit({**data, "tx_hash": receipt.tx_hash}, text, json_output)


def _objector(registry: Registry, text: str) -> str:
    return account_of(registry, text) if "/" in text else address_of(registry, text)
