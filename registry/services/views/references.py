"""Names of things as people write them in an address line or a command: read strictly, one writing for one thing.

Everything here raises InvalidInput (or its leaf InvalidSerial) for a text that is no such name; whether the thing
exists is another question.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from eth_utils.address import is_checksum_address, to_checksum_address

from registry.domain.errors import InvalidInput
from registry.domain.ids import (
    COUNCIL_JURISDICTION,
    batch_id,
    check_jurisdiction,
    split_batch_id,
    split_project_id,
)
from registry.domain.rules import LabelledEnum
from registry.domain.serials import SerialRange, parse_batch, parse_project

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_SHOWN_CHARS = 80

Named = TypeVar("Named", bound=LabelledEnum)
Read = TypeVar("Read")


def read_given(read: Callable[..., Read], text: Any | None, *more: str) -> Read | None:
    """What `read` makes of a text, None where none was given."""
    return None if text is None else read(text, *more)


def read_decimal(text: str, field: str, least: int, greatest: int) -> int:
    """An integer of least..greatest in ASCII digits, without sign, blanks or leading zeros."""
    if _DECIMAL.fullmatch(text) is None:
        raise InvalidInput(field=field, problem="must be digits without leading zeros", given=text[:_SHOWN_CHARS])
    value = int(text)
    if not least <= value <= greatest:
        raise InvalidInput(field=field, problem=f"must be {least} to {greatest}", given=text[:_SHOWN_CHARS])
    return value


def read_jurisdiction(text: str) -> int:
    """A GB/T 2260 code such as 310000, or 0 for the network council."""
    code = read_decimal(text, "jurisdiction", 0, 999_999)
    return code if code == COUNCIL_JURISDICTION else check_jurisdiction(code)


def read_project(text: str) -> int:
    """A project id: decimal ("1331439861760001") or printed ("PH-310000-0001")."""
    if text.startswith("PH-"):
        return parse_project(text[:_SHOWN_CHARS])
    value = read_decimal(text, "project id", 1, 2**64 - 1)
    split_project_id(value)
    return value


def read_batch(text: str) -> tuple[int, int, int | None]:
    """A batch id, decimal or printed, as (project id, seq, vintage). Only the printed form names a vintage."""
    if text.startswith("PH-"):
        batch, vintage = parse_batch(text[:_SHOWN_CHARS])
        return (*split_batch_id(batch), vintage)
    return (*split_batch_id(read_decimal(text, "batch id", 1, 2**256 - 1)), None)


def read_seq(text: str) -> int:
    """The number of a report within its project, from 1."""
    return read_decimal(text, "seq", 1, 2**63 - 1)


def read_report(text: str) -> tuple[int, int]:
    """A report as (project id, seq): "<project id>-<seq>", or the printed or decimal id of its batch."""
    if "-" in text and not text.startswith("PH-"):
        project, _, seq = text.partition("-")
        found = read_project(project), read_seq(seq)
        batch_id(*found)
        return found
    found_project, found_seq, _ = read_batch(text)
    return found_project, found_seq


def read_serials(text: str) -> SerialRange:
    """A printed serial range, "PH-310000-0001-2016-001-000000000001-000000012345"."""
    return SerialRange.parse(text[: 2 * _SHOWN_CHARS])


def read_account(text: str, field: str = "account") -> str:
    """An address in its checksum form. All lower or all upper case is accepted; mixed case must be the checksum."""
    if _ADDRESS.fullmatch(text) is None:
        raise InvalidInput(field=field, problem="must be 0x and 40 hexadecimal digits", given=text[:_SHOWN_CHARS])
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and not is_checksum_address(text):
        raise InvalidInput(field=field, problem="its checksum is wrong: a digit was mistyped", given=text)
    return str(to_checksum_address(text.lower()))


def read_hash(text: str, field: str = "hash") -> bytes:
    """32 bytes as 0x and 64 hexadecimal digits."""
    if _HASH.fullmatch(text) is None:
        raise InvalidInput(field=field, problem="must be 0x and 64 hexadecimal digits", given=text[:_SHOWN_CHARS])
    return bytes.fromhex(text[2:])


def read_retirement(text: str) -> int:
    """The number of a retirement, from 1; its certificate has the same number."""
    return read_decimal(text, "retirement id", 1, 2**63 - 1)


def read_year(text: str) -> int:
    """A calendar year of four digits, from 1970."""
    return read_decimal(text, "year", 1970, 9999)


def read_named(kind: type[Named], text: str, field: str) -> Named:
    """A member of an enumeration by its name in lower case ("filed")."""
    known = {member.name.lower(): member for member in kind if member.value}
    if text not in known:
        raise InvalidInput(field=field, problem=f"must be one of {', '.join(known)}", given=text[:_SHOWN_CHARS])
    return known[text]
