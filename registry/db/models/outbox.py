"""Transactions on their way to the chain. Signed bytes are stored before they are sent: a crash re-sends them."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Address, Base, Blob, Bytes32, Int64, LongText, UtcTime


class OutboxSender(Base):
    """The one owner of a sender's nonces. `next_nonce` is what the next signed transaction takes."""

    __tablename__ = "outbox_senders"
    __table_args__ = (CheckConstraint("next_nonce >= 0", name="not_negative"),)

    address: Mapped[Address] = mapped_column(primary_key=True)
    next_nonce: Mapped[Int64]


class OutboxTransaction(Base):
    """One write: `queued` (signed and stored), `submitted`, then `mined` or `reverted`.

    `key` is the idempotency key; `content_hash` is SHA-256 over sender, recipient and call data.
    """

    __tablename__ = "outbox_transactions"
    __table_args__ = (
        UniqueConstraint("sender", "nonce"),
        CheckConstraint("state IN ('queued', 'submitted', 'mined', 'reverted', 'displaced')", name="known_state"),
        Index(None, "state"),
    )

    # SQLite counts up by itself only for an INTEGER primary key.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    content_hash: Mapped[Bytes32]
    sender: Mapped[Address] = mapped_column(ForeignKey("outbox_senders.address"))
    # None deploys a contract.
    recipient: Mapped[Address | None]
    data: Mapped[Blob]
    nonce: Mapped[Int64]
    raw: Mapped[Blob]
    tx_hash: Mapped[Bytes32] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(10))
    block_number: Mapped[Int64 | None]
    gas_used: Mapped[Int64 | None]
    error_contract: Mapped[str | None] = mapped_column(String(40))
    error_name: Mapped[str | None] = mapped_column(String(80))
    error_values: Mapped[LongText | None]
    created_at: Mapped[UtcTime]
    updated_at: Mapped[UtcTime]
