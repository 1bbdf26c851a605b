"""Accounts: who may act for them, what they hold, and every movement of their credits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Select, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from registry.db.base import AddressText, GramsInteger
from registry.db.models import (
    Account,
    AccountStatusChange,
    Agent,
    Allocation,
    Cancellation,
    Holding,
    Retirement,
    Transfer,
)
from registry.db.models.accounts import status_in_effect
from registry.domain.errors import NotFound
from registry.domain.rules import AccountFlag, AccountKind, AccountStatus, Right
from registry.services.views.batches import BatchRef, batch_refs
from registry.services.views.names import AccountNames, AccountRef, PublicText, PublicTexts, serials_text
from registry.services.views.paging import FIRST_PAGE, Order, Page, PageRequest, Part, row_slice_of, slice_of
from registry.services.views.state import Origin, Origins, as_of
from registry.services.views.sums import halves, joined

STATUS_CHANGES_SHOWN_MAX = 50
AGENTS_SHOWN_MAX = 200

_ORDER = Order(
    "accounts",
    (Account.jurisdiction, Account.number),
    (Part.INT64, Part.UINT64),
    lambda row: (row.jurisdiction, row.number),
)


class MovementKind(StrEnum):
    """What moved the credits of an account."""

    ISSUE = "issue"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    RETIREMENT = "retirement"
    CANCELLATION = "cancellation"

    @property
    def incoming(self) -> bool:
        """Whether the account gained by it."""
        return self in (MovementKind.ISSUE, MovementKind.TRANSFER_IN)


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account. `held_grams` is the sum over all batches; the holder is known only by a salted commitment."""

    address: str
    name_zh: str | None
    name_en: str | None
    jurisdiction: int
    number: int
    kind: AccountKind
    status: AccountStatus
    """In effect at the block the answer is of."""
    frozen_until: datetime | None
    """When an emergency freeze that runs ends by itself."""
    dual_control: bool
    confirms_receipts: bool
    identity_commitment: bytes
    held_grams: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class AgentView:
    """A person who acts for an account, with the rights it has."""

    agent: str
    initiate: bool
    approve: bool
    read: bool


@dataclass(frozen=True, slots=True)
class AccountStatusChangeView:
    """A change of an account's status with its reason, whose text may be public."""

    previous_status: AccountStatus
    status: AccountStatus
    frozen_until: datetime | None
    reason: PublicText
    by: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """An account with its agents and the newest changes of its status."""

    account: AccountView
    agents: tuple[AgentView, ...]
    status_changes: tuple[AccountStatusChangeView, ...]


@dataclass(frozen=True, slots=True)
class MovementView:
    """One movement. `counterparty` is the other account of a transfer; serials belong to retirements and
    cancellations, because within a batch live credits have no serial of their own."""

    kind: MovementKind
    batch: BatchRef
    grams: int
    counterparty: AccountRef | None
    retirement_id: int | None
    serials: str | None
    origin: Origin


