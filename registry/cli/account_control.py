"""`puhui account flags`, `limits`, `trust`, `distrust`, `consent`, `revoke-consent`: what an account asks for.

And `restraints`: what holds its credits back.
"""

from __future__ import annotations

import time
from typing import Annotated

import typer

from registry.cli.console import emit
from registry.cli.options import (
    HOME_DEFAULT,
    AccountArgument,
    AsOption,
    HomeOption,
    JsonOption,
    KeyOption,
    account_of,
    once,
    person,
)
from registry.cli.proposing import moment, propose_and_tell
from registry.cli.readable import Reader, call_text
from registry.cli.transfer_rules import (
    DelayOption,
    PerDayOption,
    PerTransferOption,
    RemoveOption,
    TrustDelayOption,
    limits_of,
)
from registry.domain.errors import InvalidInput
from registry.domain.rules import AccountFlag
from registry.services import accounts, transfer_rules
from registry.services.accounts import jurisdiction_of
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.views import pledges
from registry.services.views.names import time_or_none
from registry.services.views.paging import LIMIT_MAX, PageRequest
from registry.services.views.references import read_hash

CounterpartyArgument = Annotated[str, typer.Argument(help="The other account, such as 310000/2.")]
DualControlOption = Annotated[
    bool | None, typer.Option("--dual-control/--single-control", help="Does every act need a second agent?")
]
ConfirmsOption = Annotated[
    bool | None,
    typer.Option("--confirm-receipts/--receive-freely", help="Is what others send accepted before it moves?"),
]


def register(group: typer.Typer) -> None:
    """Adds the commands to the group of accounts."""
    _register_flags(group)
    _register_limits(group)
    _register_trust(group)
    _register_consent(group)
    _register_restraints(group)


