"""What a projection answers: changes of derived tables, described and not yet made.

A projection reads nothing. Where a new value depends on the old one, the change says how (`column + grams`), and where
the old value must be a certain one, the change says so in its condition: if it then does not meet exactly the rows it
speaks of, the index stops. That way a projection stays a pure function of its event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, Table, Update, delete, insert, update
from sqlalchemy.orm import Session

from registry.db.base import Base
from registry.db.models import Holding
from registry.domain.errors import IntegrityError

BatchKey = tuple[int, int]
"""(project_id, seq)."""


class ChangeMissed(IntegrityError):
    """Values: what (the event), table, expected, met (numbers of rows)."""

    code = "change_missed"
    text = (
        "{what} should change {expected} rows of {table} and met {met}: the database and the events contradict each "
        "other. Run `puhui index rebuild`; if it says the same, the contracts are not the ones this version knows."
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event stands on the chain."""

    block_number: int
    block_time: datetime
    tx_hash: bytes
    log_index: int

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of `Derived`."""
        return {"block_number": self.block_number, "tx_hash": self.tx_hash, "log_index": self.log_index}


@dataclass(frozen=True, slots=True)
class Add:
    """New rows, with the origin of the event."""

    model: type[Base]
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Set:
    """New values of exactly one row. `moves_origin`: the row's origin becomes this event."""

    model: type[Base]
    where: tuple[ColumnElement[bool], ...]
    values: dict[str, Any]
    moves_origin: bool = False


@dataclass(frozen=True, slots=True)
class Remove:
    """Exactly one row goes, or, if `may_miss`, none, or, if `many`, any number."""

    model: type[Base]
    where: tuple[ColumnElement[bool], ...]
    may_miss: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """An account holds `grams` more of a batch (fewer, if negative). A holding below 0 breaks a constraint."""

    account: str
    batch: BatchKey
    grams: int


@dataclass(frozen=True, slots=True)
class Restrain:
    """Of a batch, `grams` more are held back on an account (fewer, if negative): locked, or recalled."""

    account: str
    batch: BatchKey
    column: Literal["locked_grams", "recalled_grams"]
    grams: int


@dataclass(frozen=True, slots=True)
class Freeze:
    """All that is held back of a batch on an account is now `grams`; what is not locked or recalled of it is frozen."""

    account: str
    batch: BatchKey
    grams: int


@dataclass(frozen=True, slots=True)
class Touch:
    """The grams of this batch changed: its sums are checked at the end of the block."""

    batch: BatchKey


Change = Add | Set | Remove | Hold | Restrain | Freeze | Touch


def one(model: type[Base], values: dict[str, Any]) -> Add:
    """A single new row."""
    return Add(model, (values,))


def make(session: Session, change: Change, origin: Origin, what: str) -> None:
    """Makes one change. `what` names the event in errors. Raises ChangeMissed."""
    match change:
        case Add(model, rows):
            if rows:
                session.execute(insert(_table(model)), [{**row, **origin.columns} for row in rows])
        case Set(model, where, values, moves_origin):
            new = {**values, **origin.columns} if moves_origin else values
            _expect_one(_met(session, update(_table(model)).where(*where).values(new)), model, what)
        case Remove(model, where, may_miss, many):
            met = _met(session, delete(_table(model)).where(*where))
            if not many and not (may_miss and met == 0):
                _expect_one(met, model, what)
        case Hold():
            _change_holding(session, change, {"grams": Holding.grams + change.grams}, origin, what)
        case Restrain():
            column = getattr(Holding, change.column)
            _change_holding(session, change, {change.column: column + change.grams}, origin, what)
        case Freeze():
            rest = change.grams - Holding.locked_grams - Holding.recalled_grams
            _change_holding(session, change, {"frozen_grams": rest}, origin, what)
        case Touch():
            pass


def _change_holding(
    session: Session, change: Hold | Restrain | Freeze, values: dict[str, Any], origin: Origin, what: str
) -> None:
    project_id, seq = change.batch
    key = (Holding.account == change.account, Holding.project_id == project_id, Holding.seq == seq)
    if _met(session, update(_table(Holding)).where(*key).values({**values, **origin.columns})) == 1:
        return
    # What was never held cannot be given away or held back; frozen it can be, in advance.
    if change.grams < 0 or isinstance(change, Restrain):
        raise ChangeMissed(what=what, table=Holding.__tablename__, expected=1, met=0)
    row = {
        "account": change.account,
        "project_id": project_id,
        "seq": seq,
        "grams": 0,
        **dict.fromkeys(values, change.grams),
    }
    session.execute(insert(_table(Holding)), [{**row, **origin.columns}])


def _table(model: type[Base]) -> Table:
    # The plain table: nothing of the ORM's bookkeeping is needed for rows that nobody holds as objects.
    return cast("Table", model.__table__)


def _met(session: Session, statement: Update | Delete) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _expect_one(met: int, model: type[Base], what: str) -> None:
    if met != 1:
        raise ChangeMissed(what=what, table=model.__tablename__, expected=1, met=met)
