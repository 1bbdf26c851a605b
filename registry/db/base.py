# ruff: noqa: ARG002  (the signatures of TypeDecorator are SQLAlchemy's)
"""What all models share: names of constraints, column types that lose nothing, and the mark of derived tables."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

from eth_utils.address import to_checksum_address
from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from registry.domain.errors import InvalidInput

GRAMS_MAX = 2**63 - 1
UINT64_MAX = 2**64 - 1
UINT96_MAX = 2**96 - 1


class InvalidColumnValue(InvalidInput, DontWrapMixin):
    """A value its column cannot hold unchanged; SQLAlchemy passes it on as it is. Values: field, problem, given."""

    code = "invalid_column_value"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC. SQLite drops the zone, so it is put back on reading; a naive time is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise InvalidColumnValue(field="time", problem="a time with its zone is needed", given=value)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FixedBytes(TypeDecorator[bytes]):
    """Exactly `size` bytes. Shorter or longer values are refused, not padded."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(size)

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, bytes | bytearray) or len(value) != self.size:
            raise InvalidColumnValue(
                field=f"bytes{self.size}", problem=f"exactly {self.size} bytes are needed", given=value
            )
        return bytes(value)


@lru_cache(maxsize=16_384)
def _checksummed(value: str) -> str:
    return str(to_checksum_address(value))


class AddressText(TypeDecorator[str]):
    """An address in its checksummed text form (EIP-55). Any other casing is brought to it, so comparing works."""

    impl = String(42)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        try:
            return _checksummed(value)
        except (TypeError, ValueError) as error:
            raise InvalidColumnValue(field="address", problem="not an address", given=value) from error


class GramsInteger(TypeDecorator[int]):
    """Grams that exist: 0 to 2**63 - 1. A bool, a float or a larger number is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if type(value) is not int or not 0 <= value <= GRAMS_MAX:
            raise InvalidColumnValue(field="grams", problem=f"an integer from 0 to {GRAMS_MAX} is needed", given=value)
        return value

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        # In `grams + :change` the change may be negative; what is stored passes a constraint.
        return BigInteger()


class Uint64Text(TypeDecorator[int]):
    """A uint64 that people set and that may use all 64 bits (a ceiling, an obligation): 20 digits, so it sorts."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if type(value) is not int or not 0 <= value <= UINT64_MAX:
            raise InvalidColumnValue(
                field="uint64", problem=f"an integer from 0 to {UINT64_MAX} is needed", given=value
            )
        return f"{value:020d}"

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


class Uint96Text(TypeDecorator[int]):
    """A uint96 that only grows and is never summed (a place in a queue): 29 digits, so it sorts."""

    impl = String(29)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if type(value) is not int or not 0 <= value <= UINT96_MAX:
            raise InvalidColumnValue(
                field="uint96", problem=f"an integer from 0 to {UINT96_MAX} is needed", given=value
            )
        return f"{value:029d}"

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)


Bytes4 = Annotated[bytes, mapped_column(FixedBytes(4))]
Bytes32 = Annotated[bytes, mapped_column(FixedBytes(32))]
Blob = Annotated[bytes, mapped_column(LargeBinary)]
Address = Annotated[str, mapped_column(AddressText())]
Grams = Annotated[int, mapped_column(GramsInteger())]
Uint64 = Annotated[int, mapped_column(Uint64Text())]
Uint96 = Annotated[int, mapped_column(Uint96Text())]
Int64 = Annotated[int, mapped_column(BigInteger)]
UtcTime = Annotated[datetime, mapped_column(UtcDateTime())]
LongText = Annotated[str, mapped_column(Text)]


class Base(DeclarativeBase):
    """Root of all models."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Derived:
    """Mark of a table that is a pure function of the raw logs: the index writes it, `rebuild` makes it anew.

    The three columns are where its row came from: the event that made it.
    """

    block_number: Mapped[Int64]
    tx_hash: Mapped[Bytes32]
    log_index: Mapped[int]


def derived_tables() -> list[Table]:
    """All derived tables, referred ones before those that refer to them."""
    marked = {mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Derived)}
    return [table for table in Base.metadata.sorted_tables if table in marked]