def _register_flags(group: typer.Typer) -> None:
    @group.command("flags")
    def set_flags(
        account: AccountArgument,
        who: AsOption,
        dual_control: DualControlOption = None,
        confirm_receipts: ConfirmsOption = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes what an account asks for: a second agent for every act, its own word to what others send."""
        if dual_control is None and confirm_receipts is None:
            raise InvalidInput(field="flags", problem="need at least one of the options", given="none")
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            flags = AccountFlag(registry.call("Accounts", "flagsOf", address))
            wanted = ((AccountFlag.DUAL_CONTROL, dual_control), (AccountFlag.CONFIRMS_RECEIPTS, confirm_receipts))
            for flag, asked in wanted:
                if asked is not None:
                    flags = flags | flag if asked else flags & ~flag
            call = accounts.set_flags(jurisdiction_of(registry, address), address, flags)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_limits(group: typer.Typer) -> None:
    @group.command("limits")
    def set_limits(
        account: AccountArgument,
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
        """Proposes limits of an account's transfers, beside those of its jurisdiction and the network."""
        limits = limits_of(per_transfer, per_day, delay, trust_delay, remove)
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            call = transfer_rules.set_account_limits(jurisdiction_of(registry, address), address, limits)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_trust(group: typer.Typer) -> None:
    @group.command("trust")
    def trust(
        account: AccountArgument,
        counterparty: CounterpartyArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Lets transfers to another account go without delay, by an agent; counts only after a time."""
        with open_registry(Home(home)) as registry:
            sides = account_of(registry, account), account_of(registry, counterparty)
            agent = person(registry, who)
            with once(key) as once_key:
                since = transfer_rules.trust(registry, agent, *sides, key=once_key)
        data = {"account": sides[0], "counterparty": sides[1], "trusted_from": since}
        emit(data, f"{sides[0]} trusts {sides[1]} from {moment(since)} on.", json_output)

    @group.command("distrust")
    def distrust(
        account: AccountArgument,
        counterparty: CounterpartyArgument,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Ends a trust at once, by any agent who may initiate or approve."""
        with open_registry(Home(home)) as registry:
            sides = account_of(registry, account), account_of(registry, counterparty)
            agent = person(registry, who)
            with once(key) as once_key:
                receipt = transfer_rules.distrust(registry, agent, *sides, key=once_key)
        data = {"account": sides[0], "counterparty": sides[1], "tx_hash": receipt.tx_hash}
        emit(data, f"{sides[0]} no longer trusts {sides[1]}.", json_output)


def _register_consent(group: typer.Typer) -> None:
    @group.command("consent")
    def consent(
        account: AccountArgument,
        contract: Annotated[str, typer.Argument(help="Contract that is to be called, such as Credits.")],
        data: Annotated[str, typer.Argument(help="The whole call as 0x text, as the refusal of it said.")],
        who: AsOption,
        until: Annotated[
            int | None, typer.Option("--valid-until", help="Last second, since 1970; the end of tomorrow unless told.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Lets another agent of an account under dual control make one certain call, once."""
        call = _call_data(data)
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            told = call_text(Reader(registry), registry.register.decode_call(contract, call))
            agent = person(registry, who)
            # In whole days, so that the same command says the same call when it is repeated.
            ends = until or (int(time.time()) // 86_400 + 2) * 86_400
            with once(key) as once_key:
                call_hash = accounts.consent(registry, agent, address, contract, call, ends, key=once_key)
        answer = {"account": address, "call_hash": call_hash, "valid_until": time_or_none(ends)}
        text = f"Consent 0x{call_hash.hex()}, until {time_or_none(ends):%Y-%m-%d %H:%M} UTC, to\n{told}"
        emit(answer, text, json_output)

    @group.command("revoke-consent")
    def revoke_consent(
        account: AccountArgument,
        call_hash: Annotated[str, typer.Argument(help="Hash of the call, as `puhui account show` tells it.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Takes a consent back, by any agent of the account who may approve."""
        digest = read_hash(call_hash, "call hash")
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            agent = person(registry, who)
            with once(key) as once_key:
                receipt = accounts.revoke_consent(registry, agent, address, digest, key=once_key)
        data = {"account": address, "call_hash": digest, "tx_hash": receipt.tx_hash}
        emit(data, f"The consent to {call_hash} was taken back.", json_output)


def _register_restraints(group: typer.Typer) -> None:
    @group.command("restraints")
    def restraints(account: AccountArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows the newest pledges of an account, given and taken, and orders against it or in its favour."""
        page = PageRequest(limit=LIMIT_MAX)
        with open_registry(Home(home)) as registry:
            address = account_of(registry, account)
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                pledged = pledges.pledges_of_account(session, address, page).items
                ordered = pledges.orders(session, page, account=address).items
        lines = [
            *(
                f"Pledge {each.pledge_id} to {each.pledgee.address}: {each.batch.printed}, "
                f"{each.left_grams:,} g of {each.grams:,} g left"
                for each in pledged
            ),
            *(
                f"Order against {each.account.address}: {each.grams:,} g of {each.batch.printed} "
                + (f"moved to {each.receiver.address}" if each.receiver else "frozen")
                for each in ordered
            ),
        ]
        data = {
            "pledges": [
                {
                    "pledge_id": each.pledge_id,
                    "account": each.account.address,
                    "pledgee": each.pledgee.address,
                    "batch": each.batch.printed,
                    "grams": each.grams,
                    "left_grams": each.left_grams,
                }
                for each in pledged
            ],
            "orders": [
                {
                    "account": each.account.address,
                    "receiver": each.receiver.address if each.receiver else None,
                    "batch": each.batch.printed,
                    "grams": each.grams,
                    "reason": each.reason.text,
                }
                for each in ordered
            ],
        }
        emit(data, "\n".join(lines) or "Nothing holds its credits back.", json_output)


def _call_data(text: str) -> bytes:
    try:
        if text.startswith("0x"):
            return bytes.fromhex(text[2:])
    except ValueError:
        pass
    raise InvalidInput(field="data", problem="must be 0x and hexadecimal digits", given=text[:80])
