"""`puhui up`: serves the API of a home."""

from __future__ import annotations

import errno
import json
import logging
import socket
from pathlib import Path
from typing import Annotated

import typer

from registry.domain.errors import Conflict, InvalidInput
from registry.services.home import DEFAULT_HOME, Home

HomeOption = Annotated[Path, typer.Option("--home", help="Folder of this installation.", envvar="PUHUI_HOME")]

PORT_MAX = 65_535
_BACKLOG = 2_048


class AddressInUse(Conflict):
    """Another program listens there. Values: host, port."""

    code = "address_in_use"
    text = "Another program serves {host}:{port} already. Stop it, or choose another --port."


def register(app: typer.Typer) -> None:
    """Hangs this package's commands into `puhui`."""

    @app.command("up")
    def up(
        home: Annotated[
            Path, typer.Option("--home", help="Folder of this installation.", envvar="PUHUI_HOME")
        ] = DEFAULT_HOME,
        host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 for all.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(help="Port to listen at.")] = 8000,
        json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object when it serves.")] = False,
    ) -> None:
        """Serves the API and its pages until Ctrl-C."""
        serve(Home(home), host, port, json_output=json_output)


def serve(home: Home, host: str, port: int, *, json_output: bool = False) -> None:
    """Serves the API of a home until it is told to stop.

    Raises:
        NoNetwork: no network was set up in this home.
        AddressInUse: another program listens there.
        InvalidInput: no such address on this machine.
    """
    # Here and not above: every command of `puhui` imports this module, and only this one needs the whole API.
    import uvicorn

    from api.app import create_app

    home.read_network()
    listener = listen(host, port)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("puhui").setLevel(logging.INFO)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}"
    if json_output:
        typer.echo(json.dumps({"url": address, "docs": f"{address}/docs", "home": str(home.root)}))
    typer.echo(f"Puhui serves {address} (API reference: {address}/docs). Ctrl-C ends it.", err=True)
    config = uvicorn.Config(create_app(home), log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything else is opened. Raises AddressInUse, InvalidInput."""
    if not 1 <= port <= PORT_MAX:
        raise InvalidInput(field="port", problem=f"must be 1 to {PORT_MAX}", given=port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InvalidInput(field="host", problem="no such address", given=host) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(host=host, port=port) from error
        raise InvalidInput(field="host", problem=f"cannot listen there ({error.strerror})", given=host) from error
    return listener