def accounts(
    session: Session,
    page: PageRequest = FIRST_PAGE,
    *,
    jurisdiction: int | None = None,
    kind: AccountKind | None = None,
    status: AccountStatus | None = None,
) -> Page[AccountView]:
    """Accounts, by jurisdiction and number."""
    statement = select(Account)
    if jurisdiction is not None:
        statement = statement.where(Account.jurisdiction == jurisdiction)
    if kind is not None:
        statement = statement.where(Account.kind == int(kind))
    if status is not None:
        statement = statement.where(status_in_effect(as_of(session).block_time) == int(status))
    found = slice_of(session, statement, _ORDER, page)
    return Page(account_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def require_account(session: Session, address: str) -> Account:
    """The row of an account. Raises NotFound."""
    row = session.get(Account, address)
    if row is None:
        raise NotFound(kind="account", id=address)
    return row


def account(session: Session, address: str) -> AccountDetail:
    """One account. Raises NotFound."""
    row = require_account(session, address)
    agents = session.scalars(
        select(Agent).where(Agent.account == address).order_by(Agent.agent).limit(AGENTS_SHOWN_MAX)
    )
    changes = session.scalars(
        select(AccountStatusChange)
        .where(AccountStatusChange.account == address)
        .order_by(AccountStatusChange.block_number.desc(), AccountStatusChange.log_index.desc())
        .limit(STATUS_CHANGES_SHOWN_MAX)
    ).all()
    origins = Origins(session, changes)
    texts = PublicTexts(session, (change.reason_hash for change in changes))
    return AccountDetail(
        account=account_views(session, [row])[0],
        agents=tuple(
            AgentView(
                agent=agent.agent,
                initiate=bool(agent.rights & Right.INITIATE),
                approve=bool(agent.rights & Right.APPROVE),
                read=bool(agent.rights & Right.READ),
            )
            for agent in agents
        ),
        status_changes=tuple(
            AccountStatusChangeView(
                AccountStatus(change.previous_status),
                AccountStatus(change.status),
                change.frozen_until,
                texts.of(change.reason_hash),
                change.by,
                origins.of(change),
            )
            for change in changes
        ),
    )


def account_views(session: Session, rows: Sequence[Account]) -> tuple[AccountView, ...]:
    """Accounts as shown, in the order of the rows."""
    addresses = [row.address for row in rows]
    names = AccountNames(session, addresses)
    rows_held = session.execute(
        select(Holding.account, *halves(Holding.grams)).where(Holding.account.in_(addresses)).group_by(Holding.account)
    )
    held = {account: joined(high, low) for account, high, low in rows_held}
    origins = Origins(session, rows)
    now = as_of(session).block_time
    views = []
    for row in rows:
        name = names.ref(row.address)
        frozen = row.frozen_until is not None and now < row.frozen_until
        views.append(
            AccountView(
                address=row.address,
                name_zh=name.name_zh,
                name_en=name.name_en,
                jurisdiction=row.jurisdiction,
                number=row.number,
                kind=AccountKind(row.kind),
                status=AccountStatus.FROZEN if frozen else AccountStatus(row.status),
                frozen_until=row.frozen_until if frozen else None,
                dual_control=bool(row.flags & AccountFlag.DUAL_CONTROL),
                confirms_receipts=bool(row.flags & AccountFlag.CONFIRMS_RECEIPTS),
                identity_commitment=row.identity_commitment,
                held_grams=int(held.get(row.address, 0)),
                origin=origins.of(row),
            )
        )
    return tuple(views)


def movements(session: Session, address: str, page: PageRequest = FIRST_PAGE) -> Page[MovementView]:
    """Every movement of an account's credits, newest first. Raises NotFound for an unknown account."""
    require_account(session, address)
    moved = union_all(
        _movement(MovementKind.ISSUE, Allocation, address, Allocation.account),
        _movement(MovementKind.TRANSFER_IN, Transfer, address, Transfer.recipient, other=Transfer.sender),
        _movement(MovementKind.TRANSFER_OUT, Transfer, address, Transfer.sender, other=Transfer.recipient),
        _movement(MovementKind.RETIREMENT, Retirement, address, Retirement.account),
        _movement(MovementKind.CANCELLATION, Cancellation, address, Cancellation.account),
    ).subquery()
    # One event can have several lines (`position`); with its place in the chain they name a movement.
    order = Order(
        "movements",
        (moved.c.block_number, moved.c.log_index, moved.c.position),
        (Part.INT64, Part.INT64, Part.INT64),
        lambda row: (row.block_number, row.log_index, row.position),
        descending=True,
    )
    found = row_slice_of(session, select(moved), order, page)
    return Page(_movement_views(session, found.rows), found.next_cursor, found.previous_cursor, as_of(session))


def _movement(kind: MovementKind, model: Any, address: str, column: Any, *, other: Any = None) -> Select[Any]:
    ranged = model in (Retirement, Cancellation)
    nothing = null()
    return select(
        literal(kind.value).label("kind"),
        model.block_number,
        model.tx_hash,
        model.log_index,
        (model.position if hasattr(model, "position") else literal(0)).label("position"),
        model.project_id,
        model.seq,
        model.grams,
        (cast(nothing, AddressText()) if other is None else other).label("counterparty"),
        (model.retirement_id if model is Retirement else cast(nothing, BigInteger())).label("retirement_id"),
        (model.serial_start if ranged else cast(nothing, GramsInteger())).label("serial_start"),
        (model.serial_end if ranged else cast(nothing, GramsInteger())).label("serial_end"),
    ).where(column == address)


def _movement_views(session: Session, rows: Sequence[Any]) -> tuple[MovementView, ...]:
    batches = batch_refs(session, [(row.project_id, row.seq) for row in rows])
    names = AccountNames(session, [row.counterparty for row in rows])
    origins = Origins(session, rows)
    views = []
    for row in rows:
        batch = batches[(row.project_id, row.seq)]
        serials = None
        if row.serial_start is not None:
            serials = serials_text(row.project_id, row.seq, batch.vintage, row.serial_start, row.serial_end)
        views.append(
            MovementView(
                kind=MovementKind(row.kind),
                batch=batch,
                grams=row.grams,
                counterparty=names.ref(row.counterparty) if row.counterparty else None,
                retirement_id=row.retirement_id,
                serials=serials,
                origin=origins.of(row),
            )
        )
    return tuple(views)
