"""Options and arguments that many commands share, and how their texts are read."""

from __future__ import annotations

import getpass
import os
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer
from eth_account.signers.local import LocalAccount

from registry.chain.keys import KeyStore
from registry.domain.errors import InvalidInput, NotPermitted
from registry.domain.ids import batch_id, project_id, split_batch_id, split_project_id
from registry.domain.units import check_grams, tonnes_text_to_grams
from registry.services.accounts import account_address
from registry.services.home import DEFAULT_HOME
from registry.services.registry import Registry

HomeOption = Annotated[Path, typer.Option("--home", help="Folder of this installation.", envvar="PUHUI_HOME")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsOption = Annotated[str, typer.Option("--as", help="Name of the key of the person who acts.")]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="Idempotency key: repeating a command with the same key never acts twice."),
]
HOME_DEFAULT = DEFAULT_HOME
PASSWORD_VARIABLE = "PUHUI_PASSWORD"  # noqa: S105 - the name of the variable, not a password


def idempotency_key(given: str | None) -> str:
    """The key handed in, or a fresh one."""
    return f"cli/{given or uuid.uuid4()}"


def password() -> str:
    """The password of the keystore: from PUHUI_PASSWORD, else asked for on a terminal.

    Raises:
        NotPermitted: there is neither.
    """
    from_environment = os.environ.get(PASSWORD_VARIABLE)
    if from_environment is not None:
        return from_environment
    if not sys.stdin.isatty():
        raise NotPermitted(who="this command", action="open a key", needed=f"a password in {PASSWORD_VARIABLE}")
    return getpass.getpass("Password of the key: ")


def person(registry: Registry, name: str) -> LocalAccount:
    """The key of a person in this home, unlocked."""
    return KeyStore(registry.home.keys).load(name, password())


def address_of(registry: Registry, text: str) -> str:
    """An address from its hexadecimal form or from the name of a key in this home."""
    return text if text.startswith("0x") else KeyStore(registry.home.keys).address_of(text)


def account_of(registry: Registry, text: str) -> str:
    """An account from its address or from `jurisdiction/number`, such as 310000/1."""
    if text.startswith("0x"):
        return text
    jurisdiction, number = _numbers(text, 2, "account", "310000/1 or an address")
    return account_address(registry, jurisdiction, number)


def project_of(text: str) -> int:
    """A project id from its decimal form or from `jurisdiction/number`, such as 310000/1."""
    if text.isdecimal():
        split_project_id(int(text))
        return int(text)
    return project_id(*_numbers(text, 2, "project", "310000/1 or a project id"))


def batch_of(text: str) -> int:
    """A batch id from its decimal form or from `jurisdiction/number/seq`, such as 310000/1/1."""
    if text.isdecimal():
        split_batch_id(int(text))
        return int(text)
    jurisdiction, number, seq = _numbers(text, 3, "batch", "310000/1/1 or a batch id")
    return batch_id(project_id(jurisdiction, number), seq)


def grams_of(text: str) -> int:
    """Grams from `1500000` or from tonnes such as `1.5t`."""
    if text.endswith("t"):
        return tonnes_text_to_grams(text[:-1])
    if not text.isdecimal():
        raise InvalidInput(field="grams", problem="must be grams such as 1500000 or tonnes such as 1.5t", given=text)
    return check_grams(int(text), field="grams", least=1)


def pair(text: str, field: str) -> tuple[str, str]:
    """The two sides of `left=right`."""
    left, separator, right = text.partition("=")
    if not separator or not left or not right:
        raise InvalidInput(field=field, problem="must have the form name=value", given=text)
    return left, right


def _numbers(text: str, count: int, field: str, form: str) -> list[int]:
    parts = text.split("/")
    if len(parts) != count or not all(part.isdecimal() for part in parts):
        raise InvalidInput(field=field, problem=f"must look like {form}", given=text)
    return [int(part) for part in parts]
