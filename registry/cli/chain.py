"""`puhui chain`: setting up a network and looking at its state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from registry.chain.keys import KeyStore
from registry.chain.opening import open_gateway
from registry.cli.console import emit, progress
from registry.cli.options import HOME_DEFAULT, HomeOption, JsonOption, password
from registry.cli.proposing import moment
from registry.services.deployment import deploy_network
from registry.services.home import Home
from registry.services.registry import open_home_database, open_registry
from registry.services.views.references import read_account
from registry.services.wiring import check_wiring

_NEXT = """Next, the council lets the compliance rules use credits, and opens jurisdictions:
  puhui role grant 0 --grant retirer=Compliance --as {maker}
  puhui jurisdiction open 310000 NAME --grant admin=KEY --grant registrar=KEY --grant approver=KEY --as {maker}
  puhui desk list, and for each request: puhui desk approve REQUEST --as {checker}"""


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="The chain under the registry.", no_args_is_help=True)
    app.add_typer(group, name="chain")
    _register_init(group)
    _register_reading(group)


def _register_init(group: typer.Typer) -> None:
    @group.command("init")
    def init(
        maker: Annotated[
            list[str], typer.Option("--council-maker", help="Key name or address of a maker; repeatable.")
        ],
        checker: Annotated[
            list[str], typer.Option("--council-checker", help="Key name or address of a checker; repeatable.")
        ],
        deployer: Annotated[str, typer.Option(help="Key name of the deployer; it has no power afterwards.")],
        chain: Annotated[str, typer.Option(help="`embedded`, or the URL of a node.")] = "embedded",
        label: Annotated[str, typer.Option(help="What this network is for.")] = "Puhui",
        demo_notices: Annotated[
            bool, typer.Option("--demo-notices", help="Public notices of a second, for demonstrations.")
        ] = False,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Deploys the contracts and writes network.json. May be repeated: it goes on where it stopped."""
        where = Home(home)
        store = KeyStore(where.keys)
        council = [[_member(store, who) for who in names] for names in (maker, checker)]
        unlocked = store.load(deployer, password())
        already = where.network_file.exists()
        gateway = open_gateway(chain, where.root)
        try:
            with open_home_database(where) as database, progress("Deploying the contracts"):
                settings = deploy_network(
                    where,
                    gateway,
                    database,
                    unlocked,
                    chain=chain,
                    label=label,
                    council_makers=council[0],
                    council_checkers=council[1],
                    demo=demo_notices,
                )
        finally:
            gateway.close()
        lines = [
            f"{'The network was set up before; nothing was changed.' if already else 'The network is set up.'}",
            f"Chain {settings.chain_id}:",
            *(f"  {name:16} {address}" for name, address in settings.contracts.items()),
        ]
        if not already:
            lines.append(_NEXT.format(maker=maker[0], checker=checker[0]))
        data = {"chain_id": settings.chain_id, "genesis_hash": settings.genesis_hash, "contracts": settings.contracts}
        emit({"new": not already, **data}, "\n".join(lines), json_output)


def _member(store: KeyStore, who: str) -> str:
    return read_account(who, "council member") if who.startswith("0x") else store.address_of(who)


def _register_reading(group: typer.Typer) -> None:
    @group.command("status")
    def status(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows the height of the chain and where the contracts are. The JSON serves as `puhui verify --network`."""
        with open_registry(Home(home)) as registry:
            block = registry.gateway.block("latest")
            network = registry.network
        data = {
            "label": network.label,
            "chain": network.chain,
            "chain_id": network.chain_id,
            "genesis_hash": network.genesis_hash,
            "height": block.number,
            "block_hash": block.hash,
            "contracts": network.contracts,
        }
        lines = [
            f"{network.label}: chain {network.chain_id} ({network.chain})",
            f"  {'newest block':16} {block.number}, 0x{block.hash.hex()}",
            *(f"  {name:16} {address}" for name, address in network.contracts.items()),
        ]
        emit(data, "\n".join(lines), json_output)

    @group.command("check")
    def check(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Compares what is wired on the chain with what must be: code, constructors, policies, roles of contracts."""
        with open_registry(Home(home)) as registry, progress("Looking at every contract"):
            wiring = check_wiring(registry.gateway, registry.register)
        notices = "a demonstration" if wiring.demo else "a working registry"
        lines = [f"{len(wiring.facts)} facts looked at; the public notices are those of {notices}."]
        lines += [f"DIFFERS {fact}" for fact in wiring.differences] or ["Every one is as it must be."]
        data = {"holds": not wiring.differences, "demo": wiring.demo, "facts": len(wiring.facts)}
        emit({**data, "differences": wiring.differences}, "\n".join(lines), json_output)
        if wiring.differences:
            raise typer.Exit(1)

    @group.command("block")
    def show_block(
        number: Annotated[int, typer.Argument(help="Number of the block, from 0.", min=0, max=2**63 - 1)],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Shows a block of the chain; its hash is what `puhui verify --block-hash` asks for."""
        with open_registry(Home(home)) as registry:
            block = registry.gateway.block(number)
        time = datetime.fromtimestamp(block.timestamp, UTC)
        data = {"number": block.number, "hash": block.hash, "parent_hash": block.parent_hash, "time": time}
        emit(data, f"Block {block.number}, {moment(time)}: 0x{block.hash.hex()}", json_output)
