"""What holds credits back: pledges and how they were settled, orders against holders."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Address, Base, Bytes32, Derived, Grams, Int64


def _of_batch() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["project_id", "seq"], ["batches.project_id", "batches.seq"])


class Pledge(Base, Derived):
    """Grams that an account pledged to another; `left_grams` is what is still pledged, 0: it is over."""

    __tablename__ = "pledges"
    __table_args__ = (
        _of_batch(),
        CheckConstraint("left_grams >= 0 AND left_grams <= grams", name="left_within_pledged"),
        Index(None, "account"),
        Index(None, "pledgee"),
    )

    pledge_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    pledgee: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    grams: Mapped[Grams]
    left_grams: Mapped[Grams]
    # SHA-256 of the agreement; `by` is the agent who pledged.
    reference_hash: Mapped[Bytes32]
    by: Mapped[Address]


class PledgeSettlement(Base, Derived):
    """A release or, if `seized`, a seizure. `reason_hash` is zero where the pledgee released of itself."""

    __tablename__ = "pledge_settlements"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), Index(None, "pledge_id"))

    pledge_id: Mapped[Int64] = mapped_column(ForeignKey("pledges.pledge_id"))
    seized: Mapped[bool]
    grams: Mapped[Grams]
    left_grams: Mapped[Grams]
    reason_hash: Mapped[Bytes32]


class HolderOrder(Base, Derived):
    """An order against a holder: grams frozen on the account (`recipient` is null) or moved to the recipient."""

    __tablename__ = "holder_orders"
    __table_args__ = (PrimaryKeyConstraint("block_number", "log_index"), _of_batch(), Index(None, "account"))

    account: Mapped[Address] = mapped_column(ForeignKey("accounts.address"))
    recipient: Mapped[Address | None] = mapped_column(ForeignKey("accounts.address"))
    project_id: Mapped[Int64]
    seq: Mapped[Int64]
    grams: Mapped[Grams]
    # What was frozen before; 0 where grams were moved.
    previous_grams: Mapped[Grams]
    reason_hash: Mapped[Bytes32]
