"""Arguments of calls and events as people read them: enumerations by their words, ids printed, days as dates.

What it does not know stays as it is, so nothing that an approver decides on is hidden.
"""

from __future__ import annotations

import re
from typing import Any

from eth_utils.address import is_address

from registry.chain.contracts import DecodedCall
from registry.cli.options import printed_batch
from registry.db.models import Account
from registry.domain.errors import ContractRefused, RegistryError
from registry.domain.ids import split_batch_id, split_project_id
from registry.domain.rules import (
    AccountKind,
    AccountStatus,
    CapBase,
    FilingStatus,
    LabelledEnum,
    Purpose,
    Right,
    Role,
)
from registry.domain.serials import printed_project
from registry.services.plain import plain
from registry.services.registry import Registry
from registry.services.views.names import PublicTexts, date_or_none, time_or_none

_ENUMERATIONS: dict[str, type[LabelledEnum]] = {
    "role": Role,
    "maker": Role,
    "checker": Role,
    "kind": AccountKind,
    "capBase": CapBase,
    "purpose": Purpose,
}
_DAYS = ("creditingStart", "creditingEnd", "periodStart", "periodEnd")
_TIMES = ("opensAt", "deadline", "finalAt", "approvableAt", "expiresAt", "validUntil", "currentTime")
_ASCII = ("methodologyId",)
_SEVERAL_OWNERS = re.compile(r"\[[\w ]+ or [\w ]+\.(\w+)\]$")
_NOBODY = "0x" + "00" * 20
_HASH = re.compile(r"0x[0-9a-f]{64}")


class Reader:
    """Knows the people of a home by the names of their keys, contracts by theirs, and accounts by their numbers."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._people = {address: name for name, address in registry.keys.list().items()}
        self._contracts = {address: name for name, address in registry.network.contracts.items()}

    def who(self, address: str | None) -> str:
        """An address with what it is: a key of this home, a contract, an account. Other texts stay as they are."""
        if address is None:
            return "nobody yet"
        name = self._people.get(address) or self._contracts.get(address) or self._account(address)
        return f"{name} ({address})" if name else address

    def _account(self, address: str) -> str | None:
        with self._registry.database.session() as session:
            account = session.get(Account, address) if is_address(address) else None
        return f"{account.jurisdiction}/{account.number}" if account else None

    def arguments(self, contract: str | None, arguments: dict[str, Any]) -> list[tuple[str, str]]:
        """Names and texts of decoded arguments, whose integers are decimal text."""
        return [(name, self._text(contract, name, value)) for name, value in arguments.items()]

    def _text(self, contract: str | None, name: str, value: Any) -> str:
        if isinstance(value, dict):
            inner = ", ".join(f"{field} {self._text(contract, field, item)}" for field, item in value.items())
            return "{" + inner + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self._text(contract, name, item) for item in value) + "]"
        if not isinstance(value, str):
            return str(value)
        if value.isdigit():
            return self._number(contract, name, int(value))
        if value == _NOBODY:
            return "none"
        if name in _ASCII:
            return _ascii(value)
        if _HASH.fullmatch(value):
            return self._hashed(value)
        return self.who(value)

    def _hashed(self, value: str) -> str:
        """A hash with the public text behind it, if it is known here."""
        digest = bytes.fromhex(value[2:])
        with self._registry.database.session() as session:
            text = PublicTexts(session, [digest]).of(digest).text
        return f"{text!r} ({value})" if text else value

    def _number(self, contract: str | None, name: str, value: int) -> str:
        kind = _ENUMERATIONS.get(name)
        if name in ("status", "previousStatus"):
            kind = AccountStatus if contract == "Accounts" else FilingStatus
        if kind is not None and value in {int(member) for member in kind}:
            return kind(value).label
        if name == "rights":
            return rights_text(Right(value)) if value in range(8) else str(value)
        if name == "projectId":
            return printed_project(value)
        if name in ("batchId", "id") and value >> 64:
            return printed_batch(self._registry, value)
        if name in _DAYS:
            return str(date_or_none(value) or value)
        if name in _TIMES:
            return time_text(value)
        return str(value)


def call_text(reader: Reader, call: DecodedCall) -> str:
    """A decoded call as people read it."""
    shown = [f"  {name:13} {text}" for name, text in reader.arguments(call.contract, plain(call.args))]
    return "\n".join([f"{call.contract}.{call.function}", *shown])


def rights_text(rights: Right) -> str:
    """Rights as `--agent` takes them."""
    return "+".join(str(right.name).lower() for right in Right if right & rights) or "none"


def refusal_line(error: RegistryError) -> str:
    """The line of an error, with its ids, days and times as commands take and print them."""
    line = str(error)
    if not isinstance(error, ContractRefused):
        return line
    # Several contracts have an error of this name, and nobody knows which of them it was.
    line = _SEVERAL_OWNERS.sub(r"[\1]", line)
    for name, value in error.values.items():
        shown = _value_text(name, value) if isinstance(value, int) else None
        if shown is not None:
            line = re.sub(rf"(?<![\w.]){value}(?!\w|\.\d)", shown, line)
    return line + _what_to_do(error)


def _what_to_do(error: ContractRefused) -> str:
    """The command that helps, where the contract can only name what is missing."""
    values = error.values
    if error.error_name == "NeedsTransfer":
        return " That is `puhui transfer initiate`."
    if error.error_name == "ConsentMissing" and "data" in values:
        call = f"{values['target']} 0x{values['data'].hex()}"
        return (
            f" It does so with `puhui account consent {values['account']} {call} --as NAME`; then repeat this command."
        )
    return ""


def _value_text(name: str, value: int) -> str | None:
    """How people read a number of this name; None if as it is."""
    try:
        if name == "projectId":
            return printed_project(value)
        if name in ("batchId", "id") and value >> 64:
            return short_batch(value)
    except RegistryError:
        return None  # no id of ours: said as the contract said it
    if name in _DAYS:
        return str(date_or_none(value) or value)
    if name in _TIMES and value:
        return time_text(value)
    return None


def time_text(seconds: int) -> str:
    """A time of the chain, in UTC."""
    time = time_or_none(seconds)
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else str(seconds)


def short_batch(batch: int) -> str:
    """A batch in the form that needs no look at the register: 310000/1/1."""
    project, seq = split_batch_id(batch)
    jurisdiction, number = split_project_id(project)
    return f"{jurisdiction}/{number}/{seq}"


def _ascii(value: str) -> str:
    try:
        plain = bytes.fromhex(value.removeprefix("0x")).rstrip(b"\0").decode("ascii")
    except ValueError:
        return value
    return plain if plain.isprintable() else value
