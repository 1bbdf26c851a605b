"""`puhui chain`: setting up a network and looking at its state."""

from __future__ import annotations

from typing import Annotated

import typer

from registry.chain.keys import KeyStore
from registry.chain.opening import open_gateway
from registry.cli.console import emit, progress
from registry.cli.options import HOME_DEFAULT, HomeOption, JsonOption, password
from registry.db.session import open_database
from registry.services.deployment import deploy_network
from registry.services.home import Home
from registry.services.registry import open_registry


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="The chain under the registry.", no_args_is_help=True)
    app.add_typer(group, name="chain")

    @group.command("init")
    def init(
        maker: Annotated[list[str], typer.Option("--council-maker", help="Key name of a maker of the council.")],
        checker: Annotated[list[str], typer.Option("--council-checker", help="Key name of a checker of the council.")],
        deployer: Annotated[str, typer.Option(help="Key name of the deployer; it has no power afterwards.")],
        chain: Annotated[str, typer.Option(help="`embedded`, or the URL of a node.")] = "embedded",
        label: Annotated[str, typer.Option(help="What this network is for.")] = "Puhui",
        demo_notices: Annotated[bool, typer.Option(help="Short public notices, for demonstrations.")] = False,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Deploys the contracts. May be repeated: it goes on where it stopped."""
        where = Home(home)
        where.root.mkdir(parents=True, exist_ok=True)
        store = KeyStore(where.keys)
        gateway = open_gateway(chain, where.root)
        database = open_database(where.database_url)
        try:
            with progress("Deploying the contracts"):
                settings = deploy_network(
                    where,
                    gateway,
                    database,
                    store.load(deployer, password()),
                    chain=chain,
                    label=label,
                    council_makers=[store.address_of(name) for name in maker],
                    council_checkers=[store.address_of(name) for name in checker],
                    demo=demo_notices,
                )
        finally:
            database.close()
            gateway.close()
        lines = [f"{name:16} {address}" for name, address in settings.contracts.items()]
        data = {"chain_id": settings.chain_id, "contracts": settings.contracts}
        emit(data, "\n".join([f"Chain {settings.chain_id}:", *lines]), json_output)

    @group.command("status")
    def status(home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False) -> None:
        """Shows the height of the chain and where the contracts are."""
        with open_registry(Home(home)) as registry:
            block = registry.gateway.block("latest")
            data = {
                "label": registry.network.label,
                "chain": registry.network.chain,
                "chain_id": registry.network.chain_id,
                "height": block.number,
                "block_hash": block.hash,
                "contracts": registry.network.contracts,
            }
        text = f"{data['label']}: chain {data['chain_id']} at block {block.number}, hash 0x{block.hash.hex()}"
        emit(data, text, json_output)
