"""How a command proposes a call at the desk and says who finds it there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from eth_account.signers.local import LocalAccount

from registry.cli.console import emit
from registry.cli.options import once
from registry.services import desk
from registry.services.calls import GuardedCall
from registry.services.registry import Registry


def propose_and_tell(
    registry: Registry,
    maker: LocalAccount,
    call: GuardedCall,
    key: str | None,
    json_output: bool,
    also: dict[str, Any] | None = None,
) -> None:
    """Proposes a call in the name of a person and says under which number a checker finds it, and what `also` holds."""
    with once(key) as once_key:
        request_id = desk.propose(registry, maker, call, key=once_key)
        proposed = desk.proposed_call(registry, request_id)
    text = (
        f"Request {request_id}: {call.contract}.{call.function} was proposed; another person may approve it from "
        f"{moment(proposed.approvable_at)} with `puhui desk approve {request_id} --as NAME`."
    )
    for name, value in (also or {}).items():
        text += f"\n{name}: {value}"
    data = {"request_id": request_id, "approvable_at": proposed.approvable_at, "expires_at": proposed.expires_at}
    emit({**data, **(also or {})}, text, json_output)


def moment(time: datetime) -> str:
    """A time as people read it."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
