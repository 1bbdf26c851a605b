"""Options and arguments that many commands share, and how their texts are read."""

from __future__ import annotations

import getpass
import hashlib
import hmac
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from eth_account.signers.local import LocalAccount
from sqlalchemy.exc import SQLAlchemyError

from registry.chain.keys import KeyStore
from registry.cli.console import say
from registry.db.models import Report
from registry.domain.errors import ContractRefused, InvalidInput, InvalidQuantity, NotFound, NotPermitted, Unavailable
from registry.domain.ids import batch_id, project_id
from registry.domain.rules import LabelledEnum
from registry.domain.units import check_grams, tonnes_text_to_grams
from registry.services.accounts import Commitment, account_address
from registry.services.home import DEFAULT_HOME
from registry.services.registry import Registry
from registry.services.views.names import batch_text, tonnes_text
from registry.services.views.references import read_account, read_batch, read_decimal, read_project

HomeOption = Annotated[Path, typer.Option("--home", help="Folder of this installation.", envvar="PUHUI_HOME")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsOption = Annotated[str, typer.Option("--as", help="Name of the key of the person who acts.")]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="Idempotency key: repeating a command with the same key never acts twice."),
]
ReasonOption = Annotated[str, typer.Option(help="Why; public, on chain as a hash.")]
JurisdictionArgument = Annotated[
    int, typer.Argument(help="GB/T 2260 code, such as 310000; 0 is the network council.", min=0, max=999_999)
]
AccountArgument = Annotated[str, typer.Argument(help="Account: jurisdiction/number, such as 310000/1, or its address.")]
BatchArgument = Annotated[str, typer.Argument(help="Batch, such as 310000/1/1 or PH-310000-0001-2016-001.")]
ProjectArgument = Annotated[str, typer.Argument(help="Project, such as 310000/1 or PH-310000-0001.")]
GramsArgument = Annotated[str, typer.Argument(help="Grams, or tonnes such as 1.5t.")]
LineOption = Annotated[
    list[str] | None, typer.Option("--line", help="batch=grams, such as 310000/1/1=1.5t; repeatable.")
]
LinesOption = Annotated[Path | None, typer.Option("--lines", help="File with one batch=grams on each line.")]
BatchOrLines = Annotated[str | None, typer.Argument(help="Batch; none if --line or --lines name them.")]
GramsOrLines = Annotated[str | None, typer.Argument(help="Grams, or tonnes such as 1.5t.")]
YearArgument = Annotated[int, typer.Argument(help="Compliance year.", min=1970, max=9999)]
RequestArgument = Annotated[int, typer.Argument(help="Number of the request.", min=1, max=2**63 - 1)]

HOME_DEFAULT = DEFAULT_HOME
PASSWORD_VARIABLE = "PUHUI_PASSWORD"  # noqa: S105 - the name of the variable, not a password
_NUMBER_MAX = 2**64 - 1
_SALT_PURPOSE = b"puhui salt of a commitment/"

Named = TypeVar("Named", bound=LabelledEnum)


def fresh_key(given: str | None) -> str:
    """The idempotency key handed in, or a new one. Raises InvalidInput for an empty one."""
    if given is not None and not given.strip():
        raise InvalidInput(field="--key", problem="must not be empty", given=given)
    return given or str(uuid.uuid4())


@contextmanager
def once(given: str | None) -> Iterator[str]:
    """The idempotency key of one command, as the outbox knows it.

    If nobody knows whether a transaction was carried out, the key is told, so that the command can be repeated.
    """
    key = fresh_key(given)
    try:
        yield f"cli/{key}"
    except ContractRefused as refused:
        if refused.error_name == "ConsentMissing" and given is None:
            # What was asked for has a salt that follows from the key: another key would be another call.
            say(f"Repeat the same command with --key {key}: the consent is to exactly this call.")
        raise
    except (Unavailable, KeyboardInterrupt, OSError, SQLAlchemyError):
        say(f"It may have been carried out. Repeat the same command with --key {key}; it never acts twice.")
        raise


def password(*, new: bool = False) -> str:
    """The password of the keystore: from PUHUI_PASSWORD, else asked for on a terminal; a new one twice.

    Raises:
        NotPermitted: there is neither.
        InvalidInput: the two entries of a new one differ.
    """
    from_environment = os.environ.get(PASSWORD_VARIABLE)
    if from_environment is not None:
        return from_environment
    if not sys.stdin.isatty():
        raise NotPermitted(who="this command", action="open a key", needed=f"a password in {PASSWORD_VARIABLE}")
    entered = getpass.getpass("Password of the key: ")
    if new and getpass.getpass("The same again: ") != entered:
        raise InvalidInput(field="password", problem="the two entries differ", given="(not shown)")
    return entered


def person(registry: Registry, name: str) -> LocalAccount:
    """The key of a person in this home, unlocked, with ether where the chain asks for it and has it to give."""
    unlocked = KeyStore(registry.home.keys).load(name, password())
    registry.gateway.fund(unlocked.address)
    return unlocked


def commitment(actor: LocalAccount, text: str, key: str) -> Commitment:
    """A commitment whose salt follows from the actor's key and the idempotency key.

    So a command that is repeated after a crash commits to the same, and the salt that was never printed is found again.
    """
    salt = hmac.digest(bytes(actor.key), _SALT_PURPOSE + key.encode(), hashlib.sha256)
    return Commitment.of(text, salt)


