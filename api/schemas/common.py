"""The forms of values, the same everywhere, and what every answer carries.

Grams are JSON integers. Ids of 64 bits and more are decimal texts, because JavaScript reads numbers as floats. Hashes
are 0x and lower case. Days are ISO dates, times RFC 3339 in UTC. Tonnes are texts derived from grams, never an input.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from registry.domain.rules import LabelledEnum
from registry.services.views.names import date_or_none, time_or_none, tonnes_text
from registry.services.views.paging import Page
from registry.services.views.state import AsOf

Item = TypeVar("Item")


class Schema(BaseModel):
    """Base: read from a view's attributes, frozen, nothing unknown."""

    model_config = ConfigDict(from_attributes=True, frozen=True, extra="forbid", populate_by_name=True)


def _coded(value: Any) -> Any:
    if isinstance(value, LabelledEnum):
        return {"code": value.name.lower(), "en": value.label, "zh": value.label_zh}
    return value


def _words(value: Any) -> Any:
    return {"en": value[0], "zh": value[1]} if isinstance(value, tuple) else value


class Words(Schema):
    """A sentence in both languages."""

    en: str
    zh: str


class Coded(Schema):
    """A member of an enumeration: `code` is stable, the words are for people."""

    code: str
    en: str
    zh: str


Hex = Annotated[
    bytes,
    PlainSerializer(lambda value: "0x" + value.hex(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^0x([0-9a-f]{2})*$"}, mode="serialization"),
]
Hex32 = Annotated[
    bytes,
    PlainSerializer(lambda value: "0x" + value.hex(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^0x[0-9a-f]{64}$"}, mode="serialization"),
]
BigId = Annotated[
    int,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*$"}, mode="serialization"),
]
AddressText = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}, mode="serialization")]
Grams = Annotated[
    int,
    WithJsonSchema(
        {"type": "integer", "minimum": 0, "format": "int64", "description": "Grams of CO2e."}, mode="serialization"
    ),
]
Tonnes = Annotated[
    str,
    BeforeValidator(tonnes_text),
    WithJsonSchema(
        {"type": "string", "pattern": "^[0-9]+\\.[0-9]{6}$", "description": "The same in tonnes, exact."},
        mode="serialization",
    ),
]
Day = Annotated[
    date | None,
    BeforeValidator(date_or_none),
    WithJsonSchema(
        {"type": ["string", "null"], "format": "date", "description": "null for a day after 9999-12-31."},
        mode="serialization",
    ),
]
SecondsTime = Annotated[
    datetime | None,
    BeforeValidator(time_or_none),
    WithJsonSchema(
        {"type": ["string", "null"], "format": "date-time", "description": "null for a time after the year 9999."},
        mode="serialization",
    ),
]
CodedValue = Annotated[Coded, BeforeValidator(_coded)]
WordsValue = Annotated[Words, BeforeValidator(_words)]


class State(Schema):
    """The state an answer is of: everything up to this block and nothing after it."""

    block_number: int
    block_hash: Hex32
    block_time: datetime
    indexed_at: datetime


class Event(Schema):
    """The event that made a fact."""

    block_number: int
    block_hash: Hex32
    block_time: datetime
    tx_hash: Hex32
    log_index: int


class NamedAccount(Schema):
    """An account with the name its holder made public, if any."""

    address: AddressText
    name_zh: str | None
    name_en: str | None


class HashedText(Schema):
    """A hash on chain, and the text behind it if that was made public."""

    sha256: Hex32
    text: str | None


class PageInfo(Schema):
    """Cursors for `after` and `before`; null where there is no such page. The `Link` header says the same."""

    limit: int
    next: str | None
    previous: str | None


class PageOf(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    page_info: PageInfo
    as_of: State

    @classmethod
    def of(cls, page: Page[Any], limit: int) -> Self:
        """The page of a view's page."""
        return cls.model_validate(
            {
                "items": list(page.items),
                "page_info": PageInfo(limit=limit, next=page.next_cursor, previous=page.previous_cursor),
                "as_of": page.as_of,
            }
        )


class Answer(Schema):
    """One thing, and the state it is of."""

    as_of: State

    @classmethod
    def of(cls, state: AsOf, view: Any, **more: Any) -> Self:
        """The answer of a view; `more` are fields that the view does not have."""
        values = {
            name: getattr(view, _source(name, field))
            for name, field in cls.model_fields.items()
            if name != "as_of" and name not in more
        }
        return cls.model_validate({"as_of": state, **values, **more}, by_name=True)


def _source(name: str, field: Any) -> str:
    return field.validation_alias if isinstance(field.validation_alias, str) else name


def derived(source: str, **extra: Any) -> Any:
    """A field that is another form of the attribute `source`."""
    return Field(validation_alias=source, **extra)
