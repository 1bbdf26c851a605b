"""Pages by keyset: a cursor is the key of the last item seen, so nothing is skipped or doubled while rows are added."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, Select, literal, tuple_
from sqlalchemy.orm import Session

from registry.domain.errors import InvalidInput
from registry.domain.units import check_integer
from registry.services.views.state import AsOf

LIMIT_DEFAULT = 20
LIMIT_MAX = 100

_CURSOR_CHARS_MAX = 600
_CHECK_BYTES = 6
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")

Item = TypeVar("Item")
Key = tuple[int | str, ...]


class Part(Enum):
    """What one part of a key is. Anyone can make a cursor, so each part is checked before it reaches the database."""

    INT64 = auto()
    UINT64 = auto()
    UINT96 = auto()
    TEXT = auto()
    ADDRESS = auto()


_BOUNDS = {Part.INT64: (-(2**63), 2**63), Part.UINT64: (0, 2**64), Part.UINT96: (0, 2**96)}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: `limit` items, after or before a cursor. Raises InvalidInput, InvalidQuantity."""

    limit: int = LIMIT_DEFAULT
    after: str | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        check_integer(self.limit, "limit", 1, LIMIT_MAX)
        if self.after is not None and self.before is not None:
            raise InvalidInput(field="before", problem="after and before exclude each other", given=self.before)


FIRST_PAGE = PageRequest()


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items in order, and the cursors of the neighbouring pages; None where there is none."""

    items: tuple[Item, ...]
    next_cursor: str | None
    previous_cursor: str | None
    as_of: AsOf


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of one page before they are made into items."""

    rows: tuple[Any, ...]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: its name (a cursor of another list is refused), its key columns, and which way.

    `key` takes the values of the columns from a row; together they must be unique. `parts` says what each one is.
    """

    name: str
    columns: tuple[Any, ...]
    parts: tuple[Part, ...]
    key: Callable[[Any], Key]
    descending: bool = False


def slice_of(session: Session, statement: Select[Any], order: Order, request: PageRequest) -> Slice:
    """One page of a statement that selects one entity. Raises InvalidInput for a cursor that is none of this list."""
    rows = [row[0] for row in session.execute(_limited(statement, order, request))]
    return cut(rows, order, request)


def row_slice_of(session: Session, statement: Select[Any], order: Order, request: PageRequest) -> Slice:
    """One page of a statement that selects columns. Raises InvalidInput."""
    return cut(list(session.execute(_limited(statement, order, request))), order, request)


def _limited(statement: Select[Any], order: Order, request: PageRequest) -> Select[Any]:
    backwards = request.before is not None
    cursor = request.before if backwards else request.after
    ascending = order.descending == backwards
    if cursor is not None:
        values = decode_cursor(cursor, order.name, order.parts)
        here = tuple_(*order.columns)
        there = tuple_(*map(_bound, values, order.columns, order.parts))
        statement = statement.where(here > there if ascending else here < there)
    directed = [column.asc() if ascending else column.desc() for column in order.columns]
    return statement.order_by(*directed).limit(request.limit + 1)


def _bound(value: int | str, column: Any, part: Part) -> Any:
    # A narrow column is compared as 64 bits: a forged key beyond it is no error of the database, only past the end.
    return literal(value, BigInteger() if part is Part.INT64 else column.type)


def cut(rows: Sequence[Any], order: Order, request: PageRequest) -> Slice:
    """Makes a page of up to limit + 1 rows that come in the direction of reading."""
    more = len(rows) > request.limit
    kept = list(rows[: request.limit])
    backwards = request.before is not None
    if backwards:
        kept.reverse()
    has_next = bool(kept) and (backwards or more)
    has_previous = bool(kept) and (more if backwards else request.after is not None)
    return Slice(
        rows=tuple(kept),
        next_cursor=encode_cursor(order.name, order.key(kept[-1])) if has_next else None,
        previous_cursor=encode_cursor(order.name, order.key(kept[0])) if has_previous else None,
    )


def encode_cursor(name: str, key: Key) -> str:
    """The opaque text of a key of the list `name`."""
    payload = json.dumps([name, *key], separators=(",", ":"), ensure_ascii=False).encode()
    check = hashlib.sha256(payload).digest()[:_CHECK_BYTES]
    return base64.urlsafe_b64encode(check + payload).rstrip(b"=").decode()


def decode_cursor(cursor: str, name: str, parts: Sequence[Part]) -> Key:
    """The key of a cursor. Raises InvalidInput for anything that `encode_cursor` did not write for this list."""
    try:
        key = _decoded(cursor, name, parts)
        if encode_cursor(name, key) != cursor:
            raise ValueError("it is written differently")
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise InvalidInput(
            field="cursor", problem="use a cursor as the answer before gave it, for the same list", given=cursor[:80]
        ) from error
    return key


def _decoded(cursor: str, name: str, parts: Sequence[Part]) -> Key:
    if len(cursor) > _CURSOR_CHARS_MAX:
        raise ValueError("too long")
    raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    check, payload = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if hashlib.sha256(payload).digest()[:_CHECK_BYTES] != check:
        raise ValueError("altered")
    read = json.loads(payload)
    if not isinstance(read, list) or len(read) != len(parts) + 1 or read[0] != name:
        raise ValueError("of another list")
    return tuple(_checked(value, part) for value, part in zip(read[1:], parts, strict=True))


def _checked(value: Any, part: Part) -> int | str:
    if part in _BOUNDS:
        least, end = _BOUNDS[part]
        if type(value) is int and least <= value < end:
            return value
    elif isinstance(value, str) and "\0" not in value and (part is Part.TEXT or _ADDRESS.fullmatch(value)):
        return value
    raise ValueError("of another kind")