def address_of(registry: Registry, text: str) -> str:
    """An address from its hexadecimal form, from the name of a contract, or from that of a key in this home."""
    if text.startswith("0x"):
        return read_account(text, "address")
    if text in registry.network.contracts:
        return registry.network.contracts[text]
    return KeyStore(registry.home.keys).address_of(text)


def account_of(registry: Registry, text: str) -> str:
    """An account from its address or from `jurisdiction/number`, such as 310000/1."""
    if text.startswith("0x"):
        return read_account(text)
    jurisdiction, number = _numbers(text, 2, "account", "310000/1 or an address")
    return account_address(registry, jurisdiction, number)


def project_of(text: str) -> int:
    """A project id from `310000/1`, from its printed form `PH-310000-0001` or from its decimal form."""
    if "/" not in text:
        return read_project(text)
    return project_id(*_numbers(text, 2, "project", "310000/1 or PH-310000-0001"))


def batch_of(registry: Registry, text: str) -> int:
    """A batch id from `310000/1/1`, from its printed form `PH-310000-0001-2016-001` or from its decimal form.

    Raises:
        InvalidInput: none of these.
        NotFound: a printed form whose vintage is not that of the batch.
    """
    if "/" in text:
        jurisdiction, number, seq = _numbers(text, 3, "batch", "310000/1/1 or PH-310000-0001-2016-001")
        return batch_id(project_id(jurisdiction, number), seq)
    project, seq, vintage = read_batch(text)
    found = batch_id(project, seq)
    if vintage is not None and vintage != _vintage(registry, project, seq):
        raise NotFound(kind="batch", id=text)
    return found


def printed_batch(registry: Registry, batch: int) -> str:
    """How people read a batch; its decimal form if no report of it is known."""
    project, seq = batch >> 64, batch & (2**64 - 1)
    vintage = _vintage(registry, project, seq)
    return str(batch) if vintage is None else batch_text(project, seq, vintage)


def _vintage(registry: Registry, project: int, seq: int) -> int | None:
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        report = session.get(Report, (project, seq))
    return report.vintage if report else None


def grams_of(text: str, field: str = "grams", least: int = 1) -> int:
    """Grams from `1500000` or from tonnes such as `1.5t`."""
    if text.endswith("t"):
        try:
            return check_grams(tonnes_text_to_grams(text[:-1]), field, least)
        except InvalidQuantity as cause:
            raise InvalidQuantity(field=field, problem=cause.values["problem"], given=text[:80]) from None
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput(field=field, problem="must be grams such as 1500000 or tonnes such as 1.5t", given=text[:80])
    return check_grams(read_decimal(text, field, 0, 10**30), field, least)


def amount_text(grams: int) -> str:
    """Grams as people read them."""
    return f"{grams:,} g ({tonnes_text(grams)} t)"


def named(kind: type[Named], text: str, field: str) -> Named:
    """A member of an enumeration by its name, in any case, with - or _ between words. Raises InvalidInput."""
    wanted = text.replace("-", "_").lower()
    known = {member.name.lower(): member for member in kind if member.value}
    if wanted not in known:
        shown = ", ".join(name.replace("_", "-") for name in known)
        raise InvalidInput(field=field, problem=f"must be one of {shown}", given=text[:80])
    return known[wanted]


def pair(text: str, field: str) -> tuple[str, str]:
    """The two sides of `left=right`."""
    left, separator, right = text.partition("=")
    if not separator or not left or not right:
        raise InvalidInput(field=field, problem="must have the form name=value", given=text[:80])
    return left, right


def given_lines(
    batch: str | None, grams: str | None, options: list[str] | None, file: Path | None, most: int
) -> list[tuple[str, str]]:
    """What a command is about as (batch, grams), from the one place where it was said. Raises InvalidInput."""
    ways = [batch is not None or grams is not None, bool(options), file is not None]
    if sum(ways) != 1:
        problem = "must be said in one way: BATCH GRAMS, --line or --lines"
        raise InvalidInput(field="lines", problem=problem, given=sum(ways))
    if batch is not None and grams is not None:
        return [(batch, grams)]
    texts = options or _lines_of(file)
    if not texts or len(texts) > most:
        raise InvalidInput(field="lines", problem=f"must be BATCH and GRAMS, or 1 to {most} lines", given=len(texts))
    return [pair(text, "line") for text in texts]


def _lines_of(file: Path | None) -> list[str]:
    """The lines of a file that say something. Raises InvalidInput where it cannot be read."""
    if file is None:
        return []
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise InvalidInput(field="--lines", problem="cannot be read as text", given=str(file)[:200]) from cause
    return [line.strip() for line in text.splitlines() if line.strip()]


def file_hash(path: Path) -> bytes:
    """SHA-256 of a file, which stays with whoever has it. Raises OSError, which `program.py` tells."""
    return hashlib.sha256(path.read_bytes()).digest()


def _numbers(text: str, count: int, field: str, form: str) -> list[int]:
    parts = text.split("/")
    if len(parts) != count or not all(part.isascii() and part.isdigit() for part in parts):
        raise InvalidInput(field=field, problem=f"must look like {form}", given=text[:80])
    return [read_decimal(part, field, 0, _NUMBER_MAX) for part in parts]
